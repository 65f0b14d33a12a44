"""``tarl compliance``: requirements, what a journal shows about them, and what is demanded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.commands.compliance_demands import assessors, demands, lift, require
from tarl.interfaces.cli.complying import (
    assessed,
    by_option,
    component_argument,
    component_of,
    framework_option,
    open_rooms,
    signer_of,
    tenant_option,
)
from tarl.interfaces.cli.files import stdout_by_default
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.spans import DURATION

if TYPE_CHECKING:
    from tarl.governance.compliance.assess import Assessment
    from tarl.provenance.attestations.statement import Subject

FORMATS = ("markdown", "html", "json", "oscal", "cyclonedx")


@click.group(short_help="What requirements say, and what the journal shows about them.")
def compliance() -> None:
    """Requirements of nine frameworks, and what the journal shows about a component.

    A COMPONENT is journal, workflow:NAME, agent:ID or artifact:SHA256. A REQUIREMENT is
    FRAMEWORK:ID, such as "eu-ai-act:Art. 12(1)". What neither the journal nor a signed statement
    shows is unknown, and unknown is never met.
    """


@compliance.command("catalogs", short_help="List the frameworks, or one framework's entries.")
@click.argument("framework", metavar="[FRAMEWORK]", required=False)
@click.option("--all", "everything", is_flag=True, help="Headings and definitions too.")
@common_options
@click.pass_obj
def list_catalogs(invocation: Invocation, framework: str | None, everything: bool) -> None:
    """List the frameworks with their licences, or the requirements of one."""
    from tarl.governance.compliance.catalog import catalog, catalogs
    from tarl.governance.compliance.controls import controls_by_requirement

    columns: tuple[str, ...] = ("framework", "entries", "assessable", "name", "licence")
    if framework is None:
        rows: list[tuple[Any, ...]] = [
            (each.framework, len(each.requirements), each.assessable, each.name, each.licence)
            for each in catalogs()
        ]
    else:
        bearing = controls_by_requirement()
        chosen = catalog(framework).requirements
        rows = [
            (
                each.ref,
                each.role,
                str(each.applies_from or ""),
                " ".join(control.id for control, _ in bearing.get(each.ref, ())),
                each.title or each.text,
            )
            for each in chosen
            if everything or each.is_assessable
        ]
        columns = ("requirement", "role", "applies from", "controls", "title")
    _listed(invocation, "catalogs", columns, rows)


@compliance.command("facts", short_help="List what can be declared of a component.")
@common_options
@click.pass_obj
def list_facts(invocation: Invocation) -> None:
    """List the facts that can be declared of a component, and their values."""
    from tarl.governance.compliance.facts import FACTS, NONE

    rows = [
        (fact.name, " ".join((*fact.choices, NONE)) if fact.choices else "yes no", fact.asks)
        for fact in FACTS
    ]
    _listed(invocation, "facts", ("fact", "values", "asks"), rows)


@compliance.command("map", short_help="Hold a component to requirements.")
@component_argument
@click.argument("requirements", nargs=-1, metavar="[REQUIREMENT]...")
@click.option("--remove", is_flag=True, help="Hold it to them no longer.")
@click.option("--list", "only_list", is_flag=True, help="Show what it is held to.")
@click.option("--by", metavar="NAME", help="Who says so; on record.")
@tenant_option
@common_options
@click.pass_obj
def map_component(
    invocation: Invocation,
    /,
    component: str,
    requirements: tuple[str, ...],
    remove: bool,
    only_list: bool,
    by: str | None,
    tenant: str,
) -> None:
    """Hold COMPONENT to REQUIREMENTs: `assess --mapped` then asks for those alone."""
    if not only_list and (by is None or not requirements):
        raise click.UsageError("Say REQUIREMENT... and --by NAME, or --list.")
    with open_rooms(invocation, make=not only_list) as rooms:
        meant = component_of(component, tenant)
        if only_list:
            standing = rooms.compliance.standing(meant)
        elif remove:
            standing = rooms.compliance.unmap(meant, requirements, by=by or "")
        else:
            standing = rooms.compliance.map(meant, requirements, by=by or "")
    if invocation.output.as_json:
        mapped = list(standing.requirements)
        invocation.output.document("compliance.map", component=meant.ref, requirements=mapped)
        return
    for ref in standing.requirements:
        invocation.output.data(ref)


@compliance.command("declare", short_help="Declare facts of a component.")
@component_argument
@click.argument("facts", nargs=-1, required=True, metavar="FACT=VALUE...")
@by_option
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@tenant_option
@common_options
@click.pass_obj
def declare(
    invocation: Invocation,
    /,
    component: str,
    facts: tuple[str, ...],
    by: str,
    reason: str,
    tenant: str,
) -> None:
    """Declare what no journal shows: what COMPONENT is meant for, and as what you act.

    The risk class under the AI Act, and what does not apply, follow from what is declared, with
    who declared it. What nobody declares is unknown, and leaves everything applicable.
    """
    from tarl.governance.compliance.facts import parse, written
    from tarl.governance.compliance.risk import classify

    given = [parse(text) for text in facts]
    with open_rooms(invocation, make=True) as rooms:
        meant = component_of(component, tenant)
        for name, value in given:
            standing = rooms.compliance.declare(meant, name, value, by=by, reason=reason)
    risk = classify(standing.facts)
    if invocation.output.as_json:
        said = {name: written(fact.value) for name, fact in sorted(standing.facts.items())}
        invocation.output.document(
            "compliance.declare",
            component=meant.ref,
            facts=said,
            risk_class=risk.risk_class,
            missing=list(risk.missing),
        )
        return
    invocation.output.data(f"{meant.ref}: risk class {risk.risk_class}")
    if risk.missing:
        invocation.output.note(f"not declared: {', '.join(risk.missing)}")


@compliance.command("subjects", short_help="Show what statements about a component are about.")
@component_argument
@tenant_option
@common_options
@click.pass_obj
def show_subjects(invocation: Invocation, component: str, tenant: str) -> None:
    """Show the digests that statements about COMPONENT's content are about, the first to sign.

    Of a workflow these are its newest registered artifact, and the code of its newest run.
    """
    from tarl.governance.compliance.component import contents, require_known

    with open_rooms(invocation) as rooms:
        meant = component_of(component, tenant)
        require_known(rooms.store, meant)
        found = contents(rooms.store, meant)
    if invocation.output.as_json:
        invocation.output.document(
            "compliance.subjects", component=meant.ref, contents=found, name=meant.name_digest
        )
        return
    for digest in found:
        invocation.output.data(digest)
    if not found:
        invocation.output.note("it has no content of its own: assessments are about its name")


@compliance.command("evidence", short_help="Show what bears on one requirement.")
@component_argument
@click.argument("requirement", metavar="REQUIREMENT")
@tenant_option
@common_options
@click.pass_obj
def evidence(invocation: Invocation, component: str, requirement: str, tenant: str) -> None:
    """Show what the journal has for REQUIREMENT, control by control, and what is missing."""
    from tarl.governance.compliance.catalog import requirement as find
    from tarl.governance.compliance.gaps import ways
    from tarl.governance.compliance.reports.data import result_data

    about = find(requirement)
    with open_rooms(invocation) as rooms:
        found = rooms.compliance.assess(component_of(component, tenant), requirements=[about])
    (result,) = found.results
    closing = list(ways(result, found)) if result.status in ("unknown", "unmet") else []
    if invocation.output.as_json:
        invocation.output.document(
            "compliance.evidence", **{**result_data(result), "text": about.text, "closes": closing}
        )
        return
    dates = about.applies_from
    invocation.output.fields(
        (
            ("requirement", about.ref),
            ("cite as", about.citation if about.positional else None),
            ("says", about.text or about.title or None),
            ("applies from", dates and f"{dates} (as published; it may have moved)"),
            ("status", result.status),
            ("why", result.why),
            ("controls", ", ".join(f"{id} ({how})" for id, how in result.controls) or None),
        )
    )
    for each in (*result.evidence, *result.against):
        sign = "-" if each in result.against else "+"
        invocation.output.data(f"  {sign} {each.what} ({each.counted}) {' '.join(each.refs)}")
    for way in closing:
        invocation.output.data(f"  ? {way}")


@compliance.command("assess", short_help="Assess a component, as the journal is now.")
@component_argument
@framework_option
@click.option("--mapped", is_flag=True, help="Only what it is mapped to.")
@tenant_option
@common_options
@click.pass_obj
def assess(
    invocation: Invocation, component: str, frameworks: tuple[str, ...], mapped: bool, tenant: str
) -> None:
    """Count the statuses of COMPONENT's requirements, by framework."""
    from tarl.governance.compliance.assess import totals

    with open_rooms(invocation) as rooms:
        found = assessed(rooms, component, frameworks, tenant, mapped=mapped)
    rows = [(name, *totals(found.of(name))) for name in found.frameworks]
    rows.append(("all", *totals(found.results)))
    columns = ("framework", "entries", "assessable", "met", "unmet", "unknown", "not applicable")
    if invocation.output.as_json:
        keys = [name.replace(" ", "_") for name in columns]
        invocation.output.document(
            "compliance.assess",
            component=found.component,
            risk_class=found.risk.risk_class,
            frameworks=[dict(zip(keys, row, strict=True)) for row in rows],
        )
        return
    invocation.output.table(columns, rows)
    invocation.output.note(f"risk class under the AI Act: {found.risk.risk_class}")


