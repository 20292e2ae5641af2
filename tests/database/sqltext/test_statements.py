"""The ends of statements. A tool that splits at every semicolon breaks function bodies, and one that splits too late
runs two statements as one; PostgreSQL's own scanner is the reference here.
"""

from __future__ import annotations

import pglast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from database.migrations.files import FileError
from database.sqltext.statements import place, split
from tests.database.runner.support import Files, Query, Tables

TRAPS = {
    "dollar quotes": "do $$ begin perform 1; perform 2; end $$; select 1",
    "nested tags": "do $a$ begin execute $b$ select ';' $b$; execute $$;$$; end $a$; select 1",
    "an identifier with dollars": "select foo$bar$baz from x; select 1",
    "a parameter is not a tag": "prepare p as select $1; select 1",
    "strings": "select 'a;b''c;', E'it\\'s;', U&'\\0041;', b'1', x'f', n';'; select 1",
    "a string ending in a backslash": "select 'c:\\'; select 1",
    "an escape string with doubled backslash": "select e'c:\\\\'; select 1",
    "quoted names": 'create table "a;b" ("c"";d" int); select 1',
    "comments": "select 1 -- one; two\n, 2 /* three; /* four; */ five; */; select 1",
    "operators beside comments": "select 1 +-- x;\n 2, 3*/* y; */4; select 1",
    "a rule": "create rule r as on insert to t do also (insert into u values (1); insert into v values (2)); select 1",
    "begin atomic": "create function f() returns int begin atomic select 1; select 2; end; select 1",
    "case in begin atomic": "create or replace function f(a int) returns int language sql begin atomic;"
    " select case when a = 1 then case a when 2 then 3 end else 4 end; select 5 as end; end; select 1",
    "procedure atomic": "create procedure p() begin atomic insert into t values (1); update t set a = 2; end; select 1",
    "labels without as in begin atomic": "create function f() returns int begin atomic select 1 end; select 2 case;"
    " select 3 case, case when true then 4 end end; end; select 1",
    "an empty begin atomic": "create procedure p() begin atomic end; select 1",
    "begin and atomic as names": "create view v as select x.begin atomic from x; select 1",
    "an escape string on two lines": "select E'a'\n'b\\';c'; select 1",
    "an escape string on two lines in parentheses": "select (e'a'\r'b\\');c'); select 1",
    "two strings on one line": "select E'a' as b, 'c:\\'; select 1",
    "a plain string on two lines": "select 'a'\n'c:\\'; select 1",
    "comments ended by a carriage return": "select 1 -- one;\r; select (2 -- two)\r)",
    "no final semicolon": "select 1; select 2",
    "only semicolons between": ";; select 1;;; select 2;;",
    "words as names": "select begin, atomic, x.end from t; select 1",
    "letters of other alphabets": "select 'größe;' as größe; create table 表 (列 int)",
}


@pytest.mark.parametrize("name", TRAPS)
def test_f14_each_trap_is_split_into_its_two_statements(name: str) -> None:
    assert len(split(TRAPS[name])) == 2


@pytest.mark.parametrize("name", TRAPS)
def test_f14_statements_begin_where_postgresql_s_own_parser_sees_them_begin(name: str) -> None:
    text = TRAPS[name]
    parsed = pglast.parse_sql(text)
    for ours, theirs in zip(split(text), parsed, strict=True):
        end = theirs.stmt_location + theirs.stmt_len if theirs.stmt_len else len(text)
        assert theirs.stmt_location <= ours.start < end
        assert type(pglast.parse_sql(ours.text)[0].stmt) is type(theirs.stmt)


_STATEMENTS = st.sampled_from(sorted({statement.text for text in TRAPS.values() for statement in split(text)}))
_BETWEEN = st.sampled_from(
    ["", " ", "\n", "\r\n", "-- it's;\r", "-- it's; $$ \"\n", "/* ' /* ; */ $a$ */", ";", "\t;;", "--\n"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(_STATEMENTS, _BETWEEN, _BETWEEN), max_size=10))
def test_any_sequence_of_statements_and_comments_is_split_into_these_statements(
    parts: list[tuple[str, str, str]],
) -> None:
    text = "".join(f"{before}{statement}{after};" for statement, before, after in parts)
    cut = split(text)
    assert [statement.text for statement in cut] == [statement for statement, _before, _after in parts]
    assert all(text[statement.start :].startswith(statement.text) for statement in cut)


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("select 1;\nselect 'open;\n", "a quote ' is opened and never closed", 2),
        ('select 1;\n\nselect "open', 'a quote " is opened and never closed', 3),
        ("do $x$ begin end $y$;", "$x$ is opened and never closed", 1),
        ("select 1 /* /* */;", "a comment /* is opened and never closed", 1),
        ("select 1;\n\\d t", "a backslash outside of quotes: psql's commands are not SQL", 2),
        ("create table t ();\n\\copy t from 'x'\n", "a backslash outside of quotes: psql's commands are not SQL", 2),
    ],
)
def test_f14_text_that_cannot_be_split_is_refused_with_its_line(
    files: Files, url: str, tables: Tables, text: str, what: str, line: int
) -> None:
    files.write("0001_trap.sql", "create table public.before ();\n" + text)
    with pytest.raises(FileError) as refused:
        files.run(url)
    assert refused.value.what == what
    assert refused.value.where.split(":")[1] == str(line + 1)
    assert tables() == set()


@pytest.mark.parametrize("hiding", ["-- note\r", "select E'a'\n'b\\''; ", "select E'a' -- it's\n-- '\n 'b\\''; "])
def test_f14_a_commit_cannot_be_hidden_from_the_runner(files: Files, url: str, tables: Tables, hiding: str) -> None:
    files.write("0001_trap.sql", f"create table public.one ();\n{hiding}commit; select ''; select 1/0;")
    with pytest.raises(FileError, match="'commit' is not allowed here"):
        files.run(url)
    assert tables() == set()


def test_f14_no_statement_is_lost_after_a_comment_that_a_carriage_return_ends(
    files: Files, url: str, tables: Tables
) -> None:
    files.write(
        "0001_steps.sql",
        "--! transaction: none\ncreate table one();\n-- note\rcreate table two();\rcreate table three();\n",
    )
    files.run(url)
    assert tables() == {"one", "two", "three"}


def test_f14_function_bodies_of_both_kinds_are_created_whole(files: Files, url: str, query: Query) -> None:
    files.write(
        "0001_functions.sql",
        "create function public.one() returns int language plpgsql as $f$ begin perform $$;$$; return 1; end $f$;\n"
        "create function public.two(a int) returns int begin atomic\n"
        "  select 0; select case when a = 1 then 2 else 3 end;\nend;\n"
        "create table public.after (note text default 'it''s; fine');",
    )
    files.run(url)
    assert query("select public.one(), public.two(1), public.two(2)") == [(1, 2, 3)]


@pytest.mark.parametrize("transaction", ["", "--! transaction: none\n"], ids=["one transaction", "step by step"])
def test_a_statement_that_is_all_in_parentheses_runs_like_any_other(
    files: Files, url: str, tables: Tables, transaction: str
) -> None:
    files.write("0001_all.sql", f"{transaction}create table public.one ();\n(select 1);\n(select 1) union (select 2);")
    assert files.run(url).ran == ("0001_all.sql",)
    assert tables() == {"one"}


def test_places_count_lines_and_columns_from_one() -> None:
    text = "ab\ncü d\n"
    assert [place(text, offset) for offset in (0, 1, 3, 5, 8)] == [(1, 1), (1, 2), (2, 1), (2, 3), (3, 1)]
