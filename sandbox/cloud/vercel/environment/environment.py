"""Environment variables of a project. A key has at most one value per target (and branch).

The value of a sensitive variable is never returned; only deployments receive it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.environment.environment_rules import FIELDS, TARGETS, VISIBILITIES, conflict, validated
from sandbox.cloud.vercel.protocol import (
    ApiError,
    Call,
    Created,
    bad_request,
    checked,
    find_team,
    flag,
    new_id,
    not_found,
    page,
    project_of,
    public,
    refuse,
    route,
)
from sandbox.state import Context, Document

COLLECTION = "vercel.env"


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, create (one or several), read, change and delete variables."""
    return [
        *route(context, "8 9 10", "/projects/{project}/env", get=_list, post=_create),
        *route(context, "8 9 10", "/projects/{project}/env/{env}", get=_get, patch=_change, delete=_delete),
        *route(context, "1", "/projects/{project}/env/{env}", get=_get),
        *route(context, "3", "/env/pull/{project}", get=_pull),
        *route(context, "3", "/env/pull/{project}/{target}", get=_pull),
        *route(context, "3", "/env/pull/{project}/{target}/{branch:path}", get=_pull),
    ]


def of_project(call: Call, project: Document) -> list[Document]:
    """Return every variable of the project, as stored."""
    return call.store.find(COLLECTION, project_id=project["id"])


def add(call: Call, project: Document, wanted: object) -> Document:
    """Store a new variable. Raises ApiError: ENV_CONFLICT if key, target and branch are taken."""
    fields = validated(checked(wanted, FIELDS, required=("key", "type")), _policy(call, project))
    taken = conflict(of_project(call, project), fields)
    if taken and call.query.get("upsert") == "true" and taken["target"] == fields["target"]:
        return _store(call, project, taken | fields)
    if taken:
        raise _conflict_error(fields, taken)
    now = call.now()
    author = call.user()["id"]
    made = {"id": new_id("", 16), "configurationId": None, "createdAt": now, "createdBy": author, "updatedBy": None}
    return _store(call, project, made | fields)


def _create(call: Call) -> Created:
    project = project_of(call)
    if not isinstance(call.body, list):
        return Created({"created": _shown(add(call, project, call.body), decrypt=False), "failed": []})
    created, failed = [], []
    for wanted in call.body:
        try:
            with call.store.transaction():
                created.append(_shown(add(call, project, wanted), decrypt=False))
        except ApiError as error:
            failed.append({"error": error.error})
    if failed and not created:
        refusal = ApiError(400, "BAD_REQUEST", "No environment variables were created")
        refusal.beside = {"created": [], "failed": failed}
        raise refusal
    return Created({"created": created, "failed": failed})


def _list(call: Call) -> Document:
    refuse(call.query, "customEnvironmentId", "customEnvironmentSlug")
    decrypt, target, branch = flag(call.query, "decrypt"), call.query.get("target"), call.query.get("gitBranch")
    found = [
        one
        for one in of_project(call, project_of(call))
        if (not target or target in one["target"]) and (not branch or branch == one["gitBranch"])
    ]
    answer = page("envs", found, call.query, size=100, oldest_first=True)
    shown = [_shown(one, decrypt=bool(decrypt)) | {"securityIssues": []} for one in answer["envs"]]
    return answer | {"envs": shown}


def _pull(call: Call) -> Document:
    """Return the values for a target (default: development) and branch, as a developer's machine receives them.

    A sensitive variable has an empty value.
    """
    project, target = project_of(call), call.params.get("target", "development")
    if target not in TARGETS:
        raise not_found("Custom environment")
    system = {"VERCEL": "1", "VERCEL_ENV": target, "VERCEL_TARGET_ENV": target}
    values = system if project["autoExposeSystemEnvs"] else {}
    for variable in sorted(of_project(call, project), key=lambda one: one["gitBranch"] is not None):
        if target in variable["target"] and variable["gitBranch"] in (None, call.params.get("branch")):
            values = values | {variable["key"]: "" if variable["type"] == "sensitive" else variable["value"]}
    return {"env": values, "buildEnv": values}


def _get(call: Call) -> Document:
    return _shown(_variable(call), decrypt=True)


def _change(call: Call) -> Document:
    project, variable = project_of(call), _variable(call)
    wanted = call.object(FIELDS)
    current = {key: variable.get(key) for key in FIELDS}
    if variable["type"] == "sensitive" and wanted.get("type", "sensitive") != "sensitive":
        raise bad_request("You cannot change the type of a Sensitive Environment Variable.")
    if variable["type"] == "sensitive" and wanted.get("key", variable["key"]) != variable["key"]:
        raise bad_request("You cannot change the key of a Sensitive Environment Variable.")
    fields = validated(current | wanted, _policy(call, project))
    others = [one for one in of_project(call, project) if one["id"] != variable["id"]]
    if taken := conflict(others, fields):
        raise _conflict_error(fields, taken)
    return _shown(_store(call, project, variable | fields | {"updatedBy": call.user()["id"]}), decrypt=False)


def _delete(call: Call) -> Document:
    variable = _variable(call)
    call.store.delete(COLLECTION, variable["id"])
    return _shown(variable, decrypt=False)


def _variable(call: Call) -> Document:
    project = project_of(call)
    variable = call.store.get(COLLECTION, call.params["env"])
    if variable is None or variable["project_id"] != project["id"]:
        raise not_found("Environment Variable")
    return variable


def _store(call: Call, project: Document, variable: Document) -> Document:
    stored = variable | {"project_id": project["id"], "updatedAt": call.now()}
    call.store.put(COLLECTION, stored["id"], stored)
    return stored


def _shown(variable: Document, *, decrypt: bool) -> Document:
    """Return the variable, with its value plain, encrypted or hidden, depending on its type."""
    value: Any = variable["value"]
    readable = variable["type"] == "plain" or (decrypt and variable["type"] != "sensitive")
    if variable["type"] == "sensitive":
        value = ""
    elif not readable:
        value = base64.b64encode(hmac.digest(variable["id"].encode(), value.encode(), hashlib.sha256)).decode()
    named = {kind: visibility for visibility, kind in VISIBILITIES.items()}
    visibility = {"visibility": named[variable["type"]]} if variable["type"] in named else {}
    return public(variable) | visibility | {"value": value, "decrypted": readable}


def _policy(call: Call, project: Document) -> bool:
    """Return whether the team requires sensitive variables."""
    team = find_team(call.store, project["accountId"])
    return bool(team and team.get("sensitiveEnvironmentVariablePolicy") == "on")


def _conflict_error(fields: Document, taken: Document) -> ApiError:
    branch = fields.get("gitBranch")
    targets = ",".join(target for target in fields["target"] if target in taken["target"])
    where = f"the target {targets} on branch {branch or 'undefined'}"
    return ApiError(
        400,
        "ENV_CONFLICT",
        f"A variable with the name `{fields['key']}` already exists for {where}",
        key=fields["key"],
        envVarKey=fields["key"],
        envVarId=taken["id"],
        target=fields["target"],
        gitBranch=branch,
    )
