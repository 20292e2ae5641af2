"""Sends a text of many statements in one round trip, and counts the completed ones if one fails."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import pq

_TICK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error as the server reported it. An empty `sqlstate` means a lost connection."""

    sqlstate: str
    message: str
    position: int | None = None
    """Offset in characters, from 0, in the sent text."""
    detail: str = ""
    hint: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The completed statements of a text, and the error that stopped it, if any."""

    rows: tuple[int, ...]
    """Rows that each completed statement changed or returned."""
    error: ServerError | None = None


def send(
    connection: psycopg.Connection[Any], text: str, *, tick: Callable[[float], None] = lambda _seconds: None
) -> Outcome:
    """Run `text` with the simple query protocol: the server reads it at once and stops at the first error.

    `tick(seconds)` is called every few seconds while the server works. Interrupts (Ctrl-C) are handled between two
    polls of the socket.
    """
    link = connection.pgconn
    rows: list[int] = []
    error: ServerError | None = None
    try:
        link.send_query(text.encode())
        started = time.monotonic()
        while (result := _next(link, lambda: tick(time.monotonic() - started))) is not None:
            if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY):
                rows.append(result.command_tuples or 0)
            else:
                error = error or _error(result)
            if link.status == pq.ConnStatus.BAD:
                break
    except psycopg.OperationalError as lost:
        error = error or ServerError("", str(lost).strip())
    return Outcome(tuple(rows), error)


def _next(link: pq.abc.PGconn, tick: Callable[[], None]) -> pq.abc.PGresult | None:
    """Return the next result, waiting on the socket in a way that lets signals and ticks through."""
    unsent = link.flush()
    while link.is_busy() or unsent:
        ready = select.select([link.socket], [link.socket] if unsent else [], [], _TICK_SECONDS)
        if not any(ready):
            tick()
        if ready[0]:
            link.consume_input()
        unsent = link.flush()
    return link.get_result()


def _error(result: pq.abc.PGresult) -> ServerError:
    def field(name: pq.DiagnosticField) -> str:
        return (result.error_field(name) or b"").decode(errors="replace")

    position = field(pq.DiagnosticField.STATEMENT_POSITION)
    return ServerError(
        sqlstate=field(pq.DiagnosticField.SQLSTATE),
        message=field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.get_error_message().strip(),
        position=int(position) - 1 if position else None,
        detail=field(pq.DiagnosticField.MESSAGE_DETAIL),
        hint=field(pq.DiagnosticField.MESSAGE_HINT),
        context=field(pq.DiagnosticField.CONTEXT),
    )
