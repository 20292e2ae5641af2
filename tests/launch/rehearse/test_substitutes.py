"""A rehearsal runs on a copy of the state. Prevents: a secret of production on its disk, and a copy that plans another
change because two halves of one secret no longer agree."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from launch.rehearse import Substitutes, plaintexts, urls

PASSWORD = "k3PqZr8wLm2vTx9sBn4y"
NEON = "npg_A1b2C3d4E5f6"
TOKEN = "9f8e7d6c5b4a39281706"
SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def secret(value: Any) -> dict[str, str]:  # noqa: ANN401 -- JSON
    return SIGNATURE | {"plaintext": json.dumps(value)}


def state() -> dict[str, Any]:
    key = base64.b64encode(hashlib.sha256(PASSWORD.encode()).digest()).decode()
    return {
        "resources": [
            {
                "custom": True,
                "type": "random:password",
                "inputs": {"length": 20},
                "outputs": {"result": secret(PASSWORD)},
            },
            {
                "custom": True,
                "type": "neon:project",
                "inputs": {"name": "prductr"},
                "outputs": {"connectionUri": secret(f"postgresql://neondb_owner:{NEON}@ep-x.neon.tech/neondb")},
            },
            {
                "custom": True,
                "type": "vercel:variable",
                "inputs": {"value": secret("https://auth.example.com/neondb"), "token": secret(TOKEN)},
                "outputs": {"value": secret("https://auth.example.com/neondb"), "token": secret(TOKEN)},
            },
            {
                "custom": True,
                "type": "sql:security",
                "inputs": {
                    "url": secret(f"postgresql://prductr_app:{PASSWORD}@ep-x-pooler.neon.tech/neondb"),
                    "key": secret(key),
                    "flags": secret({"RLS": "true", "nested": [PASSWORD]}),
                },
                "outputs": {},
            },
        ]
    }


def substituted() -> tuple[Substitutes, dict[str, Any]]:
    found = Substitutes.of(state(), {"prductr:token": TOKEN}, {NEON: "npg_Z9y8X7w6V5u4"})
    return found, found.state(state())


def test_no_secret_is_left_in_any_form() -> None:
    _, copy = substituted()
    text = json.dumps(copy)
    for each in (PASSWORD, NEON, TOKEN, base64.b64encode(hashlib.sha256(PASSWORD.encode()).digest()).decode()):
        assert each in json.dumps(state())
        assert each not in text


def test_one_secret_has_one_substitute_in_the_copy() -> None:
    found, copy = substituted()
    password = found.known[PASSWORD]
    values = list(plaintexts(copy))
    assert values[0] == password
    assert f"postgresql://prductr_app:{password}@ep-x-pooler.neon.tech/neondb" in values
    assert base64.b64encode(hashlib.sha256(password.encode()).digest()).decode() in values
    assert {"RLS": "true", "nested": [password]} in values


def test_a_substitute_has_the_shape_of_the_secret() -> None:
    found, _ = substituted()
    pairs = list(zip(PASSWORD, found.known[PASSWORD], strict=True))
    assert all((a.islower(), a.isupper(), a.isdigit()) == (b.islower(), b.isupper(), b.isdigit()) for a, b in pairs)
    assert set(found.known[TOKEN]) <= set("0123456789abcdef")
    assert len(found.known[TOKEN]) == len(TOKEN)


def test_a_plain_value_inside_a_secret_stays() -> None:
    _, copy = substituted()
    assert "https://auth.example.com/neondb" in list(plaintexts(copy))


def test_a_given_substitute_is_used_where_the_twin_has_its_own() -> None:
    _, copy = substituted()
    assert "postgresql://neondb_owner:npg_Z9y8X7w6V5u4@ep-x.neon.tech/neondb" in list(urls(copy))


def test_two_copies_have_nothing_in_common() -> None:
    assert substituted()[0].known[PASSWORD] != substituted()[0].known[PASSWORD]


def test_a_substitute_is_never_shown() -> None:
    assert PASSWORD not in repr(substituted()[0])
