"""``tarl verify``: evidence, runs and signed statements, and whether an agent may do something
now.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Missing
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.files import PIPE, at_hand
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.spans import DURATION
from tarl.interfaces.cli.statements import is_statement, verify_statement

if TYPE_CHECKING:
    from tarl.interfaces.cli.output import Output
    from tarl.trust.decision import Decision, Level

LEVELS: dict[str, Level] = {"quick": "QUICK", "standard": "STANDARD", "full": "FULL"}
_EXITS = {"allow": exits.OK, "hold": exits.WAITING, "deny": exits.DENIED}


@click.command(
    short_help="Verify evidence, a run, a statement, or whether an agent may do something."
)
@click.argument("subject", metavar="FILE|RUN|AGENT")
@click.argument("action", metavar="[ACTION]", required=False)
@click.argument("resource", metavar="[RESOURCE]", required=False)
@click.option(
    "--root", metavar="KEY", help="The maker's root key: text or file (default: one's own)."
)
@click.option("--checkpoint", metavar="NOTE", help="A checkpoint of the log, known before.")
@click.option("--witness", metavar="KEY", multiple=True, help="Must have cosigned the log.")
@click.option(
    "--key",
    "keys",
    metavar="KEY",
    multiple=True,
    help="Of a statement: who must have signed it, as text or file (may be repeated; default: a"
    " principal of the journal, or the operator).",
)
@click.option("--files", metavar="DIR", help="Of a statement: where all its subjects are files.")
@click.option(
    "--max-age",
    "max_age_ms",
    metavar="DURATION",
    type=DURATION,
    help="Of a statement: how long ago it may have been recorded: 30d.",
)
@click.option("--task", metavar="NAME", help="With ACTION: for which task.")
@click.option(
    "--arg",
    "arguments",
    metavar="NAME=JSON",
    multiple=True,
    help="With ACTION: an argument (may be repeated).",
)
@click.option(
    "--spend",
    "spends",
    metavar="UNIT=AMOUNT",
    multiple=True,
    help="With ACTION: what it takes of a budget, in minor units.",
)
@click.option("--read", is_flag=True, help="With ACTION: it only reads.")
@click.option("--text", is_flag=True, help="With ACTION: it returns text.")
@click.option(
    "--level",
    type=click.Choice(tuple(LEVELS)),
    help="With ACTION: how thoroughly (default: standard).",
)
@common_options
@click.pass_obj
def verify(
    invocation: Invocation,
    /,
    subject: str,
    action: str | None,
    resource: str | None,
    root: str | None,
    checkpoint: str | None,
    witness: tuple[str, ...],
    keys: tuple[str, ...],
    files: str | None,
    max_age_ms: int | None,
    **asked: Any,
) -> int:
    """Verify an evidence file, or the evidence of a run in the journal, and say what is proved.

    The same as the separate program `tarl-verify`. The exit code is 6 when anything is wrong.
    `-` reads evidence or a statement from standard input.

    Of a statement that somebody signed (`tarl attest -o FILE`): say who signed it, whether files
    beside it are what was signed, and, where it was drawn from this journal, what the journal says
    otherwise.

    With ACTION: say whether AGENT may do it now on RESOURCE, and why or why not. The exit code is 0
    when it may, 4 when it may not, and 5 when a person must approve it first. Nothing is done and
    nothing is charged.
    """
    if action is None:
        if any(asked.values()):
            raise click.UsageError("Say which action: tarl verify AGENT ACTION [RESOURCE].")
        anchors = {"root": root, "checkpoint": checkpoint, "witness": witness}
        with at_hand(subject) as file:
            if is_statement(file):
                if any(anchors.values()):
                    raise click.UsageError("--root, --checkpoint and --witness are for evidence.")
                beside = Path() if subject == PIPE else file.parent
                return verify_statement(
                    invocation,
                    file,
                    keys=keys,
                    directory=files,
                    beside=beside,
                    max_age_ms=max_age_ms,
                )
            _refuse_statement_options(keys, files, max_age_ms)
            return _verify_evidence(invocation, subject, file, anchors)
    if root or checkpoint or witness:
        raise click.UsageError("--root, --checkpoint and --witness are for evidence.")
    _refuse_statement_options(keys, files, max_age_ms)
    return _verify_agent(invocation, subject, action, resource, **asked)


def _verify_evidence(
    invocation: Invocation, subject: str, file: Path, anchors: dict[str, Any]
) -> int:
    from tarl.interfaces.cli.commands.evidence import verify_evidence

    try:
        return verify_evidence(invocation, str(file), **anchors)
    except Missing as error:
        if error.code == "run.missing":
            error.next_step = f"tarl runs ls; of an agent ask: tarl verify {subject} ACTION"
        raise


def _refuse_statement_options(
    keys: tuple[str, ...], files: str | None, max_age_ms: int | None
) -> None:
    if keys or files is not None or max_age_ms is not None:
        raise click.UsageError("--key, --files and --max-age are for the file of a statement.")


def _verify_agent(
    invocation: Invocation,
    name: str,
    action: str,
    resource: str | None,
    *,
    task: str | None,
    arguments: tuple[str, ...],
    spends: tuple[str, ...],
    read: bool,
    text: bool,
    level: str | None,
) -> int:
    from tarl.interfaces.cli.grant_words import amounts_of, arguments_of
    from tarl.interfaces.cli.trust import one_tenant, open_trust

    given, amounts = arguments_of(arguments), amounts_of(spends)
    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant) as trust:
        trust.agent(agent)
        decision = trust.operations.verify(
            agent,
            action,
            resource,
            LEVELS[level or "standard"],
            context=given,
            task_id=task,
            access="read" if read else "write",
            output="text" if text else "data",
            spends=amounts,
        )
    verdict = type(decision.verdict).__name__.lower()
    if invocation.output.as_json:
        asked = {"agent": agent, "tenant": tenant, "action": action, "resource": resource}
        invocation.output.document(
            "verify.agent", **asked, task=task, verdict=verdict, **_data(decision)
        )
    else:
        _show(invocation.output, decision, f"{agent}: {action}", verdict)
    return _EXITS[verdict]


def _data(decision: Decision) -> dict[str, Any]:
    effective = decision.effective
    return {
        "level": decision.level.lower(),
        "at_ms": decision.at_ms,
        "grant": decision.grant,
        "chain": decision.chain,
        "effective": None if effective is None else effective.as_data(),
        "reasons": [reason.as_data() for reason in decision.reasons],
        "checked": list(decision.checked),
    }


def _show(output: Output, decision: Decision, what: str, verdict: str) -> None:
    output.data(f"{verdict}: {what}")
    for reason in decision.reasons:
        output.data(f"  {reason.text} ({reason.code})")
    for line in decision.checked:
        output.data(f"  checked: {line}")
