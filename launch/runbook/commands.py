"""The commands of every page, each defined in one place."""

from __future__ import annotations

from launch.runbook.steps import Purpose, Step
from launch.runbook.values import Values

_CURL = "curl --silent --show-error --fail-with-body --max-time 60 --config -"
# The credential is passed through a pipe: on a command line every user of the machine could read it.
_HEADER = """printf 'header = "Authorization: Bearer %s"\\n'"""


def setup(values: Values) -> tuple[Step, ...]:
    """Return the commands that all others need, once in each new shell, in the project's folder."""
    sandbox = values.stack == "sandbox"
    engine = "" if sandbox else " --engine-only"
    found = [
        _setup('export PATH="$PWD/.venv/bin:$PATH"', "in the project's folder, on the commit that is deployed"),
        _setup(
            f'eval "$(launch env{engine})"',
            "the sandbox's world and credentials" if sandbox else "the engine; credentials are yours (README, Tokens)",
        ),
        _setup(f"export PULUMI_STACK={values.quoted}", "the stack that every command works on"),
        _setup(
            f'vercel_api() {{ {_HEADER} "$VERCEL_API_TOKEN" | {_CURL} --request "$1"'
            f' "${{LAUNCH_VERCEL_URL:-https://api.vercel.com}}$2?slug={values.team}${{3:+&$3}}"; }}',
            "calls Vercel's API for the team",
        ),
        _setup(
            f'neon_api() {{ {_HEADER} "$NEON_API_KEY" | {_CURL} --request "$1"'
            ' --header "Content-Type: application/json" ${3:+--data "$3"}'
            ' "${LAUNCH_NEON_URL:-https://console.neon.tech/api/v2}$2"; }',
            "calls Neon's API",
        ),
    ]
    return tuple(found)


def _setup(command: str, says: str) -> Step:
    return Step(purpose=Purpose.SETUP, command=command, says=says)


def verify(purpose: Purpose, says: str, *expect: int) -> Step:
    """Check from outside."""
    return Step(purpose=purpose, command="launch verify", says=says, expect=expect or (0,))


def drift(says: str, *expect: int) -> Step:
    """Check for manual changes."""
    return Step(purpose=Purpose.CHECK, command="launch drift", says=says, expect=expect)


def up(purpose: Purpose, says: str, options: str = "--refresh") -> Step:
    """Bring everything to the declared state."""
    command = f"pulumi up {options} --yes --skip-preview --non-interactive".replace("  ", " ")
    return Step(purpose=purpose, command=command, says=says)


def configure(purpose: Purpose, key: str, value: str, says: str, *, path: bool = False) -> Step:
    """Set a key of the stack's configuration."""
    command = f"pulumi config set {'--path ' if path else ''}{key} {value}"
    return Step(purpose=purpose, command=command, says=says)


def vercel(purpose: Purpose, method: str, path: str, says: str, query: str = "") -> Step:
    """Call Vercel's API."""
    command = f'vercel_api {method} "{path}"' + (f" '{query}'" if query else "")
    return Step(purpose=purpose, command=command, says=says)


def neon(purpose: Purpose, method: str, path: str, says: str, body: str = "") -> Step:
    """Call Neon's API."""
    command = f'neon_api {method} "{path}"' + (f" '{body}'" if body else "")
    return Step(purpose=purpose, command=command, says=says)
