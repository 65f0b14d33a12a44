"""``tarl doctor``: every setting with its origin, and whether the surroundings are sound."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tarl import __version__
from tarl.errors import TarlError
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.engines import engine_options, is_on_temporal
from tarl.interfaces.cli.findings import Finding
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.output import json_text
from tarl.interfaces.cli.program import as_typed
from tarl.journal.place import shown

if TYPE_CHECKING:
    from tarl.crypto.keys import Purpose

SQLITE_OLDEST = (3, 35, 0)
"""RETURNING is from 3.35."""

POSTGRES_OLDEST = 14

FREE_BYTES_LEAST = 100 * 1024 * 1024
NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.sshfs",
        "glusterfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)


WORKING_KEYS: tuple[Purpose, ...] = ("log", "operator")
"""Without these nothing runs."""


@click.command(short_help="Show settings and check the surroundings.")
@click.option("--config", is_flag=True, help="Only the settings, each with its origin.")
@click.option(
    "--mend", is_flag=True, help="On Temporal: register the search attributes that it lacks."
)
@engine_options
@common_options
@click.pass_obj
def doctor(invocation: Invocation, config: bool, mend: bool) -> int:
    """Show each setting's value and where it comes from, and check Python, the journal's
    surroundings (a file's: SQLite and the disk; a database's: its server) and keys.

    Where Temporal drives runs (the setting engine, or --engine temporal), its server is checked
    too: whether it answers, its version, the namespace and how long it keeps histories, whether
    the task queue has workers, search attributes, the size of payloads, and its clock.

    The exit code is 10 when something would keep tarl from working.
    """
    if mend and not is_on_temporal(invocation):
        raise click.UsageError("--mend goes with --engine temporal.")
    output = invocation.output
    settings = [
        {"setting": name, "value": _safe(value.value), "origin": value.origin}
        for name, value in invocation.settings.items()
    ]
    findings = [] if config else list(_findings(invocation))
    if not config and is_on_temporal(invocation):
        from tarl.interfaces.cli.temporal_health import temporal_findings

        findings += asyncio.run(temporal_findings(invocation, mend=mend))
    if output.as_json:
        output.document("doctor", settings=settings, checks=[f._asdict() for f in findings])
    else:
        rows = [(s["setting"], _shown(s["value"]), s["origin"]) for s in settings]
        output.table(("setting", "value", "origin"), rows)
        if findings:
            output.data("")
            output.table(("check", "status", "found"), [each[:3] for each in findings])
            for finding in findings:
                if finding.next_step:
                    output.data(f"  {finding.check}: {as_typed(finding.next_step)}")
    has_problem = any(finding.status == "problem" for finding in findings)
    return exits.INTERNAL if has_problem else exits.OK


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json_text(value)


def _safe(value: object) -> object:
    """A setting without the password that a database's URL may have in it."""
    return shown(value) if isinstance(value, str) else value


def _findings(invocation: Invocation) -> Iterator[Finding]:
    yield Finding("tarl", "ok", __version__)
    status = "ok" if sys.version_info >= (3, 11) else "problem"
    yield Finding("python", status, f"{platform.python_version()} at {sys.executable}")
    if isinstance(invocation.db, Path):
        yield from _around_a_file(invocation.db)
    else:
        yield from _around_a_database(invocation.db)
    yield _journal(invocation)
    yield _keys(invocation)


def _around_a_file(path: Path) -> Iterator[Finding]:
    yield _sqlite()
    directory = path.resolve().parent
    yield _directory(directory)
    if directory.is_dir():
        yield _file_system(directory)
        free_bytes = shutil.disk_usage(directory).free
        status = "ok" if free_bytes >= FREE_BYTES_LEAST else "warning"
        yield Finding("free space", status, f"{free_bytes // (1024 * 1024)} MiB")


def _around_a_database(url: str) -> Iterator[Finding]:
    """The server's version, and whether what it acknowledges is on its disk."""
    try:
        from tarl.journal.postgres.session import durability
    except ImportError:
        yield Finding("psycopg", "problem", "missing: pip install 'tarl[postgres]'")
        return
    try:
        version, weak = durability(url)
    except TarlError as error:
        yield Finding("postgresql", "problem", f"{error.message} ({error.code})")
        return
    old = "" if version >= POSTGRES_OLDEST else f", older than {POSTGRES_OLDEST}"
    yield Finding("postgresql", "problem" if old else "ok", f"{version}{old}")
    said = f"{', '.join(weak)}: acknowledged results may be lost" if weak else "commits are flushed"
    yield Finding("durability", "problem" if weak else "ok", said)


def _sqlite() -> Finding:
    import sqlite3

    status = "ok" if sqlite3.sqlite_version_info >= SQLITE_OLDEST else "problem"
    return Finding("sqlite", status, sqlite3.sqlite_version)


def _directory(directory: Path) -> Finding:
    if not directory.is_dir():
        return Finding("directory", "problem", f"{directory} does not exist")
    if not os.access(directory, os.W_OK):
        return Finding("directory", "problem", f"{directory} cannot be written")
    return Finding("directory", "ok", str(directory))


def _file_system(directory: Path) -> Finding:
    """WAL needs shared memory, which network file systems do not give."""
    kind = _mounted_as(directory)
    if kind in NETWORK_FILE_SYSTEMS:
        return Finding("file system", "warning", f"{kind}: a journal belongs on a local disk")
    return Finding("file system", "ok", kind or "unknown")


def _mounted_as(directory: Path) -> str | None:
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    best: tuple[int, str] | None = None
    for line in mounts:
        _, place, kind, *_ = line.split(" ")
        if directory.is_relative_to(place.replace("\\040", " ")) and (
            best is None or len(place) >= best[0]
        ):
            best = len(place), kind
    return best[1] if best else None


def _journal(invocation: Invocation) -> Finding:
    place = shown(invocation.db)
    if not invocation.has_journal():
        return Finding("journal", "ok", f"none yet at {place}")
    try:
        with invocation.open_store() as store:
            return Finding("journal", "ok", f"{place}, {store.log_size()} events")
    except TarlError as error:
        return Finding("journal", "problem", f"{error.message} ({error.code})")


def _keys(invocation: Invocation) -> Finding:
    keyring = invocation.keyring
    if not keyring.exists():
        return Finding("keys", "ok", f"none yet in {keyring.directory}; the first run makes them")
    try:
        for purpose in WORKING_KEYS:
            keyring.signer(purpose)
        if keyring.has("root"):
            keyring.signer("root")
            return Finding("keys", "ok", str(keyring.directory))
    except TarlError as error:
        return Finding("keys", "problem", f"{error.message} ({error.code})")
    try:
        keyring.certificates()
    except TarlError as error:
        found = f"{error.message}: runs cannot be exported here ({error.code})"
        return Finding("keys", "warning", found)
    return Finding("keys", "ok", f"{keyring.directory}; the root's is kept elsewhere")
