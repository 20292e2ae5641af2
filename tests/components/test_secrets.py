"""Prevents: a secret that can be read in state, output, plan or log.

The stand-ins of the providers return values that contain MARKER. Wherever one arrives, it must arrive as a secret.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from components.generated_secrets import key_of
from tools.program.declared import rehearse
from tools.program.stand_ins import MARKER

Rehearsed = dict[str, Any]

MASTER_KEY = "dashboard-user-secrets-master-key.value"
PRESENT = base64.b64encode(b"marker of the key in use: 32 by.").decode()
"""Not a key: a marker of the length of one."""


def secrets(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Return each place of a secret, and its text."""
    if isinstance(value, dict):
        if set(value) == {"secret"}:
            yield path, str(value["secret"])
            return
        for key, item in value.items():
            yield from secrets(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from secrets(item, f"{path}[{index}]")


def revealed(value: object, path: str) -> Iterator[str]:
    """Return the places of MARKER in plain text."""
    if isinstance(value, dict):
        if set(value) != {"secret"}:
            for key, item in value.items():
                yield from revealed(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from revealed(item, f"{path}[{index}]")
    elif MARKER in str(value):
        yield path


def test_no_secret_is_passed_on_in_plain_text(rehearsed: Rehearsed) -> None:
    found = [where for resource in rehearsed["resources"] for where in revealed(resource, resource["name"])]
    assert found + list(revealed(rehearsed["outputs"], "outputs")) == []


def test_exactly_these_places_receive_a_secret(rehearsed: Rehearsed) -> None:
    places = {
        where: text
        for resource in rehearsed["resources"]
        for where, text in secrets(resource["inputs"], resource["name"])
        if MARKER in text or where == MASTER_KEY
    }
    assert places == {
        "dashboard-conductor-database-url.value": places["dashboard-conductor-database-url.value"],
        "dashboard-neon-auth-cookie-secret.value": f"{MARKER}-secrets-cookie",
        MASTER_KEY: key_of(f"{MARKER}-secrets-master-key"),
        "echome-script.bindings[8].text": f"{MARKER}-secrets-gateway",
        "upkeep-script.bindings[1].text": places["upkeep-script.bindings[1].text"],
        "schema-migrations.database_url": places["schema-migrations.database_url"],
        "schema-plans.database_url": places["schema-migrations.database_url"],
        "schema-row-security.database_url": places["schema-migrations.database_url"],
        "schema-row-security.application_password": f"{MARKER}-secrets-application-password",
        "schema-row-security.service_password": f"{MARKER}-secrets-service-password",
    }
    assert places["upkeep-script.bindings[1].text"].startswith(
        f"postgresql://prductr_service:{MARKER}-secrets-service-password@"
    )
    assert f":{MARKER}-database-project@" in places["schema-migrations.database_url"]


def test_a_generated_key_has_32_bytes_that_reveal_nothing_of_their_source() -> None:
    assert len(base64.b64decode(key_of("a"))) == 32
    assert key_of("a") != key_of("b")


def test_a_key_in_use_is_taken_over_and_none_is_generated() -> None:
    key = "prductr:userSecretsMasterKey"
    taken = rehearse("prod", config={key: PRESENT}, secret=[key])
    assert dict(where for each in taken["resources"] for where in secrets(each["inputs"], each["name"]))[
        MASTER_KEY
    ] == (PRESENT)
    assert "secrets-master-key" not in {each["name"] for each in taken["resources"]}
    assert taken["outputs"]["master_key"] == "configured"
    shown = [where for each in taken["resources"] for where in revealed(each, each["name"])]
    assert shown == []
    assert PRESENT not in str(taken["outputs"])


def test_the_urls_among_the_outputs_are_secret_and_nothing_else_is(rehearsed: Rehearsed) -> None:
    assert {where for where, _ in secrets(rehearsed["outputs"], "outputs")} == {
        "outputs.application_database_url",
        "outputs.service_database_url",
        "outputs.owner_database_url",
        "outputs.gateway_secret",
    }


def test_a_secret_cannot_be_read_back_from_vercel(rehearsed: Rehearsed) -> None:
    sensitive = {
        resource["inputs"]["key"]: resource["inputs"]["sensitive"]
        for resource in rehearsed["resources"]
        if resource["type"].endswith(":ProjectEnvironmentVariable")
    }
    assert {key for key, value in sensitive.items() if value} == {
        "CONDUCTOR_DATABASE_URL",
        "NEON_AUTH_COOKIE_SECRET",
        "USER_SECRETS_MASTER_KEY",
    }
    assert "NEXT_PUBLIC_CF_BEACON_TOKEN" in sensitive


def test_generated_secrets_are_long_safe_in_urls_and_protected(rehearsed: Rehearsed) -> None:
    generated = [resource for resource in rehearsed["resources"] if resource["type"].startswith("random:")]
    assert len(generated) == 5
    for resource in generated:
        assert resource["protect"], resource["name"]
        assert resource["inputs"]["length"] >= 32, resource["name"]
        if resource["type"].endswith(":RandomPassword"):
            assert resource["inputs"]["special"] is False
