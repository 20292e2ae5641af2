"""Generators of values, like the official provider's."""

from __future__ import annotations

import base64
import random
import secrets
import string
import uuid
from collections.abc import Mapping
from typing import Any

import bcrypt

from sandbox.providers.core import ProviderError

_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
_BCRYPT_COST = 10
_BCRYPT_BYTES = 72
"""The number of bytes that bcrypt uses; it ignores the rest."""

_ADVERBS = [
    "boldly",
    "calmly",
    "deftly",
    "evenly",
    "fairly",
    "gladly",
    "keenly",
    "neatly",
    "openly",
    "quietly",
    "safely",
    "surely",
]
_ADJECTIVES = [
    "amber",
    "brave",
    "clever",
    "eager",
    "gentle",
    "happy",
    "honest",
    "lively",
    "modest",
    "noble",
    "proud",
    "steady",
]
_ANIMALS = [
    "badger",
    "bison",
    "crane",
    "falcon",
    "gecko",
    "heron",
    "ibex",
    "lynx",
    "marten",
    "otter",
    "puffin",
    "raven",
]


def text(planned: Mapping[str, Any]) -> str:
    """Return characters of the requested classes, with each class's minimum. Raises ProviderError."""
    classes = [
        (planned["lower"], string.ascii_lowercase, planned["minLower"]),
        (planned["upper"], string.ascii_uppercase, planned["minUpper"]),
        (planned.get("numeric", True), string.digits, planned["minNumeric"]),
        (planned["special"], planned.get("overrideSpecial") or _SPECIAL, planned["minSpecial"]),
    ]
    alphabet = "".join(characters for wanted, characters, _ in classes if wanted)
    least = sum(minimum for _, _, minimum in classes)
    if planned["length"] < least:
        raise ProviderError(
            f"Attribute length value must be at least sum of (min_upper + min_lower + min_numeric + min_special) "
            f"= {least}, got: {planned['length']}"
        )
    if not alphabet:
        raise ProviderError("at least one of lower, upper, numeric and special must be true")
    picked = [secrets.choice(characters) for _, characters, minimum in classes for _ in range(minimum)]
    picked += [secrets.choice(alphabet) for _ in range(planned["length"] - least)]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)


def numeric(planned: Mapping[str, Any]) -> dict[str, bool]:
    """Return `numeric`, and its deprecated name `number`."""
    value = planned.get("numeric", planned.get("number", True))
    return {"numeric": value, "number": value}


def password(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Generate a RandomPassword."""
    flags = numeric(planned)
    result = text({**planned, **flags})
    digest = bcrypt.hashpw(result.encode()[:_BCRYPT_BYTES], bcrypt.gensalt(_BCRYPT_COST)).decode()
    return {**flags, "id": "none", "result": result, "bcryptHash": digest}


def plain_string(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Generate a RandomString."""
    flags = numeric(planned)
    result = text({**planned, **flags})
    return {**flags, "id": result, "result": result}


def secret_bytes(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Generate a RandomBytes; as with the official provider, its id is the value itself, in base64."""
    value = secrets.token_bytes(planned["length"])
    text = base64.b64encode(value).decode()
    return {"id": text, "base64": text, "hex": value.hex()}


def identifier(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Generate a RandomId; a prefix precedes every form except the id."""
    value, prefix = secrets.token_bytes(planned["byteLength"]), planned.get("prefix", "")
    url = base64.urlsafe_b64encode(value).decode().rstrip("=")
    forms = {
        "b64Url": url,
        "b64Std": base64.b64encode(value).decode(),
        "hex": value.hex(),
        "dec": str(int.from_bytes(value)),
    }
    return {"id": url, **{name: prefix + form for name, form in forms.items()}}


def integer(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Generate a RandomInteger, the same for the same seed."""
    if planned["max"] < planned["min"]:
        raise ProviderError(f"the minimum ({planned['min']}) is greater than the maximum ({planned['max']})")
    seed = planned.get("seed")
    source = random.Random(seed) if seed else secrets.SystemRandom()  # noqa: S311 -- a seed must reproduce the value
    result = source.randint(planned["min"], planned["max"])
    return {"id": str(result), "result": result}


def pet(planned: Mapping[str, Any]) -> dict[str, Any]:
    """Generate a RandomPet with the requested number of words, an animal last."""
    words = [secrets.choice(_ADVERBS) for _ in range(planned["length"] - 2)]
    words += [secrets.choice(_ADJECTIVES)] if planned["length"] > 1 else []
    words.append(secrets.choice(_ANIMALS))
    prefix = [planned["prefix"]] if planned.get("prefix") else []
    return {"id": planned["separator"].join([*prefix, *words])}


def uuid4(_planned: Mapping[str, Any]) -> dict[str, Any]:
    """Generate a RandomUuid."""
    result = str(uuid.uuid4())
    return {"id": result, "result": result}
