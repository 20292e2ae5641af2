"""The tenant context through the real drivers, by the examples of docs/application.md.

Prevents: an application that copies SQL from a page and forgets the context, or continues without one.
"""

from __future__ import annotations

import pytest

from tests.packages.application.conftest import Application


def test_a_page_shows_its_tenant_s_rows_in_one_round_trip(application: Application) -> None:
    found = application.run("""
        const { projectPage } = await import('./examples/neon.ts');
        let trips = 0;
        const { fetch } = globalThis;
        globalThis.fetch = (...all) => { trips += 1; return fetch(...all); };
        const own = await projectPage(ada, 'project-acme-1');
        const foreign = await projectPage(gus, 'project-acme-1');
        show({ tasks: own.tasks.length, locks: own.locks, foreign, trips });
    """)
    assert found == {
        "tasks": 50,
        "locks": [{"file_path": "src/index.ts"}],
        "foreign": {"tasks": [], "locks": []},
        "trips": 2,
    }


ADAPTERS = {
    "neon": "forNeon(sql).as(WHO).batch([sql`STATEMENT`])",
    "neon, one statement": "forNeon(sql).as(WHO).query(sql`STATEMENT`)",
    "drizzle": "forDrizzle(http).as(WHO).batch([http.execute(`STATEMENT`)])",
    "drizzle, one query": "forDrizzle(http).as(WHO).query(http.execute(`STATEMENT`))",
    "drizzle over a pool": "forDrizzlePool(pooled).as(WHO).transaction((inside) => inside.execute(`STATEMENT`))",
    "pool": "forPool(pool).as(WHO).transaction((client) => client.query(`STATEMENT`))",
    "pool, one statement": "forPool(pool).as(WHO).query(`STATEMENT`)",
}


def call(adapter: str, who: str, statement: str) -> str:
    return "() => " + ADAPTERS[adapter].replace("WHO", who).replace("STATEMENT", statement)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_each_way_of_failing_has_its_own_error_in_every_adapter_and_leaves_nothing(
    application: Application, adapter: str
) -> None:
    rename = "update users set name = 'Renamed' where id = 'user-ada'"
    task = "insert into tasks (id, project_id, title) values ('by-a-viewer', 'project-globex-1', 'x')"
    twice = "insert into users (id, email) values ('user-ada', 'ada@acme.example')"
    found = application.run(f"""
        const http = drizzleHttp(sql), pooled = drizzlePool(pool);
        const failures = [];
        for (const work of [
            {call(adapter, "{ userId: '' }", rename)},
            {call(adapter, "stranger", rename)},
            {call(adapter, "eve", task)},
            {call(adapter, "ada", twice)},
        ]) failures.push(await failure(async () => await work()));
        show(failures);
    """)
    nobody, not_a_member, viewer, other = found
    assert nobody == ["NoContextError", "no_context"]
    assert not_a_member == ["NotAMemberError", "not_a_member"]
    assert viewer == ["NotAllowedError", "not_allowed"]
    assert other[1] == "23505"
    assert application.rows("select 1 from users where name = 'Renamed'") == []
    assert application.rows("select 1 from tasks where id = 'by-a-viewer'") == []


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_each_adapter_sees_its_tenant_alone_and_leaves_no_context_behind(
    application: Application, adapter: str
) -> None:
    counted = "count(*)::int as tasks, count(distinct organization_id)::int as tenants"
    count = f"select {counted} from tasks where title ~ '^Task'"
    found = application.run(f"""
        const http = drizzleHttp(sql), pooled = drizzlePool(pool);
        const flat = (answer) => [answer].flat(2)[0].rows?.[0] ?? [answer].flat(2)[0];
        const seen = [];
        const works = [{call(adapter, "ada", count)}, {call(adapter, "gus", count)}];
        for (const work of works) seen.push(flat(await work()));
        const after = await Promise.all(Array.from({{ length: 4 }}, () => pool.query('{"select id from tasks"}')));
        show({{ seen, after: after.map(({{ rows }}) => rows.length) }});
    """)
    assert found == {"seen": [{"tasks": 100, "tenants": 1}] * 2, "after": [0] * 4}


