"""The objects of Neon's API: documents, names, errors, operations."""

from sandbox.cloud.neon.model import documents, naming
from sandbox.cloud.neon.model.documents import (
    BRANCHES,
    DATABASES,
    DELETED,
    ENDPOINTS,
    ORGANIZATIONS,
    PROJECTS,
    ROLES,
    SNAPSHOTS,
    shown,
    timeline,
)
from sandbox.cloud.neon.model.errors import ApiError, exists, invalid, not_found, refused, unauthorized
from sandbox.cloud.neon.model.fields import moment, number, required, text
from sandbox.cloud.neon.model.operations import COLLECTION, Operations, Order, Work, timestamp

__all__ = [
    "BRANCHES",
    "COLLECTION",
    "DATABASES",
    "DELETED",
    "ENDPOINTS",
    "ORGANIZATIONS",
    "PROJECTS",
    "ROLES",
    "SNAPSHOTS",
    "ApiError",
    "Operations",
    "Order",
    "Work",
    "documents",
    "exists",
    "invalid",
    "moment",
    "naming",
    "not_found",
    "number",
    "refused",
    "required",
    "shown",
    "text",
    "timeline",
    "timestamp",
    "unauthorized",
]
