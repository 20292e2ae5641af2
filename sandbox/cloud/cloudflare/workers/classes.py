"""Classes of Durable Objects that a Worker implements, and the tagged migrations that change them.

Each class has a namespace, which is its own document. A migration is part of an upload and succeeds or fails with it.
Sources of the codes: cloudflare/workers-sdk#705, #1792, #7899 and #8203,
pulumi/pulumi-cloudflare#1215, elizaOS/eliza#23975.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, Page, new_id, public, route, typed
from sandbox.cloud.cloudflare.workers.exports import exports
from sandbox.state import Context, Document, Store

COLLECTION = "cloudflare.durable_object_namespaces"
_LISTS = ("new_classes", "new_sqlite_classes", "deleted_classes", "renamed_classes", "transferred_classes")
_STEP: dict[str, type] = dict.fromkeys(_LISTS, list)
_FREE = "free"


def routes(context: Context) -> list[BaseRoute]:
    """Return the route that lists the namespaces."""
    return [route(context, "/accounts/{account}/workers/durable_objects/namespaces", get=_list)]


def of_script(store: Store, account: str, script: str) -> list[Document]:
    """Return the namespaces of the classes that the Worker implements."""
    return store.find(COLLECTION, _account_id=account, script=script)


def find(store: Store, account: str, script: str, class_name: str) -> Document | None:
    """Return the class's namespace, or None."""
    return next((one for one in of_script(store, account, script) if one["class"] == class_name), None)


def remove(store: Store, account: str, script: str) -> None:
    """Delete every namespace of a Worker that is deleted itself."""
    for namespace in of_script(store, account, script):
        store.delete(COLLECTION, namespace["id"])


def migrated(call: Call, account: str, name: str, metadata: Document, main: str, old: Document | None) -> Document:
    """Apply the upload's migrations, and return the script's fields that record the state of its classes.

    `main` is the text of the main module. `_lifecycle` counts the migrations: an older version than the last migration
    cannot be deployed again. Raises ApiError.
    """
    tag, lifecycle = (old or {}).get("migration_tag"), (old or {}).get("_lifecycle", 0)
    wanted = metadata.get("migrations")
    if wanted:
        typed(wanted, old_tag=str, new_tag=str, steps=list, **_STEP)
        _require_tag(tag, wanted.get("old_tag"))
        bound = {
            str(one.get("class_name"))
            for one in metadata.get("bindings") or ()
            if isinstance(one, dict) and one.get("type") == "durable_object_namespace"
        }
        for step in wanted.get("steps") or [wanted]:
            _apply(call, account, name, typed(step, **_STEP), bound)
        tag, lifecycle = wanted.get("new_tag") or tag, lifecycle + 1
    for namespace in of_script(call.store, account, name):
        if not exports(main, namespace["class"]):
            text = (
                f"New version of script does not export class '{namespace['class']}' which is depended on by existing "
            )
            raise ApiError(400, 10064, text + "Durable Objects. To delete them, a delete-class migration is required.")
    return ({"migration_tag": tag} if tag else {}) | {"_lifecycle": lifecycle}


def resolve(store: Store, account: str, name: str, binding: Document, main: str) -> Document:
    """Return the binding with its namespace's id. Raises ApiError unless the class is implemented."""
    class_name, other = str(binding["class_name"]), str(binding.get("script_name") or name)
    if other == name and not exports(main, class_name):
        raise ApiError(
            400, 10061, f"Cannot create binding for class '{class_name}' that is not exported by the script."
        )
    namespace = find(store, account, other, class_name)
    if namespace is None:
        where = "" if other == name else f" in script '{other}'"
        remedy = "Did you forget to apply a new_sqlite_classes migration?"
        text = f"Cannot create binding for class '{class_name}'{where} that is not configured to implement Durable "
        raise ApiError(400, 10061, f"{text}Objects. {remedy}")
    return binding | {"namespace_id": namespace["id"]}


def _require_tag(current: str | None, given: str | None) -> None:
    """Raise ApiError unless the migration starts from the script's tag. Only a script without one accepts no tag."""
    if (given or None) != (current or None):
        text = (
            f"Actor migration tag precondition failed, got tag '{given or ''}' when expected tag is '{current or ''}'"
        )
        raise ApiError(412, 10079, text)


def _apply(call: Call, account: str, name: str, step: Document, bound: set[str]) -> None:
    if step.get("transferred_classes"):
        raise ApiError(400, 10021, "The sandbox does not simulate the transfer of classes between Workers.")
    plan = (call.store.get("cloudflare.accounts", account) or {}).get("_workers_plan", _FREE)
    if step.get("new_classes") and plan == _FREE:
        text = "In order to use Durable Objects with a free plan, you must create a namespace using a "
        raise ApiError(400, 10097, text + "`new_sqlite_classes` migration.")
    for class_name in _names(step.get("new_classes")):
        _add(call, account, name, class_name, sqlite=False)
    for class_name in _names(step.get("new_sqlite_classes")):
        _add(call, account, name, class_name, sqlite=True)
    for renamed in step.get("renamed_classes") or ():
        pair = typed(renamed, **{"from": str, "to": str})
        _rename(call, account, name, str(pair.get("from")), str(pair.get("to")))
    for class_name in _names(step.get("deleted_classes")):
        if class_name in bound:
            text = f"Cannot apply --delete-class migration to class '{class_name}' without also removing the binding "
            raise ApiError(400, 10061, text + "that references it.")
        call.store.delete(COLLECTION, _existing(call, account, name, class_name)["id"])


def _add(call: Call, account: str, name: str, class_name: str, *, sqlite: bool) -> None:
    if find(call.store, account, name, class_name):
        text = f"Cannot apply new-class migration to class '{class_name}' that is already depended on by existing "
        raise ApiError(400, 10074, text + "Durable Objects.")
    namespace: Document = {
        "id": new_id(),
        "name": f"{name}_{class_name}",
        "script": name,
        "class": class_name,
        "use_sqlite": sqlite,
        "_account_id": account,
    }
    call.store.put(COLLECTION, namespace["id"], namespace)


def _rename(call: Call, account: str, name: str, before: str, after: str) -> None:
    namespace = _existing(call, account, name, before)
    if find(call.store, account, name, after):
        text = f"Cannot apply rename-class migration to class '{after}' that is already depended on by existing "
        raise ApiError(400, 10074, text + "Durable Objects.")
    call.store.put(COLLECTION, namespace["id"], namespace | {"class": after, "name": f"{name}_{after}"})


def _existing(call: Call, account: str, name: str, class_name: str) -> Document:
    namespace = find(call.store, account, name, class_name)
    if namespace is None:
        text = f"Cannot apply migration to class '{class_name}' that is not configured to implement Durable Objects."
        raise ApiError(400, 10061, text)
    return namespace


def _names(value: Any) -> Iterable[str]:  # noqa: ANN401 -- JSON
    """Return the names in a list. Raises ApiError for other elements."""
    names = value or []
    if not all(isinstance(each, str) and each for each in names):
        raise ApiError(400, 10021, "A migration names classes by text.")
    return list(names)


def _list(call: Call) -> Page:
    found = call.store.find(COLLECTION, _account_id=call.account()["id"])
    return Page.of([public(one) for one in found], call.query, size=20, largest=1000)
