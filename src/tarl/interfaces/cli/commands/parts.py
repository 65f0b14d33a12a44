"""``tarl runs parts``: what steps gave of their results before these were whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.run_refs import RUN_REF

if TYPE_CHECKING:
    from tarl.journal.store import Store
    from tarl.values.ids import RunId


@click.command(short_help="Print partial output of a run's steps.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.option("-f", "--follow", is_flag=True, help="Wait for further parts until the run ends.")
@click.option("--step", type=click.IntRange(min=1), help="Of this step alone.")
@common_options
@click.pass_obj
def parts(invocation: Invocation, run: str, follow: bool, step: int | None) -> None:
    """Print what a run's steps gave of their results as they went (tarl.emit), texts joined."""
    from tarl.interfaces.cli.output import json_text
    from tarl.interfaces.cli.run_refs import find_point

    output, before = invocation.output, None
    with invocation.open_store() as store, invocation.following(follow) as wait:
        run_id, _ = find_point(store, run)
        for said in _told(store, run_id, wait=wait):
            if step not in (None, said["step"]):
                continue
            if output.as_json:
                output.document("runs.parts", run=run_id.ref, **said)
                continue
            place = said["step"], said["attempt"]
            if place != before:
                output.data(f"step {place[0]}, attempt {place[1]}:")
                before = place
            text = "".join(p if isinstance(p, str) else json_text(p) + "\n" for p in said["parts"])
            output.data(text.rstrip("\n"))


def _told(
    store: Store, run: RunId, *, wait: Callable[[], object] | None
) -> Iterator[dict[str, Any]]:
    import msgspec

    from tarl.kernel.history import verified

    def growing() -> Iterator[Any]:
        seq = 0
        while True:
            record = store.get("run", run.tenant, run.workflow_id, run.n)
            is_open = record is not None and record["status"] == "running"
            for event in store.read(stream, after=seq):
                yield event
                seq = event.seq
            if wait is None or not is_open:
                return
            wait()

    stream = "parts/" + run.stream.partition("/")[2]
    for event in verified(stream, growing()):
        if event.body is not None:  # else its content was erased
            yield {"seq": event.seq, **msgspec.json.decode(event.body)}