def test_a_task_and_its_event_are_made_together_or_not_at_all(application: Application) -> None:
    found = application.run("""
        const { createTask, projectTasks } = await import('./examples/drizzle.ts');
        const made = await createTask(ada, 'project-acme-1', 'made-once', 'Made');
        const twice = await failure(() => createTask(ada, 'project-acme-1', 'made-once', 'Again'));
        const foreign = await failure(() => createTask(gus, 'project-acme-1', 'crossing', 'Stolen'));
        show({ made, twice, foreign, own: (await projectTasks(ada, 'project-acme-1')).length });
    """)
    assert found["made"] == {
        "id": "made-once",
        "projectId": "project-acme-1",
        "title": "Made",
        "organizationId": "org-acme",
    }
    assert (found["twice"][1], found["foreign"][1], found["own"]) == ("23505", "23503", 51)
    events = application.rows(
        "select metadata ->> 'taskId' from cost_events where metadata ->> 'event' = 'task_created'"
    )
    assert events == [("made-once",)]
    application.rows("delete from tasks where id = 'made-once'")


def test_a_pool_s_transaction_is_rolled_back_where_the_work_throws_and_its_connection_stays_usable(
    application: Application,
) -> None:
    found = application.run("""
        const { renameTask } = await import('./examples/pool.ts');
        const { countTasks } = await import('./examples/drizzle_pool.ts');
        pool.options.max = 1;
        const renamed = await renameTask(pool, ada, 'task-project-acme-1-1', 'Task 1', 'Renamed');
        const stale = await renameTask(pool, ada, 'task-project-acme-1-1', 'Task 1', 'Lost');
        const thrown = await failure(() => forPool(pool).as(ada).transaction(async (client) => {
            await client.query("update tasks set title = 'Half' where id = 'task-project-acme-1-2'");
            throw new Error('in the middle');
        }));
        const broken = await failure(() => forPool(pool).as(ada).transaction(async (client) => {
            await client.query('select pg_terminate_backend(pg_backend_pid())');
        }));
        const options = { isolationLevel: 'serializable', readOnly: true };
        const modes = await forPool(pool).as(ada).transaction(async (client) =>
            (await client.query(
                "select current_setting('transaction_isolation') || current_setting('transaction_read_only') as modes"
            )).rows[0].modes, options);
        show({ renamed, stale, thrown, broken: broken !== null, modes, counted: await countTasks(pool, ada) });
    """)
    assert found == {
        "renamed": True,
        "stale": False,
        "thrown": ["Error", None],
        "broken": True,
        "modes": "serializableon",
        "counted": 100,
    }
    assert application.rows("select title from tasks where id ~ '^task-project-acme-1-[12]$' order by id") == [
        ("Renamed",),
        ("Task 2",),
    ]
    application.rows("update tasks set title = 'Task 1' where id = 'task-project-acme-1-1'")


def test_every_event_of_analytics_is_recorded_and_counted(application: Application) -> None:
    application.rows("delete from cost_events where event_type = 'analytics'")
    found = application.run("""
        const { signedUp, heartbeat } = await import('./examples/analytics.ts');
        await signedUp('user-fresh', 'github');
        const told = [];
        for (const where of ['org-acme', 'org-globex']) told.push(await heartbeat('user-ada', where, 'a'));
        const events = application.ANALYTICS_EVENTS.filter((event) => !['signup', 'agent_heartbeat'].includes(event));
        const own = { agentId: 'a', taskId: 't', projectId: 'p', filePath: 'f' };
        await tenants.as(eve).batch(events.map((event) => tenants.as(eve).recording({ event, properties: own })));
        const inPool = forPool(pool).as(ada), inDrizzle = forDrizzlePool(drizzlePool(pool)).as(ada);
        await inPool.record({ event: 'login' });
        await inPool.transaction((client) => inPool.record({ event: 'login' }, client));
        await inDrizzle.record({ event: 'login' });
        await forDrizzle(drizzleHttp(sql)).as(ada).record({ event: 'login' });
        show(told);
    """)
    assert found == [True, False]
    counted = application.rows("select organization_id, event, events from analytics_daily order by 1 nulls first, 2")
    assert counted == [
        (None, "signup", 1),
        ("org-acme", "agent_heartbeat", 1),
        ("org-acme", "login", 4),
        *(
            ("org-globex", event, 1)
            for event in sorted(
                (
                    "login",
                    "agent_connection",
                    "task_created",
                    "task_completed",
                    "conflict_detected",
                    "escalation_triggered",
                )
            )
        ),
    ]
