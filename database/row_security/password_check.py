"""Checks whether the programs' roles can sign in with the passwords that the stack holds.

A password is not a fact of the catalog: the server never shows it, so signing in is the only test. A password that was
changed by hand, or comes from a database restored to an earlier time, keeps every program out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, urlsplit

from database.postgres import DatabaseError, PasswordError, connect


def refused(url: str, passwords: Mapping[str, str], report: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """Yield each role that the database of `url` refuses, with a sentence.

    `report` is called for roles that could not be tried. Writes nothing.
    """
    for role, password in passwords.items():
        try:
            connect(_as_role(url, role, password), application_name="launch security", patience=0).close()
        except PasswordError:
            yield role, f"role {role} cannot sign in with its password: it was changed, or has expired"
        except DatabaseError as error:
            report(f"could not check whether {role} can sign in, {error}")


def _as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    server = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role}:{quote(password, safe='')}@{server}").geturl()
