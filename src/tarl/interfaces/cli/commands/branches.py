"""``tarl diff`` and ``tarl fork``: what runs did differently, and another run from a past point."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Missing
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.run_refs import RUN_REF

if TYPE_CHECKING:
    from tarl.kernel.difference import Difference, Side


@click.command(short_help="Show what two runs did differently.")
@click.argument("a", metavar="A", type=RUN_REF)
@click.argument("b", metavar="B", type=RUN_REF)
@common_options
@click.pass_obj
def diff(invocation: Invocation, a: str, b: str) -> None:
    """Show what two runs did differently, event by event.

    A and B may name events (RUN@N): only the events up to there are compared. Times, seeds and the
    runs' own names are left out. The exit code is 0 whether or not they differ; see `first` with
    --json.
    """
    from tarl.interfaces.cli.recorded import tail
    from tarl.interfaces.cli.run_refs import find_point
    from tarl.kernel.difference import difference

    with invocation.open_store() as store:
        points = [find_point(store, text) for text in (a, b)]
        found = difference(*(tail(store, run, until=at) for run, at in points))
    refs = [point.run.ref for point in points]
    if invocation.output.as_json:
        invocation.output.document("diff", a=refs[0], b=refs[1], **_as_data(found))
    else:
        _show(invocation, found, refs)


def _as_data(found: Difference) -> dict[str, Any]:
    return {
        "first": found.first,
        "common": found.common,
        "length_a": found.length_a,
        "length_b": found.length_b,
        "pairs": [
            {"change": pair.change, "a": _side(pair.a), "b": _side(pair.b)} for pair in found.pairs
        ],
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    body = None if side.body is None else json.loads(side.body)
    return {"seq": side.seq, "kind": side.kind, "body": body}


def _show(invocation: Invocation, found: Difference, refs: list[str]) -> None:
    output = invocation.output
    if found.first is None:
        output.data(f"{refs[0]} and {refs[1]} did the same: {found.common} events")
        return
    output.data(f"the first {found.common} events are the same; event {found.first} differs")
    output.data(f"--- {refs[0]} ({found.length_a} events)")
    output.data(f"+++ {refs[1]} ({found.length_b} events)")
    for pair in found.pairs:
        if pair.change == "same" and pair.a is not None:
            output.data(f"  {_line(pair.a)}")
            continue
        if pair.a is not None:
            output.data(f"- {_line(pair.a)}")
        if pair.b is not None:
            output.data(f"+ {_line(pair.b)}")


def _line(side: Side) -> str:
    return f"{side.seq:>5}  {side.kind:<18}  {(side.body or b'(erased)').decode()}"


@click.command(short_help="Start a new run from a past point.")
@click.argument("point", metavar="RUN@N", type=RUN_REF)
@click.option(
    "--input", "input_text", metavar="JSON|@FILE|-", help="Another input (default: the same)."
)
@click.option("--id", "workflow_id", metavar="ID", help="The new run's id (default: the same id).")
@code_option
@common_options
@click.pass_obj
def fork(
    invocation: Invocation,
    point: str,
    input_text: str | None,
    workflow_id: str | None,
    code: tuple[str, ...],
) -> None:
    """Start a new run that shares the first N events of RUN, and print its result.

    The outcomes up to event N are taken over, no effect of theirs is repeated; from there on the
    code decides anew, with other input or other code if given.
    """
    from tarl.interfaces.cli.code_loading import load_all, with_code_hint
    from tarl.interfaces.cli.commands.run import wait_for
    from tarl.interfaces.cli.input_text import read_json
    from tarl.interfaces.cli.run_refs import find_event

    invocation.require_journal()
    options: dict[str, Any] = {}
    if input_text is not None:
        options["input"] = read_json(input_text, option="--input")
    if workflow_id is not None:
        options["id"] = workflow_id
    load_all(invocation, code)

    async def work() -> None:
        async with invocation.open_runtime(must_exist=True) as runtime:
            run_id, at = find_event(runtime.journal, point)
            try:
                handle = await runtime.fork(run_id, at=at, **options)
            except Missing as error:
                retry = ["fork", f"{run_id.ref}@{at}"]
                raise with_code_hint(invocation, error, retry=retry) from None
            await wait_for(
                invocation, runtime, handle, code=code[0] if code else None, command="fork"
            )

    asyncio.run(work())
