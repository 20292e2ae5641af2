"""Review stacks. Prevents: a pull request that reads or changes production, or leaves resources behind."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from contract.paths import PROJECT
from sandbox.state.store import Store
from tests.end_to_end.accounts import accounts, difference
from tests.end_to_end.reviewing import (
    begun,
    checkout,
    kill,
    made,
    outputs,
    review,
    rows,
    snapshot,
    token,
    visit,
    wait_for,
)
from tests.end_to_end.world import Done, Launch

BRANCHES = {1: "feature/one", 2: "feature/two"}
MASKED = ("--rows", "masked")
COUNTS = """select (select count(*) from public.users), (select count(*) from public.organizations),
    (select count(*) from launch.schema_migrations)"""


@dataclass(frozen=True)
class Reviewed:
    """Two pull requests, opened at the same time."""

    launch: Launch
    before: dict[str, Any]
    documents: dict[int, dict[str, Any]]
    outputs: dict[int, dict[str, Any]]
    production: dict[str, Any]


@pytest.fixture(scope="module")
def reviewed(first_up: tuple[Launch, Done]) -> Iterator[Reviewed]:
    launch, _ = first_up
    production = launch.outputs()
    for statement in SEED:
        rows(launch, production["owner_database_url"], f"{statement} returning id")
    before = accounts(launch)
    with ThreadPoolExecutor() as pool:
        calls = [pool.submit(made, launch, 1, BRANCHES[1]), pool.submit(made, launch, 2, BRANCHES[2], *MASKED)]
        documents = {number: call.result() for number, call in zip(BRANCHES, calls, strict=True)}
    yield Reviewed(launch, before, documents, {number: outputs(launch, number) for number in BRANCHES}, production)
    review(launch, "sweep", "--none-open")
    assert difference(before, accounts(launch)) == {}


SEED = (
    "insert into public.users (id, email, name) values ('u-real', 'real@customer.example', 'Real')",
    "insert into public.organizations (id, name, slug) values ('o-real', 'Real', 'real')",
)


def environments(launch: Launch) -> dict[str, dict[str, str]]:
    """Return the environment of each deployment's build, by its URL."""
    store = Store(launch.home.store_path)
    try:
        return {f"https://{each['url']}": each["env"] for each in store.find("vercel.deployments")}
    finally:
        store.close()


def test_two_pull_requests_at_once_have_a_stack_each_and_share_nothing(reviewed: Reviewed) -> None:
    one, two = (reviewed.outputs[number] for number in BRANCHES)
    assert one["database"]["branch_id"] != two["database"]["branch_id"]
    assert one["site"] != two["site"]
    hosts = {urlsplit(each["application_database_url"]).hostname for each in (one, two, reviewed.production)}
    assert len(hosts) == 3
    built = environments(reviewed.launch)
    for number, each in reviewed.outputs.items():
        mine = built[each["site"]]
        assert mine["CONDUCTOR_DATABASE_URL"] == each["application_database_url"]
        assert reviewed.production["database"]["host"].partition(".")[0] not in json.dumps(mine)
        assert each["pull_request"] == number
    listed = json.loads(review(reviewed.launch, "list", "--json").stdout)["reviews"]
    assert [(each["stack"], each["git_branch"]) for each in listed] == [
        ("pr-1", "feature/one"),
        ("pr-2", "feature/two"),
    ]


def test_nothing_of_production_is_changed(reviewed: Reviewed) -> None:
    now = accounts(reviewed.launch)
    assert difference(reviewed.before, {name: now.get(name) for name in reviewed.before}) == {}
    assert now.keys() - reviewed.before.keys()


def test_a_branch_holds_the_ledger_and_no_row_of_production_or_only_masked_ones(reviewed: Reviewed) -> None:
    ((users, organizations, applied),) = rows(reviewed.launch, reviewed.production["owner_database_url"], COUNTS)
    assert users >= 1 <= organizations
    purged, masked = (owner_url(reviewed.launch, number) for number in BRANCHES)
    assert rows(reviewed.launch, purged, COUNTS) == [(0, 0, applied)]
    assert rows(reviewed.launch, purged, "select plan from public.rate_limit_plans") == [("free",)]
    assert rows(reviewed.launch, masked, COUNTS) == [(users, organizations, applied)]
    ((mail, name),) = rows(reviewed.launch, masked, "select email, name from public.users where id = 'u-real'")
    assert mail.endswith("@example.invalid")
    assert name.startswith("masked-")


def owner_url(launch: Launch, number: int) -> str:
    """Return the owner's address of a review's branch, from the state."""
    stack = launch.pulumi(
        "-C", str(PROJECT / "review"), "stack", "export", "--show-secrets", PULUMI_STACK=f"pr-{number}"
    )
    resources = json.loads(stack.stdout)["deployment"]["resources"]
    (branch,) = [each["outputs"] for each in resources if each["type"].endswith("review:Branch")]
    password = branch["owner_password"]
    plain = json.loads(password["plaintext"]) if isinstance(password, dict) else password
    return f"postgresql://neondb_owner:{plain}@{branch['host']}/neondb?sslmode=require"


@pytest.mark.parametrize("name", ["owner_database_url", "application_database_url", "service_database_url"])
def test_a_password_of_production_opens_no_review(reviewed: Reviewed, name: str) -> None:
    url = reviewed.production[name].replace("-pooler", "")
    for each in reviewed.outputs.values():
        elsewhere = url.replace(urlsplit(url).hostname, each["database"]["host"])
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            rows(reviewed.launch, elsewhere, "select 1")


