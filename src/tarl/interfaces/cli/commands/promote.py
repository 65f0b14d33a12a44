"""``tarl promote``: an artifact goes on when signed evidence says so; for people and for CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Conflict, Missing
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.code_loading import code_option, load_all
from tarl.interfaces.cli.invocation import Invocation, common_options, home_tenant
from tarl.interfaces.cli.promotions import (
    Rooms,
    keys_of,
    open_rooms,
    read_envelopes,
    read_pipeline_file,
    signer_of,
    subject_of,
    write_envelope,
)
from tarl.interfaces.cli.spans import DURATION

if TYPE_CHECKING:
    from tarl.governance.promotion.ledger import Promotion
    from tarl.governance.promotion.pipeline import Pipeline
    from tarl.governance.promotion.standing import Place
    from tarl.governance.promotion.state import Way
    from tarl.provenance.attestations.statement import Subject

OUTCOMES = {
    "PASSED": exits.OK,
    "FAILED": exits.NOT_PROMOTED,
    "INCONCLUSIVE": exits.INCONCLUSIVE,
    "NOT PROVED": exits.CORRUPT,
}
ENVIRONMENTS = click.Choice(("dev", "stage", "prod"))

subject_argument = click.argument("subject", metavar="SUBJECT")
as_option = click.option(
    "--as", "who", metavar="PRINCIPAL", help="Who signs (default: the one who may, if here)."
)
pipeline_option = click.option(
    "--pipeline", "pipeline_file", metavar="FILE", help="The pipeline (default: the last one's)."
)
environment_option = click.option(
    "--in", "environment", required=True, type=ENVIRONMENTS, help="In which environment."
)
reason_option = click.option(
    "--reason", required=True, metavar="TEXT", help="Why; signed and kept for good."
)
tenant_option = click.option(
    "--tenant", default=home_tenant, help="Whose it is (default: --as-tenant, else default)."
)


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
@click.option("-o", "--output", "out", metavar="FILE", help="Write the signed decision there.")
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
        write_envelope(out, made.statement.envelope)
    _say(invocation, made, what)
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
    _stated(invocation, "promote.approve", what, made.id, f"{who}: {decision} in {environment}")


@promote.command("revoke", short_help="Take back that an artifact may be in an environment.")
@subject_argument
@environment_option
@reason_option
@pipeline_option
@click.option("-o", "--output", "out", metavar="FILE", help="Write the signed statement there.")
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
    with open_rooms(invocation) as rooms:
        what = subject_of(subject, artifacts=rooms.artifacts, tenant=tenant)
        pipeline = _pipeline(rooms, pipeline_file, what, environment, tenant)
        signer = signer_of(rooms, invocation, who, pipeline.revokers, tenant=tenant)
        made = rooms.words.revoke(
            what, environment, pipeline, reason=reason, signer=signer, tenant=tenant
        )
    if out is not None:
        write_envelope(out, made.envelope)
    _stated(invocation, "promote.revoke", what, made.id, f"revoked in {environment}: {reason}")


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
        pipeline = _pipeline(rooms, pipeline_file, what, environment, tenant)
        signer = signer_of(rooms, invocation, who, pipeline.revokers, tenant=tenant)
        made = rooms.words.reinstate(
            what, environment, pipeline, reason=reason, signer=signer, tenant=tenant
        )
    ids = [each.id for each in made]
    _stated(invocation, "promote.reinstate", what, *ids, f"may be asked for in {environment} again")


@promote.command("status", short_help="Where artifacts stand.")
@click.argument("subject", metavar="[SUBJECT]", required=False)
@pipeline_option
@click.option("--in", "environment", type=ENVIRONMENTS, help="Only in this environment.")
@click.option("--outcome", metavar="WORD", help="Only PASSED, FAILED, INCONCLUSIVE, REVOKED ...")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 1_000), help="At most so many."
)
@click.option("--cursor", type=click.IntRange(min=1), help="Go on where a listing ended.")
@tenant_option
@common_options
@click.pass_obj
def status(
    invocation: Invocation,
    /,
    subject: str | None,
    pipeline_file: str | None,
    environment: str | None,
    outcome: str | None,
    limit: int,
    cursor: int | None,
    tenant: str,
) -> None:
    """Say where SUBJECT stands by the statements about it, or list what was done last about all."""
    with open_rooms(invocation) as rooms:
        if subject is None:
            _list(invocation, rooms, environment, outcome, limit, cursor, tenant)
            return
        what = subject_of(subject, artifacts=rooms.artifacts, tenant=tenant)
        pipeline = _pipeline(rooms, pipeline_file, what, None, tenant)
        places = rooms.promotions.places(what.sha256, pipeline, tenant=tenant)
        way = rooms.promotions.way(what.sha256, tenant=tenant)
    chosen = {name: place for name, place in places.items() if environment in (None, name)}
    _say_places(invocation, what, pipeline, chosen, way)


@promote.command("export", short_help="Write the decision that counts into a file.")
@subject_argument
@environment_option
@click.option("-o", "--output", "out", required=True, metavar="FILE", help="Where to.")
@pipeline_option
@tenant_option
@common_options
@click.pass_obj
def export(
    invocation: Invocation,
    /,
    subject: str,
    environment: str,
    out: str,
    pipeline_file: str | None,
    tenant: str,
) -> None:
    """Write the signed statement by which SUBJECT stands as it does in an environment."""
    with open_rooms(invocation) as rooms:
        what = subject_of(subject, artifacts=rooms.artifacts, tenant=tenant)
        pipeline = _pipeline(rooms, pipeline_file, what, environment, tenant)
        place = rooms.promotions.places(what.sha256, pipeline, tenant=tenant).get(environment)
        if place is None or place.by is None:
            raise Missing(
                f"nothing was decided about {what.sha256[:12]} in {environment}",
                code="promotion.undecided",
                next_step="tarl promote status SUBJECT",
            )
        made = rooms.words.statement(place.by.id, tenant=tenant)
    write_envelope(out, made.envelope)
    _stated(invocation, "promote.export", what, made.id, f"{place.word} in {environment}: {out}")


@promote.command("verify", short_help="Check a decision offline, without a journal.")
@click.argument("file", metavar="FILE")
@click.option(
    "--key",
    "key_words",
    metavar="KEY",
    multiple=True,
    required=True,
    help="Whose decisions are trusted: a public key or its file (may be repeated).",
)
@click.option("--artifact", required=True, metavar="SUBJECT", help="What is at hand.")
@click.option("--in", "environment", required=True, type=ENVIRONMENTS, help="Where it is to be.")
@click.option("--pipeline", "pipeline_file", metavar="FILE", help="It must be decided by this one.")
@click.option(
    "--against",
    metavar="FILE",
    multiple=True,
    help="Statements laid beside it: one that says FAILED and is newer wins (may be repeated).",
)
@click.option("--max-age", "max_age_ms", type=DURATION, metavar="DURATION", help="How old at most.")
@common_options
@click.pass_obj
def verify(
    invocation: Invocation,
    /,
    file: str,
    key_words: tuple[str, ...],
    artifact: str,
    environment: str,
    pipeline_file: str | None,
    against: tuple[str, ...],
    max_age_ms: int | None,
) -> int:
    """Say what FILE proves about an artifact in an environment to whoever trusts the keys.

    It ends with 0 if it proves that it PASSED, 11 if it, or what is laid beside it, says FAILED,
    and 6 if it proves neither. What it could not check is printed too.
    """
    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.promotion.checking import Wanted, check

    (first, *others) = read_envelopes(file)
    beside = [*others, *(each for name in against for each in read_envelopes(name))]
    wanted = Wanted(
        sha256=subject_of(artifact).sha256,
        environment=environment,
        at_ms=SystemClock().now_ms(),
        pipeline=None if pipeline_file is None else read_pipeline_file(pipeline_file),
        max_age_ms=max_age_ms,
    )
    found = check(first, keys_of(key_words), wanted, beside=beside)
    if invocation.output.as_json:
        invocation.output.document("promote.verify", **found.as_data())
        return OUTCOMES[found.outcome]
    output = invocation.output
    output.data(found.outcome)
    for each in found.checks:
        output.data(f"  {'ok ' if each.holds else 'NO '} {each.name}: {each.text}")
    for text in found.unknown:
        output.data(f"  not proved: {text}")
    return OUTCOMES[found.outcome]


@promote.command("init", short_help="Write a pipeline to begin with.")
@click.argument("file", metavar="[FILE]", default="pipeline.toml")
@common_options
@click.pass_obj
def init(invocation: Invocation, file: str) -> None:
    """Write an example pipeline to FILE (pipeline.toml when left out), to be changed by hand."""
    from tarl.governance.promotion.pipeline_file import example_text
    from tarl.interfaces.cli.files import write_whole

    path = Path(file)
    if path.exists():
        raise Conflict(
            f"{path} is there already",
            code="output.exists",
            next_step="name another file, or move it away",
            path=str(path),
        )
    write_whole(path, [example_text().encode()])
    if invocation.output.as_json:
        invocation.output.document("promote.init", file=file)
        return
    invocation.output.note(f"wrote {path}; name its verifiers and signers: tarl principals create")


# --- inside


def _pipeline(
    rooms: Rooms, file: str | None, what: Subject, environment: str | None, tenant: str
) -> Pipeline:
    """The pipeline of a file, else the one of the last request."""
    if file is not None:
        return read_pipeline_file(file)
    return rooms.promotions.pipeline_of(what.sha256, environment, tenant=tenant)


def _say(invocation: Invocation, made: Promotion, what: Subject) -> None:
    """The table of gates, and what they came to."""
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
    output.table(("gate", "answer", ""), rows)
    for result in decided.results:
        for reason in result["reasons"]:
            output.data(f"{result['gate']}: {reason['text']}")
    signed = f"signed by {decided.by} in {id}" if id else "signed by nobody"
    output.data(f"{made.outcome}: {what.name} from {said.source} to {said.target}, {signed}")


def _stated(invocation: Invocation, command: str, what: Subject, *said: str) -> None:
    """The ids of statements, and what they come to."""
    (*ids, text) = said
    if invocation.output.as_json:
        invocation.output.document(command, subject=what.sha256, statements=ids)
        return
    for id in ids:
        invocation.output.data(id)
    invocation.output.note(f"{what.name}: {text}")


def _say_places(
    invocation: Invocation, what: Subject, pipeline: Pipeline, places: dict[str, Place], way: Way
) -> None:
    from tarl.values.instants import isoformat_ms

    rows = [
        {
            "environment": name,
            "place": place.word,
            "by": None if place.by is None else ", ".join(place.by.signers),
            "at": None if place.by is None else isoformat_ms(place.by.at_ms),
            "statement": None if place.by is None else place.by.id,
            "reason": None if place.by is None else place.by.reason or None,
        }
        for name, place in places.items()
    ]
    asked = None if way.open is None else f"{way.open.said.source} to {way.open.said.target}"
    if invocation.output.as_json:
        invocation.output.document(
            "promote.status",
            subject=what.sha256,
            pipeline=pipeline.digest,
            places=rows,
            open=None if way.open is None else way.open.id,
        )
        return
    columns = ("environment", "place", "by", "at", "statement", "reason")
    shown = [{**row, "statement": (row["statement"] or "")[:12]} for row in rows]
    invocation.output.table(columns, [[row[c] for c in columns] for row in shown])
    if asked:
        invocation.output.note(f"asked for and not decided: {asked}; ask again to take it up")


def _list(
    invocation: Invocation,
    rooms: Rooms,
    environment: str | None,
    outcome: str | None,
    limit: int,
    cursor: int | None,
    tenant: str,
) -> None:
    from tarl.values.instants import isoformat_ms

    page = rooms.promotions.ls(
        environment=environment, outcome=outcome, limit=limit, cursor=cursor, tenant=tenant
    )
    rows: list[dict[str, Any]] = [
        {
            "subject": row["sha256"],
            "name": row["name"],
            "environment": row["environment"],
            "outcome": row["outcome"],
            "at": isoformat_ms(row["at_ms"]),
            "statement": row["statement"],
        }
        for row in page.items
    ]
    if invocation.output.as_json:
        invocation.output.document("promote.status", promotions=rows, cursor=page.cursor)
        return
    columns = ("subject", "name", "environment", "outcome", "at")
    shown = [{**row, "subject": row["subject"][:12]} for row in rows]
    invocation.output.table(columns, [[row[c] for c in columns] for row in shown])
    if page.cursor is not None:
        invocation.output.note(f"more: --cursor {page.cursor}")
