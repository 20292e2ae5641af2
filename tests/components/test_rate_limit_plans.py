"""Both homes of the rate limit get the same plans. Prevents: a dashboard and an API that limit differently."""

from __future__ import annotations

import json
from typing import Any


def test_the_gateway_and_the_database_are_given_the_same_plans(prod: dict[str, Any]) -> None:
    (table,) = (each for each in prod["resources"] if each["name"] == "schema-plans")
    (script,) = (each for each in prod["resources"] if each["name"] == "echome-script")
    (variable,) = (each for each in script["inputs"]["bindings"] if each["name"] == "RATE_LIMIT_PLANS")
    document = json.loads(variable["text"])
    at_the_edge = [f"{name}={each['limit']}/{each['window_seconds']}" for name, each in document["plans"].items()]
    assert table["inputs"]["plans"][0] == f"{document['default_plan']}=100/86400"
    assert set(table["inputs"]["plans"]) == set(at_the_edge)
