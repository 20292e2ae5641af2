"""Branches with the schema alone. Prevents: rows of production in a branch that must have none."""

from __future__ import annotations

from tests.sandbox.cloud.neon.past import WRITER, Past

_DATA = """
create table people (id int generated always as identity primary key, name text);
create table pets (id serial primary key, owner int references people);
create materialized view named as select name from people;
create function forbid() returns trigger language plpgsql as $$ begin raise exception 'no truncation'; end $$;
create trigger kept before truncate on people execute function forbid();
insert into people (name) values ('Ada'), ('Grace');
insert into pets (owner) values (1);
refresh materialized view named;
select lo_from_bytea(0, 'a secret');
"""


def test_it_has_tables_roles_and_databases_but_no_row(past: Past) -> None:
    with past.neon.connect(past.uri) as connection:
        connection.execute("create role app login password 'pass'; grant usage on schema public to app")
        connection.execute(_DATA)
    made = past.branch(name="bare", init_source="schema-only")
    branch = made["branch"]
    assert (branch["init_source"], branch["default"], "parent_id" in branch) == ("schema-only", False, False)
    uri = past.reached(branch["id"])
    tables = past.tables(uri)
    assert {"people", "pets"} < set(tables) | {""}
    assert set(tables) == set(past.tables(past.uri))
    assert [rows for rows in tables.values() if rows] == []
    with past.neon.connect(uri) as connection:
        assert connection.execute("select relispopulated from pg_class where relname = 'named'").fetchone() == (False,)
        assert connection.execute("select count(*) from pg_largeobject_metadata").fetchone() == (0,)
        assert connection.execute("insert into people (name) values ('Edsger') returning id").fetchone() == (1,)
        assert connection.execute("select rolcanlogin from pg_roles where rolname = 'app'").fetchone() == (True,)
    assert past.names(branch["id"], "roles") == past.names(past.main, "roles")
    assert past.names(branch["id"], "databases") == past.names(past.main, "databases")
    past.neon.settled(past.neon.call("DELETE", f"{past.path}/{branch['id']}"))


def test_a_schema_only_branch_can_be_of_an_earlier_moment(past: Past) -> None:
    made = past.branch(name="early", init_source="schema-only", parent_lsn=past.before["lsn"])
    tables = past.tables(past.reached(made["branch"]["id"]))
    assert set(tables) != set(past.tables(past.uri))
    assert [rows for rows in tables.values() if rows] == []


def test_it_needs_one_endpoint_that_writes_and_there_are_at_most_five_roots(past: Past) -> None:
    bare = {"branch": {"init_source": "schema-only"}}
    for endpoints in ([], [{"type": "read_only"}], [*WRITER, *WRITER]):
        past.neon.refused(400, "POST", past.path, bare | {"endpoints": endpoints})
    past.neon.refused(400, "POST", past.path, {"branch": {"init_source": "nothing"}})
    for _ in range(4):
        past.branch(init_source="schema-only")
    assert past.neon.refused(422, "POST", past.path, bare | {"endpoints": WRITER})[0] == "ROOT_BRANCHES_LIMIT_EXCEEDED"
