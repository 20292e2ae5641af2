"""Neon's command line in daily use, from the first project to its deletion and recovery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.command_lines.touring import Step, Tour

ORGANIZATION = "org-quiet-harbor-40217733"
_TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

_PROJECTS = (
    Step(command="me", says="operator"),
    Step(command="me --api-key napi_wrong", refused=True, says="Auth|auth|credential"),
    Step(command="projects list", refused=True, says="org_id is required"),
    Step(command=f"projects list --org-id {ORGANIZATION}", says="don't have any projects"),
    Step(
        command=f"projects create --name tour --region-id aws-eu-central-1 --org-id {ORGANIZATION} --cu 0.25-1",
        says=r"Id\s+(?P<project>[a-z]+-[a-z]+-\d{8}).*postgresql://",
    ),
    Step(command="projects get {project}", says="tour"),
    Step(command="projects get no-such-12345678", refused=True, says="not found"),
    Step(command="projects update {project} --name tour2", says="tour2"),
    Step(command="link --project-id {project} -y --no-env-pull", says="{project}|tour2"),
    Step(command="operations list", says="start_compute"),
)
_DATABASES = (
    Step(command="connection-string", says="channel_binding=require"),
    Step(command="connection-string main --pooled --prisma", says="-pooler.*pgbouncer=true"),
    Step(command="psql -- -c create~table~kept~(id~int)", says="CREATE TABLE"),
    Step(command="psql main --pooled -- -Atc select~40+2", says="42"),
    Step(command="psql --fallback -- -c select~40+2~as~answer", says="42"),
    Step(command="psql --role-name nobody -- -c select~1", refused=True, says="not found"),
    Step(command="roles create --name app", says="app"),
    Step(command="roles create --name app", refused=True, says="already exists"),
    Step(command="databases create --name shop --owner-name app", says="shop"),
    Step(command="roles delete app", refused=True, says="owns"),
    Step(command="databases delete shop", says="shop"),
    Step(command="roles delete app", says="app"),
)
_BRANCHES = (
    Step(command="branches create --name dev", says="dev.*postgresql://"),
    Step(command="branches create --name dev", refused=True, says="already exists"),
    Step(command="branches create --name bare --schema-only", says="bare"),
    Step(command="branches get dev", says="dev"),
    Step(command="branches get nope", refused=True, says="not found"),
    Step(command="psql dev -- -c alter~table~kept~add~name~text", says="ALTER TABLE"),
    Step(command="branches schema-diff main dev", says=r"\+\s*name text"),
    Step(command="branches rename dev staging", says="staging"),
    Step(command=f"branches set-expiration staging --expires-at {_TOMORROW}", says="staging"),
    Step(command="branches add-compute staging --type read_only", says="ep-"),
    Step(command="branches reset staging --parent", says="staging"),
    Step(command="branches delete bare", says="bare"),
    Step(command="branches delete main", refused=True, says="default|root"),
)
_SNAPSHOTS = (
    Step(command="snapshots create --branch main --name before", says="snap-"),
    Step(command="snapshots list", says="before"),
    Step(command="snapshots get nope", refused=True, says="not found"),
    Step(command="snapshots update before --name kept", says="kept"),
    Step(command="snapshots restore kept --name recovered", says="recovered"),
    Step(command="snapshots finalize recovered --name replaced", says="compute"),
    Step(command="snapshots schedule set --branch main --frequency daily --hour 3", says="daily"),
    Step(command="snapshots delete kept", says="kept"),
)
_ENDING = (
    Step(command="ip-allow add 203.0.113.7", says="203.0.113.7"),
    Step(command="checkout main --no-env-pull", says="main"),
    Step(command="env pull", says="DATABASE_URL|\\.env", differs="no object storage of branches"),
    Step(command="projects delete {project}", says="tour2"),
    Step(command=f"projects list --recoverable-only --org-id {ORGANIZATION}", says="{project}.*tour2"),
    Step(command="projects recover {project}", says="tour2"),
    Step(command="projects recover {project}", refused=True, says="not found"),
)
TOUR = Tour(
    program="neonctl",
    script="neonctl/bin/cli.js",
    steps=(*_PROJECTS, *_DATABASES, *_BRANCHES, *_SNAPSHOTS, *_ENDING),
)
