"""A rehearsal is only as good as its twin: it responds like the accounts, has no secret, and needed no write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from contract.problem import Problem
from contract.twin import SECRET
from launch.local import pg_dump
from launch.mirror import Mirrored, Rows, Rules, Subject, mirror, report
from launch.mirror.mirror import _write
from launch.report import ExitCode
from tests.full_disk import full_disk
from tests.launch.mirror.calls import ORGANIZATION, answer, calls, differences
from tests.launch.mirror.furnished import LEAK, access_of, cloud, furnish, owner
from tests.sandbox.cloud.support import Cloud
from vendors import Access

SUBJECT = Subject(domain="prductr.com", organization=ORGANIZATION, database="prductr")
CATALOG = """
select 'role', rolname::text,
       concat_ws(' ', rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls, rolconfig)
from pg_roles where rolname !~ '^pg_'
union all
select 'member', roleid::regrole::text, member::regrole::text from pg_auth_members
where roleid::regrole::text !~ '^pg_'
union all
select 'policy', polname::text, concat_ws(' ', polrelid::regclass, pg_get_expr(polqual, polrelid)) from pg_policy
union all
select 'relation', oid::regclass::text,
       concat_ws(' ', relkind, relowner::regrole, relacl, relrowsecurity, relforcerowsecurity)
from pg_class where relnamespace = 'public'::regnamespace and relkind <> 'f'
union all
select 'constraint', conname::text, pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace
union all
select 'function', oid::regprocedure::text, pg_get_functiondef(oid) from pg_proc
where pronamespace = 'public'::regnamespace
union all
select 'database', datname::text, concat_ws(' ', datdba::regrole, array(select unnest(datacl)::text order by 1))
from pg_database where datname = 'neondb'
order by 1, 2, 3
"""
AGAIN = """
select format('alter table %s drop constraint %I, add constraint %I %s', conrelid::regclass, conname, conname,
              pg_get_constraintdef(oid))
from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace
"""
"""Recreates each foreign key, which checks every row."""
JOINED = """
select count(*) from public.moods as m
join public.organizations as o on o.id = m.organization_id join public.users as u on u.id = m.user_id
"""
RULES = """
tables:
  public.organizations: {id: {hash: "org-%s"}, name: {value: Somebody}, slug: {hash: "%s"}}
  public.users: {id: {hash: "user-%s"}, email: {hash: "%s@example.invalid"}, created_at: keep}
  public.moods:
    id: keep
    organization_id: {hash: "org-%s"}
    user_id: {hash: "user-%s"}
    mood: keep
    level: keep
    word: {value: word}
"""


@dataclass(frozen=True)
class Pair:
    """A sandbox, its mirror and the twin that started from it."""

    real: Cloud
    twin: Cloud
    mirrored: Mirrored
    methods: set[str]
    """Methods of the mirror's calls."""

    @property
    def text(self) -> str:
        """Return the text of all files in the folder."""
        return "\n".join(file.read_text() for file in sorted(self.mirrored.folder.rglob("*")) if file.is_file())


def access(there: Cloud, **other: str) -> Access:
    """Return the sandbox's own credentials, or others."""
    return access_of(there.home, **other)


def mirrored(there: Cloud, folder: Path, rows: Rows = Rows.NONE, rules: Rules | None = None, **other: str) -> Mirrored:
    """Mirror the sandbox, whose databases are reached as in a shell with `launch env`."""
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv("PGHOSTADDR", "127.0.0.1")
        shell.setenv("PGPORT", str(there.home.ports.postgres))
        return mirror(access(there, **other), SUBJECT, folder, pg_dump=pg_dump(), rows=rows, rules=rules)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("real"), "production") as there:
        furnish(there)
        yield there


