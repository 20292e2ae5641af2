"""The log of a deployment: what happened to it here, and nothing that a build would have said."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.cloud.vercel.deployments.builds import deployment_of
from sandbox.cloud.vercel.protocol import Call, bad_request, choice, flag, number, refuse
from sandbox.state import Document


def listed(call: Call) -> list[Document]:
    """The events, oldest first unless `direction` is backward. Raises ApiError.

    `builds` and `delimiter` ask for lines of which there are none.
    """
    refuse(call.query, "name", "statusCode")
    if flag(call.query, "follow"):
        raise bad_request("Not simulated: `follow`. The log is a list, not a stream.")
    since, until = number(call.query, "since"), number(call.query, "until")
    direction = choice(call.query, "direction", ("forward", "backward"))
    found = [
        event
        for event in _events(deployment_of(call))
        if (since is None or event["date"] >= since) and (until is None or event["date"] <= until)
    ]
    if direction == "backward":
        found.reverse()
    # -1 asks for all.
    return found if call.query.get("limit") == "-1" else found[: number(call.query, "limit")]


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
