"""Read the accounts, and write the twin's folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from contract.problem import Problem
from contract.twin import FORMAT, MANIFEST, VENDORS
from launch.mirror import cloudflare, leaks, neon, vercel
from launch.mirror.database import Contents, RowsOf
from launch.mirror.masked import Rules
from launch.mirror.model import Document, Reading, Rows, Subject
from launch.mirror.synthetic import Synthetic
from vendors import Access, Cloudflare, Neon, Vercel

_WIDTH = 120


@dataclass(frozen=True, kw_only=True)
class Mirrored:
    """What was written, and what could not be read."""

    folder: Path
    reading: Reading
    counts: dict[str, int]
    """Maps a kind of object to its number."""


def mirror(
    access: Access,
    subject: Subject,
    folder: Path,
    *,
    pg_dump: Path | None,
    rows: Rows,
    rules: Rules | None = None,
    environment: Mapping[str, str] | None = None,
) -> Mirrored:
    """Write a twin of the accounts into `folder`, which must not exist or be an earlier twin.

    Every call is a GET, and the database is read in transactions that cannot write. Without `pg_dump` the databases of
    the twin are empty. The stack's `environment` locates the databases of a sandbox.

    Raises Problem, also if a vendor does not respond.
    """
    _require_own(folder)
    reading = Reading()
    contents = None
    if pg_dump is not None:
        address = {
            parameter: value
            for parameter, variable in (("hostaddr", "PGHOSTADDR"), ("port", "PGPORT"))
            if (value := (environment or {}).get(variable))
        }
        contents = Contents(reading=reading, pg_dump=pg_dump, address=address, rows=_rows(rows, rules))
    documents = _read(access, subject, reading, contents)
    manifest = {
        "format": FORMAT,
        "domain": subject.domain,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": str(rows),
        "tables": reading.tables,
        "unread": [asdict(each) for each in reading.unread],
    }
    texts = {f"{vendor}.yaml": _yaml(documents[vendor]) for vendor in VENDORS} | reading.files
    known = {access.cloudflare_token, access.vercel_token, access.neon_key, *reading.secrets}
    texts, notes = leaks.cleaned(texts, known)
    reading.notes += notes
    texts[MANIFEST] = _yaml(manifest | {"notes": reading.notes})
    _write(folder, texts)
    return Mirrored(folder=folder, reading=reading, counts=_counts(documents))


def _read(access: Access, subject: Subject, reading: Reading, contents: Contents | None) -> dict[str, Document]:
    """Read the three vendors at the same time."""

    def of_cloudflare() -> Document:
        client = Cloudflare.connect(access)
        with closing(client.api):
            return cloudflare.read(client, subject, reading)

    def of_vercel() -> Document:
        client = Vercel.connect(access)
        with closing(client.api):
            return vercel.read(client, reading)

    def of_neon() -> Document:
        client = Neon.connect(access)
        with closing(client.api):
            return neon.read(client, subject, reading, contents)

    with ThreadPoolExecutor() as pool:
        looks = [pool.submit(look) for look in (of_cloudflare, of_vercel, of_neon)]
        return {vendor: look.result() for vendor, look in zip(VENDORS, looks, strict=True)}


def _rows(rows: Rows, rules: Rules | None) -> RowsOf | None:
    if rows is Rows.SYNTHETIC:
        return lambda _connection, tables, reading: Synthetic.rows(tables, reading)
    return rules.rows if rows is Rows.MASKED and rules is not None else None


def _counts(documents: dict[str, Document]) -> dict[str, int]:
    cf, ve, ne = (documents[vendor] for vendor in VENDORS)

    def total(parts: dict[str, list[Any]]) -> int:
        return sum(map(len, parts.values()))

    return {
        "DNS records": total(cf["dns_records"]),
        "rulesets": total(cf["rulesets"]),
        "Workers": total(cf["workers"]),
        "Web Analytics sites": total(cf["web_analytics_sites"]),
        "Vercel projects": len(ve["projects"]),
        "domains": total(ve["domains"]),
        "variables": total(ve["variables"]),
        "deployments": total(ve["deployments"]),
        "Neon projects": len(ne["projects"]),
        "branches": sum(len(each["branches"]) for each in ne["projects"]),
    }


def _yaml(document: Any) -> str:  # noqa: ANN401 -- JSON
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=_WIDTH))


def _require_own(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        remedy = "Name a folder that does not exist, or one with an earlier twin, which is replaced."
        raise Problem("the folder holds something else", where=str(folder), remedy=remedy)


def _write(folder: Path, texts: dict[str, str]) -> None:
    """Write all files or none; an earlier twin is replaced. Raises Problem."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
            part = Path(beside) / "whole"
            for path, text in texts.items():
                target = part / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, "utf-8")
            part.chmod(0o755)
            if folder.exists():
                shutil.rmtree(folder)
            part.replace(folder)
    except OSError as error:
        raise Problem(
            f"the twin cannot be written: {error.strerror}", where=str(folder), remedy="Name another folder."
        ) from None
