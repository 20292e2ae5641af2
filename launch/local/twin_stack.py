"""A stack's state and settings on its twin, without any of its secrets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import yaml
from psycopg import sql

from contract.environment_digest import environment_digest
from contract.resource_types import VERCEL_DEPLOYMENT, VERCEL_VARIABLE, WORKERS_SCRIPT
from launch.rehearse import Substitutes, plaintexts, urls
from launch.stack import Stack
from sandbox.base import Home
from sandbox.state import Store

_SALT = "v1:mcxxYSOT65Q=:v1:ban+PJBjh8yxqNJv:LonQlElRbYtTG4Ds6tGMM2W5fiqETA=="
"""Salt of the empty passphrase, as in Pulumi.sandbox.yaml: nothing in a twin needs a better one."""
_FORMAT = 3
"""Version of the engine's export format."""
_OF_PROVIDERS = ("cloudflare:apiToken", "cloudflare:baseUrl", "vercel:apiToken", "neon:apiKey")
"""Settings that a twin takes from its own environment."""
_KEPT = frozenset(("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TERM", "USER", "LOGNAME", "COLUMNS", "NO_COLOR"))
_KEPT_PREFIXES = ("LAUNCH_PLUGINS", "XDG_", "PIP_", "PYTHON", "COVERAGE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy")
_KEPT_PROXIES = ("https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, kw_only=True)
class Original:
    """The data taken from the real stack, kept only in memory."""

    name: str
    configuration: Mapping[str, str] = field(repr=False)
    secret_keys: frozenset[str]
    deployment: Mapping[str, Any] = field(repr=False)
    """The exported state, with secrets in clear."""

    @classmethod
    def of(cls, stack: Stack) -> Original:
        """Read the stack. Raises PulumiError."""
        return cls(
            name=stack.name,
            configuration=stack.configuration(),
            secret_keys=frozenset(stack.secret_keys()),
            deployment=stack.state().deployment,
        )

    @property
    def deployed(self) -> bool:
        """Whether the stack has any resource of a vendor."""
        resources = self.deployment.get("resources") or []
        return any(each.get("custom") and not each["type"].startswith("pulumi:") for each in resources)


@contextmanager
def sealed(**variables: str) -> Iterator[None]:
    """Reduce this process's environment to what a rehearsal needs: no credential, no account, no backend."""
    before = dict(os.environ)
    kept = {
        key: value for key, value in before.items() if key in _KEPT or key.startswith((*_KEPT_PREFIXES, *_KEPT_PROXIES))
    }
    os.environ.clear()
    os.environ.update(kept | variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def seed(stack: Stack, home: Home, original: Original) -> None:
    """Give the twin's stack the real stack's settings and, if there is one, its state. Raises PulumiError."""
    assert stack.settings is not None
    store = Store(home.store_path)
    try:
        secret = {key: original.configuration[key] for key in original.secret_keys if key in original.configuration}
        deployment = dict(original.deployment)
        substitutes = Substitutes.of(deployment, secret, _passwords(deployment, store))
        plain = {
            key: value
            for key, value in original.configuration.items()
            if key not in original.secret_keys and key not in _OF_PROVIDERS
        }
        stack.settings.write_text(yaml.safe_dump({"encryptionsalt": _SALT, "config": _typed(plain)}, sort_keys=False))
        stack.create()
        for key in sorted(secret.keys() - set(_OF_PROVIDERS)):
            stack.set_secret(key, substitutes.text(secret[key]))
        if original.deployed:
            state = substitutes.state(_bare(deployment))
            marks = _remark(deployment, state)
            stack.take({"version": _FORMAT, "deployment": state})
            _let_in(state, store, home)
            _hand_on(state, store, marks)
    finally:
        store.close()


def _typed(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the values in YAML's form: in the engine's output, lists are JSON."""
    return {key: json.loads(value) if value[:1] in ("[", "{") else value for key, value in values.items()}


def _bare(deployment: dict[str, Any]) -> dict[str, Any]:
    """Return the state under the twin's own key, without the remains of an interrupted update."""
    kept = {key: value for key, value in deployment.items() if key != "pending_operations"}
    return kept | {"secrets_providers": {"type": "passphrase", "state": {"salt": _SALT}}}


def _passwords(deployment: dict[str, Any], store: Store) -> dict[str, str]:
    """Map the password of each role of Neon's API to the role's password in the twin."""
    own = {str(role["name"]): str(role["_password"]) for role in store.find("neon.roles") if role.get("_password")}
    found = {}
    for url in urls(deployment):
        parts = urlsplit(url)
        if (user := unquote(parts.username or "")) in own:
            found[unquote(parts.password or "")] = own[user]
    return found


def _remark(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    """Give each deployment the digest of its substituted environment; return the old digests with their new ones."""
    marks = {}
    for project, values in _environments(before).items():
        marks[environment_digest(values)] = environment_digest(_environments(after)[project])
    for resource in after.get("resources") or ():
        if resource["type"] == VERCEL_DEPLOYMENT:
            for part in ("inputs", "outputs"):
                meta = (resource.get(part) or {}).get("meta")
                if isinstance(meta, dict) and meta.get("environment") in marks:
                    meta["environment"] = marks[meta["environment"]]
    return marks


def _environments(deployment: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Map project id and key to the value of each variable in a state in clear."""
    found: dict[str, dict[str, str]] = {}
    for resource in deployment.get("resources") or ():
        if resource["type"] == VERCEL_VARIABLE:
            outputs = resource.get("outputs") or {}
            project, key = str(outputs.get("projectId")), str(outputs.get("key"))
            found.setdefault(project, {})[key] = str(_plain((resource.get("inputs") or {}).get("value")))
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401 -- JSON
    return next(iter(plaintexts(value)), value) if isinstance(value, dict) else value


def _let_in(state: dict[str, Any], store: Store, home: Home) -> None:
    """Set the state's passwords of roles made in SQL, as the owner of the database that they belong to."""
    own = {str(role["name"]) for role in store.find("neon.roles")}
    found = {urlsplit(url) for url in urls(state)}
    owner = next((parts for parts in found if unquote(parts.username or "") in own), None)
    if owner is None:
        return
    passwords = {
        unquote(parts.username or ""): unquote(parts.password or "")
        for parts in found
        if unquote(parts.username or "") not in own
    }
    host = (owner.hostname or "").replace("-pooler", "", 1)
    address = {"hostaddr": "127.0.0.1", "port": str(home.ports.postgres), "sslmode": "require"}
    with psycopg.connect(
        host=host,
        user=unquote(owner.username or ""),
        password=unquote(owner.password or ""),
        dbname=owner.path[1:],
        **address,  # type: ignore[arg-type]
    ) as connection:
        for role, password in passwords.items():
            verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            known = connection.execute("select from pg_roles where rolname = %s", (role,)).fetchone()
            if known is not None:
                statement = sql.SQL("alter role {} password {}").format(sql.Identifier(role), verifier)
                connection.execute(statement)


def _hand_on(state: dict[str, Any], store: Store, marks: Mapping[str, str]) -> None:
    """Give the twin's sites and Workers their values from the state."""
    environments = _environments(state)
    with store.transaction():
        for variable in store.find("vercel.env"):
            value = environments.get(str(variable["project_id"]), {}).get(str(variable["key"]))
            if value is not None:
                store.put("vercel.env", variable["id"], variable | {"value": value})
        for deployment in store.find("vercel.deployments"):
            known = environments.get(str(deployment["projectId"]), {})
            values = {key: known.get(key, value) for key, value in deployment["env"].items()}
            meta = {key: marks.get(value, value) for key, value in deployment["meta"].items()}
            store.put("vercel.deployments", deployment["id"], deployment | {"env": values, "meta": meta})
        for resource in state.get("resources") or ():
            if resource["type"] == WORKERS_SCRIPT:
                _hand_on_worker(resource, store)


def _hand_on_worker(resource: dict[str, Any], store: Store) -> None:
    inputs = resource.get("inputs") or {}
    bindings = _plain(inputs.get("bindings")) or []
    texts = {str(one.get("name")): _plain(one.get("text")) for one in bindings if isinstance(one, dict)}

    def filled(some: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            one | {"text": texts[one["name"]]} if one["type"] == "secret_text" and texts.get(one["name"]) else one
            for one in some
        ]

    key = f"{inputs.get('accountId')}/{inputs.get('scriptName')}"
    if (script := store.get("cloudflare.workers_scripts", key)) is not None:
        store.put("cloudflare.workers_scripts", key, script | {"bindings": filled(script["bindings"])})
    for version in store.find("cloudflare.workers_versions", _script=key):
        content = version["_content"]
        changed = content | {"bindings": filled(content["bindings"])}
        store.put("cloudflare.workers_versions", version["id"], version | {"_content": changed})


def settings_file(folder: Path, stack: str) -> Path:
    """Return the path of the twin's settings: beside the twin, never in the project."""
    return folder / f"Pulumi.{stack}.yaml"
