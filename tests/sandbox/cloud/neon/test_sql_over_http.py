"""SQL over HTTP. Prevents: an application that counts on a session which Neon's HTTP driver does not have."""

from __future__ import annotations

import re

import httpx
import pytest

from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import Neon

RAW = {"Neon-Raw-Text-Output": "true", "Neon-Array-Mode": "true"}


def post(neon: Neon, address: str, body: object, **headers: str) -> httpx.Response:
    """Make a call like the driver's."""
    url = f"http://127.0.0.1:{neon.context.home.ports.cloud}/neon/sql"
    sent = {"Neon-Connection-String": address} | RAW | {key.replace("_", "-"): value for key, value in headers.items()}
    return httpx.post(url, json=body, headers=sent, trust_env=False, timeout=60)


def query(text: str, *parameters: object) -> Document:
    return {"query": text, "params": list(parameters)}


@pytest.fixture
def address(project: Document) -> str:
    return str(project["connection_uris"][0]["connection_uri"])


def result(answer: httpx.Response) -> Document:
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refusal(answer: httpx.Response) -> Document:
    assert answer.status_code == 400, answer.text
    return dict(answer.json())


def test_a_statement_returns_rows_as_text_and_the_types_of_its_columns(neon: Neon, address: str) -> None:
    found = result(
        post(neon, address, query("select $1::int as number, $2::text, null, array[1,2], 't'::bool", 7, "ä"))
    )
    assert found["rows"] == [["7", "ä", None, "{1,2}", "t"]]
    assert [field["name"] for field in found["fields"]] == ["number", "text", "?column?", "array", "bool"]
    assert [field["dataTypeID"] for field in found["fields"]] == [23, 25, 25, 1007, 16]
    assert (found["command"], found["rowCount"], found["rowAsArray"]) == ("SELECT", 1, True)


@pytest.mark.parametrize(
    ("text", "command", "count"),
    [
        ("create temp table made (id int)", "CREATE", None),
        ("with a as (select 1) select * from a where false", "SELECT", 0),
        ("set statement_timeout = 1000", "SET", None),
        ("", "", None),
    ],
)
def test_commands_are_named_and_counted(neon: Neon, address: str, text: str, command: str, count: int | None) -> None:
    found = result(post(neon, address, query(text)))
    assert (found["command"], found["rowCount"]) == (command, count)


def test_rows_are_objects_with_json_values_on_request(neon: Neon, address: str) -> None:
    text = (
        """select 1 as i, 2::bigint as b, 1.5::float8 as f, 'NaN'::float8 as n, true as t, '{"a": [1]}'::jsonb as j"""
    )
    headers = {"Neon-Raw-Text-Output": "false", "Neon-Array-Mode": "false"}
    found = result(post(neon, address, query(text), **headers))
    assert found["rows"] == [{"i": 1, "b": "2", "f": 1.5, "n": "NaN", "t": True, "j": {"a": [1]}}]


@pytest.mark.parametrize(
    ("value", "cast", "expected"),
    [
        (True, "bool", "t"),
        ([1, None, "a b", 'q"'], "text[]", '{1,NULL,"a b","q\\""}'),
        ([[1, 2], [3, 4]], "int[]", "{{1,2},{3,4}}"),
        ({"a": "ä"}, "jsonb", '{"a": "ä"}'),
        ([{"a": 1}], "jsonb[]", '{"{\\"a\\": 1}"}'),
        (1.5, "numeric", "1.5"),
        (None, "int", None),
    ],
)
def test_parameters_are_converted_for_postgresql(
    neon: Neon, address: str, value: object, cast: str, expected: str | None
) -> None:
    assert result(post(neon, address, query(f"select $1::{cast}", value)))["rows"] == [[expected]]


def test_a_context_lasts_within_a_transaction_and_not_between_calls(neon: Neon, address: str) -> None:
    context = query("select set_config('app.user', $1, true)", "u1")
    read = query("select current_setting('app.user', true)")
    found = result(post(neon, address, {"queries": [context, read]}))
    assert [item["rows"] for item in found["results"]] == [[["u1"]], [["u1"]]]
    result(post(neon, address, query("select set_config('app.user', 'u1', false)")))
    assert result(post(neon, address, read))["rows"] == [[None]]


