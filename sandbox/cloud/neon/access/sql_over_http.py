"""SQL over HTTP, as Neon's serverless driver uses it: one statement, or one transaction, per call.

There is no session: every call has its own connection, authenticated with the connection string in its header.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from psycopg import pq
from psycopg.conninfo import make_conninfo
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.cloud.neon.access import gateway
from sandbox.cloud.neon.access.sql_values import output, parameter
from sandbox.cloud.neon.control import ControlPlane

PATH = "/neon/sql"

_CONNECT_SECONDS = 20
_ISOLATION = {
    "ReadUncommitted": "read uncommitted",
    "ReadCommitted": "read committed",
    "RepeatableRead": "repeatable read",
    "Serializable": "serializable",
}
_SUCCESS = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)
_ECHOED = ("neon-batch-isolation-level", "neon-batch-read-only", "neon-batch-deferrable")
_FIELDS = {
    "severity": pq.DiagnosticField.SEVERITY_NONLOCALIZED,
    "code": pq.DiagnosticField.SQLSTATE,
    "message": pq.DiagnosticField.MESSAGE_PRIMARY,
    "detail": pq.DiagnosticField.MESSAGE_DETAIL,
    "hint": pq.DiagnosticField.MESSAGE_HINT,
    "position": pq.DiagnosticField.STATEMENT_POSITION,
    "internalPosition": pq.DiagnosticField.INTERNAL_POSITION,
    "internalQuery": pq.DiagnosticField.INTERNAL_QUERY,
    "where": pq.DiagnosticField.CONTEXT,
    "table": pq.DiagnosticField.TABLE_NAME,
    "column": pq.DiagnosticField.COLUMN_NAME,
    "schema": pq.DiagnosticField.SCHEMA_NAME,
    "dataType": pq.DiagnosticField.DATATYPE_NAME,
    "constraint": pq.DiagnosticField.CONSTRAINT_NAME,
    "file": pq.DiagnosticField.SOURCE_FILE,
    "line": pq.DiagnosticField.SOURCE_LINE,
    "routine": pq.DiagnosticField.SOURCE_FUNCTION,
}


class SqlError(Exception):
    """The error that the driver turns into its NeonDbError: the fields of PostgreSQL's error, or only a message."""

    def __init__(self, message: str, **fields: str | None) -> None:
        super().__init__(message)
        self.fields = dict.fromkeys(_FIELDS) | {"message": message} | fields


