"""What the plugin runs and connects to: package launchers, servers, hooks, scripts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from launch.marketplace.contents.checkout import MANIFEST, Checkout
from launch.marketplace.issues import Issue, Level

EVENTS = frozenset(
    """
    ConfigChange CwdChanged Elicitation ElicitationResult FileChanged InstructionsLoaded Notification
    PermissionDenied PermissionRequest PostCompact PostToolBatch PostToolUse PostToolUseFailure PreCompact PreToolUse
    SessionEnd SessionStart Setup Stop StopFailure SubagentStart SubagentStop TaskCompleted TaskCreated TeammateIdle
    UserPromptExpansion UserPromptSubmit WorktreeCreate WorktreeRemove
    """.split()  # noqa: SIM905 -- read more easily than thirty quoted words
)
"""Hook events of Claude Code's documentation. A newer release may have more: an unlisted one is not checked."""
HOOKS = "hooks/hooks.json"
SERVERS = ".mcp.json"
_LAUNCHER = re.compile(
    r"(?<![\w./-])(npx|bunx|uvx|pnpm dlx|yarn dlx|pipx run|uv run)(?![\w-])"
    r"((?:[ \t]+-[\w-]+)*)(?:[ \t]+([^\s;&|`'\")]+))?"
)
_PINNED = re.compile(r"(@?[^@\s=]+)(@|==)v?\d+\.\d+(\.\d+)?[0-9A-Za-z.+-]*")
_SOURCES = frozenset({".npmrc", "bunfig.toml", "uv.toml", ".yarnrc", ".yarnrc.yml", "pip.conf"})
_LOCKS = frozenset({"package-lock.json", "npm-shrinkwrap.json", "bun.lock", "bun.lockb"})
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "cmd", "powershell", "pwsh"})
_SCRIPTS = frozenset({".sh", ".bash"})
_OTHER_SCRIPTS = re.compile(r"\.(py|js|mjs|cjs|ts|rb|pl|php|ps1)$")


def issues(checkout: Checkout) -> Iterator[Issue]:
    """Yield what is wrong with the commands that it runs."""
    commands: list[tuple[str, str]] = []
    yield from _servers(checkout, commands)
    yield from _hooks(checkout, commands)
    for where, command in commands:
        yield from _command(checkout, where, command)
    texts = commands + [
        (name, checkout.text(name)) for name in checkout.files if PurePosixPath(name).suffix in _SCRIPTS
    ]
    launchers = [issue for where, text in texts for issue in _launchers(where, text)]
    yield from launchers
    sources = [name for name in checkout.files if PurePosixPath(name).name in _SOURCES]
    for name in sources if launchers else ():
        yield Issue("PACKAGE_SOURCE", Level.BLOCK, name, "sets where a launcher's packages come from", "Remove it.")
    if checkout.has("package.json"):
        for name in sorted(_LOCKS & set(checkout.files)):
            fix = "Bundle what it needs, or expect a reviewer."
            yield Issue("LOCKFILE_INSTALL", Level.HOLD, name, "its packages are installed with the plugin", fix)


def _launchers(where: str, text: str) -> Iterator[Issue]:
    for found in _LAUNCHER.finditer(text):
        launcher, options, package = found[1], found[2] or "", found[3] or ""
        if launcher == "uv run":
            pinned = "--locked" in options or "--frozen" in options
        else:
            pinned = bool(_PINNED.fullmatch(package))
        if pinned:
            what = f"runs a package from a registry: {found[0]}"
            yield Issue("PINNED_LAUNCHER", Level.HOLD, where, what, "Bundle the package, or expect a reviewer.")
        else:
            what = f"runs a package of no fixed version: {found[0]}"
            yield Issue("UNPINNED_LAUNCHER", Level.BLOCK, where, what, "Name an exact version, such as NAME@1.2.3.")


def _servers(checkout: Checkout, commands: list[tuple[str, str]]) -> Iterator[Issue]:
    declared: dict[str, Any] = {}
    if checkout.has(SERVERS):
        document, why = checkout.json(SERVERS)
        if not isinstance(document, dict):
            yield Issue("MCP_INVALID", Level.BLOCK, SERVERS, why or "is not an object", "Correct it.")
        else:
            inner = document.get("mcpServers", document)
            declared |= {f"{SERVERS}: {name}": each for name, each in inner.items()} if isinstance(inner, dict) else {}
    inline = checkout.manifest.get("mcpServers")
    for name, server in inline.items() if isinstance(inline, dict) else ():
        declared[f"{MANIFEST}: mcpServers.{name}"] = server
    for path in (inline,) if isinstance(inline, str) else ():
        if path.endswith((".mcpb", ".dxt")):
            level = Level.BLOCK if "://" in path else Level.HOLD
            yield Issue("MCP_BUNDLE", level, MANIFEST, f"{path} is a bundle", "Declare command and args, or a url.")
    for where, server in declared.items():
        yield from _server(where, server, commands)


