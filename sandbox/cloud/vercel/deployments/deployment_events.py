"""The log of a deployment: its events, without build output."""

from __future__ import annotations

import json
from collections.abc import Iterator

from starlette.responses import Response

from sandbox.cloud.vercel.deployments.builds import deployment_of
from sandbox.cloud.vercel.protocol import Call, bad_request, choice, flag, number, refuse
from sandbox.state import Document


def listed(call: Call) -> list[Document] | Response:
    """Return the events, oldest first unless `direction` is backward. Raises ApiError.

    `builds` and `delimiter` request lines that do not exist here.
    """
    refuse(call.query, "name", "statusCode")
    deployment = deployment_of(call)
    lines = choice(call.query, "format", ("lines",))
    if call.query.get("follow") and flag(call.query, "follow") and not lines:
        raise bad_request("Not simulated: `follow` of a list. The log is not a stream; `format=lines` gives it so far.")
    since, until = number(call.query, "since"), number(call.query, "until")
    direction = choice(call.query, "direction", ("forward", "backward"))
    found = [
        event
        for event in _events(deployment)
        if (since is None or event["date"] >= since) and (until is None or event["date"] <= until)
    ]
    if direction == "backward":
        found.reverse()
    # -1 requests all.
    found = found if call.query.get("limit") == "-1" else found[: number(call.query, "limit")]
    if lines:
        return Response("".join(json.dumps(event) + "\n" for event in found), media_type="application/stream+json")
    return found


def _events(deployment: Document) -> Iterator[Document]:
    yield _event(deployment, 0, deployment["createdAt"], "QUEUED")
    if "buildingAt" in deployment:
        yield _event(deployment, 1, deployment["buildingAt"], "BUILDING")
    match deployment["readyState"]:
        case "READY":
            yield _event(deployment, 2, deployment["ready"], "READY")
        case "CANCELED":
            yield _event(deployment, 2, deployment["canceledAt"], "CANCELED")
        case "ERROR":
            said = {"type": "stderr", "level": "error", "text": f"Error: {deployment['errorMessage']}"}
            yield _event(deployment, 2, deployment["_ended"], "BUILDING") | said
            yield _event(deployment, 3, deployment["_ended"], "ERROR")


def _event(deployment: Document, place: int, moment: int, state: str) -> Document:
    number_ = f"{moment}{place:06}"
    return {
        "created": moment,
        "date": moment,
        "deploymentId": deployment["id"],
        "id": number_,
        "serial": number_,
        "type": "deployment-state",
        "info": {"type": "build", "name": deployment["id"], "readyState": state},
    }
