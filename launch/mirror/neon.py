"""Read the database at Neon: organization, project, branches, endpoints, roles, databases and their contents."""

from __future__ import annotations

from collections.abc import Callable

from launch.mirror.model import Document, Reading, Subject, chosen
from vendors import Neon

_NAME = "Neon"
_ORGANIZATION = frozenset(("id", "name", "handle", "plan", "created_at", "updated_at", "managed_by"))
_PROJECT = frozenset(
    (
        *("id", "platform_id", "region_id", "name", "provisioner", "default_endpoint_settings", "settings"),
        *("pg_version", "proxy_host", "branch_logical_size_limit", "branch_logical_size_limit_bytes"),
        *("store_passwords", "cpu_used_sec", "active_time_seconds", "compute_time_seconds", "written_data_bytes"),
        *("data_transfer_bytes", "data_storage_bytes_hour", "creation_source", "history_retention_seconds"),
        *("created_at", "updated_at", "consumption_period_start", "consumption_period_end", "owner_id", "org_id"),
    )
)
_BRANCH = frozenset(
    (
        *("id", "project_id", "name", "current_state", "state_changed_at", "creation_source", "primary", "default"),
        *("protected", "cpu_used_sec", "active_time_seconds", "compute_time_seconds", "written_data_bytes"),
        *("data_transfer_bytes", "created_at", "updated_at", "init_source", "parent_id", "parent_timestamp"),
        *("parent_lsn", "expires_at", "ttl_interval_seconds"),
    )
)
_ENDPOINT = frozenset(
    (
        *("host", "id", "name", "project_id", "branch_id", "autoscaling_limit_min_cu", "autoscaling_limit_max_cu"),
        *("region_id", "type", "current_state", "settings", "pooler_enabled", "pooler_mode", "disabled"),
        *("passwordless_access", "creation_source", "created_at", "updated_at", "proxy_host", "started_at"),
        *("suspend_timeout_seconds", "provisioner", "suspended_at"),
    )
)
_ROLE = frozenset(("branch_id", "name", "protected", "created_at", "updated_at"))
_DATABASE = frozenset(("id", "branch_id", "name", "owner_name", "created_at", "updated_at"))
_AUTH = frozenset(("base_url", "auth_provider", "db_name", "created_at"))

Contents = Callable[[str, str, list[str], Document], Document]
"""Reads a database, given its URL, a folder for its files, the roles that the API created, and its document."""


def read(neon: Neon, subject: Subject, reading: Reading, contents: Contents | None) -> Document:
    """Return the documents of the database's projects, and the SQL of their default branches. Raises VendorError.

    Without `contents` the twin's databases are empty. Projects with other names belong to other applications.
    """
    organization = neon.organization(subject.organization)
    listed = neon.projects(subject.organization, subject.database)
    return {
        "organizations": [chosen(organization, _ORGANIZATION)],
        "projects": [
            _project(neon, str(each["id"]), reading, contents)
            for each in listed
            if each["name"].lower() == subject.database.lower()
        ],
    }


def _project(neon: Neon, project: str, reading: Reading, contents: Contents | None) -> Document:
    branches = neon.branches(project)
    found: Document = {
        "project": chosen(neon.project(project), _PROJECT),
        "branches": [chosen(one, _BRANCH) for one in branches],
        "endpoints": [
            chosen(one, _ENDPOINT) for one in reading.read(_NAME, "endpoints", lambda: neon.endpoints(project), [])
        ],
        "roles": {},
        "databases": {},
        "auth": {},
        "sql": {},
    }
    for branch in branches:
        id_ = str(branch["id"])
        roles = reading.read(_NAME, f"roles of {branch['name']}", lambda: neon.roles(project, id_), [])  # noqa: B023 -- called at once, as are the others
        databases = reading.read(_NAME, f"databases of {branch['name']}", lambda: neon.databases(project, id_), [])  # noqa: B023
        found["roles"][id_] = [chosen(one, _ROLE) for one in roles]
        found["databases"][id_] = [chosen(one, _DATABASE) for one in databases]
        if auth := neon.auth(project, id_):
            found["auth"][id_] = chosen(auth, _AUTH)
        if not branch.get("default"):
            reading.notes.append(f"The branch {branch['name']} is a copy of its parent as it is now, if it has one.")
            continue
        if contents is None:
            continue
        for database in databases:
            name, owner = str(database["name"]), str(database["owner_name"])
            url = neon.connection_uri(project, database=name, role=owner, branch=id_)
            folder = f"database/{project}/{id_}"
            found["sql"].setdefault(id_, {})[name] = contents(
                url, folder, [str(one["name"]) for one in roles], database
            )
    return found
