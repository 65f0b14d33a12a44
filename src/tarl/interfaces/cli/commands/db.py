"""``tarl db``: back up, check and compact the journal."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.output import Output

TELL_EVERY_S = 2.0


@click.group(short_help="Back up, check and compact the journal.")
def db() -> None:
    """Back up, check and compact the journal."""


@db.command(short_help="Copy the journal while it is in use.")
@click.argument("target", metavar="FILE")
@common_options
@click.pass_obj
def backup(invocation: Invocation, target: str) -> None:
    """Copy the journal to FILE, which must not exist yet.

    The journal may be in use meanwhile; the copy is a sound journal of one moment.
    """
    from tarl.journal import maintenance

    invocation.require_operator()
    invocation.require_journal()
    report = maintenance.backup(
        invocation.file, Path(target), progress=LongWork(invocation.output).tell
    )
    _show(invocation, "backup", report)


@db.command(short_help="Check the journal from end to end.")
@click.option("--deep", is_flag=True, help="Open every body and large value as well.")
@common_options
@click.pass_obj
def check(invocation: Invocation, deep: bool) -> int:
    """Check the file, its index, every chain, the log, its checkpoints and the tables of runs.

    A database's own pages are its server's to check. Nothing is changed. The exit code is 6 when
    something is wrong.
    """
    from tarl.journal import maintenance
    from tarl.journal.check import check_store
    from tarl.journal.place import shown
    from tarl.kernel.events import UPCASTERS
    from tarl.storage import PROJECTIONS

    invocation.require_operator()
    invocation.require_journal()
    keyring = invocation.keyring if invocation.keyring.exists() else None
    how: dict[str, Any] = {
        "projections": PROJECTIONS,
        "deep": deep,
        "upcasters": UPCASTERS,
        "progress": LongWork(invocation.output).tell,
    }
    if isinstance(invocation.db, Path):
        report = maintenance.check(invocation.db, keyring, **how)
    else:
        with invocation.open_store() as store:
            report = check_store(store, keyring, place=shown(invocation.db), **how)
    _show(invocation, "check", report)
    return exits.OK if report.is_sound else exits.CORRUPT


@db.command(short_help="Give unused space back.")
@common_options
@click.pass_obj
def compact(invocation: Invocation) -> None:
    """Give unused space back to the file system; no event is removed.

    The index by stream is made anew from the events, which undoes damage to it (journal.index).
    Nobody else may have the journal open meanwhile.
    """
    from tarl.journal import maintenance

    invocation.require_operator()
    invocation.require_journal()
    _show(invocation, "compact", maintenance.compact(invocation.file))


@db.command(short_help="Move the journal's file to a database.")
@click.argument("url", metavar="URL")
@common_options
@click.pass_obj
def migrate(invocation: Invocation, url: str) -> None:
    """Move the journal's file to the empty database at URL (postgresql://user@host/name).

    Every event keeps its place, so chains, proofs, checkpoints and evidence stay as they are. The
    file is checked first, locked meanwhile, and afterwards marked as moved: it can still be read.
    Nobody else may have it open.
    """
    from tarl.kernel.events import UPCASTERS
    from tarl.storage import move_to_database

    invocation.require_operator()
    invocation.require_journal()
    keyring = invocation.keyring
    report = move_to_database(
        invocation.file,
        url,
        keyring=keyring if keyring.exists() else None,
        upcasters=UPCASTERS,
        progress=LongWork(invocation.output).tell,
    )
    _show(invocation, "migrate", report)


class LongWork:
    """Says on stderr how far something is, when it takes long."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._told_s = time.monotonic()

    def tell(self, phase: str, done: int, total: int) -> None:
        """So much of a phase is done; said every now and then."""
        now_s = time.monotonic()
        if now_s - self._told_s >= TELL_EVERY_S:
            self._told_s = now_s
            percent = f" ({100 * done // total} %)" if total else ""
            self._output.note(f"{phase}: {done} of {total}{percent}")


def _show(invocation: Invocation, command: str, report: object) -> None:
    import msgspec

    data: dict[str, Any] = msgspec.to_builtins(report)
    output = invocation.output
    if output.as_json:
        output.document(f"db.{command}", **data)
        return
    findings = data.pop("findings", None)
    output.fields((name.replace("_", " "), value) for name, value in data.items())
    if findings == []:
        output.fields([("findings", "none")])
    for finding in findings or ():
        output.data(f"FOUND {finding['message']} [{finding['code']}]")
