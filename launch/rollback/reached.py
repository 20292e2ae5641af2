"""The address of a stack's database."""

from __future__ import annotations

from launch.stack import Stack


def reached(url: str, stack: Stack) -> str:
    """Return the URL, with the address and port at which the stack's environment reaches its host."""
    given = {"hostaddr": stack.environment.get("PGHOSTADDR"), "port": stack.environment.get("PGPORT")}
    more = "&".join(f"{key}={value}" for key, value in given.items() if value)
    return f"{url}{'&' if '?' in url else '?'}{more}" if more else url
