"""Today's production, migrated and secured, used by the application's drivers through Neon's pooled host.

Prevents: isolation that holds in psql and not in the application, whose driver has no session between statements.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.drivers.conftest import Run, runner
from tests.drivers.production import production


@pytest.fixture(scope="module")
def application(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, str]]:  # noqa: ARG001
    """JavaScript as the application's role, and the role's pooled URL."""
    with production(tmp_path_factory.mktemp("production") / "home") as found:
        yield runner(found.neon, found.app), found.app


def test_a_transaction_with_context_sees_its_tenant_and_no_other(application: tuple[Run, str]) -> None:
    found = application[0]("""
        const sql = neon(url);
        const seen = async (user, organization) => {
            const [, rows] = await sql.transaction([
                sql`select public.set_context(${user}, ${organization})`,
                sql`select organization_id, count(*)::int as tasks from tasks where title like 'Task %' group by 1`,
            ]);
            return rows;
        };
        show([await seen('user-ada', 'org-acme'), await seen('user-both', 'org-globex'),
            await seen('user-ada', 'org-globex'), await sql`select id from tasks`]);
    """)
    acme, globex, foreign, without = found
    assert acme == [{"organization_id": "org-acme", "tasks": 100}]
    assert globex == [{"organization_id": "org-globex", "tasks": 100}]
    assert foreign == without == []


def test_a_context_of_one_call_is_gone_in_the_next(application: tuple[Run, str]) -> None:
    found = application[0]("""
        const sql = neon(url);
        await sql`select public.set_context('user-ada', 'org-acme')`;
        show(await sql`select id from tasks`);
    """)
    assert found == []


def test_drizzle_in_a_batch_reads_and_writes_within_the_tenant(application: tuple[Run, str]) -> None:
    found = application[0]("""
        const tasks = pgTable('tasks', {
            id: text('id').primaryKey(), projectId: text('project_id').notNull(), title: text('title').notNull(),
            organizationId: text('organization_id'),
        });
        const db = drizzle(neon(url));
        const as = (user, organization) => db.execute(raw`select public.set_context(${user}, ${organization})`);
        const [, made] = await db.batch([as('user-bob', 'org-acme'),
            db.insert(tasks).values({ id: 'from-drizzle', projectId: 'project-acme-1', title: 'New' }).returning()]);
        const fresh = () => db.select().from(tasks).where(eq(tasks.title, 'New'));
        const [, own] = await db.batch([as('user-bob', 'org-acme'), fresh()]);
        const [, foreign] = await db.batch([as('user-gus', 'org-globex'), fresh()]);
        let code = null;
        try {
            await db.batch([as('user-gus', 'org-globex'),
                db.insert(tasks).values({ id: 'crossing', projectId: 'project-acme-1', title: 'Stolen' })]);
        } catch (error) { code = error.code ?? error.cause?.code; }
        show({ made, own, foreign, code });
    """)
    expected = [{"id": "from-drizzle", "projectId": "project-acme-1", "title": "New", "organizationId": "org-acme"}]
    assert (found["made"], found["own"], found["foreign"]) == (expected, expected, [])
    assert found["code"] == "23503"  # the same as for a project that does not exist


def test_a_pooled_connection_sets_its_context_in_each_transaction(application: tuple[Run, str]) -> None:
    with psycopg.connect(application[1], autocommit=True) as connection:
        with connection.transaction():
            connection.execute("select public.set_context(%s, %s)", ("user-ada", "org-acme"))
            seen = connection.execute(
                "select count(*), count(distinct organization_id) from tasks where title like 'Task %%'", ()
            ).fetchone()
        assert seen == (100, 1)
        assert connection.execute("select count(*) from tasks").fetchone() == (0,)


def test_a_relational_query_of_drizzle_finds_the_names_of_all_members(application: tuple[Run, str]) -> None:
    """docs/application.md, "Names of members"; and the result of a relation to `users` instead."""
    found = application[0]("""
        const users = pgTable('users', { id: text('id').primaryKey(), name: text('name') });
        const organizationMembers = pgTable('organization_members', {
            id: text('id').primaryKey(), organizationId: text('organization_id'), userId: text('user_id'),
        });
        const { relations } = await import('drizzle-orm');
        const membersRelations = relations(organizationMembers, ({ one }) => ({
            user: one(users, { fields: [organizationMembers.userId], references: [users.id] }),
        }));
        const db = drizzle(neon(url), { schema: { users, organizationMembers, membersRelations } });
        const as = (user, organization) => db.execute(raw`select public.set_context(${user}, ${organization})`);
        const ask = (organization, more) => db.query.organizationMembers.findMany({
            where: eq(organizationMembers.organizationId, organization), columns: { userId: true }, ...more,
        });
        const extras = {
            name: raw`(select f.name from public.fellow_members() f where f.member_id = ${organizationMembers.userId})`
                .as('name'),
        };
        const [, named] = await db.batch([as('user-ada', 'org-acme'), ask('org-acme', { extras })]);
        const [, related] = await db.batch([as('user-ada', 'org-acme'), ask('org-acme', { with: { user: true } })]);
        const [, foreign] = await db.batch([as('user-ada', 'org-globex'), ask('org-globex', { extras })]);
        show({ named, related, foreign });
    """)
    assert len(found["named"]) > 1
    assert all(each["name"] for each in found["named"])
    assert [each["userId"] for each in found["related"] if each["user"]] == ["user-ada"]
    assert found["foreign"] == []
