"""``tarl status``: how the journal stands, in one look."""

from __future__ import annotations

import click

from tarl.interfaces.cli.invocation import Invocation, common_options


@click.command(short_help="How the journal stands, in one look.")
@common_options
@click.pass_obj
def status(invocation: Invocation) -> None:
    """How the journal stands: runs, queues, timers, approvals, nodes, checkpoints, files.

    Sections of which the journal has nothing are left out; --json has them all.
    """
    from tarl.interfaces.cli.snapshots import show, taken

    with invocation.open_store() as store:
        snapshot = taken(invocation, store)
    if invocation.output.as_json:
        invocation.output.document("status", **snapshot.as_data())
    else:
        show(invocation.output, snapshot, tables=False)