@pytest.fixture(scope="module")
def pair(real: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    real.admin.get("/_sandbox/requests", params={"clear": ""})
    found = mirrored(real, tmp_path_factory.mktemp("mirror") / "twin", Rows.SYNTHETIC)
    methods = {each["method"] for each in real.admin.get("/_sandbox/requests").json()["requests"]}
    with cloud(tmp_path_factory.mktemp("twin"), str(found.folder)) as twin:
        yield Pair(real, twin, found, methods)


def test_the_twin_responds_to_every_call_like_the_accounts(pair: Pair) -> None:
    asked = calls(pair.real)
    assert len(asked) > 55
    assert [each for each in asked if answer(pair.real, *each)[0] != 200 and "/auth" not in each[1]] == []
    found = [(where, one, other) for where, one, other in differences(pair.real, pair.twin) if SECRET not in str(other)]
    assert found == []


def test_a_different_response_is_detected(pair: Pair) -> None:
    record = pair.twin.store.find("cloudflare.dns_records", name="prductr.com")[0]
    pair.twin.store.put("cloudflare.dns_records", record["id"], record | {"ttl": 77})
    try:
        assert any(other == 77 for _, _, other in differences(pair.real, pair.twin))
    finally:
        pair.twin.store.put("cloudflare.dns_records", record["id"], record)


def test_the_accounts_are_only_read(pair: Pair) -> None:
    assert pair.methods == {"GET"}


def test_the_database_is_the_same_except_for_its_rows(pair: Pair) -> None:
    with owner(pair.real) as real, owner(pair.twin) as twin:
        there, here = (connection.execute(CATALOG).fetchall() for connection in (real, twin))
        assert len(there) > 60
        assert here == [row for row in there if "elsewhere" not in str(row)]
        assert len(pair.mirrored.reading.tables) == 16
        for table, rows in pair.mirrored.reading.tables.items():
            count = f"select count(*) from {table.partition(' ')[2]}".encode()
            assert twin.execute(count).fetchone() == real.execute(count).fetchone() == (rows,)


def test_invented_rows_meet_every_constraint(pair: Pair) -> None:
    with owner(pair.twin) as twin:
        keys = twin.execute(AGAIN).fetchall()
        assert len(keys) > 15
        for (statement,) in keys:
            twin.execute(str(statement).encode())  # raises if a row refers to nothing
        twin.rollback()
        assert twin.execute(JOINED).fetchone() == (6,)
        assert twin.execute("select count(*) from public.users where email like '%acme%'").fetchone() == (0,)


def test_the_folder_contains_no_secret_only_that_one_exists(pair: Pair) -> None:
    assert LEAK not in pair.text
    assert real_secrets(pair.real)
    assert [each for each in real_secrets(pair.real) if each in pair.text] == []
    variables = yaml.safe_load((pair.mirrored.folder / "vercel.yaml").read_text())["variables"]
    values = {one["key"]: one["value"] for some in variables.values() for one in some}
    assert set(values) >= {"KEY_0", "KEY_1", "KEY_2", "CONDUCTOR_DATABASE_URL", "USER_SECRETS_MASTER_KEY"}
    assert {each for each in values.values() if not re.fullmatch(r"\$\{\w+\}", each)} == set()


def real_secrets(there: Cloud) -> list[str]:
    """Return every secret value of the sandbox: credentials, passwords, values of variables and bindings."""
    own = there.home.credentials
    found = [own.cloudflare_api_token, own.vercel_api_token, own.neon_api_key]
    found += [str(one["_password"]) for one in there.store.find("neon.roles")]
    found += [str(one["value"]) for one in there.store.find("vercel.env")]
    for script in there.store.find("cloudflare.workers_scripts"):
        found += [str(one["text"]) for one in script["bindings"] if one["type"] == "secret_text"]
    return found


def test_a_credential_in_a_text_is_replaced_and_reported(real: Cloud, tmp_path: Path) -> None:
    script = real.store.find("cloudflare.workers_scripts")[0]
    url = f"postgresql://app:{LEAK}@ep-x.neon.tech/neondb"
    hidden = script | {"modules": {"main.js": f"fetch('{url}') // {real.home.credentials.neon_api_key}\n"}}
    key = f"{script['_account_id']}/{script['id']}"
    real.store.put("cloudflare.workers_scripts", key, hidden)
    try:
        found = mirrored(real, tmp_path / "twin")
    finally:
        real.store.put("cloudflare.workers_scripts", key, script)
    text = (tmp_path / "twin" / "workers" / "api" / "main.js").read_text()
    assert text == "fetch('postgresql://${secret}@ep-x.neon.tech/neondb') // ${secret}\n"
    assert any("workers/api/main.js" in note for note in found.reading.notes)


def test_parts_that_a_credential_may_not_read_are_named_and_the_rest_is_mirrored(real: Cloud, tmp_path: Path) -> None:
    for part in ("rulesets", "workers/scripts"):
        fault = {"action": "status", "status": 403, "match": {"method": "GET", "path": f"/{part}$"}}
        real.admin.post("/_sandbox/faults", json=fault).raise_for_status()
    try:
        found = mirrored(real, tmp_path / "twin")
    finally:
        real.admin.delete("/_sandbox/faults")
    assert {each.what for each in found.reading.unread} == {"rulesets", "Workers"}
    shown = report(found, "prod", with_database=True)
    assert shown.exit_code is ExitCode.UNCHECKED
    assert found.counts["DNS records"] == len(real.store.find("cloudflare.dns_records"))


def test_a_vendor_that_refuses_the_credential_ends_the_mirror_and_nothing_is_written(
    real: Cloud, tmp_path: Path
) -> None:
    with pytest.raises(Problem, match="Cloudflare"):
        mirrored(real, tmp_path / "twin", cloudflare_token="x" * 40)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_content_is_left_alone(real: Cloud, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(Problem, match="holds something else"):
        mirrored(real, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["precious"]


def test_a_twin_for_which_the_disk_has_no_room_leaves_the_earlier_one_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "twin"
    _write(folder, {"twin.yaml": "first", "neon/schema.sql": ""})
    with pytest.raises(Problem, match="cannot be written"), full_disk():
        _write(folder, {"twin.yaml": "second", "neon/schema.sql": "-- a long one\n" * 100})
    assert list(tmp_path.iterdir()) == [folder]
    assert (folder / "twin.yaml").read_text() == "first"


def test_masked_rows_contain_only_columns_that_a_rule_names(real: Cloud, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    found = mirrored(real, tmp_path / "twin", Rows.MASKED, Rules.load(tmp_path / "rules.yaml"))
    with cloud(tmp_path / "home", str(found.folder)) as twin, owner(twin) as connection:
        assert connection.execute(JOINED).fetchone() == (6,)
        emails = connection.execute("select email, name, created_at is null from public.users").fetchall()
        assert len(emails) == 6
        for email, name, unknown in emails:
            assert re.fullmatch(r"[0-9a-f]{16}@example\.invalid", str(email))
            assert (name, unknown) == (None, False)
        assert connection.execute("select count(*) from public.tasks").fetchone() == (0,)
    text = "\n".join(file.read_text() for file in found.folder.rglob("*.sql"))
    assert "acme" not in text.lower()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("tables: {public.user: {id: keep}}", "there is no table public.user"),
        ("tables: {public.users: {id: keep, email: keep, mail: keep}}", "public.users has no column mail"),
        ("tables: {public.users: {id: keep}}", "public.users.email must not be null, and no rule names it"),
        ("tables: {public.users: {id: keep, email: {mask: x}}}", "is none of keep, null"),
    ],
)
def test_rules_that_match_no_table_are_refused_before_a_row_is_read(
    real: Cloud, tmp_path: Path, rules: str, expected: str
) -> None:
    (tmp_path / "rules.yaml").write_text(rules)
    with pytest.raises(Problem, match=re.escape(expected)):
        mirrored(real, tmp_path / "twin", Rows.MASKED, Rules.load(tmp_path / "rules.yaml"))
    assert not (tmp_path / "twin").exists()


def test_a_zone_of_another_account_is_one_clear_error(real: Cloud, tmp_path: Path) -> None:
    other = Subject(domain="example.com", organization=ORGANIZATION, database="prductr")
    with pytest.raises(Problem, match=r"sees no zone example\.com"):
        mirror(access(real), other, tmp_path / "twin", pg_dump=None, rows=Rows.NONE)
