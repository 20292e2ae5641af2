"""Protections that the configuration can switch off: verification never passes one over in silence."""

from __future__ import annotations

from collections.abc import Mapping

from launch.report import FailedError


async def are_on(off: Mapping[str, Mapping[str, str]]) -> str:
    """No protection was off at the last update, whatever excuses it."""
    if not off:
        return "all that can be switched off are on"
    keys = sorted(off)
    remedy = "; ".join(f"pulumi config set {key} true" for key in keys)
    raise FailedError("; ".join(_told(key, off[key]) for key in keys), f"{remedy}; then run `pulumi up`.")


def _told(key: str, off: Mapping[str, str]) -> str:
    excused = f" (excused until {off['until']}: {off['reason']})" if off.get("until") else ""
    return f"{key} is off: {off.get('meaning', 'a protection')}{excused}"
