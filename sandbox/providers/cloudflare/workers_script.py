"""Worker scripts: uploaded as a form, read in three parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from email.parser import BytesParser
from typing import Any
from urllib.parse import quote

from sandbox.providers.cloudflare import wire
from sandbox.providers.cloudflare.table import TableResource
from sandbox.providers.core import ApiError, Live

_NOT_METADATA = ("accountId", "scriptName", "content", "contentFile", "contentSha256", "contentType")


class WorkersScript(TableResource):
    """A Worker's code, bindings and settings."""

    volatile = frozenset({"modifiedOn", "etag", "startupTimeMs", "hasAssets", "migrationTag"})

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield the errors. Content must be text: this process has no access to the program's folder or assets."""
        for name in ("contentFile", "assets"):
            if name in inputs:
                yield f"Not simulated. The sandbox takes a Worker's code as `content`, not as `{name}`."
        if not {"content", "contentFile", "assets"} & inputs.keys():
            yield 'Missing Attribute Configuration. "content" is required.'
        content, digest = inputs.get("content"), inputs.get("contentSha256")
        if isinstance(content, str) and isinstance(digest, str):
            actual = hashlib.sha256(content.encode()).hexdigest()
            if actual != digest:
                yield f"SHA-256 Hash Mismatch. `contentSha256` is {digest}, that of `content` is {actual}."

    def create(self, planned: dict[str, Any]) -> Live:
        """Upload the script."""
        return self._upload(planned)

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Upload the script again; omitted bindings, including secrets, are removed."""
        return self._upload(planned)

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the script, after three reads: its service, its settings, its code."""
        place = state or self.imported(identifier)
        account, name = (quote(str(place[key]), safe="") for key in ("accountId", "scriptName"))
        base = f"/accounts/{account}/workers"
        try:
            service = self._result("GET", f"{base}/services/{name}", {}, "")
        except ApiError as error:
            if error.status == 404 and state:
                return None
            raise
        settings = self._result("GET", f"{base}/scripts/{name}/settings", {}, "")
        script = service.get("default_environment", {}).get("script", {})
        read = dict(place)
        for answer in (script, settings):
            present = {key: value for key, value in answer.items() if value is not None}
            read = wire.overlay(self.declared.properties, read, present)
        read["bindings"] = _bindings(read.get("bindings", []), state.get("bindings", []))
        if not read.get("placement", {}).get("mode"):
            read.pop("placement", None)
        for kept in ("annotations", "migrations"):
            read.pop(kept, None)
            read |= {kept: state[kept]} if kept in state else {}
        read |= self._content(f"{base}/scripts/{name}/content/v2", read)
        return self.live(read, {})

    def _upload(self, planned: dict[str, Any]) -> Live:
        metadata = wire.to_api(self.declared.properties, planned, without=_NOT_METADATA)
        module = planned.get("mainModule")
        kind = planned.get("contentType") or ("application/javascript+module" if module else "application/javascript")
        part = str(module or "script")
        if not module:
            metadata["body_part"] = part
        files = {
            part: (part, planned["content"], kind),
            "metadata": (None, json.dumps(metadata), "application/json"),
        }
        answer = self._result("PUT", self.route.item, planned, "", files=files)
        return self.live(wire.completed(self.declared.properties, planned, answer), answer)

    def _content(self, path: str, read: Mapping[str, Any]) -> dict[str, Any]:
        response = self.api.send("GET", path)
        if response.status_code == 204:
            return {}
        content = _first_part(response.headers.get("content-type", ""), response.content)
        digest = hashlib.sha256(content.encode()).hexdigest()
        return {"content": content, **({"contentSha256": digest} if "contentSha256" in read else {})}


def _first_part(content_type: str, body: bytes) -> str:
    """Return the code: the body itself, or the first part of a form."""
    if not content_type.startswith("multipart/"):
        return body.decode()
    form = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    part = next(part for part in form.walk() if not part.is_multipart())
    payload = part.get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else ""


def _bindings(answered: list[Any], known: list[Any]) -> list[Any]:
    """Return the state's bindings in their order, then new ones.

    The API never returns values of secrets, so the state keeps them. A secret that the script lost is removed from the
    list; one that the state does not have is omitted. (Changes of other bindings are ignored too: the official plugin
    keeps its state of them.)
    """
    names = {(binding.get("type"), binding.get("name")) for binding in answered}
    kept = [
        binding
        for binding in known
        if binding.get("type") != "secret_text" or ("secret_text", binding.get("name")) in names
    ]
    had = {(binding.get("type"), binding.get("name")) for binding in known}
    new = [
        binding
        for binding in answered
        if binding.get("type") != "secret_text" and (binding.get("type"), binding.get("name")) not in had
    ]
    return [*kept, *new]
