"""Schemas of branches and their comparison. Prevents: a diff that shows equal lines, or hides differing ones."""

from __future__ import annotations

from tests.sandbox.cloud.neon.past import Past


def test_a_schema_is_the_output_of_pg_dump_now_or_at_an_earlier_moment(past: Past) -> None:
    path = f"{past.path}/{past.main}/schema"
    now = past.neon.call("GET", path, query={"db_name": "neondb"})["sql"]
    earlier = past.neon.call("GET", path, query={"db_name": "neondb", "lsn": past.before["lsn"]})["sql"]
    tables = set(past.tables(past.uri))
    assert all(f"CREATE TABLE public.{name} (" in now for name in tables)
    assert earlier != now
    assert "restrict" not in now
    assert past.neon.call("GET", path, query={"db_name": "neondb"})["sql"] == now


def test_a_comparison_names_the_additions_of_a_branch_to_its_parent(past: Past) -> None:
    child = past.branch(name="child")
    path = f"{past.path}/{child['branch']['id']}/compare_schema"
    query = {"db_name": "neondb", "base_branch_id": past.main}
    assert past.neon.call("GET", path, query=query) == {"diff": ""}
    with past.neon.connect(past.reached(child["branch"]["id"])) as connection:
        connection.execute("create table added (id int)")
    diff = past.neon.call("GET", path, query=query)["diff"]
    assert diff.startswith(f"--- Database: neondb\t(Branch: {past.main})")
    assert f"+++ Database: neondb\t(Branch: {child['branch']['id']})" in diff
    assert "+CREATE TABLE public.added (" in diff
    assert past.neon.call("GET", path, query={"db_name": "neondb"}) == {"diff": diff}


def test_a_missing_database_branch_or_moment_is_refused(past: Past) -> None:
    path = f"{past.path}/{past.main}"
    assert past.neon.refused(404, "GET", f"{path}/schema?db_name=nothing") == ("", "database not found")
    past.neon.refused(400, "GET", f"{path}/schema")
    past.neon.refused(400, "GET", f"{path}/schema?db_name=neondb&format=json")
    past.neon.refused(422, "GET", f"{path}/schema?db_name=neondb&lsn=FFFF/0")
    past.neon.refused(422, "GET", f"{path}/compare_schema?db_name=neondb")
    past.neon.refused(404, "GET", f"{path}/compare_schema?db_name=neondb&base_branch_id=br-no-such-12345678")
    lsn = past.before["lsn"]
    assert past.neon.refused(404, "GET", f"{path}/schema?db_name=nothing&lsn={lsn}") == ("", "database not found")
