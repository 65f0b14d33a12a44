"""``tarl promote``: an artifact goes on when signed evidence says so; for people and for CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tarl.errors import Conflict
from tarl.interfaces.cli.code_loading import code_option, load_all
from tarl.interfaces.cli.commands.promotion_looks import export, status, verify
from tarl.interfaces.cli.files import PIPE
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.program import command
from tarl.interfaces.cli.promotions import (
    ENVIRONMENTS,
    OUTCOMES,
    as_option,
    environment_option,
    open_rooms,
    pipeline_option,
    pipeline_or_last,
    read_pipeline_file,
    reason_option,
    require_place,
    say_stated,
    saying,
    signer_of,
    subject_argument,
    subject_of,
    tenant_option,
    write_envelope,
)

if TYPE_CHECKING:
    from tarl.governance.promotion.ledger import Promotion
    from tarl.provenance.attestations.statement import Subject


class _PromoteGroup(click.Group):
    """``tarl promote SUBJECT ...`` is ``tarl promote request SUBJECT ...``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click, with the command that may be left out."""
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["request", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_PromoteGroup, short_help="Promote artifacts by signed evidence.")
def promote() -> None:
    """Promote an artifact when the gates of a pipeline pass: tarl promote SUBJECT --from dev ...

    SUBJECT is a file or the SHA-256 of one: statements are about digests, never about names. The
    word request may be left out.
    """


@promote.command("request", short_help="Ask the gates before a step, and decide.")
@subject_argument
@click.option("--from", "source", required=True, type=ENVIRONMENTS, help="Where it is.")
@click.option("--to", "target", required=True, type=ENVIRONMENTS, help="Where it is to go.")
@click.option("--pipeline", "pipeline_file", required=True, metavar="FILE", help="The pipeline.")
@click.option(
    "-o", "--output", "out", metavar="FILE", help="Write the signed decision there; - is stdout."
)
@click.option("--again", is_flag=True, help="State the same answer once more, dated now.")
@as_option
@code_option
@tenant_option
@common_options
@click.pass_obj
def request(
    invocation: Invocation,
    /,
    subject: str,
    source: str,
    target: str,
    pipeline_file: str,
    out: str | None,
    again: bool,
    who: str | None,
    code: tuple[str, ...],
    tenant: str,
) -> int:
    """Ask every gate of the pipeline that stands before --to, and sign what they come to.

    The decision is a SLSA verification summary over the digest. It ends with 0 if it PASSED, 11 if
    it FAILED and 12 if it is INCONCLUSIVE, which is signed by nobody: something is missing. --code
    loads gates that are functions.
    """
    require_place(invocation, out)
    pipeline = read_pipeline_file(pipeline_file)
    load_all(invocation, code)
    with open_rooms(invocation) as rooms:
        what = subject_of(subject, artifacts=rooms.artifacts, tenant=tenant)
        pipeline.check_step(source, target)
        signer = signer_of(rooms, invocation, who, pipeline.verifiers, tenant=tenant)
        made = rooms.promotions.promote(
            what, source, target, pipeline, signer=signer, again=again, tenant=tenant
        )
    if out is not None and made.statement is not None:
        write_envelope(invocation, out, made.statement.envelope)
    _say(invocation, made, what, target=out)
    return OUTCOMES[made.outcome]


@promote.command("approve", short_help="Approve an artifact, signed with your own key.")
@subject_argument
@environment_option
@click.option("--reject", is_flag=True, help="Reject it instead.")
@click.option("--reason", default="", metavar="TEXT", help="Why; signed and kept for good.")
@click.option("--as", "who", required=True, metavar="PRINCIPAL", help="Who you are.")
@tenant_option
@common_options
@click.pass_obj
def approve(
    invocation: Invocation,
    /,
    subject: str,
    environment: str,
    reject: bool,
    reason: str,
    who: str,
    tenant: str,
) -> None:
    """Say yes to SUBJECT in an environment, or no with --reject.

    A rejection fails the gate until the same person approves. Whoever made an artifact is not
    counted.
    """
    decision = "reject" if reject else "approve"
    with open_rooms(invocation) as rooms:
        what = subject_of(subject, artifacts=rooms.artifacts, tenant=tenant)
        signer = signer_of(rooms, invocation, who, (who,), tenant=tenant)
        made = rooms.words.answer(
            what, environment, decision, reason=reason, signer=signer, tenant=tenant
        )
    say_stated(invocation, "promote.approve", what, made.id, f"{who}: {decision} in {environment}")


@promote.command("revoke", short_help="Take back that an artifact may be in an environment.")
@subject_argument
@environment_option
@reason_option
@pipeline_option
@click.option(
    "-o", "--output", "out", metavar="FILE", help="Write the signed statement there; - is stdout."
)
@as_option
@tenant_option
@common_options
@click.pass_obj
def revoke(
    invocation: Invocation,
    /,
    subject: str,
    environment: str,
    reason: str,
    pipeline_file: str | None,
    out: str | None,
    who: str | None,
    tenant: str,
) -> None:
    """Sign a FAILED statement that is newer than every decision that it takes back.

    It stands, whatever the gates say, until one of the pipeline's revokers reinstates the artifact.
    """
    require_place(invocation, out)
    with open_rooms(invocation) as rooms:
        what = subject_of(subject, artifacts=rooms.artifacts, tenant=tenant)
        pipeline = pipeline_or_last(rooms, pipeline_file, what, environment, tenant)
        signer = signer_of(rooms, invocation, who, pipeline.revokers, tenant=tenant)
        made = rooms.words.revoke(
            what, environment, pipeline, reason=reason, signer=signer, tenant=tenant
        )
    if out is not None:
        write_envelope(invocation, out, made.envelope)
    told = f"revoked in {environment}: {reason}"
    say_stated(invocation, "promote.revoke", what, made.id, told, target=out)


@promote.command("reinstate", short_help="Lift a revocation; the gates decide anew.")
@subject_argument
@environment_option
@reason_option
@pipeline_option
@as_option
@tenant_option
@common_options
@click.pass_obj
def reinstate(
    invocation: Invocation,
    /,
    subject: str,
    environment: str,
    reason: str,
    pipeline_file: str | None,
    who: str | None,
    tenant: str,
) -> None:
    """Lift the revocations of SUBJECT in an environment; it is promoted when its gates pass again.

    One of the pipeline's revokers says so, and nobody about what they made themselves.
    """
    with open_rooms(invocation) as rooms:
        what = subject_of(subject, artifacts=rooms.artifacts, tenant=tenant)
        pipeline = pipeline_or_last(rooms, pipeline_file, what, environment, tenant)
        signer = signer_of(rooms, invocation, who, pipeline.revokers, tenant=tenant)
        made = rooms.words.reinstate(
            what, environment, pipeline, reason=reason, signer=signer, tenant=tenant
        )
    ids = [each.id for each in made]
    say_stated(
        invocation, "promote.reinstate", what, *ids, f"may be asked for in {environment} again"
    )


@promote.command("init", short_help="Write a pipeline to begin with.")
@click.argument("file", metavar="[FILE]", default="pipeline.toml")
@common_options
@click.pass_obj
def init(invocation: Invocation, file: str) -> None:
    """Write an example pipeline to FILE (pipeline.toml when left out), to be changed by hand."""
    from tarl.governance.promotion.pipeline_file import example_text
    from tarl.interfaces.cli.files import PIPE, write_out

    path = Path(file)
    if file != PIPE and path.exists():
        raise Conflict(
            f"{path} is there already",
            code="output.exists",
            next_step="name another file, or move it away",
            path=str(path),
        )
    write_out(invocation.output, file, [example_text().encode()])
    if invocation.output.as_json:
        invocation.output.document("promote.init", file=file)
        return
    create, wrote = command("principals", "create"), "" if file == PIPE else f"wrote {path}; "
    invocation.output.note(f"{wrote}name its verifiers and signers: {create}")


for _each in (status, export, verify):
    promote.add_command(_each)


# --- inside


def _say(invocation: Invocation, made: Promotion, what: Subject, *, target: str | None) -> None:
    """The table of gates, and what they came to; notes where standard output holds the decision."""
    output, decided, said = invocation.output, made.decided, made.request.said
    id = decided.statement
    if output.as_json:
        output.document(
            "promote.request",
            subject=what.sha256,
            name=what.name,
            request=made.request.id,
            outcome=made.outcome,
            gates=list(decided.results),
            statement=id,
            repeats=decided.repeats,
            by=decided.by,
            pipeline=said.digest,
            **{"from": said.source, "to": said.target},
        )
        return
    rows = [
        (result["gate"], result["outcome"], "" if result["required"] else "optional")
        for result in decided.results
    ]
    say = saying(invocation, target)
    if target == PIPE:
        for row in rows:
            say(" ".join(row).rstrip())
    else:
        output.table(("gate", "answer", ""), rows)
    for result in decided.results:
        for reason in result["reasons"]:
            say(f"{result['gate']}: {reason['text']}")
    signed = f"signed by {decided.by} in {id}" if id else "signed by nobody"
    say(f"{made.outcome}: {what.name} from {said.source} to {said.target}, {signed}")
