"""Validation of a DNS record: name, content by type, time to live, proxying."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from sandbox.cloud.cloudflare.protocol import ApiError
from sandbox.state import Document

PROXIABLE = ("A", "AAAA", "CNAME")
_ADDRESSED = ("A", "AAAA")
_WITH_PRIORITY = ("MX", "SRV", "URI")
_FROM_DATA = ("CAA", "SRV", "TLSA", "SSHFP", "SVCB", "HTTPS", "NAPTR", "DS", "DNSKEY", "CERT", "LOC", "SMIMEA", "URI")
"""Types whose content is written from the fields of `data`."""
TYPES = (*PROXIABLE, "MX", "TXT", "NS", "PTR", "OPENPGPKEY", *_FROM_DATA)
_LABEL = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)"
_NAME = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)*{_LABEL}|\*")
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?", re.IGNORECASE)
_LONGEST_TXT = 2048
_AUTOMATIC = 1


def full_name(name: object, zone: str) -> str:
    """Return the full name in lower case: `@` is the zone, and a name outside the zone is relative to it."""
    if not isinstance(name, str) or not name:
        raise ApiError(400, 9000, "DNS name is invalid.")
    bare = name.rstrip(".").lower()
    full = zone if bare == "@" else bare if bare == zone or bare.endswith(f".{zone}") else f"{bare}.{zone}"
    if len(full) > 253 or not _NAME.fullmatch(full):
        raise ApiError(400, 9000, "DNS name is invalid.")
    return full


def validated(fields: Document, zone: str) -> Document:
    """Return the record's own fields, normalised. Raises ApiError for the first invalid one."""
    kind = fields.get("type")
    if kind not in TYPES:
        raise ApiError(400, 1004, "DNS Validation Error", chain=((9020, "Invalid DNS record type"),))
    name = full_name(fields.get("name"), zone)
    record: Document = {"name": name, "type": kind}
    if kind in _FROM_DATA:
        record |= _from_data(kind, fields)
    else:
        record["content"] = _content(kind, name, fields.get("content"))
    record["proxiable"] = kind in PROXIABLE and not _is_private(kind, record["content"])
    record["proxied"] = _flag(fields.get("proxied"))
    if record["proxied"] and kind not in PROXIABLE:
        raise ApiError(400, 9004, "This record type cannot be proxied.")
    if record["proxied"] and not record["proxiable"]:
        raise ApiError(400, 9003, f"Target {record['content']} is not allowed for a proxied record.")
    record["ttl"] = _time_to_live(fields.get("ttl", _AUTOMATIC), proxied=record["proxied"])
    if kind in _WITH_PRIORITY and kind != "SRV":
        record["priority"] = _priority(fields.get("priority"))
    return record | _remarks(kind, fields)


def _content(kind: str, name: str, content: object) -> str:
    text = content.strip() if isinstance(content, str) else ""
    match kind:
        case "A":
            if not _is_address(text, ipaddress.IPv4Address):
                raise ApiError(400, 9005, "Content for A record must be a valid IPv4 address.")
        case "AAAA":
            if not _is_address(text, ipaddress.IPv6Address):
                raise ApiError(400, 9006, "Content for AAAA record must be a valid IPv6 address.")
            text = str(ipaddress.IPv6Address(text))
        case "TXT":
            if not text or len(text) > _LONGEST_TXT:
                raise ApiError(400, 9100, "Content for TXT record is invalid.")
        case "OPENPGPKEY":
            if not text:
                raise ApiError(400, 9101, "Content for OPENPGPKEY record is invalid.")
        case _:
            text = _host(kind, name, text)
    return text


def _host(kind: str, name: str, text: str) -> str:
    """Return the content of a record that names another host; an MX with a dot names none (RFC 7505)."""
    if kind == "MX" and text == ".":
        return text
    if not _HOST.fullmatch(text) or _is_address(text, ipaddress.IPv4Address):
        if kind == "CNAME":
            raise ApiError(400, 9007, "Content for CNAME record is invalid.")
        raise ApiError(400, 9009, f"Content for {kind} record must be a hostname.")
    host = text.rstrip(".").lower()
    if kind == "CNAME" and host == name:
        raise ApiError(400, 9039, "CNAME content cannot reference itself.")
    return host


def _from_data(kind: str, fields: Document) -> Document:
    data = fields.get("data")
    if not isinstance(data, dict):
        raise ApiError(400, 9101, f"data is required for a {kind} record.")
    if kind == "CAA":
        content = f'{data.get("flags", 0)} {data.get("tag")} "{data.get("value")}"'
    else:
        content = " ".join(str(value) for value in data.values())
    return {"content": content, "data": data}


def _time_to_live(value: Any, *, proxied: bool) -> int:  # noqa: ANN401 -- any JSON value
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ApiError(400, 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.")
    if value != _AUTOMATIC and not 60 <= value <= 86400:
        raise ApiError(400, 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.")
    if proxied and value != _AUTOMATIC:
        raise ApiError(400, 9021, "Invalid TTL. Must be 1 (Automatic) for a proxied record.")
    return int(value)


def _priority(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 65535:
        raise ApiError(400, 9102, "Invalid priority, must be a number between 0 and 65535.")
    return int(value)


def _remarks(kind: str, fields: Document) -> Document:
    """Return the comment, tags and settings, which are stored but do not affect DNS answers."""
    comment, tags, settings = fields.get("comment"), fields.get("tags") or [], fields.get("settings") or {}
    if comment is not None and (not isinstance(comment, str) or len(comment) > 100):
        raise ApiError(400, 9200, "Comment must be a string of at most 100 characters.")
    defaults = {"flatten_cname": False} if kind == "CNAME" else {}
    return {"comment": comment or None, "tags": tags, "settings": defaults | settings}


def _flag(value: object) -> bool:
    if value is not None and not isinstance(value, bool):
        raise ApiError(400, 9041, "Invalid proxied mode.")
    return bool(value)


def _is_address(text: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _is_private(kind: str, content: str) -> bool:
    """Return whether a target is loopback or link-local, so not proxied. 100:: (discard) and documentation ones are."""
    if kind not in _ADDRESSED:
        return False
    address = ipaddress.ip_address(content)
    return address.is_loopback or address.is_link_local
