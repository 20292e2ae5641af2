"""DNS records of a zone. A name has either one CNAME or any number of other records."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import (
    ApiError,
    Call,
    Filters,
    Page,
    new_id,
    public,
    public_list,
    route,
    selected,
    texts,
)
from sandbox.cloud.cloudflare.zones.dns_validation import TYPES, validated
from sandbox.state import Context, Document, Store

COLLECTION = "cloudflare.dns_records"
_FIELDS = {"name": str, "type": str, "content": str, "comment": str, "data": dict, "tags": list, "settings": dict}
_ADDRESSES = ("A", "AAAA", "CNAME")
_KEPT = ("name", "type", "content", "data", "ttl", "proxied", "priority", "comment", "tags", "settings")
"""Fields that a PATCH leaves unchanged if it omits them."""


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, create, read, replace, change and delete records."""
    return [
        route(context, "/zones/{zone}/dns_records", get=_list, post=_create),
        route(context, "/zones/{zone}/dns_records/{record}", get=_get, put=_replace, patch=_change, delete=_delete),
    ]


def of_name(store: Store, zone: str, name: str) -> list[Document]:
    """Return every record with this name."""
    return store.find(COLLECTION, zone_id=zone, name=name)


def add(call: Call, zone: Document, fields: Document, **known: object) -> Document:
    """Store a new record; `known` are fields that no client can set."""
    now = call.now()
    record = {
        "id": new_id(),
        "zone_id": zone["id"],
        **fields,
        "meta": {},
        "created_on": now,
        "modified_on": now,
        **known,
    }
    call.store.put(COLLECTION, record["id"], record)
    return record


def _shown(record: Document) -> Document:
    return public(record, "zone_id")


def _list(call: Call) -> Page:
    records = call.store.find(COLLECTION, zone_id=call.zone()["id"])
    found = selected(records, call.query, _FILTERS, sortable=_SORTABLE, allowed=_VALUES, search=_mentions)
    return Page.of(public_list(found, "zone_id"), call.query, size=100, largest=5_000_000)


_SORTABLE = ("type", "name", "content", "ttl", "proxied")
_VALUES = {"type": TYPES, "proxied": ("true", "false")}
_FILTERS: Filters = {
    **texts("name"),
    **texts("content"),
    **texts("comment"),
    "comment.present": lambda record, _: bool(record.get("comment")),
    "comment.absent": lambda record, _: not record.get("comment"),
    "type": lambda record, wanted: bool(record["type"] == wanted),
    "proxied": lambda record, wanted: str(record["proxied"]).lower() == wanted,
}


def _mentions(record: Document, wanted: str) -> bool:
    """Return whether a text field contains the search term; the vendor does not document which fields count."""
    return any(wanted.lower() in (record.get(field) or "").lower() for field in ("name", "type", "content", "comment"))


def _create(call: Call) -> Document:
    zone = call.zone()
    fields = validated(call.object(**_FIELDS), zone["name"])
    _refuse_conflict(call.store, zone["id"], fields)
    return _shown(add(call, zone, fields))


def _get(call: Call) -> Document:
    return _shown(_record(call))


def _replace(call: Call) -> Document:
    return _store_change(call, _record(call), call.object(**_FIELDS))


def _change(call: Call) -> Document:
    record = _record(call)
    return _store_change(call, record, {key: record.get(key) for key in _KEPT} | call.object(**_FIELDS))


def _store_change(call: Call, record: Document, wanted: Document) -> Document:
    zone = call.zone()
    _refuse_read_only(record)
    fields = validated(wanted, zone["name"])
    _refuse_conflict(call.store, zone["id"], fields, besides=record["id"])
    kept = {key: record[key] for key in ("id", "zone_id", "meta", "created_on")}
    changed = kept | fields | {"modified_on": call.now()}
    call.store.put(COLLECTION, record["id"], changed)
    return _shown(changed)


def _delete(call: Call) -> Document:
    record = _record(call)
    _refuse_read_only(record)
    call.store.delete(COLLECTION, record["id"])
    return {"id": record["id"]}


def _record(call: Call) -> Document:
    zone = call.zone()
    record = call.store.get(COLLECTION, call.params["record"])
    if record is None or record["zone_id"] != zone["id"]:
        raise ApiError(404, 81044, "Record does not exist.")
    return record


def _refuse_read_only(record: Document) -> None:
    if record["meta"].get("read_only"):
        raise ApiError(400, 1043, "This record is managed by Workers: remove the custom domain to remove the record.")


def _refuse_conflict(store: Store, zone: str, fields: Document, besides: str | None = None) -> None:
    """Raise ApiError if the record conflicts with others of its name."""
    others = [record for record in of_name(store, zone, fields["name"]) if record["id"] != besides]
    for other in others:
        if (other["type"], other["content"]) == (fields["type"], fields["content"]):
            raise ApiError(400, 81058, "An identical record already exists.")
    kinds = {record["type"] for record in others}
    if fields["type"] == "CNAME" and kinds & set(_ADDRESSES):
        raise ApiError(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
    if fields["type"] == "NS" and kinds & set(_ADDRESSES):
        raise ApiError(400, 81056, "A, AAAA, or CNAME records with that host already exist.")
    if "CNAME" in kinds:
        raise ApiError(400, 81054, "A CNAME record with that host already exists.")
    if any(record["meta"].get("read_only") for record in others) and fields["type"] in _ADDRESSES:
        raise ApiError(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