def _server(where: str, server: object, commands: list[tuple[str, str]]) -> Iterator[Issue]:
    if not isinstance(server, dict) or not ("command" in server or "url" in server):
        yield Issue("MCP_INVALID", Level.BLOCK, where, "has neither command nor url", "Correct it.")
    elif "url" in server:
        url = server["url"]
        fixed = isinstance(url, str) and (url == "" or re.fullmatch(r"\$\{user_config\.\w+\}", url))
        if not fixed and urlsplit(str(url)).scheme not in ("https", "wss"):
            yield Issue("MCP_NOT_HTTPS", Level.BLOCK, where, "its url is not https", "Use https or wss.")
        if server.get("type") not in ("http", "sse", "ws"):
            yield Issue("MCP_INVALID", Level.BLOCK, where, "its type is not http, sse or ws", "Set it.")
    else:
        arguments = server.get("args") if isinstance(server.get("args"), list) else []
        commands.append((where, shlex.join([str(server["command"]), *map(str, arguments or ())])))


def _hooks(checkout: Checkout, commands: list[tuple[str, str]]) -> Iterator[Issue]:
    if not checkout.has(HOOKS):
        return
    document, why = checkout.json(HOOKS)
    hooks = document.get("hooks") if isinstance(document, dict) else None
    if not isinstance(hooks, dict):
        yield Issue("HOOKS_INVALID", Level.BLOCK, HOOKS, why or "has no object `hooks`", "Correct it.")
        return
    for event, groups in hooks.items():
        if event not in EVENTS:
            fix = "Correct it; if Claude Code's documentation names it, the portal takes it."
            yield Issue("HOOK_EVENT", Level.UNKNOWN, f"{HOOKS}: {event}", "is not a known event", fix)
        for group in groups if isinstance(groups, list) else ():
            for hook in group.get("hooks") or () if isinstance(group, dict) else ():
                yield from _hook(f"{HOOKS}: {event}", hook, commands)


def _hook(where: str, hook: object, commands: list[tuple[str, str]]) -> Iterator[Issue]:
    kind = hook.get("type") if isinstance(hook, dict) else None
    if not isinstance(hook, dict) or kind not in ("command", "http", "prompt", "agent", "mcp_tool"):
        yield Issue("HOOKS_INVALID", Level.BLOCK, where, f"its type is {kind!r}", "Correct it.")
    elif kind == "command":
        commands.append((where, str(hook.get("command", ""))))
    elif kind == "http" and urlsplit(str(hook.get("url", ""))).scheme != "https":
        yield Issue("HOOK_NOT_HTTPS", Level.BLOCK, where, "its url is not https", "Use https.")


def _command(checkout: Checkout, where: str, command: str) -> Iterator[Issue]:
    try:
        words = shlex.split(command)
    except ValueError:
        yield Issue("COMMAND_UNREAD", Level.HOLD, where, "its command cannot be read", "Correct its quotes.")
        return
    own = "${CLAUDE_PLUGIN_ROOT}"
    inline = "-c" in words or "-e" in words or "$(" in command or "`" in command
    inline = inline or bool(re.search(r"\$(?!\{CLAUDE_PLUGIN_ROOT\}|\{user_config\.)", command))
    if inline:
        level = Level.BLOCK if checkout.nested else Level.HOLD
        what = "runs a shell, a variable or an inline program"
        yield Issue("COMMAND_UNREAD", level, where, what, f"Run a file with plain arguments: {own}/FILE.")
    elif words and PurePosixPath(words[0]).name in _SHELLS and len(words) > 1 and not words[1].startswith(own):
        yield Issue("COMMAND_UNREAD", Level.HOLD, where, "goes through a shell", f"Name the script: {own}/FILE.")
    if checkout.nested and any(_OTHER_SCRIPTS.search(word) for word in words):
        what = "runs a script that is not a shell's, in a subfolder of the repository"
        yield Issue("SCRIPT_UNFOLLOWED", Level.HOLD, where, what, "Keep the plugin at the root of its own repository.")
