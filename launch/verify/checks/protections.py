"""Protections that the configuration can switch off. Verification always reports those that are off."""

from __future__ import annotations

from collections.abc import Mapping

from launch.report import FailedError


async def are_on(off: Mapping[str, Mapping[str, str]]) -> str:
    """Check that no protection was off at the last update, excused or not."""
    if not off:
        return "every optional protection is on"
    keys = sorted(off)
    remedy = "; ".join(f"pulumi config set {key} true" for key in keys)
    raise FailedError("; ".join(_described(key, off[key]) for key in keys), f"{remedy}; then run `pulumi up`.")


def _described(key: str, off: Mapping[str, str]) -> str:
    excused = f" (excused until {off['until']}: {off['reason']})" if off.get("until") else ""
    return f"{key} is off: {off.get('meaning', 'a protection')}{excused}"
