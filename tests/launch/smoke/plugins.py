"""Stand-in plugins: good ones, and one for each showstopper."""

from __future__ import annotations

import json
from pathlib import Path

LISA = """
import json
from pathlib import Path

def act(command):
    assert command == "/lisa:discover"
    Path(".gt/memory").mkdir(parents=True)
    Path(".gt/memory/semantic.json").write_text(json.dumps({"project": {"name": "x"}}))
"""

CARLOS = """
from pathlib import Path

PLAIN = "# Title\\n\\nSome words about it.\\n"
PHASES = "# Roadmap\\n\\n## Phases at a glance\\n\\nThree.\\n\\n" + "".join(
    f"## Phase {n}: Name\\n\\n### Goals\\n\\nWords.\\n\\n" for n in range(1, 4))
EPICS = "# Epics\\n\\n" + "".join(
    f"## Epic {n} - Name\\n\\n### Story\\n\\n**Acceptance criteria:**\\n\\n- [ ] It works.\\n\\n" for n in range(1, 4))
FILES = {
    "VISION_AND_STAGE_DEFINITION": PLAIN, "ROADMAP": PHASES, "EPICS_AND_STORIES": EPICS,
    "RISKS_AND_DEPENDENCIES": PLAIN, "METRICS_AND_PMF": PLAIN, "OPEN_QUESTIONS": PLAIN,
}

def leave(**changes):
    Path("scopecraft").mkdir(exist_ok=True)
    for name, text in {**FILES, **changes}.items():
        if text is not None:
            Path("scopecraft", name + ".md").write_text(text)

def act(command):
    assert command == "/carlos:roadmap"
    leave()
"""


def plugin(folder: Path, name: str, code: str, *, command: str | None = None, declared: str | None = None) -> Path:
    """Write a plugin's folder whose act.py is `code`."""
    commands = {"lisa": "discover", "carlos": "roadmap"}
    (folder / ".claude-plugin").mkdir(parents=True)
    manifest = {"name": declared or name, "version": "1.2.3"}
    (folder / ".claude-plugin" / "plugin.json").write_text(json.dumps(manifest))
    (folder / "commands").mkdir()
    (folder / "commands" / f"{command or commands[name]}.md").write_text("---\ndescription: x\n---\n")
    (folder / "act.py").write_text(code)
    return folder


def lisa(folder: Path, code: str = "") -> Path:
    """Write Lisa; `code` replaces its action."""
    return plugin(folder, "lisa", LISA + code)


def carlos(folder: Path, code: str = "") -> Path:
    """Write Carlos; `code` may call `leave(ROADMAP=…)`."""
    return plugin(folder, "carlos", CARLOS + code)
