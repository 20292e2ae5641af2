"""New projects, branches, endpoints, roles and databases as Neon's API shows them.

Keys that begin with an underscore, and a branch's `port`, are internal to the sandbox.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sandbox.base import free_port
from sandbox.cloud.neon.model import naming
from sandbox.cloud.neon.model.operations import timestamp
from sandbox.state import Document

PROJECTS, BRANCHES, ENDPOINTS = "neon.projects", "neon.branches", "neon.endpoints"
ROLES, DATABASES, ORGANIZATIONS = "neon.roles", "neon.databases", "neon.organizations"
SNAPSHOTS, DELETED = "neon.snapshots", "neon.deleted_projects"

_CONSUMPTION = (
    "cpu_used_sec",
    "active_time_seconds",
    "compute_time_seconds",
    "written_data_bytes",
    "data_transfer_bytes",
)
"""Counters that the sandbox does not maintain."""
_NO_LIMIT = 0
_SMALLEST, _LARGEST = 0.25, 2
"""The default range in compute units over which a compute scales."""


def shown(document: Document) -> Document:
    """Return the document without the sandbox's internal keys."""
    return {key: value for key, value in document.items() if not key.startswith("_") and key != "port"}


def project(now: datetime, owner: str, asked: Document) -> Document:
    """Return a project from the validated body of a creation request."""
    id_ = naming.project_id()
    region = asked.get("region_id") or "aws-us-east-2"
    return {
        "id": id_,
        "platform_id": region.partition("-")[0],
        "region_id": region,
        "name": asked.get("name") or id_,
        "provisioner": "k8s-neonvm",
        "default_endpoint_settings": {
            "autoscaling_limit_min_cu": asked.get("autoscaling_limit_min_cu") or _SMALLEST,
            "autoscaling_limit_max_cu": asked.get("autoscaling_limit_max_cu") or _LARGEST,
            "suspend_timeout_seconds": 0,
            **(asked.get("default_endpoint_settings") or {}),
        },
        "settings": settings(asked.get("settings") or {}),
        "pg_version": asked.get("pg_version") or 17,
        "proxy_host": naming.proxy_host(region),
        "branch_logical_size_limit": _NO_LIMIT,
        "branch_logical_size_limit_bytes": _NO_LIMIT,
        "store_passwords": asked.get("store_passwords") is not False,
        **dict.fromkeys(_CONSUMPTION, 0),
        "data_storage_bytes_hour": 0,
        "creation_source": "console",
        "history_retention_seconds": asked.get("history_retention_seconds", 86400),
        "created_at": timestamp(now),
        "updated_at": timestamp(now),
        "consumption_period_start": timestamp(now.replace(day=1, hour=0, minute=0, second=0)),
        "consumption_period_end": timestamp(_next_month(now)),
        "owner_id": owner,
        "org_id": owner,
    }


def settings(asked: Document) -> Document:
    """Return a project's settings: the requested ones over the defaults."""
    return {
        "allowed_ips": {"ips": [], "protected_branches_only": False} | (asked.get("allowed_ips") or {}),
        "enable_logical_replication": False,
        "maintenance_window": {"weekdays": [5], "start_time": "07:00", "end_time": "08:00"},
        "block_public_connections": False,
        "block_vpc_connections": False,
        "hipaa": False,
        **{key: value for key, value in asked.items() if value is not None and key != "allowed_ips"},
    }


def branch(now: datetime, project_id: str, name: str | None, parent: Document | None) -> Document:
    """Return a branch that is being created: the root of a project, or a child of `parent`."""
    id_ = naming.branch_id()
    made: Document = {
        "id": id_,
        "project_id": project_id,
        "name": name or id_,
        "current_state": "init",
        "pending_state": "ready",
        "state_changed_at": timestamp(now),
        "creation_source": "console",
        "primary": parent is None,
        "default": parent is None,
        "protected": False,
        **dict.fromkeys(_CONSUMPTION, 0),
        "created_at": timestamp(now),
        "updated_at": timestamp(now),
        "init_source": "parent-data",
        "port": free_port(),
        "_timeline": {"name": id_},
        "_superuser_password": parent["_superuser_password"] if parent else secrets.token_urlsafe(32),
    }
    return made | ({"parent_id": parent["id"], "parent_timestamp": timestamp(now)} if parent else {})


def timeline(branch: Document) -> Document:
    """Return the branch's data: its name on disk, and the start of its history (`since`, `lsn`), if it has one."""
    line: Document = branch.get("_timeline") or {"name": branch["id"]}
    return line


def endpoint(now: datetime, project: Document, branch_id: str, asked: Document) -> Document:
    """Return an endpoint that is being started."""
    id_ = naming.endpoint_id()
    defaults = project["default_endpoint_settings"]
    disabled = bool(asked.get("disabled"))
    return {
        "host": f"{id_}.{project['proxy_host']}",
        "id": id_,
        **({"name": asked["name"]} if asked.get("name") else {}),
        "project_id": project["id"],
        "branch_id": branch_id,
        "autoscaling_limit_min_cu": asked.get("autoscaling_limit_min_cu") or defaults["autoscaling_limit_min_cu"],
        "autoscaling_limit_max_cu": asked.get("autoscaling_limit_max_cu") or defaults["autoscaling_limit_max_cu"],
        "region_id": project["region_id"],
        "type": asked["type"],
        "current_state": "idle" if disabled else "init",
        **({} if disabled else {"pending_state": "active"}),
        "settings": asked.get("settings") or {"pg_settings": {}},
        "pooler_enabled": bool(asked.get("pooler_enabled")),
        "pooler_mode": "transaction",
        "disabled": disabled,
        "passwordless_access": True,
        "creation_source": "console",
        "created_at": timestamp(now),
        "updated_at": timestamp(now),
        "proxy_host": project["proxy_host"],
        "suspend_timeout_seconds": asked.get("suspend_timeout_seconds") or defaults["suspend_timeout_seconds"],
        "provisioner": "k8s-neonvm",
    }


def role(now: datetime, branch_id: str, name: str, *, login: bool = True) -> Document:
    """Return a role with a new password."""
    return {
        "branch_id": branch_id,
        "name": name,
        "protected": False,
        "created_at": timestamp(now),
        "updated_at": timestamp(now),
        "_password": naming.password() if login else None,
    }


def database(now: datetime, branch_id: str, name: str, owner: str) -> Document:
    """Return a database."""
    return {
        "id": secrets.randbelow(90_000_000) + 10_000_000,
        "branch_id": branch_id,
        "name": name,
        "owner_name": owner,
        "created_at": timestamp(now),
        "updated_at": timestamp(now),
    }


def _next_month(now: datetime) -> datetime:
    year, month = divmod(now.year * 12 + now.month, 12)
    return now.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0)
