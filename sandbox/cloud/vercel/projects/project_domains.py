"""Domains of a project. A domain belongs to one project of a scope; taking one from another scope needs verification.

The key of a document is `PROJECT/DOMAIN` (also in `_id`); its `project_id` is the project's id.
"""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.projects import dns
from sandbox.cloud.vercel.protocol import (
    HOST,
    ApiError,
    Call,
    bad_request,
    choice,
    find_project,
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

COLLECTION = "vercel.project_domains"
_CHANGE = {"gitBranch": str, "customEnvironmentId": str, "redirect": str, "redirectStatusCode": int}
_ADD = {**_CHANGE, "name": str}
_MOVE = {"projectId": str, "gitBranch": str, "redirect": str, "redirectStatusCode": int}
_REDIRECTS = (301, 302, 307, 308)


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, add, read, change, remove, verify and move domains."""
    one = "/projects/{project}/domains/{domain}"
    return [
        *route(context, "9 10", "/projects/{project}/domains", get=_list, post=_add),
        *route(context, "9 10", one, get=_get, patch=_change, delete=_remove),
        *route(context, "9", f"{one}/verify", post=_verify),
        *route(context, "1", f"{one}/move", post=_move),
        *route(context, "bare", "/projects/{project}/alias", post=_add_alias, delete=_remove_alias),
        *route(context, "bare", "/project-domains/{domain}", get=_get_by_name),
        *route(context, "1", "/domains/{apex}/project-domains", get=_list_below),
    ]


def add_own(call: Call, project: Document) -> None:
    """Give a new project its domain under vercel.app, with the scope's slug if the plain name is taken."""
    team = call.team()
    names = [f"{project['name']}.vercel.app", f"{project['name']}-{team['slug'] if team else 'personal'}.vercel.app"]
    name = next((one for one in names if not call.store.find(COLLECTION, name=one)), None)
    if name:
        _store(call, project, {"name": name, "apexName": "vercel.app", "createdAt": call.now()}, {})


def _list(call: Call) -> Document:
    query = call.query
    refuse(query, "customEnvironmentId")
    target = choice(query, "target", ("production", "preview"))
    verified, branch, redirect = flag(query, "verified"), query.get("gitBranch"), query.get("redirect")
    wants_production = flag(query, "production") or target == "production"
    found = [
        public(one)
        for one in call.store.find(COLLECTION, project_id=project_of(call)["id"])
        if not one.get("_alias")
        and not (wants_production and one["gitBranch"])
        and not (target == "preview" and not one["gitBranch"])
        and not (branch and one["gitBranch"] != branch)
        and not (flag(query, "redirects") is False and one["redirect"])
        and not (redirect and one["redirect"] != redirect)
        and verified in (None, one["verified"])
    ]
    return page("domains", found, query, oldest_first=choice(query, "order", ("ASC", "DESC")) == "ASC")


def _add(call: Call) -> Document:
    return public(add(call, project_of(call), call.object(_ADD, required=("name",))))


def add(call: Call, project: Document, wanted: Document) -> Document:
    """Add a domain to the project, and return it as stored. Raises ApiError."""
    name = str(wanted["name"]).lower()
    if not HOST.fullmatch(name):
        raise ApiError(400, "invalid_domain", f'The domain "{name}" is not valid.')
    challenge = _challenge(call, project, name)
    domain = {"name": name, "apexName": ".".join(name.split(".")[-2:]), "createdAt": call.now()}
    return _store(call, project, domain, wanted, challenge)


def _add_alias(call: Call) -> list[Document]:
    """Add a domain through the older call, which the vendor's command line uses, and return all domains."""
    project, wanted = project_of(call), call.object({"target": str, "domain": str}, required=("domain",))
    add(call, project, {"name": wanted["domain"]})
    found = call.store.find(COLLECTION, project_id=project["id"], gitBranch=None)
    return [_as_target(one) for one in found if not one.get("_alias")]


def _remove_alias(call: Call) -> list[Document]:
    project, name = project_of(call), (call.query.get("domain") or "").lower()
    domain = call.store.get(COLLECTION, f"{project['id']}/{name}")
    if domain is None or domain.get("_alias"):
        raise not_found("Project Domain")
    call.store.delete(COLLECTION, domain["_id"])
    return [_as_target(one) for one in call.store.find(COLLECTION, project_id=project["id"], gitBranch=None)]


def _as_target(domain: Document) -> Document:
    target = "PRODUCTION" if domain["gitBranch"] is None else "PREVIEW"
    shown = {key: domain[key] for key in ("createdAt", "redirect", "redirectStatusCode", "gitBranch")}
    return {"domain": domain["name"], "target": target, "configuredBy": None, **shown}


def _get_by_name(call: Call) -> Document:
    found = call.store.find(COLLECTION, name=call.params["domain"].lower(), _owner=call.owner())
    for domain in found:
        if not domain.get("_alias"):
            return public(domain)
    raise not_found("Project Domain")


def _list_below(call: Call) -> Document:
    found = call.store.find(COLLECTION, apexName=call.params["apex"].lower(), _owner=call.owner())
    return page("projectDomains", [public(one) for one in found if not one.get("_alias")], call.query)


def _challenge(call: Call, project: Document, name: str) -> list[Document]:
    """Return the required proof of ownership if another scope has the domain. Raises ApiError if this scope has it."""
    for other in call.store.find(COLLECTION, name=name, verified=True):
        text = f"Cannot add {name} since it's already in use by your account."
        if other["projectId"] == project["id"] and other.get("_alias"):
            return []  # an alias becomes a domain of the project
        if other["projectId"] == project["id"]:
            raise ApiError(400, "domain_already_in_use", text, projectId=project["id"])
        if other["_owner"] == project["accountId"]:
            raise ApiError(409, "domain_already_in_use", text, projectId=other["projectId"])
        value = f"vc-domain-verify={name},{new_id('', 20).lower()}"
        domain = f"_vercel.{other['apexName']}"
        return [{"type": "TXT", "domain": domain, "value": value, "reason": "pending_domain_verification"}]
    return []


def _get(call: Call) -> Document:
    return public(_domain(call))


def _change(call: Call) -> Document:
    project, domain = project_of(call), _domain(call)
    wanted = call.object(_CHANGE)
    kept = {key: domain[key] for key in _CHANGE}
    return public(_store(call, project, domain, kept | wanted, domain.get("verification", [])))


def _remove(call: Call) -> Document:
    domain = _domain(call)
    call.store.delete(COLLECTION, domain["_id"])
    if call.query.get("removeRedirects") == "true":
        for other in call.store.find(COLLECTION, project_id=domain["projectId"], redirect=domain["name"]):
            call.store.delete(COLLECTION, other["_id"])
    return {}


def _verify(call: Call) -> Document:
    """Look up the challenge in the DNS; on success the domain leaves its other project."""
    domain = _domain(call)
    for challenge in domain.get("verification", []):
        if challenge["value"] not in dns.texts(call.store, challenge["domain"]):
            text = f'Domain {challenge["domain"]} is missing required TXT Record "{challenge["value"]}"'
            raise ApiError(400, "missing_txt_record", text)
    for other in call.store.find(COLLECTION, name=domain["name"]):
        if other["_id"] != domain["_id"]:
            call.store.delete(COLLECTION, other["_id"])
    verified = {key: value for key, value in domain.items() if key != "verification"} | {"verified": True}
    call.store.put(COLLECTION, domain["_id"], verified)
    return public(verified)


def _move(call: Call) -> Document:
    """Move the domain to another project of the scope, with the old project's redirects to it."""
    project, domain, wanted = project_of(call), _domain(call), call.object(_MOVE, required=("projectId",))
    target = find_project(call.store, wanted["projectId"], call.owner())
    if target is None:
        raise not_found("Project")
    if target["id"] == project["id"]:
        raise bad_request(f"The domain {domain['name']} is already on this project.")
    moved = _put_into(call, target, domain, wanted)
    for redirect in call.store.find(COLLECTION, project_id=project["id"], redirect=domain["name"]):
        _put_into(call, target, redirect, redirect)
    return public(moved)


def _put_into(call: Call, target: Document, domain: Document, wanted: Document) -> Document:
    if call.store.get(COLLECTION, f"{target['id']}/{domain['name']}"):
        text = f"Cannot move {domain['name']} since the project already has it."
        raise ApiError(409, "domain_already_in_use", text, projectId=target["id"])
    call.store.delete(COLLECTION, domain["_id"])
    return _store(call, target, domain, wanted, domain.get("verification"))


def _store(
    call: Call, project: Document, domain: Document, wanted: Document, challenge: list[Document] | None = None
) -> Document:
    _check(call, project, domain["name"], wanted)
    stored = domain | {
        "_id": f"{project['id']}/{domain['name']}",
        "_owner": project["accountId"],
        "projectId": project["id"],
        "project_id": project["id"],
        "redirect": wanted.get("redirect"),
        "redirectStatusCode": wanted.get("redirectStatusCode") if wanted.get("redirect") else None,
        "gitBranch": wanted.get("gitBranch"),
        "customEnvironmentId": wanted.get("customEnvironmentId"),
        "updatedAt": call.now(),
        "verified": not challenge,
    }
    if challenge:
        stored["verification"] = challenge
    call.store.put(COLLECTION, stored["_id"], stored)
    return stored


def _check(call: Call, project: Document, name: str, wanted: Document) -> None:
    redirect, status, branch = (wanted.get(key) for key in ("redirect", "redirectStatusCode", "gitBranch"))
    if status is not None and status not in _REDIRECTS:
        raise bad_request("Invalid request: `redirectStatusCode` should be equal to one of 301, 302, 307, 308.")
    if redirect == name:
        raise bad_request(f"Cannot redirect {name} to itself.")
    if redirect and not call.store.get(COLLECTION, f"{project['id']}/{redirect}"):
        raise bad_request(f"Cannot redirect {name} to {redirect}, since {redirect} is not a domain of the project.")
    if redirect and branch:
        raise bad_request("A domain has either a redirect or a git branch.")
    if branch and project["link"] and branch == project["link"]["productionBranch"]:
        raise bad_request(f"Cannot set the production branch {branch} as the branch of a domain.")


def _domain(call: Call) -> Document:
    domain = call.store.get(COLLECTION, f"{project_of(call)['id']}/{call.params['domain'].lower()}")
    if domain is None or domain.get("_alias"):
        raise not_found("Project Domain")
    return domain
