"""``tarl check``: static checks of workflow code, without running it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.invocation import Invocation, common_options


@click.command(short_help="Check workflows' code without running it.")
@click.argument("file", metavar="FILE[:WORKFLOW]")
@common_options
@click.pass_obj
def check(invocation: Invocation, file: str) -> int:
    """Check the workflows that FILE defines, without running them.

    Finds what would not replay (clocks, dice, files, order of sets ...) and calls that the
    workflow's manifest does not hold. The file itself is executed, as an import is. The exit code
    is 2 when an error is found; warnings leave it at 0.
    """
    import msgspec

    from tarl.interfaces.cli.code_loading import load_file, workflow_at, workflows_in
    from tarl.kernel.analysis.review import analyse

    invocation.keep_stdout_for_data()
    path = Path(file)
    if path.exists() or ":" not in file:
        workflows = list(dict.fromkeys(workflows_in(load_file(path)).values()))
    else:
        workflows = [workflow_at(invocation, file)[0]]
    found: list[dict[str, Any]] = [
        {"workflow": workflow.name, **msgspec.to_builtins(finding)}
        for workflow in workflows
        for finding in analyse(workflow)
    ]
    names = [workflow.name for workflow in workflows]
    output = invocation.output
    if output.as_json:
        output.document("check", workflows=names, findings=found)
    else:
        for finding in found:
            place = f"{finding['file']}:{finding['line']}"
            output.data(f"{place}: {finding['severity']} {finding['code']}: {finding['message']}")
            output.data(f"    use {finding['instead']}")
        output.note(f"{len(found)} findings in {len(names)} workflows: {', '.join(names)}")
    has_errors = any(finding["severity"] == "error" for finding in found)
    return exits.INVALID if has_errors else exits.OK
