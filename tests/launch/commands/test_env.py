"""`launch env`. Prevents: a shell that only seems prepared, and secrets or quotes that a shell splits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from launch.commands import env
from launch.local import environment
from launch.stack.engine import Engine
from sandbox.base.authority import Authority
from sandbox.base.home import Home
from sandbox.processes import lifecycle
from tests.verbs import call

BUILT = Engine(program=Path("/opt/the engine/pulumi"), built=True)


@pytest.fixture
def running(home: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A sandbox that counts as running, in a folder whose name a shell would split."""
    place = home.parent / 'it\'s $HOME; a "home"'
    monkeypatch.setenv("LAUNCH_SANDBOX_HOME", str(place))
    monkeypatch.setattr(lifecycle, "trouble", lambda _: None)
    monkeypatch.setattr(environment, "find", lambda: BUILT)
    made = Home.create(place, "auto")
    Authority.load_or_create(made.authority_dir)
    return made


def evaluated(lines: str, **present: str) -> dict[str, str]:
    """Return the environment of a real shell after it has evaluated `lines`."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'eval "$1" && env -0', "sh", lines],
        env={"PATH": os.environ["PATH"], **present},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)


def output(*arguments: str) -> str:
    done = call("env", *arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def test_a_real_shell_gets_exactly_the_values_of_the_json_form(running: Home) -> None:
    shell = evaluated(output())
    variables = json.loads(output("--json"))
    assert {name: shell.get(name) for name in variables} == variables
    assert shell["LAUNCH_SANDBOX_HOME"] == str(running.path)


def test_plain_pulumi_is_the_engine_and_finds_state_stack_and_attached_providers(running: Home) -> None:
    shell = evaluated(output())
    ports = running.ports
    assert shell["PATH"].split(":")[0] == "/opt/the engine"
    assert shell["PULUMI_BACKEND_URL"] == f"file://{running.path}/state"
    assert shell["PULUMI_STACK"] == "sandbox"
    assert shell["PULUMI_DEBUG_PROVIDERS"] == (
        f"cloudflare:{ports.provider_cloudflare},vercel:{ports.provider_vercel}"
        f",terraform-provider:{ports.provider_neon},random:{ports.provider_random}"
    )
    assert shell["CLOUDFLARE_API_TOKEN"] == running.credentials.cloudflare_api_token


def test_official_plugins_go_through_the_proxy_and_nothing_is_attached(running: Home) -> None:
    shell = evaluated(output("--official-plugins"), PULUMI_DEBUG_PROVIDERS="cloudflare:1")
    assert "PULUMI_DEBUG_PROVIDERS" not in shell
    assert shell["HTTPS_PROXY"] == f"http://127.0.0.1:{running.ports.proxy}"
    exceptions = set(shell["NO_PROXY"].split(","))
    assert {"127.0.0.1", "localhost"} <= exceptions
    # In Go `.github.com` matches only its subdomains.
    assert {"github.com", ".github.com", "get.pulumi.com", "api.github.com"} <= exceptions | {
        f"{host}{domain}" for domain in exceptions if domain.startswith(".") for host in ("get", "api")
    }
    assert shell["VERCEL_TOKEN"] == shell["VERCEL_API_TOKEN"]
    assert (shell["NODE_USE_ENV_PROXY"], shell["NODE_EXTRA_CA_CERTS"]) == ("1", shell["SSL_CERT_FILE"])


@pytest.mark.usefixtures("running")
def test_going_back_to_attached_providers_takes_the_proxy_away(monkeypatch: pytest.MonkeyPatch) -> None:
    official = evaluated(output("--official-plugins"))
    monkeypatch.setenv("HTTPS_PROXY", official["HTTPS_PROXY"])
    proxied = ("HTTPS_PROXY", "NODE_USE_ENV_PROXY", "NODE_EXTRA_CA_CERTS")
    back = evaluated(output(), **{name: official[name] for name in proxied})
    assert set(proxied).isdisjoint(back)
    assert "PULUMI_DEBUG_PROVIDERS" in back


@pytest.mark.usefixtures("running")
def test_the_users_own_proxy_and_exceptions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:8080")
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    shell = evaluated(output(), HTTPS_PROXY="http://proxy.example:8080")
    assert shell["HTTPS_PROXY"] == "http://proxy.example:8080"
    assert shell["NO_PROXY"] == "intranet.example,127.0.0.1,localhost,::1"


def test_the_sandboxs_authority_is_added_to_those_already_trusted(running: Home) -> None:
    bundle = Path(evaluated(output())["SSL_CERT_FILE"]).read_text()
    own = (running.authority_dir / "ca.pem").read_text()
    assert own in bundle
    assert bundle.count("BEGIN CERTIFICATE") > 20


@pytest.mark.usefixtures("running")
def test_evaluating_twice_changes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    first = evaluated(output())
    for name, value in first.items():
        monkeypatch.setenv(name, value)
    assert evaluated(output()) == first


def test_without_a_sandbox_it_says_how_to_start_one_and_prints_nothing_to_evaluate(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "launch", "env"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {home}: ")
    assert "make up" in done.stderr


def test_a_stack_with_real_credentials_gets_the_engine_and_nothing_of_the_sandbox(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(env, "find", lambda: BUILT)
    assert set(json.loads(output("--engine-only", "--json"))) == {"PATH", "LAUNCH_PROJECT", "PULUMI_PYTHON_CMD"}
    assert not home.exists()
