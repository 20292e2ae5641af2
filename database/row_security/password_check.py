"""Whether the roles that programs connect as are let in with the passwords that the stack knows.

A password is no fact of the catalog: the server tells it to nobody, so the only way to know is to sign in. One that was
changed by hand, or that a database brought back from an earlier time, keeps every program out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, urlsplit

from database.postgres import DatabaseError, PasswordError, connect


def refused(url: str, passwords: Mapping[str, str], report: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """Each role that the database of `url` refuses, with a sentence; `report` hears of those that could not be asked.

    Writes nothing.
    """
    for role, password in passwords.items():
        try:
            connect(_as_role(url, role, password), application_name="launch security", patience=0).close()
        except PasswordError:
            yield role, f"role {role} is not let in with its password: it was changed, or has expired"
        except DatabaseError as error:
            report(f"whether {role} is let in was not found out, {error}")


def _as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    server = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role}:{quote(password, safe='')}@{server}").geturl()
