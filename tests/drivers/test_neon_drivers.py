"""The published drivers against the sandbox. Prevents: statements that run here and fail in the application."""

from __future__ import annotations

from tests.drivers.conftest import Run


def test_a_tagged_template_sends_parameters_and_parses_the_types(run: Run) -> None:
    found = run("""
        const sql = neon(url);
        const rows = await sql`select ${7}::int as number, ${'ä'}::text as text, ${[1, 2]}::int[] as list,
            ${{ a: 1 }}::jsonb as object, null as nothing, true as yes, 9007199254740993::bigint as big`;
        show(rows);
    """)
    expected = {"number": 7, "text": "ä", "list": [1, 2], "object": {"a": 1}, "nothing": None, "yes": True}
    assert found == [expected | {"big": "9007199254740993"}]


def test_full_results_name_command_count_and_fields(run: Run) -> None:
    found = run("""
        const sql = neon(url, { fullResults: true });
        await sql`create table if not exists full_results (id int)`;
        const { command, rowCount, rows, fields } = await sql`insert into full_results values (1), (2) returning id`;
        show({ command, rowCount, rows, fields: fields.map(({ name, dataTypeID }) => [name, dataTypeID]) });
    """)
    assert found == {"command": "INSERT", "rowCount": 2, "rows": [{"id": 1}, {"id": 2}], "fields": [["id", 23]]}


def test_a_context_lives_as_long_as_its_transaction(run: Run) -> None:
    found = run("""
        const sql = neon(url);
        const read = () => sql`select current_setting('app.current_org_id', true) as org`;
        const [, inside] = await sql.transaction([
            sql`select set_config('app.current_org_id', ${'org-1'}, true)`, read(),
        ]);
        await sql`select set_config('app.current_org_id', ${'org-2'}, false)`;
        show([inside, await read()]);
    """)
    assert found == [[{"org": "org-1"}], [{"org": None}]]


def test_a_transaction_has_the_requested_modes(run: Run) -> None:
    found = run("""
        const sql = neon(url);
        const modes = sql`select current_setting('transaction_isolation') as level,
            current_setting('transaction_read_only') as ro, current_setting('transaction_deferrable') as deferrable`;
        show(await sql.transaction([modes], { isolationLevel: 'Serializable', readOnly: true, deferrable: true }));
    """)
    assert found == [[{"level": "serializable", "ro": "on", "deferrable": "on"}]]


def test_an_error_keeps_its_code_and_undoes_the_whole_transaction(run: Run) -> None:
    found = run("""
        const sql = neon(url);
        await sql`create table if not exists unique_things (id int primary key)`;
        let caught = null;
        try {
            await sql.transaction([
                sql`insert into unique_things values (1)`, sql`insert into unique_things values (1)`,
            ]);
        } catch (error) {
            const { name, code, constraint, severity, detail } = error;
            caught = { ours: error instanceof NeonDbError, name, code, constraint, severity, detail };
        }
        show({ caught, left: await sql`select * from unique_things` });
    """)
    assert found == {
        "caught": {
            "ours": True,
            "name": "NeonDbError",
            "code": "23505",
            "constraint": "unique_things_pkey",
            "severity": "ERROR",
            "detail": "Key (id)=(1) already exists.",
        },
        "left": [],
    }


def test_a_wrong_password_is_an_error_of_the_driver(run: Run) -> None:
    found = run("""
        const sql = neon(url.replace(/npg_\\w+/, 'wrong'));
        try { await sql`select 1`; show(null); } catch (error) { show([error.name, error.message, error.code]); }
    """)
    assert found == ["NeonDbError", 'password authentication failed for user "neondb_owner"', "28P01"]


def test_drizzle_writes_reads_and_batches(run: Run) -> None:
    found = run("""
        const things = pgTable('drizzle_things', {
            id: integer('id').primaryKey(),
            name: text('name').notNull(),
            metadata: jsonb('metadata').notNull().default({}),
            createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
        });
        const sql = neon(url);
        await sql`create table if not exists drizzle_things (id int primary key, name text not null,
            metadata jsonb not null default '{}', created_at timestamptz not null default now())`;
        await sql`truncate drizzle_things`;
        const db = drizzle(sql);
        const [made] = await db.insert(things).values({ id: 1, name: "d'accord", metadata: { a: [1] } }).returning();
        await db.batch([
            db.insert(things).values({ id: 2, name: 'second' }),
            db.update(things).set({ name: 'renamed' }).where(eq(things.id, 1)),
        ]);
        const [, rows] = await db.batch([
            db.execute(raw`select set_config('app.current_user_id', ${'u1'}, true)`),
            db.select({ id: things.id, name: things.name, metadata: things.metadata }).from(things).orderBy(things.id),
        ]);
        let code = null;
        try { await db.insert(things).values({ id: 2, name: 'again' }); } catch (error) { code = error.cause?.code; }
        show({ made: [made.id, made.name, made.metadata, made.createdAt instanceof Date], rows, code });
    """)
    assert found == {
        "made": [1, "d'accord", {"a": [1]}, True],
        "rows": [{"id": 1, "name": "renamed", "metadata": {"a": [1]}}, {"id": 2, "name": "second", "metadata": {}}],
        "code": "23505",
    }