def test_a_transaction_that_fails_leaves_nothing(neon: Neon, address: str) -> None:
    result(post(neon, address, query("create table if not exists ledger (id int primary key)")))
    insert = query("insert into ledger values (1)")
    found = refusal(post(neon, address, {"queries": [insert, insert]}))
    assert (found["code"], found["constraint"], found["table"]) == ("23505", "ledger_pkey", "ledger")
    assert result(post(neon, address, query("select * from ledger")))["rows"] == []
    result(post(neon, address, {"queries": [insert]}))
    assert result(post(neon, address, query("select * from ledger")))["rows"] == [["1"]]


def test_modes_of_a_transaction_are_as_requested_and_echoed(neon: Neon, address: str) -> None:
    modes = query("select current_setting('transaction_isolation'), current_setting('transaction_read_only')")
    headers = {"Neon-Batch-Isolation-Level": "RepeatableRead", "Neon-Batch-Read-Only": "true"}
    answer = post(neon, address, {"queries": [modes]}, **headers)
    assert result(answer)["results"][0]["rows"] == [["repeatable read", "on"]]
    assert answer.headers["neon-batch-isolation-level"] == "RepeatableRead"
    wrong = post(neon, address, {"queries": [modes]}, **{"Neon-Batch-Isolation-Level": "Chaos"})
    assert refusal(wrong)["message"] == "invalid isolation level"


def test_errors_carry_the_fields_of_postgresql(neon: Neon, address: str) -> None:
    found = refusal(post(neon, address, query("select no_such from pg_class")))
    assert (found["severity"], found["code"], found["position"]) == ("ERROR", "42703", "8")
    assert found["message"] == 'column "no_such" does not exist'
    assert set(found) >= {"detail", "hint", "where", "schema", "dataType", "file", "line", "routine", "internalQuery"}


def test_one_call_takes_one_statement(neon: Neon, address: str) -> None:
    found = refusal(post(neon, address, query("select 1; select 2")))
    assert (found["code"], found["message"]) == ("42601", "cannot insert multiple commands into a prepared statement")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ((r"npg_\w+", "wrong"), "28P01", 'password authentication failed for user "neondb_owner"'),
        ((r"/neondb\?", "/nothing?"), "3D000", 'database "nothing" does not exist'),
        (("@ep-", "@ep-no-"), None, "The requested endpoint could not be found, or you don't have access to it."),
        (("postgresql:", "mysql:"), None, "incorrect scheme"),
        ((r"/neondb\?", "/?"), None, "missing database name"),
        ((r":npg_\w+", ""), None, "missing authentication credentials: required password"),
    ],
)
def test_a_refused_client_gets_the_reason(
    neon: Neon, address: str, change: tuple[str, str], code: str | None, message: str
) -> None:
    wrong = re.sub(*change, address)
    found = refusal(post(neon, wrong, query("select 1")))
    assert found["code"] == code
    assert found["message"].startswith(message)


@pytest.mark.parametrize(
    "body", [[], "select 1", {"sql": "select 1"}, {"queries": 1}, {"query": "select 1", "params": 5}]
)
def test_a_body_without_a_statement_is_refused(neon: Neon, address: str, body: object) -> None:
    assert refusal(post(neon, address, body))["message"].startswith("could not parse the HTTP request body")


def test_the_pooled_host_and_a_sleeping_compute_work_too(neon: Neon, project: Document, address: str) -> None:
    parameters = project["connection_uris"][0]["connection_parameters"]
    path = f"/projects/{project['project']['id']}/endpoints/{project['endpoints'][0]['id']}"
    neon.settled(neon.call("POST", f"{path}/suspend"))
    pooled = address.replace(parameters["host"], parameters["pooler_host"])
    assert result(post(neon, pooled, query("select 1")))["rows"] == [["1"]]