def test_the_gateway_of_production_has_no_key_and_another_issuer_for_a_token_of_a_review(reviewed: Reviewed) -> None:
    """Either alone makes the gateway refuse a token: tests/sandbox/edge/test_gateway.py."""
    auth = environments(reviewed.launch)[reviewed.outputs[1]["site"]]["NEON_AUTH_BASE_URL"]
    header, claims, _ = (decoded(part) for part in token(reviewed.launch, auth).split("."))
    bound = reviewed.launch.cloudflare("GET", f"{account(reviewed.launch)}/scripts/echome/settings")["bindings"]
    (pinned,) = [each["text"] for each in bound if each["name"] == "AUTH_URL"]
    assert not pinned.startswith(claims["iss"])
    keys = visit(reviewed.launch, f"{pinned}/.well-known/jwks.json").json()["keys"]
    assert keys
    assert header["kid"] not in {key["kid"] for key in keys}


def decoded(part: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:  # the signature
        return {}
    return found


def account(launch: Launch) -> str:
    found: str = launch.cloudflare("GET", "/zones?name=prductr.com")[0]["account"]["id"]
    return f"/accounts/{found}/workers"


def test_a_review_has_no_pending_change_and_plain_pulumi_can_preview_it(reviewed: Reviewed) -> None:
    command = ("-C", str(PROJECT / "review"), "preview", "--expect-no-changes")
    reviewed.launch.pulumi(*command, PULUMI_STACK="pr-1")


@pytest.fixture
def nothing_left(reviewed: Reviewed) -> Iterator[None]:
    """Leftovers of a failure of one test do not count against the next."""
    yield
    opened = [part for number in BRANCHES for part in ("--open", str(number))]
    review(reviewed.launch, "sweep", *opened)


@pytest.mark.usefixtures("nothing_left")
def test_a_change_of_a_policy_a_worker_and_a_migration_shows_in_its_review_alone(
    reviewed: Reviewed, tmp_path: Path
) -> None:
    launch, first = reviewed.launch, accounts(reviewed.launch)
    folder = checkout(tmp_path / "change")
    migration = folder / "sql/migrations/0014_note.sql"
    migration.write_text("alter table public.projects add column note text;\n")
    policy = folder / "sql/security/tables/connector_configs.sql"
    text = policy.read_text()
    assert "public.current_org_id()" in text
    policy.write_text(text.replace("public.current_org_id()", "public.writable_org_id()", 1))
    conductor = folder / "workers/conductor/index.js"
    conductor.write_text(f"// changed\n{conductor.read_text()}")
    snapshot(launch, folder)
    found = made(launch, 5, "feature/five", folder=folder)
    assert [each["detail"] for each in found["checks"] if each["check"] == "row security"] == [
        "not that of production: this change alters policies, grants or functions"
    ]
    assert list(found["review"]["workers"]) == ["conductor-pr-5"]
    assert visit(launch, f"{found['review']['workers']['conductor-pr-5']}/").status_code == 503
    column = "select data_type from information_schema.columns where (table_name, column_name) = ('projects', 'note')"
    assert rows(launch, owner_url(launch, 5), column) == [("text",)]
    assert rows(launch, reviewed.production["owner_database_url"], column) == []
    done = review(launch, "create", "4", "--branch", "x", "--json", code=1)
    assert "reviewLimit is 3" in json.loads(done.stdout)["error"]
    # The author edits a migration after the review applied it.
    migration.write_text("alter table public.projects add column note bigint;\n")
    snapshot(launch, folder)
    again = made(launch, 5, "feature/five", folder=folder)
    assert again["review"]["database"]["branch_id"] != found["review"]["database"]["branch_id"]
    assert rows(launch, owner_url(launch, 5), column) == [("bigint",)]
    review(launch, "destroy", "5")
    assert difference(first, accounts(launch)) == {}


def test_a_pull_request_of_a_fork_gets_no_review(reviewed: Reviewed, tmp_path: Path) -> None:
    launch, first = reviewed.launch, accounts(reviewed.launch)
    event = tmp_path / "event.json"
    ends = {"head": {"repo": {"full_name": "stranger/launch"}}, "base": {"repo": {"full_name": "prductr-com/launch"}}}
    event.write_text(json.dumps({"pull_request": {"number": 7, **ends}}))
    refused = launch.launch("review", "create", "7", "--branch", "feature/seven", code=1, GITHUB_EVENT_PATH=str(event))
    assert "comes from stranger/launch" in refused.stderr
    assert difference(first, accounts(launch)) == {}


def test_a_review_that_is_closed_while_it_is_being_made_is_swept_and_leaves_nothing(reviewed: Reviewed) -> None:
    launch, first = reviewed.launch, accounts(reviewed.launch)
    with begun(launch, "review", "create", "6", "--branch", "feature/six") as process:
        wait_for(lambda: any("neon.branches" in name for name in accounts(launch).keys() - first.keys()))
        kill(process)
    review(launch, "sweep", "--open", "1", "--open", "2")
    assert difference(first, accounts(launch)) == {}
    listed = json.loads(review(launch, "list", "--json").stdout)["reviews"]
    assert [each["stack"] for each in listed] == ["pr-1", "pr-2"]
