"""The isolation probe: two tenants that try to access each other's rows."""

from database.isolation.probe import probe, probe_within
from database.isolation.session import insert
from database.isolation.tenants import CHILDREN, HARMLESS_COLUMN, TABLES, TENANT_COLUMN, Row, Tenant

__all__ = ["CHILDREN", "HARMLESS_COLUMN", "TABLES", "TENANT_COLUMN", "Row", "Tenant", "insert", "probe", "probe_within"]