@compliance.command("report", short_help="Write the whole assessment.")
@component_argument
@framework_option
@click.option("--mapped", is_flag=True, help="Only what it is mapped to.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How it is written (default: markdown, with --json json).",
)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    callback=stdout_by_default,
    help="Where to (default: standard output).",
)
@tenant_option
@common_options
@click.pass_obj
def report(
    invocation: Invocation,
    /,
    component: str,
    frameworks: tuple[str, ...],
    mapped: bool,
    form: str | None,
    output: str | None,
    tenant: str,
) -> None:
    """Write the assessment of COMPONENT: a page for people, or OSCAL and CycloneDX for tools."""
    from tarl.interfaces.cli.files import write_whole

    form = form or ("json" if invocation.output.as_json else "markdown")
    with open_rooms(invocation) as rooms:
        found = assessed(rooms, component, frameworks, tenant, mapped=mapped)
        data = _written(found, form, rooms.store)
    if output is None:
        invocation.output.data(data.decode().removesuffix("\n"))
        return
    size = write_whole(Path(output), [data])
    if invocation.output.as_json:
        invocation.output.document("compliance.report", file=output, format=form, size_bytes=size)
        return
    invocation.output.note(f"wrote {output}: {size} bytes")


@compliance.command("gaps", short_help="List what is open, and what would close it.")
@component_argument
@framework_option
@click.option("--mapped", is_flag=True, help="Only what it is mapped to.")
@click.option("--all", "everything", is_flag=True, help="Also those that no control bears on.")
@tenant_option
@common_options
@click.pass_obj
def list_gaps(
    invocation: Invocation,
    /,
    component: str,
    frameworks: tuple[str, ...],
    mapped: bool,
    everything: bool,
    tenant: str,
) -> None:
    """List the requirements of COMPONENT that are not met, with the evidence that would close them.

    Those that only a person can attest to are left out unless --all or --mapped asks for them.
    """
    from tarl.governance.compliance.controls import controls_by_requirement
    from tarl.governance.compliance.gaps import gaps

    with open_rooms(invocation) as rooms:
        found = assessed(rooms, component, frameworks, tenant, mapped=mapped)
    bearing = controls_by_requirement()
    every = gaps(found)
    shown = [g for g in every if everything or mapped or g.result.requirement.ref in bearing]
    if invocation.output.as_json:
        rows = [
            {
                "requirement": gap.result.requirement.ref,
                "status": gap.result.status,
                "why": gap.result.why,
                "closes": list(gap.ways),
            }
            for gap in shown
        ]
        invocation.output.document("compliance.gaps", component=found.component, gaps=rows)
        return
    for gap in shown:
        invocation.output.data(f"{gap.result.requirement.ref}: {gap.result.status}")
        invocation.output.data(f"  {gap.result.why}")
        for way in gap.ways:
            invocation.output.data(f"  ? {way}")
    left = len(every) - len(shown)
    if left:
        invocation.output.note(f"{left} more that only a person can attest to: --all")


