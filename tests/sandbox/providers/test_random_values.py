"""Random values: made once, kept, replaced by every change.

Prevents: a generated password that is weaker than requested, shown in plain text, or changed without need.
"""

from __future__ import annotations

import base64
import string

import bcrypt
import pytest

from sandbox.providers.core import schema
from sandbox.providers.core.values import UNKNOWN, Secret
from tests.sandbox.providers.support import FailedError, Provider

PASSWORD = "random:index/randomPassword:RandomPassword"
STRING = "random:index/randomString:RandomString"
BYTES = "random:index/randomBytes:RandomBytes"
ID = "random:index/randomId:RandomId"
INTEGER = "random:index/randomInteger:RandomInteger"
PET = "random:index/randomPet:RandomPet"


def test_a_password_honours_its_minima_and_is_secret_with_its_hash(random_values: Provider) -> None:
    inputs = {"length": 8, "minUpper": 2, "minNumeric": 2, "minSpecial": 2, "minLower": 2, "overrideSpecial": "_-"}
    identifier, state = random_values.create(PASSWORD, inputs)
    assert identifier == "none"
    assert isinstance(state["result"], Secret)
    result = state["result"].value
    assert [sum(c in kind for c in result) for kind in (string.ascii_uppercase, string.digits, "_-")] == [2, 2, 2]
    assert bcrypt.checkpw(result.encode(), state["bcryptHash"].value.encode())
    assert random_values.diff(PASSWORD, state, inputs).changes is False


def test_a_password_of_other_classes_only(random_values: Provider) -> None:
    inputs = {"length": 200, "special": False, "upper": False, "numeric": False}
    _, state = random_values.create(STRING, inputs)
    assert set(state["result"]) <= set(string.ascii_lowercase)
    assert (len(state["result"]), state["number"], state["numeric"]) == (200, False, False)
    assert random_values.diff(STRING, state, inputs).changes is False
    nothing = {"length": 4, "special": False, "upper": False, "numeric": False, "lower": False}
    with pytest.raises(FailedError, match="at least one of lower, upper, numeric and special must be true"):
        random_values.create(STRING, nothing)
    with pytest.raises(FailedError, match=r"at least sum of .* = 9, got: 4"):
        random_values.create(STRING, {"length": 4, "minUpper": 9})
    assert "at least 1" in random_values.check(STRING, {"length": 0})[1][0]


def test_every_change_makes_a_new_value(random_values: Provider) -> None:
    inputs = {"length": 8, "keepers": {"a": "1"}}
    _, state = random_values.create(STRING, inputs)
    assert random_values.diff(STRING, state, {**inputs, "keepers": {"a": "2"}}).kinds == {"keepers.a": "UPDATE_REPLACE"}
    for name, value in {"length": 9, "special": False, "minLower": 1, "overrideSpecial": "_", "number": False}.items():
        assert name in random_values.diff(STRING, state, {**inputs, name: value}).replaces
    for token, resource in schema.load("random").items():
        inputs_of = [declared for declared in resource.properties.values() if declared.input]
        assert inputs_of, token
        assert {declared.replace for declared in inputs_of} == {schema.Replace.ALWAYS}, token


def test_a_preview_shows_no_value(random_values: Provider) -> None:
    _, state = random_values.create(PASSWORD, {"length": 8}, preview=True)
    assert (state["result"], state["special"]) == (Secret(UNKNOWN), True)


def test_a_refresh_keeps_the_value_and_a_deletion_forgets_it(random_values: Provider) -> None:
    inputs = {"length": 8}
    identifier, state = random_values.create(STRING, inputs)
    assert random_values.read(STRING, identifier, state, inputs) == (identifier, state, inputs)
    random_values.delete(STRING, identifier, state)
    with pytest.raises(FailedError, match="cannot be imported"):
        random_values.read(STRING, "text")


def test_bytes_and_ids_agree_in_all_their_forms(random_values: Provider) -> None:
    identifier, state = random_values.create(BYTES, {"length": 32})
    assert identifier == state["base64"].value, "which is why no secret is made so"
    assert base64.b64decode(state["base64"].value).hex() == state["hex"].value
    assert len(state["hex"].value) == 64
    identifier, state = random_values.create(ID, {"byteLength": 4, "prefix": "x-"})
    value = bytes.fromhex(state["hex"].removeprefix("x-"))
    assert state["dec"] == f"x-{int.from_bytes(value)}"
    assert state["b64Std"] == "x-" + base64.b64encode(value).decode()
    assert base64.urlsafe_b64decode(identifier + "==") == value


def test_integers_pets_and_uuids(random_values: Provider) -> None:
    inputs = {"min": 1, "max": 10**9, "seed": "s"}
    assert random_values.create(INTEGER, inputs) == random_values.create(INTEGER, inputs)
    with pytest.raises(FailedError, match="greater than the maximum"):
        random_values.create(INTEGER, {"min": 2, "max": 1})
    pet, _ = random_values.create(PET, {"length": 3, "prefix": "my", "separator": "_"})
    assert len(pet.split("_")) == 4
    assert pet.startswith("my_")
    uuid, state = random_values.create("random:index/randomUuid:RandomUuid", {})
    assert (len(uuid), state["result"]) == (36, uuid)
