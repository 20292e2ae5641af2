"""Rulesets of a zone: at most one for each phase, whether created as a ruleset or through the phase's entry point.

Documents have `_zone_id`. Each accepted write makes a new version; a rule keeps its id if the write names it, by id or
by ref, and its version if it did not change.
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, new_id, public, public_list, route
from sandbox.cloud.cloudflare.zones.rate_limit_plans import check_entitled
from sandbox.cloud.cloudflare.zones.ruleset_rules import RATE_LIMIT_PHASE, check_phase, check_rule
from sandbox.state import Context, Document

COLLECTION = "cloudflare.rulesets"
_CREATE_FIELDS = {"name", "kind", "phase", "description", "rules"}
_TYPES = {"name": str, "kind": str, "phase": str, "description": str, "rules": list}
_VOLATILE = ("version", "last_updated")


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of rulesets, by id and by phase."""
    entry = "/zones/{zone}/rulesets/phases/{phase}/entrypoint"
    return [
        route(context, "/zones/{zone}/rulesets", get=_list, post=_create),
        route(context, entry, get=_get_entry, put=_put_entry),
        route(context, "/zones/{zone}/rulesets/{ruleset}", get=_get, put=_put, delete=_delete),
    ]


def _list(call: Call) -> list[Document]:
    return public_list(call.store.find(COLLECTION, _zone_id=call.zone()["id"]), "rules")


def _create(call: Call) -> Document:
    zone, wanted = call.zone()["id"], call.object(**_TYPES)
    _refuse_unknown(wanted, _CREATE_FIELDS)
    phase, kind = check_phase(wanted.get("phase")), wanted.get("kind")
    if kind != "zone":
        raise ApiError(400, 20016, f"'{kind}' is not a valid value for kind", pointer="/kind")
    if not wanted.get("name"):
        raise ApiError(400, 20009, "'' is not a valid value for name because it cannot be blank", pointer="/name")
    if _of_phase(call, zone, phase):
        reason = f"exceeded maximum number of zone rulesets for phase {phase}"
        raise ApiError(400, 20217, f"'zone' is not a valid value for kind because {reason}", pointer="/kind")
    return _store(call, _new(zone, phase, wanted["name"]), wanted)


def _get(call: Call) -> Document:
    return public(_ruleset(call))


def _put(call: Call) -> Document:
    ruleset, wanted = _ruleset(call), call.object(**_TYPES)
    _refuse_unknown(wanted, _CREATE_FIELDS | {"id"})
    for field in ("kind", "phase"):
        if wanted.get(field, ruleset[field]) != ruleset[field]:
            raise ApiError(400, 20010, f"{field} cannot be changed", pointer=f"/{field}")
    return _store(call, ruleset, wanted)


def _delete(call: Call) -> Response:
    call.store.delete(COLLECTION, _ruleset(call)["id"])
    return Response(status_code=204)


def _get_entry(call: Call) -> Document:
    phase = check_phase(call.params["phase"])
    found = _of_phase(call, call.zone()["id"], phase)
    if not found:
        raise ApiError(404, 10003, f"could not find entrypoint ruleset in the {phase} phase")
    return public(found[0])


def _put_entry(call: Call) -> Document:
    zone, phase, wanted = (
        call.zone()["id"],
        check_phase(call.params["phase"]),
        call.object(**_TYPES),
    )
    _refuse_unknown(wanted, {"name", "description", "rules"})
    found = _of_phase(call, zone, phase)
    return _store(call, found[0] if found else _new(zone, phase, "default"), wanted)


def _of_phase(call: Call, zone: str, phase: str) -> list[Document]:
    return call.store.find(COLLECTION, _zone_id=zone, phase=phase)


def _ruleset(call: Call) -> Document:
    zone = call.zone()["id"]
    ruleset = call.store.get(COLLECTION, call.params["ruleset"])
    if ruleset is None or ruleset["_zone_id"] != zone:
        raise ApiError(404, 10001, "could not find ruleset")
    return ruleset


def _new(zone: str, phase: str, name: str) -> Document:
    return {
        "id": new_id(),
        "name": name,
        "description": "",
        "kind": "zone",
        "version": "0",
        "rules": [],
        "phase": phase,
        "_zone_id": zone,
    }


def _store(call: Call, ruleset: Document, wanted: Document) -> Document:
    rules = wanted.get("rules") or []
    checked = [check_rule(rule, ruleset["phase"], index) for index, rule in enumerate(rules)]
    if ruleset["phase"] == RATE_LIMIT_PHASE:
        check_entitled(checked, str((call.zone().get("plan") or {}).get("legacy_id", "free")))
    now = call.now()
    changed = ruleset | {
        "name": wanted.get("name") or ruleset["name"],
        "description": wanted.get("description", ruleset["description"]),
        "rules": [_versioned(rule, ruleset["rules"], now) for rule in checked],
        "version": str(int(ruleset["version"]) + 1),
        "last_updated": now,
    }
    call.store.put(COLLECTION, ruleset["id"], changed)
    return public(changed)


def _versioned(rule: Document, before: list[Document], now: str) -> Document:
    """Return the rule with id, ref and version, based on the earlier rule with the same id or ref."""
    old = next((one for one in before if one["id"] == rule.get("id") or one["ref"] == rule.get("ref")), None)
    id_ = old["id"] if old else new_id()
    wanted = {key: value for key, value in rule.items() if key not in (*_VOLATILE, "position") and value is not None}
    full = {"enabled": True, "ref": id_} | wanted | {"id": id_}
    if old and {key: value for key, value in old.items() if key not in _VOLATILE} == full:
        return old
    return full | {"version": str(int(old["version"]) + 1 if old else 1), "last_updated": now}


def _refuse_unknown(wanted: Document, known: set[str]) -> None:
    for field in wanted.keys() - known:
        raise ApiError(400, 10026, f'invalid JSON: unknown field "{field}"')
