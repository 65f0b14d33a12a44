"""``tarl compliance require`` and its like: attestations without which workflows take no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.complying import by_option, open_rooms, tenant_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.spans import DURATION, shown_ms

if TYPE_CHECKING:
    from tarl.governance.compliance.demand import Demand


@click.command("require", short_help="Demand attestations before workflows take effect.")
@click.argument("demand", metavar="ID")
@click.option(
    "--workflow",
    "workflows",
    multiple=True,
    required=True,
    metavar="PATTERN",
    help="Which workflows, by name; * stands for anything. May be repeated.",
)
@click.option(
    "--predicate",
    "predicates",
    multiple=True,
    required=True,
    metavar="TYPE",
    help="Which statement: a URI, slsa-provenance, test-result, review ... May be repeated.",
)
@click.option(
    "--signer",
    "signers",
    multiple=True,
    required=True,
    metavar="PRINCIPAL",
    help="Whose signature counts. May be repeated.",
)
@click.option(
    "--threshold",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many of the signers must have signed.",
)
@click.option(
    "--max-age", "max_age_ms", type=DURATION, metavar="DURATION", help="How old it may be."
)
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="NAME",
    help="Only in dev, stage or prod. May be repeated (default: everywhere).",
)
@by_option
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@tenant_option
@common_options
@click.pass_obj
def require(invocation: Invocation, /, demand: str, by: str, tenant: str, **asked: Any) -> None:
    """Have no workflow of a matching name take an effect without signed statements about its code.

    A new edition under the same ID takes the place of the one before. It counts from the next
    effect on, in every process, also for runs that are under way.
    """
    from tarl.governance.compliance.events import Need

    needs = [
        Need(
            predicate_type=predicate,
            signers=asked["signers"],
            threshold=asked["threshold"],
            max_age_ms=asked["max_age_ms"] or 0,
        )
        for predicate in asked["predicates"]
    ]
    with open_rooms(invocation, make=True) as rooms:
        found = rooms.demands.require(
            demand,
            asked["workflows"],
            needs,
            by=by,
            environments=asked["environments"],
            reason=asked["reason"],
            tenant=tenant,
        )
    if invocation.output.as_json:
        invocation.output.document("compliance.require", demand=_data(found))
        return
    invocation.output.data(f"{found.id} version {found.said.version}")


@click.command("lift", short_help="Demand it no longer.")
@click.argument("demand", metavar="ID")
@by_option
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@tenant_option
@common_options
@click.pass_obj
def lift(invocation: Invocation, demand: str, by: str, reason: str, tenant: str) -> None:
    """Lift a demand: from the next effect on nothing is asked for because of it."""
    with open_rooms(invocation) as rooms:
        rooms.demands.lift(demand, by=by, reason=reason, tenant=tenant)
    if invocation.output.as_json:
        invocation.output.document("compliance.lift", demand=demand)
        return
    invocation.output.note(f"{demand} is lifted")


@click.command("demands", short_help="List what is demanded.")
@tenant_option
@common_options
@click.pass_obj
def demands(invocation: Invocation, tenant: str) -> None:
    """List the demands that are in force."""
    with open_rooms(invocation) as rooms:
        found = [_data(each) for each in rooms.demands.in_force(tenant=tenant)]
    if invocation.output.as_json:
        invocation.output.document("compliance.demands", demands=found)
        return
    columns = ("demand", "version", "workflows", "needs", "environments", "by")
    rows = [
        [
            row["demand"],
            row["version"],
            " ".join(row["workflows"]),
            "; ".join(_need(need) for need in row["needs"]),
            " ".join(row["environments"]),
            row["by"],
        ]
        for row in found
    ]
    invocation.output.table(columns, rows)


@click.command("assessors", short_help="Say, or show, whose assessments count.")
@click.argument("names", nargs=-1, metavar="[PRINCIPAL]...")
@click.option("--anybody", is_flag=True, help="Those of all people, as at first.")
@click.option("--by", metavar="NAME", help="Who says so; on record.")
@tenant_option
@common_options
@click.pass_obj
def assessors(
    invocation: Invocation, names: tuple[str, ...], anybody: bool, by: str | None, tenant: str
) -> None:
    """Say whose signed assessments count from now on; without PRINCIPALs, show it.

    As long as nobody is named, those of people and of the operator count, and not those of agents
    and services.
    """
    if (bool(names) and anybody) or ((names or anybody) and by is None):
        raise click.UsageError("Say PRINCIPAL... or --anybody, and --by NAME.")
    with open_rooms(invocation, make=bool(names)) as rooms:
        if names or anybody:
            rooms.compliance.name_assessors(names, by=by or "", tenant=tenant)
        found = rooms.compliance.assessors(tenant=tenant)
    if invocation.output.as_json:
        invocation.output.document("compliance.assessors", assessors=list(found))
        return
    for name in found:
        invocation.output.data(name)
    if not found:
        invocation.output.note("those of all people, and of the operator")


def _data(each: Demand) -> dict[str, Any]:
    from tarl.values.plain import plain

    said = plain(each.said)
    return {"demand": each.id, **said}


def _need(need: dict[str, Any]) -> str:
    age = f", at most {shown_ms(need['max_age_ms'])} old" if need["max_age_ms"] else ""
    return f"{need['predicate_type']} by {need['threshold']} of {' '.join(need['signers'])}{age}"
