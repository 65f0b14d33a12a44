"""``tarl explain``: what an error code means and what to try."""

from __future__ import annotations

import click

from tarl.errors import Missing
from tarl.interfaces.cli.exits import EXITS
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.program import as_typed


@click.command(short_help="Say what an error code means.")
@click.argument("code", metavar="[CODE]", required=False)
@common_options
@click.pass_obj
def explain(invocation: Invocation, code: str | None) -> None:
    """Say what an error code means and what to try; without a code, list all of them.

    `tarl explain exits` lists the exit codes.
    """
    from tarl.interfaces.cli.explanations import EXPLANATIONS
    from tarl.interfaces.cli.explanations import explain as look_up

    own = {name: e for name, e in sorted(EXPLANATIONS.items()) if not name.endswith(".")}
    output = invocation.output
    if code == "exits":
        if output.as_json:
            output.document("explain", exits=[exit_._asdict() for exit_ in EXITS])
        else:
            output.fields((str(exit_.code), exit_.meaning) for exit_ in EXITS)
        return
    if code is None:
        if output.as_json:
            output.document("explain", codes={k: v._asdict() for k, v in own.items()})
        else:
            output.fields((name, e.means) for name, e in own.items())
        return
    found = look_up(code)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(code, own, n=3)
        raise Missing(
            f"no error has the code {code!r}",
            code="explain.unknown",
            next_step=f"one of: {', '.join(near)}" if near else "tarl explain lists all codes",
        )
    if output.as_json:
        output.document("explain", code=code, means=found.means, advice=found.advice)
    else:
        advice = as_typed(found.advice)
        output.fields([("code", code), ("means", found.means), ("try", advice)])
