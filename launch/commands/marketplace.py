"""`launch marketplace`: the marketplace listing of the plugins. It submits nothing: a person does that."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from contract.problem import Problem
from launch.inputs import folders, shown
from launch.marketplace import (
    CATALOGUE,
    NEVER,
    NOT_RENDERED,
    PUBLISHED,
    STATES,
    SUBMISSIONS,
    Listing,
    Submission,
    Submissions,
    data_findings,
    files,
    readiness,
    validated,
)
from launch.marketplace.contents import Checkout, examine
from launch.report import Finding, Report, Section, Table, Verdict, verb
from launch.selection import named
from launch.verify.checks import SECONDS, vantage

_PORTAL = "claude.ai/directory/manage"
_BESIDE = "The format has no field for these. They are kept in plan/marketplace.yaml; the portal's form requires them."


@click.group()
def marketplace() -> None:
    """The plugins in the marketplace: files, rules, readiness, and the record of submissions."""


@verb("render", group=marketplace, help="Show the marketplace's files, or write them to a folder; submits nothing.")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="The folder to write to.")
def render(*, folder: Path | None) -> Report:
    """Return the files, after the rules of the data."""
    listing = Listing.read()
    found = data_findings(listing)
    rendered = files(listing)
    blocked = any(not finding.verdict.good for finding in found)
    if folder and not blocked:
        _write(folder, rendered)
    sections = [Section(title="Rules", findings=found), _beside(listing)]
    if not blocked:
        sections += [Section(title=name, lines=tuple(text.splitlines())) for name, text in rendered.items()]
    return Report(
        title="Marketplace files",
        kind="marketplace render",
        facts={"written to": str(folder) if folder and not blocked else "nowhere"},
        sections=tuple(sections),
        summaries={
            Verdict.PASSED: "The files keep the rules of the format.",
            Verdict.FAILED: "The data breaks a rule; nothing was written.",
        },
        data={"files": {} if blocked else rendered, "not_rendered": list(NOT_RENDERED)},
    )


@verb("check", group=marketplace, help="Check names, fields and the contents of checkouts by the directory's rules.")
@click.option(
    "--checkout",
    "given",
    multiple=True,
    metavar="PLUGIN=FOLDER",
    help="A checkout of a plugin's repository (the folder with .claude-plugin). May be given for each plugin.",
)
def check(*, given: tuple[str, ...]) -> Report:
    """Return everything that can be checked before the portal is opened."""
    listing = Listing.read()
    chosen = folders(given, known=[plugin.name for plugin in listing.plugins], option="--checkout")
    sections = [Section(title="Rules of the data", findings=data_findings(listing))]
    commits: dict[str, str] = {}
    for plugin in listing.plugins:
        if plugin.name not in chosen:
            remedy = f"Give its checkout: --checkout {plugin.name}=FOLDER."
            missing = Finding(
                subject=plugin.name,
                name="contents",
                verdict=Verdict.UNCHECKED,
                detail="no checkout was given",
                remedy=remedy,
            )
            sections.append(Section(title=plugin.display_name, findings=(missing,)))
            continue
        checkout = Checkout.of(chosen[plugin.name])
        commits[plugin.name] = checkout.commit
        found = [*examine(listing, plugin, checkout), *validated(plugin.name, checkout.folder, directory=True)]
        sections.append(Section(title=plugin.display_name, findings=tuple(found)))
    return Report(
        title="Marketplace rules",
        kind="marketplace check",
        facts={f"commit of {name}": commit or "none" for name, commit in commits.items()},
        sections=tuple(sections),
        summaries={Verdict.PASSED: "Nothing blocks a submission.", Verdict.FAILED: "A submission would be refused."},
        data={"commits": commits},
    )


@verb("ready", group=marketplace, help="Check that pages, repositories and mail of the listing work.")
@click.option("--stack", "name", help="The stack to look at; by default PULUMI_STACK or the sandbox's.")
def ready(*, name: str | None) -> Report:
    """Return the findings of a visitor."""
    stack = named(name)
    stack.outputs()  # raises if the stack does not exist
    found = readiness(Listing.read(), stack.environment, seconds=SECONDS)
    seen_from = vantage(stack.environment)
    return Report(
        title="Marketplace readiness",
        kind="marketplace ready",
        stack=stack.name,
        facts={"seen from": seen_from},
        sections=(Section(findings=tuple(found)),),
        summaries={
            Verdict.PASSED: "The listing can be shown.",
            Verdict.FAILED: "The listing leads to nothing.",
        },
        data={"seen_from": seen_from},
    )


_RECORD = click.option(
    "--record",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that holds the record; by default plan/submissions.jsonl.",
)


@verb("status", group=marketplace, help="Show each plugin's submission as it was last recorded.")
@_RECORD
def status(*, path: Path | None) -> Report:
    """Return the last record of each plugin, and all records."""
    listing, record = Listing.read(), Submissions(path=path or SUBMISSIONS)
    every = record.all()
    latest = {plugin.name: record.latest(plugin.name) for plugin in listing.plugins}
    rows = tuple((each.on, each.plugin, each.state, each.id, each.by, each.note) for each in every)
    return Report(
        title="Submissions",
        kind="marketplace status",
        facts={"record": shown(record.path)},
        sections=(
            Section(findings=tuple(_state(name, found) for name, found in latest.items())),
            Section(title="Record", tables=(Table(columns=("day", "plugin", "state", "id", "by", "note"), rows=rows),)),
        ),
        summaries={Verdict.PASSED: "All plugins are published.", Verdict.FAILED: "Not all plugins are published."},
        data={"submissions": [_document(name, found) for name, found in latest.items()]},
    )


@verb("record", group=marketplace, help="Record what the portal shows for PLUGIN; submits nothing.")
@click.argument("plugin")
@click.argument("state", type=click.Choice(list(STATES), case_sensitive=False))
@click.option("--on", "day", help="The day, as YYYY-MM-DD; by default today.")
@click.option("--by", "person", help="Who saw it; by default the name of the login.")
@click.option("--id", "identifier", default="", help="The submission's id, once there is one.")
@click.option("--note", default="", help="Further notes.")
@_RECORD
def record(
    *, plugin: str, state: str, day: str | None, person: str | None, identifier: str, note: str, path: Path | None
) -> Report:
    """Return the submission as it is now recorded."""
    listing, kept = Listing.read(), Submissions(path=path or SUBMISSIONS)
    listing.plugin(plugin)
    today = datetime.now(UTC).date()
    seen = Submission(
        plugin=plugin,
        state=state,
        on=today.isoformat() if day is None else day,
        by=_login() if person is None else person,
        id=identifier,
        note=note,
    )
    kept.add(seen, today=today)
    return Report(
        title="Submission",
        kind="marketplace record",
        sections=(Section(intro=f"{plugin}: {state}, seen on {seen.on}. {STATES[state]}".strip()),),
        summaries={Verdict.PASSED: f"Recorded in {shown(kept.path)}: commit it."},
        examined=1,
        data={"submissions": [_document(plugin, seen)]},
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise Problem("this machine does not report your user name", remedy="Give it: --by NAME.") from None


def _state(name: str, found: Submission | None) -> Finding:
    if found is None:
        remedy = f"A person submits it at {_PORTAL}, then runs `launch marketplace record {name} STATE`."
        return Finding(subject=name, name="submission", verdict=Verdict.FAILED, detail=NEVER, remedy=remedy)
    verdict = Verdict.PASSED if found.state == PUBLISHED else Verdict.FAILED
    detail = f"{found.state}, seen on {found.on} by {found.by}"
    return Finding(subject=name, name="submission", verdict=verdict, detail=detail, remedy=STATES[found.state])


def _document(name: str, found: Submission | None) -> dict[str, str]:
    if found is None:
        return {"plugin": name, "state": NEVER, "on": "", "by": "", "id": "", "note": ""}
    return {
        "plugin": name,
        "state": found.state,
        "on": found.on,
        "by": found.by,
        "id": found.id,
        "note": found.note,
    }


def _beside(listing: Listing) -> Section:
    rows = tuple((each.name, each.category, "; ".join(map(str, each.prices))) for each in listing.plugins)
    return Section(
        title="Beside the format", intro=_BESIDE, tables=(Table(columns=("plugin", "category", "prices"), rows=rows),)
    )


def _write(folder: Path, rendered: dict[str, str]) -> None:
    try:
        for name, text in rendered.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        what = f"{CATALOGUE} and the rest cannot be written ({error.strerror})"
        raise Problem(what, where=str(folder), remedy="Name another folder.") from None
