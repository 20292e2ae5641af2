"""Promotion and rollback: moving production to an existing deployment, which keeps its own environment.

A rollback also stops new deployments from taking over (`autoAssignCustomDomains`); a promotion lifts this
(Vercel's guide on instant rollback).
"""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.deployments import aliases, production
from sandbox.cloud.vercel.deployments.builds import deployment_of
from sandbox.cloud.vercel.protocol import ApiError, Call, Created, bad_request, flag, not_found, page, project_of, route
from sandbox.state import Context, Document

_LONGEST_DESCRIPTION = 250
"""The limit in characters, from the vendor's description of a project."""


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that promote, roll back, and list the domains moved by the last of these requests."""
    return [
        *route(context, "10", "/projects/{project}/promote/{deployment}", post=_promote),
        *route(context, "1 9", "/projects/{project}/promote/aliases", get=_aliases),
        *route(context, "9", "/projects/{project}/rollback/aliases", get=_aliases),
        # The vendor's command line still calls version 9.
        *route(context, "1 9", "/projects/{project}/rollback/{deployment}", post=_roll_back),
    ]


def _promote(call: Call) -> Created:
    project, deployment = _project_and_deployment(call)
    if deployment["readyState"] != "READY" or deployment["target"] != "production":
        raise bad_request("Only a production deployment that is ready can be promoted.")
    _refuse_current(project, deployment)
    changes: Document = {
        "lastAliasRequest": _request(call, project, deployment, "promote"),
        "rollbackDescription": None,
    }
    if project.get("lastRollbackTarget"):
        changes["autoAssignCustomDomains"] = True
    production.take_over(call, project, deployment, **changes)
    return Created()


def _roll_back(call: Call) -> Created:
    project, deployment = _project_and_deployment(call)
    description = call.query.get("description") or ""
    if len(description) > _LONGEST_DESCRIPTION:
        raise bad_request(
            f"Invalid request: `description` should NOT be longer than {_LONGEST_DESCRIPTION} characters."
        )
    if not production.has_served(deployment):
        raise bad_request("Only a deployment that has been production can be rolled back to.")
    _refuse_current(project, deployment)
    request = _request(call, project, deployment, "rollback")
    target = {key: value for key, value in request.items() if key != "type"}
    user = call.user()
    author = {"userId": user["id"], "username": user["username"]}
    reason = {**author, "description": description, "createdAt": call.now()} if description else None
    production.take_over(
        call,
        project,
        deployment,
        lastAliasRequest=request,
        lastRollbackTarget=target,
        rollbackDescription=reason,
        autoAssignCustomDomains=False,
    )
    return Created()


def _aliases(call: Call) -> Document:
    project = project_of(call)
    # Domains move in the transaction of the request, so none is ever pending or failed.
    moved = project.get("lastAliasRequest") and not flag(call.query, "failedOnly")
    answer = page("aliases", aliases.of_production(call.store, project) if moved else [], call.query)
    shown = [
        {"id": aliases.identifier(domain), "alias": domain["name"], "status": "completed"}
        for domain in answer["aliases"]
    ]
    return answer | {"aliases": shown}


def _project_and_deployment(call: Call) -> tuple[Document, Document]:
    deployment = deployment_of(call)
    project = project_of(call)  # read last: ending an overdue build changes it
    if deployment["projectId"] != project["id"]:
        raise not_found("Deployment")
    return project, deployment


def _refuse_current(project: Document, deployment: Document) -> None:
    if production.current(project) == deployment["id"]:
        raise ApiError(409, "conflict", "The deployment is already the current production deployment.")


def _request(call: Call, project: Document, deployment: Document, kind: str) -> Document:
    return {
        "fromDeploymentId": production.current(project),
        "toDeploymentId": deployment["id"],
        "jobStatus": "succeeded",
        "requestedAt": call.now(),
        "type": kind,
    }
