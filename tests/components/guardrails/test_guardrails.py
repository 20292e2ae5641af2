"""Prevents: a half-applied stack, which `up --skip-preview` would otherwise leave behind when a rule is broken."""

from __future__ import annotations

from pathlib import Path

from tools.program.declared import rehearse

BREAKING_TWO_RULES = """
import components
import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_random as random
from components.guardrails.guardrails import guardrails

with guardrails():
    sound = random.RandomPassword("sound", length=40, opts=pulumi.ResourceOptions(protect=True))
    random.RandomPassword("unprotected", length=40)
    cloudflare.DnsRecord(
        "proxied", zone_id="z", name="a.example.com", type="A", content="76.76.21.21", ttl=1, proxied=True,
        opts=pulumi.ResourceOptions(delete_before_replace=True, depends_on=[sound]),
    )
"""

SOUND = """
import pulumi
import pulumi_random as random
from components.guardrails.guardrails import guardrails

with guardrails():
    first = random.RandomPassword("first", length=40, opts=pulumi.ResourceOptions(protect=True))
    random.RandomPassword("second", length=40, opts=pulumi.ResourceOptions(protect=True, depends_on=[first]))
"""

FAILING = """
import pulumi
import pulumi_random as random
from components.guardrails.guardrails import guardrails

with guardrails():
    random.RandomPassword("sound", length=40, opts=pulumi.ResourceOptions(protect=True))
    raise pulumi.RunError("a mistake in the program")
"""

SHOWING_A_SECRET = """
import pulumi
from components.guardrails.guardrails import guardrails
from components.settings.settings import Site, Source
from components.web_app import Variable, WebApp, WebAppArgs

site = Site(project="app", directory="app")
source = Source(repository="owner/name", branch="main", region="iad1", node_version="22.x")
value = pulumi.Output.secret("hunter2")
environment = {"ENABLE_RLS": Variable(value=value, sensitive=False)}

with guardrails():
    WebApp("app", WebAppArgs(site=site, source=source, host="a.example.com", environment=environment))
"""


def run(tmp_path: Path, program: str) -> tuple[list[str], str | None]:
    file = tmp_path / "program.py"
    file.write_text(program)
    result = rehearse("sandbox", program=str(file))
    return [resource["name"] for resource in result["resources"]], result["error"]


def test_a_broken_rule_registers_nothing_and_all_breaches_are_one_error(tmp_path: Path) -> None:
    registered, error = run(tmp_path, BREAKING_TWO_RULES)
    assert registered == []
    assert error is not None
    assert error.startswith("The program breaks rules of this stack; nothing was changed.")
    assert "RandomPassword unprotected: is not protected" in error
    assert "DnsRecord proxied: is proxied, but Vercel serves it" in error
    assert "sound" not in error


def test_a_sound_program_is_registered_with_its_dependencies(tmp_path: Path) -> None:
    registered, error = run(tmp_path, SOUND)
    assert error is None
    assert registered == ["first", "second"]


def test_a_failing_program_registers_nothing_and_does_not_hang(tmp_path: Path) -> None:
    registered, error = run(tmp_path, FAILING)
    assert registered == []
    assert error == "a mistake in the program"


def test_a_secret_in_a_readable_variable_is_refused(tmp_path: Path) -> None:
    registered, error = run(tmp_path, SHOWING_A_SECRET)
    assert error is not None
    assert "ENABLE_RLS: is given a secret, but is not sensitive" in error
    assert "hunter2" not in error
    assert "app-enable-rls" not in registered
    assert "app-deployment" not in registered
