"""Each scenario of the runbook, provoked in the sandbox and ended with nothing but the page's own commands.

Prevents: a command that is run for the first time on the night on which it is needed.
"""

from __future__ import annotations

import json
import os
import secrets
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from contract.paths import PROJECT
from launch.inputs import complaints
from tests.end_to_end.world import Launch

Document = dict[str, Any]


@dataclass
class Shell:
    """A person's shell in a copy of the project's folder, whose settings may be changed."""

    process: subprocess.Popen[str]
    ran: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def opened(cls, launch: Launch, folder: Path) -> Iterator[Shell]:
        """Yield the system's POSIX shell, which runs all commands one after the other."""
        environment = {**os.environ, "LAUNCH_SANDBOX_HOME": str(launch.folder)}
        process = subprocess.Popen(
            ["sh"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield cls(process)
        finally:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.wait(60)
            process.stdout.close()

    def type(self, command: str) -> tuple[int, str]:
        """Type one line; return its exit code and output."""
        mark = secrets.token_hex(8)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        # A program must not read the next line.
        closed = " < /dev/null" if command.startswith(("launch ", "pulumi ")) else ""
        self.process.stdin.write(f"{command}{closed}\nprintf '\\n%s %s\\n' {mark} $?\n")
        self.process.stdin.flush()
        output: list[str] = []
        for line in self.process.stdout:
            if line.startswith(mark):
                self.ran.append(command)
                return int(line.split()[1]), "".join(output)
            output.append(line)
        raise AssertionError(f"the shell ended at {command}:\n{''.join(output)}")


@dataclass
class Night:
    """A runbook, a shell, and the launch in trouble."""

    launch: Launch
    page: Document
    shell: Shell

    def follow(
        self, name: str, choose: Callable[[Document, str], str | None] = lambda _step, _said: None, *, case: int = 0
    ) -> None:
        """Type the commands of a scenario from top to bottom. `choose` returns what a person types in between.

        The page gives a command's exit codes case by case, the plain case first. Each command must end as `case` does.
        """
        [scenario] = [each for each in self.page["scenarios"] if each["id"] == name]
        last = scenario["steps"][-1]
        assert (last["command"] in ("launch verify", "launch drift"), last["expect"][0]) == (True, 0)
        for step in scenario["steps"]:
            code, said = self.shell.type(step["command"])
            expected = step["expect"][min(case, len(step["expect"]) - 1)]
            assert code == expected, f"{step['command']} ended with {code}:\n{said}"
            if typed := choose(step, said):
                assert self.shell.type(typed)[0] == 0


@pytest.fixture(scope="session")
def page(first_up: tuple[Launch, object]) -> Document:
    """The runbook, made before the trouble."""
    found: Document = json.loads(first_up[0].launch("runbook", "--json").stdout)
    return found


@pytest.fixture
def night(launched: Launch, page: Document, tmp_path: Path) -> Iterator[Night]:
    """A shell in which the page's setup has been typed."""
    for each in PROJECT.iterdir():
        if each.name not in ("Pulumi.sandbox.yaml", ".git", ".pytest_cache"):
            (tmp_path / each.name).symlink_to(each)
    (tmp_path / "Pulumi.sandbox.yaml").write_text((PROJECT / "Pulumi.sandbox.yaml").read_text())
    with Shell.opened(launched, tmp_path) as shell:
        for step in page["setup"]:
            code, output = shell.type(step["command"])
            assert (code, output.strip()) == (0, ""), step["command"]
        yield Night(launched, page, shell)


def owner(launch: Launch) -> psycopg.Connection[tuple[object, ...]]:
    url = launch.outputs()["owner_database_url"]
    return psycopg.connect(url, hostaddr="127.0.0.1", port=launch.home.ports.postgres, autocommit=True)


def project(launch: Launch, name: str) -> Document:
    found: Document = launch.vercel("GET", f"/v9/projects/{name}")
    return found


def deploy(launch: Launch, name: str, ref: str) -> str:
    """Make a new production deployment, like a push to the branch."""
    source = {"type": "github", "org": "habitusnet", "repo": "prductr-com", "ref": ref}
    made = launch.vercel("POST", "/v13/deployments", name=name, project=name, target="production", gitSource=source)
    for _ in range(2):  # the second read finds it ready
        launch.vercel("GET", f"/v13/deployments/{made['id']}")
    return str(made["id"])


def variable(launch: Launch, name: str, key: str) -> str:
    envs = launch.vercel("GET", f"/v9/projects/{name}/env")["envs"]
    return str(next(each["id"] for each in envs if each["key"] == key))


def test_the_page_holds_every_scenario_and_no_secret(page: Document, first_up: tuple[Launch, object]) -> None:
    assert list(complaints(page, "runbook")) == []
    assert {each["id"] for each in page["scenarios"]} == {
        "site-down",
        "dashboard-500",
        "database-unreachable",
        "tenant-leak",
        "limiter-refuses",
        "token-leaked",
        "wrong-deployment",
        "region-outage",
    }
    text = json.dumps(page)
    outputs = first_up[0].outputs()
    for name in ("application_database_url", "service_database_url", "owner_database_url", "gateway_secret"):
        assert outputs[name] not in text


def test_the_site_is_down(night: Night) -> None:
    record = night.launch.records()["prductr.com", "A"]
    night.launch.cloudflare("DELETE", f"/zones/{night.launch.zone()}/dns_records/{record}")
    night.follow("site-down")


def test_the_dashboard_answers_500(night: Night) -> None:
    name = "prductr-com"
    night.launch.vercel("DELETE", f"/v9/projects/{name}/env/{variable(night.launch, name, 'CONDUCTOR_DATABASE_URL')}")
    deploy(night.launch, name, "main")
    night.follow("dashboard-500")


def test_the_database_is_unreachable(night: Night) -> None:
    database = night.launch.outputs()["database"]
    endpoint = f"/projects/{database['project_id']}/endpoints/{database['host'].partition('.')[0]}"
    night.launch.neon("PATCH", endpoint, endpoint={"disabled": True})
    night.follow("database-unreachable")
    assert night.launch.neon("GET", endpoint)["endpoint"]["disabled"] is False


def test_a_tenant_leak_is_suspected(night: Night) -> None:
    with owner(night.launch) as connection:
        connection.execute("alter table public.tasks no force row level security")
        connection.execute("alter table public.tasks disable row level security")
    night.follow("tenant-leak")


def test_a_credential_has_leaked(night: Night) -> None:
    leaked = night.launch.outputs()["application_database_url"]
    night.follow("token-leaked")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(leaked, hostaddr="127.0.0.1", port=night.launch.home.ports.postgres)
    protected = [each for each in night.launch.state()["resources"] if each["urn"].endswith("application-password")]
    assert [each.get("protect") for each in protected] == [True], "the update protects the new one again"


def test_a_wrong_deployment_is_in_production(night: Night) -> None:
    name = "prductr-landing"
    good = project(night.launch, name)["targets"]["production"]["id"]
    key = variable(night.launch, name, "NEXT_PUBLIC_CF_BEACON_TOKEN")
    night.launch.vercel("PATCH", f"/v9/projects/{name}/env/{key}", value="0" * 32)
    wrong = deploy(night.launch, name, "mistake")
    assert project(night.launch, name)["targets"]["production"]["id"] == wrong

    def choose(step: Document, output: str) -> str | None:
        if "/v6/deployments" not in step["command"]:
            return None
        assert good in [each["uid"] for each in json.loads(output)["deployments"]]
        return f"GOOD={good}"

    night.follow("wrong-deployment", choose)
    assert project(night.launch, name)["targets"]["production"]["id"] not in (good, wrong)


def test_a_region_is_out(night: Night) -> None:
    outage(night.launch, "POST", json={"region": "iad1"})

    def choose(step: Document, _said: str) -> None:
        if step["purpose"] == "confirm":
            assert project(night.launch, "prductr-com")["resourceConfig"]["functionDefaultRegions"]
            outage(night.launch, "DELETE")  # the outage is over before anybody moves back

    night.follow("region-outage", choose)


def outage(launch: Launch, method: str, **body: Any) -> None:  # noqa: ANN401 -- as JSON has it
    answer = httpx.request(
        method,
        f"http://127.0.0.1:{launch.home.ports.cloud}/_sandbox/outages",
        headers={"Authorization": f"Bearer {launch.home.credentials.admin_token}"},
        trust_env=False,
        **body,
    )
    assert answer.is_success, answer.text


def test_the_limiter_refuses_everybody_since_its_code_is_broken(night: Night) -> None:
    broken = "export class UserLimiter { fetch() { throw new Error() } }; export default {};"
    metadata = '{"main_module": "index.js", "compatibility_date": "2026-07-01", "bindings": []}'
    account = night.launch.cloudflare("GET", "/zones?name=prductr.com")[0]["account"]["id"]
    answer = httpx.put(
        f"http://127.0.0.1:{night.launch.home.ports.cloud}/client/v4/accounts/{account}/workers/scripts/limiter",
        files={
            "index.js": ("index.js", broken, "application/javascript+module"),
            "metadata": (None, metadata, "application/json"),
        },
        headers={"Authorization": f"Bearer {night.launch.home.credentials.cloudflare_api_token}"},
        trust_env=False,
    )
    assert answer.is_success, answer.text
    assert limiter(night.launch) not in ("ok", "off")
    switched_off_and_on_again(night, case=0)


def test_the_limiter_refuses_everybody_since_its_plans_are_wrong(night: Night) -> None:
    # One call a day.
    assert night.shell.type("pulumi config set --path 'rateLimitPlans[0]' 'free=1/86400'")[0] == 0
    assert night.shell.type("pulumi up --yes --skip-preview --non-interactive")[0] == 0
    assert plans(night.launch) == [("free", 1, 86400)]
    switched_off_and_on_again(night, case=1)
    assert plans(night.launch) == [("free", 100, 86400)]


def switched_off_and_on_again(night: Night, *, case: int) -> None:
    seen: list[str] = []

    def choose(step: Document, _said: str) -> None:
        if step["command"].startswith("pulumi up"):
            seen.append(limiter(night.launch))

    night.follow("limiter-refuses", choose, case=case)
    assert seen == ["off", "ok"]
    night.launch.pulumi("up", "--yes", "--skip-preview")  # the project's own settings again


def plans(launch: Launch) -> list[tuple[object, ...]]:
    """Return the limits in the database."""
    with owner(launch) as connection:
        return connection.execute("select plan, calls, window_seconds from public.rate_limit_plans").fetchall()


def limiter(launch: Launch) -> str:
    """Return the API's report about its limiter."""
    host = "echome.prductr.com"
    trust = ssl.create_default_context(cafile=launch.home.authority_dir / "ca.pem")
    with httpx.Client(verify=trust, trust_env=False, timeout=60) as client:
        url = f"https://127.0.0.1:{launch.home.ports.edge_https}/health?deep"
        answer = client.get(url, headers={"host": host}, extensions={"sni_hostname": host})
    return str(answer.json()["checks"]["limiter"])
