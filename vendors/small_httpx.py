"""Keeps httpx from importing its own command line, which takes as long as all the rest of it and is never used here.

httpx does so only where rich, click and pygments are installed; ours has them, for other reasons. A module that is None
in `sys.modules` cannot be imported, which httpx takes for packages that are missing.
"""

from __future__ import annotations

import sys

if "httpx" not in sys.modules:
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