def route(plane: ControlPlane) -> Route:
    """Return the route, with its absolute path."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            answer = await run_in_threadpool(execute, plane, request.headers, body)
        except SqlError as error:
            return JSONResponse(error.fields, 400, {"access-control-allow-origin": "*"})
        echoed = {name: request.headers[name] for name in _ECHOED if name in request.headers}
        return JSONResponse(answer, headers=echoed | {"access-control-allow-origin": "*"})

    return Route(PATH, endpoint, methods=["POST"])


@dataclass(frozen=True, kw_only=True)
class _Query:
    text: str
    parameters: list[bytes | None]
    array: bool


def execute(plane: ControlPlane, headers: Headers, body: bytes) -> dict[str, Any]:
    """Run the statements of the body as the role of the connection string. Raises SqlError."""
    batch, queries = _parse(body, array=headers.get("neon-array-mode") == "true")
    begin = _begin(headers)
    raw = headers.get("neon-raw-text-output") == "true"
    with closing(_Session(plane, headers.get("neon-connection-string", ""))) as session:
        if not batch:
            return session.run(queries[0], raw=raw)
        session.command(begin)
        results = [session.run(query, raw=raw) for query in queries]
        session.command("commit")  # an error before this closes the connection, which rolls the transaction back
        return {"results": results}


def _parse(body: bytes, *, array: bool) -> tuple[bool, list[_Query]]:
    """Return whether the body requests a transaction, and its statements."""
    try:
        requested = json.loads(body)
        batch = "queries" in requested
        queries = [
            _Query(
                text=str(item["query"]),
                parameters=[parameter(value) for value in item.get("params") or []],
                array=item.get("arrayMode", array),
            )
            for item in (requested["queries"] if batch else [requested])
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SqlError(f"could not parse the HTTP request body: {error}") from None
    return batch, queries


def _begin(headers: Headers) -> str:
    level = headers.get("neon-batch-isolation-level")
    if level is not None and level not in _ISOLATION:
        raise SqlError("invalid isolation level")
    modes = [f"isolation level {_ISOLATION[level]}"] if level else []
    modes += ["read only"] if headers.get("neon-batch-read-only") == "true" else []
    modes += ["deferrable"] if headers.get("neon-batch-deferrable") == "true" else []
    return f"begin {', '.join(modes)}"


class _Session:
    """A connection for one call. psycopg's cursors would convert values; the driver expects PostgreSQL's text."""

    def __init__(self, plane: ControlPlane, connection_string: str) -> None:
        self._connection = pq.PGconn.connect(_conninfo(plane, connection_string).encode())
        if self._connection.status != pq.ConnStatus.OK:
            message = self._connection.error_message.decode(errors="replace").strip()
            self.close()
            raise _refusal(message)

    def close(self) -> None:
        self._connection.finish()

    def command(self, statement: str) -> None:
        """Run one of the sandbox's own statements."""
        self._checked(self._connection.exec_(statement.encode()))

    def run(self, query: _Query, *, raw: bool) -> dict[str, Any]:
        """Return the result of the client's statement: exactly one, since the extended protocol takes no more."""
        result = self._checked(self._connection.exec_params(query.text.encode(), query.parameters))
        command, _, count = (result.command_status or b"").decode().rpartition(" ")
        if not count.isdecimal():
            command, count = f"{command} {count}".strip(), ""
        columns = range(result.nfields)
        fields = [
            {
                "name": (result.fname(column) or b"").decode(),
                "dataTypeID": result.ftype(column),
                "tableID": result.ftable(column),
                "columnID": result.ftablecol(column),
                "dataTypeSize": result.fsize(column),
                "dataTypeModifier": result.fmod(column),
                "format": "text",
            }
            for column in columns
        ]
        rows: list[Any] = [
            [output(result.get_value(row, column), result.ftype(column), raw=raw) for column in columns]
            for row in range(result.ntuples)
        ]
        if not query.array:
            names = [field["name"] for field in fields]
            rows = [dict(zip(names, row, strict=True)) for row in rows]
        return {
            "rowAsArray": query.array,
            "fields": fields,
            "rows": rows,
            "command": command.split(" ")[0] if command else "",
            "rowCount": int(count) if count else None,
        }

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status in _SUCCESS:
            return result
        if result.status != pq.ExecStatus.FATAL_ERROR:
            raise SqlError(f"{pq.ExecStatus(result.status).name} is not supported over HTTP")
        found = {name: result.error_field(field) for name, field in _FIELDS.items()}
        fields = {name: value.decode() if value is not None else None for name, value in found.items()}
        raise SqlError(fields.pop("message") or result.error_message.decode(), **fields)


def _conninfo(plane: ControlPlane, connection_string: str) -> str:
    parts = urlsplit(connection_string)
    if not connection_string:
        raise SqlError("invalid header: neon-connection-string")
    if parts.scheme not in ("postgres", "postgresql"):
        raise SqlError("incorrect scheme")
    database = unquote(parts.path.lstrip("/"))
    for value, what in ((database, "database name"), (parts.username, "username"), (parts.hostname, "hostname")):
        if not value:
            raise SqlError(f"missing {what}")
    if not parts.password:
        raise SqlError("missing authentication credentials: required password")
    try:
        target = gateway.target(plane, (parts.hostname or "").partition(".")[0])
    except gateway.GatewayError as error:
        raise SqlError(str(error)) from None
    return make_conninfo(
        host="127.0.0.1",
        port=target.port,
        dbname=database,
        user=unquote(parts.username or ""),
        password=unquote(parts.password),
        sslmode="disable",
        gssencmode="disable",
        client_encoding="UTF8",
        connect_timeout=_CONNECT_SECONDS,
        options="-c default_transaction_read_only=on" if target.read_only else "",
    )


def _refusal(message: str) -> SqlError:
    """Return the error for a refused connection. libpq reports no SQLSTATE for it; its texts imply these two."""
    text = message.rpartition("FATAL:  ")[2]
    if "password authentication failed" in text:
        return SqlError(text, severity="FATAL", code="28P01")
    if "does not exist" in text:
        return SqlError(text, severity="FATAL", code="3D000")
    return SqlError(text)
