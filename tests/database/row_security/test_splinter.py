"""R40: each lint of Supabase's splinter with the check of ours that finds it, or the reason why it cannot arise here.

Prevents: a claim to cover its lints that nobody has verified. The numbers and names are splinter's.
"""

# ruff: noqa: E501 -- a statement and the check that it turns red are easier to compare on one line each

from __future__ import annotations

import re

import psycopg
import pytest

from database.row_security.checks import findings
from tests.database.conftest import Database
from tests.database.row_security.test_checks import CHECKS

COVERED: dict[str, tuple[str, str]] = {
    "0001_unindexed_foreign_keys": ("indexes", "drop index public.agents_organization_id_idx"),
    "0003_auth_rls_initplan": (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = public.current_org_id())",
    ),
    "0004_no_primary_key": ("upkeep", "alter table public.users drop constraint users_pkey cascade"),
    "0006_multiple_permissive_policies": (
        "one_policy_per_command",
        "create policy more on public.tasks for select to prductr_app using (organization_id = (select public.current_org_id()))",
    ),
    "0007_policy_exists_rls_disabled": ("rls_forced", "alter table public.tasks disable row level security"),
    "0008_rls_enabled_no_policy": ("one_policy_per_command", "drop policy tasks_select on public.tasks"),
    "0009_duplicate_index": (
        "upkeep",
        "create index more on public.agents (organization_id); create index twice on public.agents (organization_id)",
    ),
    "0010_security_definer_view": ("views", "alter view public.analytics_daily reset (security_invoker)"),
    "0011_function_search_path_mutable": ("functions", "alter function public.add_member reset search_path"),
    "0012_auth_allow_anonymous_sign_ins": (
        "policies_name_roles",
        "alter policy tasks_select on public.tasks to public",
    ),
    "0013_rls_disabled_in_public": (
        "rls_forced",
        "create table public.loose (id int); grant select on public.loose to prductr_app",
    ),
    "0015_rls_references_user_metadata": (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = current_setting('request.jwt.claims', true))",
    ),
    "0016_materialized_view_in_api": (
        "views",
        "create materialized view public.copied as select * from public.tasks; grant select on public.copied to prductr_app",
    ),
    "0017_foreign_table_in_api": (
        "views",
        "create foreign data wrapper far; create server far foreign data wrapper far; create foreign table public.far (id int) server far; grant select on public.far to prductr_app",
    ),
    "0018_unsupported_reg_types": ("upkeep", "alter table public.tasks add column kind regproc"),
    "0023_sensitive_columns_exposed": (
        "secret_columns",
        "grant select (api_keys) on public.organizations to prductr_service",
    ),
    "0024_rls_policy_always_true": (
        "predicates_compare_the_context",
        "alter policy tasks_delete on public.tasks using (1 = 1)",
    ),
    "0028_anon_security_definer_function_executable": (
        "functions",
        "grant execute on function public.user_id_for_login to public",
    ),
    "0029_authenticated_security_definer_function_executable": (
        "functions",
        "alter function public.set_member_role security definer",
    ),
    "0030_autovacuum_disabled": ("upkeep", "alter table public.tasks set (autovacuum_enabled = off)"),
    "0030_invalid_index": (
        "indexes",
        "update pg_index set indisvalid = false where indexrelid = 'public.users_pkey'::regclass",
    ),
    "0030_rls_policy_null_auth_disjunct": (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using ((select public.current_org_id()) is null or organization_id = (select public.current_org_id()))",
    ),
}
"""The check that detects it, and a statement that provokes it."""

NOT_HERE = {
    "0002_auth_users_exposed": "there is no schema auth; a view of another schema's table is a view like any other (views)",
    "0005_unused_index": "a statistic of use, not of what is declared: a fresh branch has used none",
    "0014_extension_in_public": "Neon's own features install pg_session_jwt there; what an extension brings has no row of ours",
    "0019_insecure_queue_exposed_in_api": "there is no pgmq",
    "0020_table_bloat": "a statistic of use",
    "0021_fkey_to_auth_unique": "there is no schema auth",
    "0022_extension_versions_outdated": "of the server, which is Neon's",
    "0025_pg17_deprecated_extensions": "concerns Supabase's extensions",
    "0025_public_bucket_allows_listing": "there is no storage",
    "0026_pg_graphql_anon_table_exposed": "there is no GraphQL",
    "0027_pg_graphql_authenticated_table_exposed": "there is no GraphQL",
    "0031_unused_replication_slot": "of the server; the roles may not make any (roles_are_bound)",
}


def test_r40_every_number_up_to_the_newest_is_accounted_for() -> None:
    assert COVERED.keys().isdisjoint(NOT_HERE)
    numbers = {int(name[:4]) for name in COVERED.keys() | NOT_HERE.keys()}
    assert numbers == set(range(1, 32))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+", name) for name in COVERED.keys() | NOT_HERE.keys())


@pytest.mark.parametrize("lint", COVERED)
def test_r40_every_splinter_lint_is_a_finding_of_ours(secured: Database, lint: str) -> None:
    check, statements = COVERED[lint]
    with psycopg.connect(secured.superuser) as connection:
        connection.execute(statements.encode())
        assert check in {finding.check for finding in findings(connection, CHECKS)}
        connection.rollback()
