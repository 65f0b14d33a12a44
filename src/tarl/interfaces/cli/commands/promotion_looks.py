"""Looking at promotions: where artifacts stand, a decision as a file, and checking one offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Missing
from tarl.interfaces.cli.files import PIPE
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.promotions import (
    ENVIRONMENTS,
    OUTCOMES,
    Rooms,
    environment_option,
    keys_of,
    open_rooms,
    pipeline_option,
    pipeline_or_last,
    read_envelopes,
    read_pipeline_file,
    require_place,
    say_stated,
    subject_argument,
    subject_of,
    tenant_option,
    write_envelope,
)
from tarl.interfaces.cli.spans import DURATION

if TYPE_CHECKING:
    from tarl.governance.promotion.pipeline import Pipeline
    from tarl.governance.promotion.standing import Place
    from tarl.governance.promotion.state import Way
    from tarl.provenance.attestations.statement import Subject


@click.command("status", short_help="Where artifacts stand.")
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
        pipeline = pipeline_or_last(rooms, pipeline_file, what, None, tenant)
        places = rooms.promotions.places(what.sha256, pipeline, tenant=tenant)
        way = rooms.promotions.way(what.sha256, tenant=tenant)
    chosen = {name: place for name, place in places.items() if environment in (None, name)}
    _say_places(invocation, what, pipeline, chosen, way)


@click.command("export", short_help="Write the decision that counts into a file.")
@subject_argument
@environment_option
@click.option("-o", "--output", "out", required=True, metavar="FILE", help="The file; - is stdout.")
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
    require_place(invocation, out)
    with open_rooms(invocation) as rooms:
        what = subject_of(subject, artifacts=rooms.artifacts, tenant=tenant)
        pipeline = pipeline_or_last(rooms, pipeline_file, what, environment, tenant)
        place = rooms.promotions.places(what.sha256, pipeline, tenant=tenant).get(environment)
        if place is None or place.by is None:
            raise Missing(
                f"nothing was decided about {what.sha256[:12]} in {environment}",
                code="promotion.undecided",
                next_step="tarl promote status SUBJECT",
            )
        made = rooms.words.statement(place.by.id, tenant=tenant)
    write_envelope(invocation, out, made.envelope)
    told = f"{place.word} in {environment}: {'standard output' if out == PIPE else out}"
    say_stated(invocation, "promote.export", what, made.id, told, target=out)


@click.command("verify", short_help="Check a decision offline, without a journal.")
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


# --- inside


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
