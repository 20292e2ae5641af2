"""Openings by objects without privileges, by settings and by structure."""

from __future__ import annotations

from tools.mutation.opening import Opening

_HERE = "do $$ begin execute format('alter database %I set {} = ''{}''', current_database()); end $$"
_SERVICE = "do $$ begin execute format('alter role prductr_service in database %I set {}', current_database()); end $$"

OPENINGS = (
    Opening(
        "an operator that a statement resolves to before PostgreSQL's",
        ("create operator public.= (leftarg = text, rightarg = text, function = pg_catalog.textne)",),
        "operator public.=(pg_catalog.text,pg_catalog.text) is not declared: it calls textne(text,text)",
    ),
    Opening(
        "an operator in another schema that can be used",
        (
            "create schema side",
            "grant usage on schema side to prductr_app",
            "create operator side.<> (leftarg = text, rightarg = text, function = pg_catalog.texteq)",
        ),
        "operator side.<>(pg_catalog.text,pg_catalog.text) is not declared",
    ),
    Opening(
        "a cast",
        (
            "create type launch.pair as (a text, b text)",
            "create function launch.paired(text) returns launch.pair language sql immutable as $$ select ($1, $1) $$",
            "create cast (text as launch.pair) with function launch.paired(text) as assignment",
        ),
        "cast (pg_catalog.text AS launch.pair) is not declared",
    ),
    Opening(
        "a cast between PostgreSQL's own types",
        ("create cast (text as integer) with inout as implicit",),
        "cast (pg_catalog.text AS integer) is not declared: it is made by itself",
        superuser=True,
        named=True,
    ),
    Opening(
        "an operator class that becomes the default",
        (
            (
                "create operator class public.swapped default for type point using btree as operator 1 <<, "
                "operator 3 ~=, operator 5 >>, function 1 pg_catalog.bttidcmp(tid, tid)"
            ),
        ),
        "operator class public.swapped USING btree is not declared",
        superuser=True,
    ),
    Opening(
        "a collation",
        ("create collation public.other (provider = libc, locale = 'C')",),
        "collation public.other is not declared: it compares texts",
        named=True,
    ),
    Opening(
        "a collation of the column that names the tenant's agents",
        (
            "create collation launch.other (provider = libc, locale = 'C')",
            "alter table public.agents alter name type character varying(255) collate launch.other",
        ),
        "column agents.name: collation is launch.other, declared none",
        named=True,
    ),
    Opening(
        "another type of a column",
        ("alter table public.projects alter description type character varying(4000)",),
        "column projects.description: type is character varying(4000), declared text",
        named=True,
    ),
    Opening(
        "a conversion",
        ("create default conversion public.lossy for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1",),
        "conversion public.lossy is not declared",
    ),
    Opening(
        "a domain", ("create domain public.short as text check (length(value) < 5)",), "type public.short", named=True
    ),
    Opening(
        "a text search configuration",
        ("create text search configuration public.simple (copy = pg_catalog.simple)",),
        "text search configuration public.simple is not declared",
        named=True,
    ),
    Opening(
        "an operator family",
        ("create operator family public.family using btree",),
        "operator family public.family USING btree is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a publication of one table",
        ("create publication copies for table public.users",),
        "publication copies is not declared: it publishes public.users",
        named=True,
    ),
    Opening(
        "a publication of all tables",
        ("create publication copies for all tables",),
        "publication copies is not declared: it publishes all tables",
        superuser=True,
        named=True,
    ),
    Opening(
        "a subscription",
        (
            (
                "create subscription fills connection 'dbname=elsewhere' publication rows "
                "with (connect = false, slot_name = none, enabled = false)"
            ),
        ),
        "subscription fills is not declared: it is disabled",
        superuser=True,
        named=True,
    ),
    Opening(
        "a language",
        ("create trusted language plother handler plpgsql_call_handler",),
        "language plother is not declared: it is trusted",
        superuser=True,
        named=True,
    ),
    Opening(
        "a table access method",
        ("create access method other type table handler heap_tableam_handler",),
        "access method other is not declared",
        superuser=True,
        named=True,
    ),
    Opening(
        "a setting that changes what a comparison means",
        (_HERE.format("transform_null_equals", "on"),),
        "every role in this database starts with transform_null_equals = on, declared nothing",
    ),
    Opening(
        "a setting that changes what a text means",
        (_HERE.format("standard_conforming_strings", "off"),),
        "every role in this database starts with standard_conforming_strings = off, declared nothing",
    ),
    Opening(
        "a setting that names a context, in other case",
        (_HERE.format('"App.current_org_id"', "x"),),
        "every role in this database starts with App.current_org_id = x, declared nothing",
        superuser=True,
        named=True,
    ),
    Opening(
        "a setting that only costs time",
        (_HERE.format("work_mem", "64kB"),),
        "every role in this database starts with work_mem = 64kB, declared nothing",
        named=True,
    ),
    Opening(
        "a setting of a role here",
        (_SERVICE.format("app.current_user_id = ''x''"),),
        "prductr_service in this database starts with app.current_user_id = x, declared nothing",
        superuser=True,
        named=True,
    ),
    Opening(
        "a setting by which large objects have no owner",
        ("alter role all set lo_compat_privileges = on",),
        "every role starts with lo_compat_privileges = on, declared nothing",
        superuser=True,
        named=True,
    ),
)
