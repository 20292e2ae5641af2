"""Credentials in files, and credentials taken from the user's machine. No value is ever shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from launch.marketplace.contents.checkout import Checkout
from launch.marketplace.issues import Issue, Level

_LARGEST = 1 << 20
_KINDS = {
    "a key of Anthropic": r"sk-ant-[A-Za-z0-9_-]{20,}",
    "a key of OpenAI": r"sk-(proj-)?[A-Za-z0-9]{32,}",
    "a token of GitHub": r"(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})",
    "a key of AWS": r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    "a key of Google": r"AIza[A-Za-z0-9_-]{35}",
    "a token of Slack": r"xox[abprs]-[A-Za-z0-9-]{10,}",
    "a key of Stripe": r"[sr]k_live_[A-Za-z0-9]{16,}",
    "a key of Neon": r"(?<![a-z])napi_[a-z0-9]{30,}",
    "a private key": r"-----BEGIN ([A-Z]+ )*PRIVATE KEY-----",
    # Each part has a maximum length: otherwise a long word would take quadratic time.
    "a password in a URL": (
        r"(?<![a-z0-9+])[a-z][a-z0-9+]{1,20}://[^\s:/@'\"<$]{1,64}:"
        r"(?!\*|x+@|password@|secret@|PASSWORD@)[^\s:/@'\"<${}]{6,200}@"
    ),
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}
_FROM_MACHINE = re.compile(
    r"(\$\{?|process\.env\.|os\.environ(?:\.get)?[\[(]['\"])"
    r"((?:[A-Z0-9]+_)*(?:TOKEN|API_KEY|APIKEY|SECRET|PASSWORD|ACCESS_KEY|CREDENTIALS)(?:_[A-Z0-9]+)*)\b"
)


def issues(checkout: Checkout) -> Iterator[Issue]:
    """Yield an issue per file and kind of credential, with the line."""
    for name in checkout.files:
        path = checkout.path(name)
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            continue
        text = checkout.text(name)
        for kind, pattern in _PATTERNS.items():
            if found := pattern.search(text):
                where = f"{name}:{text.count(chr(10), 0, found.start()) + 1}"
                fix = "Revoke it: it is in the history. Ask for the value by `userConfig` with `sensitive: true`."
                yield Issue("CREDENTIAL", Level.BLOCK, where, f"holds {kind}", fix)
        if found := _FROM_MACHINE.search(text):
            where = f"{name}:{text.count(chr(10), 0, found.start()) + 1}"
            fix = "Ask for it by `userConfig`, and write ${user_config.KEY}."
            yield Issue("MACHINE_CREDENTIAL", Level.HOLD, where, f"reads {found[2]} of the user's machine", fix)