@compliance.command("attest", short_help="Sign what you found about a requirement.")
@component_argument
@click.argument("requirement", metavar="REQUIREMENT")
@click.option(
    "--status",
    required=True,
    metavar="STATUS",
    help="What you found: met, unmet or not_applicable.",
)
@click.option("--statement", required=True, metavar="TEXT", help="Why: what you looked at.")
@click.option("--as", "who", required=True, metavar="PRINCIPAL", help="Who signs.")
@click.option(
    "--evidence",
    "files",
    multiple=True,
    metavar="FILE",
    help="What you looked at: its digest is signed. May be repeated.",
)
@click.option(
    "--expires",
    "expires_ms",
    metavar="DURATION",
    type=DURATION,
    default="365d",
    show_default=True,
    help="Counts no more after this time: 90d.",
)
@click.option(
    "--whatever-content", is_flag=True, help="It holds for other code than today's as well."
)
@tenant_option
@common_options
@click.pass_obj
def attest(
    invocation: Invocation, /, component: str, requirement: str, who: str, tenant: str, **said: Any
) -> None:
    """Sign that COMPONENT meets REQUIREMENT, or does not, or that it does not apply.

    The statement is about the component's content as it is now: of other code it says nothing.
    """
    with open_rooms(invocation) as rooms:
        signed = rooms.compliance.attest(
            component_of(component, tenant),
            requirement,
            said["status"],
            said["statement"],
            signer=signer_of(invocation, rooms.store, who, tenant),
            evidence=[_digested(file) for file in said["files"]],
            expires_ms=said["expires_ms"],
            whatever_content=said["whatever_content"],
        )
    if invocation.output.as_json:
        invocation.output.document(
            "compliance.attest",
            attestation=signed.id,
            signers=list(signed.signers),
            predicate=signed.predicate,
        )
        return
    invocation.output.data(signed.id)


for _command in (assessors, demands, lift, require):
    compliance.add_command(_command)


# --- inside


def _listed(
    invocation: Invocation, name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> None:
    if invocation.output.as_json:
        keys = [column.replace(" ", "_") for column in columns]
        found = [dict(zip(keys, row, strict=True)) for row in rows]
        invocation.output.document(f"compliance.{name}", **{name: found})
        return
    invocation.output.table(columns, rows)


def _written(found: Assessment, form: str, store: Any) -> bytes:
    import json

    from tarl.governance.compliance.reports.data import data
    from tarl.governance.compliance.reports.html import html
    from tarl.governance.compliance.reports.markdown import markdown
    from tarl.governance.compliance.reports.oscal import oscal

    if form == "markdown":
        return markdown(found).encode()
    if form == "html":
        return html(found).encode()
    if form == "cyclonedx":
        from tarl.governance.compliance.reports.bill import declared_bill
        from tarl.provenance.bom import cyclonedx

        return cyclonedx.write(declared_bill(store, found))
    value = data(found) if form == "json" else oscal(found)
    return (json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _digested(file: str) -> Subject:
    from tarl.interfaces.cli.promotions import subject_of

    return subject_of(file)
