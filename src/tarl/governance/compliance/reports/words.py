"""What reports say in the same words, whatever their form."""

from __future__ import annotations

from tarl.governance.compliance.assess import Assessment, Result, Status
from tarl.governance.compliance.catalog import catalog, data_file
from tarl.values.instants import isoformat_ms

STATUS_WORDS: dict[Status, str] = {
    "met": "met",
    "unmet": "unmet",
    "unknown": "unknown",
    "not_applicable": "not applicable",
}

CAUTION = (
    "Unknown means that neither the journal nor a signed statement says so; it is never counted as"
    " met. This is evidence for an assessment, and no legal advice."
)


def origin(assessment: Assessment) -> tuple[tuple[str, str], ...]:
    """Over what it was computed."""
    census, risk = assessment.census, assessment.risk
    names = ", ".join(assessment.assessors) or "any person, and the operator"
    missing = f" (not declared: {', '.join(risk.missing)})" if risk.missing else ""
    least = f", at least {risk.at_least}" if risk.at_least != risk.risk_class else ""
    return (
        ("Component", assessment.component),
        ("Tenant", census.component.tenant),
        ("As of", isoformat_ms(census.at_ms)),
        ("Journal", census.origin),
        ("Log", f"{census.log_size} events, root {census.root}"),
        ("Told by", f"{census.events} events in {census.streams} streams"),
        ("Risk class (AI Act)", f"{risk.risk_class}{least}{missing}"),
        ("Assessments count of", names),
    )


def heading(name: str) -> str:
    """A framework's heading."""
    return catalog(name).name


def notice(name: str) -> str:
    """Whose a catalog is, and what is said about its dates."""
    dates = data_file("dates.toml").get(name)
    said = f"Catalog: {catalog(name).licence}."
    if dates is None:
        return said
    caution = f"; {dates['caution']}" if "caution" in dates else ""
    return f"{said} Dates of application: {dates['source']}{caution}."


def named(each: Result) -> str:
    """How a requirement is named; a place that nobody else counts like that says so."""
    about = each.requirement
    return f"{about.id} (by place; cite {about.citation})" if about.positional else about.id


def places(each: Result) -> tuple[str, ...]:
    """What a result rests on, or what contradicts it, one a line."""
    return tuple(
        f"{e.what} ({e.counted}): {', '.join(e.refs)}" if e.refs else e.what
        for e in (each.against or each.evidence)
    )
