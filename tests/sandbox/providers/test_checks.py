"""Inputs that a provider refuses before anything is created.

Prevents: a typo in a property's name that the sandbox accepts and the official plugin refuses, at the worst moment.
"""

from __future__ import annotations

import pytest

from sandbox.providers.core.values import UNKNOWN, Secret
from tests.sandbox.providers.support import FailedError, Provider

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
SCRIPT = "cloudflare:index/workersScript:WorkersScript"
VARIABLE = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"
GOOD = {"zoneId": "Z", "name": "a", "type": "A", "ttl": 1}


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (
            {"tll": 1},
            "Unsupported argument. An argument named \"tll\" is not expected here. Examine values at 'name.tll'.",
        ),
        ({"modifiedOn": "x"}, 'An argument named "modifiedOn" is not expected here.'),
        ({"ttl": "soon"}, "Expected Number Type. Expected number, got string. Examine values at 'name.ttl'."),
        ({"ttl": True}, "Expected Number Type. Expected number, got boolean."),
        ({"proxied": "yes"}, "Expected Boolean Type. Expected boolean, got string."),
        ({"tags": "a"}, "Expected Array Type. Expected array, got string."),
        ({"tags": [1]}, "Expected String Type. Expected string, got number. Examine values at 'name.tags[0]'."),
        ({"data": {"flag": 1}}, "An argument named \"flag\" is not expected here. Examine values at 'name.data.flag'."),
        ({"type": "B"}, "The value must be one of: A, AAAA, CNAME,"),
        ({"priority": 70000}, "The value must be between 0 and 65535. Examine values at 'name.priority'."),
    ],
)
def test_a_wrong_input_is_named_with_its_place(cloudflare: Provider, change: dict[str, object], failure: str) -> None:
    _, [reason] = cloudflare.check(RECORD, {**GOOD, **change})
    assert failure in reason


def test_a_missing_input_is_named(cloudflare: Provider) -> None:
    _, failures = cloudflare.check(RECORD, {"name": "a"})
    missing = 'Missing required argument. The argument "{}" is required, but no definition was found.'
    assert [failure.partition(" Examine")[0] for failure in failures] == [
        missing.format(name) for name in ("ttl", "type", "zoneId")
    ]


def test_unknown_and_right_inputs_pass_unchanged(cloudflare: Provider) -> None:
    inputs = {**GOOD, "content": Secret("192.0.2.1"), "zoneId": UNKNOWN, "ttl": UNKNOWN, "comment": Secret(UNKNOWN)}
    assert cloudflare.check(RECORD, inputs) == (inputs, [])


def test_a_value_is_never_part_of_a_failure(cloudflare: Provider) -> None:
    inputs = {**GOOD, "ttl": Secret("marker-1"), "content": Secret(["marker-2"]), "type": Secret("marker-3")}
    _, failures = cloudflare.check(RECORD, inputs)
    assert len(failures) == 3
    assert "marker" not in " ".join(failures)


def test_inputs_that_are_secret_by_nature_are_wrapped(vercel: Provider) -> None:
    inputs = {"projectId": "P", "key": "K", "value": "plain", "sensitive": True, "targets": ["production"]}
    checked, failures = vercel.check(VARIABLE, inputs)
    assert (checked["value"], failures) == (Secret("plain"), [])


@pytest.mark.parametrize(
    ("inputs", "failure"),
    [
        ({"content": "x", "assets": {"directory": "d"}}, "not as `assets`"),
        ({"contentFile": "x.js"}, "not as `contentFile`"),
        ({}, '"content" is required'),
        ({"content": "x", "contentSha256": "0"}, "SHA-256 Hash Mismatch"),
    ],
)
def test_a_script_without_its_code_is_refused(cloudflare: Provider, inputs: dict[str, object], failure: str) -> None:
    _, [reason] = cloudflare.check(SCRIPT, {"accountId": "A", "scriptName": "s", **inputs})
    assert failure in reason


def test_variables_must_apply_somewhere_and_not_be_sensitive_in_development(vercel: Provider) -> None:
    base = {"projectId": "P", "key": "K", "value": "v", "sensitive": True}
    assert '"customEnvironmentIds" and "targets" is required' in vercel.check(VARIABLE, base)[1][0]
    development = {**base, "targets": ["development"]}
    assert "must explicitly set `sensitive = false`" in vercel.check(VARIABLE, development)[1][0]
    assert "The value must be one of" in vercel.check(VARIABLE, {**base, "targets": ["prod"]})[1][0]
    token = "vercel:index/projectEnvironmentVariables:ProjectEnvironmentVariables"
    several = {"projectId": "P", "variables": [{"key": "K", "value": "v", "sensitive": True}]}
    assert len(vercel.check(token, several)[1]) == 1


def test_a_deployment_needs_a_ref(vercel: Provider) -> None:
    token = "vercel:index/deployment:Deployment"
    assert "must have either `ref` or `files`" in vercel.check(token, {"projectId": "P"})[1][0]
    assert "not `files`" in vercel.check(token, {"projectId": "P", "files": {"a": "1~b"}})[1][0]


def test_neon_has_booleans_of_its_own(neon: Provider) -> None:
    token = "neon:index/project:Project"
    assert neon.check(token, {"name": "n", "hipaa": "no", "storePassword": ""})[1] == []
    [failure] = neon.check(token, {"name": "n", "hipaa": "true"})[1]
    assert "attribute hipaa does not support value true. Supported values: 'yes', 'no', ''." in failure
    endpoint = {"projectId": "P", "branchId": "b", "type": "none"}
    assert "none is not supported value for type" in neon.check("neon:index/endpoint:Endpoint", endpoint)[1][0]
    conflict = {"projectId": "P", "name": "n", "parentLsn": "0/1", "parentTimestamp": 1}
    assert "conflicts with" in neon.check("neon:index/branch:Branch", conflict)[1][0]


def test_a_name_that_is_left_out_is_generated_once(neon: Provider) -> None:
    token = "neon:index/role:Role"
    inputs, _ = neon.check(token, {"projectId": "P", "branchId": "b"})
    assert inputs["name"].startswith("name-")
    assert len(inputs["name"]) == len("name-1234567")
    again, _ = neon.check(token, {"projectId": "P", "branchId": "b"}, olds={"name": "name-abcdef0"})
    assert again["name"] == "name-abcdef0"


def test_a_type_that_is_not_served_is_named_with_those_that_are(cloudflare: Provider) -> None:
    with pytest.raises(FailedError, match=r"unrecognized resource type cloudflare:index/zone:Zone; .*DnsRecord"):
        cloudflare.check("cloudflare:index/zone:Zone", {})
    with pytest.raises(FailedError, match="function cloudflare:index/getList:getList is not served"):
        cloudflare.invoke("cloudflare:index/getList:getList")
