"""``tarl top``: the journal as it changes, on a terminal or as lines."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.journal.place import shown

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tarl.journal.store import Store
    from tarl.telemetry.status import Snapshot

LOOK_AT_LEAST_EVERY_S = 5.0
"""On a terminal the ages go on although nothing has changed."""


class Ended(BaseException):
    """The process was told to end: the terminal is put back first."""


@click.command(short_help="Watch runs, queues and nodes.")
@click.option("--once", is_flag=True, help="Show it once and end.")
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(min=0.05, max=3_600),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Look for changes so often.",
)
@common_options
@click.pass_obj
def top(invocation: Invocation, once: bool, every_s: float) -> None:
    """Watch runs, queues and nodes. Ctrl-C ends it.

    What is shown follows the journal, whoever writes to it. Without a terminal each change is
    printed below the one before; --json prints one object a line.
    """
    from tarl.interfaces.cli.snapshots import taken

    output = invocation.output
    with invocation.open_store() as store, _ending_well():
        if once:
            _print(invocation, taken(invocation, store))
        elif output.as_json or output.plain or not output.stdout.isatty():
            for number, snapshot in enumerate(_snapshots(invocation, store, every_s)):
                if number and not output.as_json:
                    output.data("")
                _print(invocation, snapshot)
                output.stdout.flush()
        else:
            _draw(invocation, store, every_s)


def _snapshots(
    invocation: Invocation, store: Store, every_s: float, *, at_least_s: float | None = None
) -> Iterator[Snapshot]:
    """A snapshot now and after each change."""
    from tarl.interfaces.cli.snapshots import taken

    while True:
        # Asked before the snapshot is taken: what is committed meanwhile is shown next time.
        revision, since = store.revision(), time.monotonic()
        yield taken(invocation, store)
        while True:
            time.sleep(every_s)
            if store.revision() != revision:
                break
            if at_least_s is not None and time.monotonic() - since >= at_least_s:
                break


def _print(invocation: Invocation, snapshot: Snapshot) -> None:
    from tarl.interfaces.cli.snapshots import show

    if invocation.output.as_json:
        invocation.output.document("top", **snapshot.as_data())
    else:
        show(invocation.output, snapshot, tables=True)


def _draw(invocation: Invocation, store: Store, every_s: float) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console(file=invocation.output.stdout, highlight=False)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for snapshot in _snapshots(invocation, store, every_s, at_least_s=LOOK_AT_LEAST_EVERY_S):
            live.update(screen_of(snapshot, db=shown(invocation.db)), refresh=True)


def screen_of(snapshot: Snapshot, *, db: str) -> RenderableType:
    """The snapshot as it is drawn."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from tarl.interfaces.cli.output import cell, printable
    from tarl.interfaces.cli.snapshots import fields, listings

    parts: list[RenderableType] = [Text(f"tarl top   {printable(db)}   Ctrl-C ends", style="bold")]
    lines = Table.grid(padding=(0, 2))
    for name, text in fields(snapshot):
        lines.add_row(Text(name, style="dim"), Text(printable(text)))
    parts.append(lines)
    for columns, rows in listings(snapshot):
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(*(Text(cell(value)) for value in row))
        parts.append(table)
    return Group(*parts)


@contextmanager
def _ending_well() -> Iterator[None]:
    """Leave quietly on Ctrl-C and on SIGTERM, with the terminal as it was."""

    def on_term(number: int, frame: FrameType | None) -> None:
        raise Ended

    before = signal.signal(signal.SIGTERM, on_term)
    try:
        yield
    except (KeyboardInterrupt, Ended):
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
