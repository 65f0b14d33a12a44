"""``tarl revoke``: what a revocation would stop, and the revocation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid, Missing
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.trust import propose_option

if TYPE_CHECKING:
    from tarl.interfaces.cli.output import Output
    from tarl.interfaces.cli.trust import Trust
    from tarl.trust.preview import Preview
    from tarl.trust.records import Target

NOUNS = ("agent", "authority", "human", "record")
SHOWN_MAX = 20
DIGEST_CHARS_MIN = 8


@click.command(short_help="Take authority away, with everything below it.")
@click.argument("target", metavar="TARGET")
@click.option("--reason", metavar="TEXT", help="Why; recorded for good.")
@click.option(
    "--as",
    "issuer",
    metavar="NAME",
    default="operator",
    show_default=True,
    help="Who says so: the operator, an authority or agent above, or whom it is about.",
)
@click.option("--dry-run", is_flag=True, help="Only show what it would stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@propose_option
@common_options
@click.pass_obj
def revoke(
    invocation: Invocation,
    target: str,
    reason: str | None,
    issuer: str,
    dry_run: bool,
    yes: bool,
    propose: str | None,
) -> int:
    """Take authority away for good: from an agent, an authority, a human or one grant.

    TARGET is agent:NAME, authority:NAME, human:NAME or record:DIGEST, or only the name or the first
    digits of the digest. Everything below it stops with it, at the next effect of each run. Shows
    what that is, asks, and does it.
    """
    from tarl.interfaces.cli.trust import Proposed, confirmed, open_trust, told_proposal

    if reason is None and not dry_run:
        raise click.UsageError("Say why: --reason TEXT; or only look: --dry-run.")
    tenant, noun, name = _named(target)
    with open_trust(invocation, tenant=tenant, propose=propose) as trust:
        found = _target(trust, noun, name)
        stops = trust.operations.preview(found)
        runs = list(_runs(trust, invocation, stops.agents))
        data = _data(found, stops, runs)
        if not invocation.output.as_json:
            _show(invocation.output, found, stops, runs, is_data=dry_run)
        if dry_run:
            if invocation.output.as_json:
                invocation.output.document("revoke", revoked=False, **data)
            return exits.OK
        what = f"{found.noun} {found.name}"
        if not confirmed(
            invocation,
            f"Revoke the {what} for good?",
            yes=yes or propose is not None,
            refusal=f"This revokes the {what} for good: say --yes.",
        ):
            invocation.output.note("nothing was revoked")
            return exits.DENIED
        try:
            admitted = trust.operations.revoke(found, str(reason), issuer=issuer)
        except Proposed:
            told_proposal(invocation, "revoke", str(propose))
            return exits.OK
    if invocation.output.as_json:
        record = {"record": admitted.digest, "reason": reason, "issuer": issuer}
        invocation.output.document("revoke", revoked=True, **data, **record)
    else:
        invocation.output.note(f"the {what} is revoked")
        invocation.output.data(admitted.digest)
    return exits.OK


def _named(text: str) -> tuple[str | None, str | None, str]:
    """Tenant, noun and name in ``noun:tenant/name``, of which only the name must be there."""
    from tarl.interfaces.cli.people import principal_id

    noun, colon, name = text.partition(":")
    if not colon:
        noun, name = "", text
    elif noun not in NOUNS:
        raise Invalid(
            f"{noun!r} is nothing that could be revoked",
            code="trust.option",
            next_step=f"one of {', '.join(f'{each}:NAME' for each in NOUNS)}",
        )
    id = principal_id(name)
    return id.tenant, noun or None, id.id


def _target(trust: Trust, noun: str | None, name: str) -> Target:
    """What a person means.

    Raises:
        Missing: there is no such thing (``trust.missing``).
        Invalid: it could be several (``trust.option``).
    """
    from tarl.interfaces.cli.trust import record_digest
    from tarl.trust.records import Target

    found: dict[str, Target] = {}
    rows = list(trust.ledger.store.scan("trust_record", {"tenant": trust.tenant}))
    kinds = {row["kind"] for row in rows if row["agent"] == name}
    if "authority" in kinds:
        found["authority"] = Target(authority=name)
    if kinds & {"genesis", "attestation", "delegation"}:
        found["agent"] = Target(agent=name)
    if any(row["human"] == name for row in rows):
        found["human"] = Target(human=name)
    if noun == "record" or (noun is None and not found and len(name) >= DIGEST_CHARS_MIN):
        found["record"] = Target(record=record_digest(trust, name))
    if noun is not None:
        found = {each: target for each, target in found.items() if each == noun}
    if not found:
        raise Missing(
            f"nothing is called {name} that could be revoked",
            code="trust.missing",
            next_step="tarl agents ls; tarl authority ls",
            target=name,
        )
    if len(found) > 1:
        raise Invalid(
            f"{name} is {' and '.join(found)}",
            code="trust.option",
            next_step=f"say which: {' or '.join(f'{each}:{name}' for each in found)}",
        )
    return next(iter(found.values()))


def _runs(
    trust: Trust, invocation: Invocation, agents: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Open runs that act for one of the agents."""
    from tarl.interfaces.cli.commands.runs import acting_data, shown_status
    from tarl.values.ids import RunId

    store = trust.ledger.store
    for row in store.scan("run", {"tenant": trust.tenant, "status": "running"}):
        run = RunId(row["tenant"], row["workflow_id"], row["n"])
        acting = acting_data(store, run)
        if acting["agent"] in agents:
            status = shown_status("running", run, invocation, store)
            yield {"run": run.ref, "workflow": row["workflow"], "status": status, **acting}


def _data(found: Target, stops: Preview, runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "target": {found.noun: found.name},
        "stops": {
            "agents": list(stops.agents),
            "authorities": list(stops.authorities),
            "grants": list(stops.records),
            "runs": runs,
            "complete": stops.complete,
        },
    }


def _show(
    output: Output, found: Target, stops: Preview, runs: list[dict[str, Any]], *, is_data: bool
) -> None:
    say = output.data if is_data else output.note
    say(f"revoking the {found.noun} {found.name} stops")
    lines = (
        ("authorities", stops.authorities),
        ("agents", stops.agents),
        ("grants", tuple(digest[:12] for digest in stops.records)),
        ("open runs", tuple(f"{run['run']} (for {run['agent']})" for run in runs)),
    )
    for noun, names in lines:
        more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
        say(f"  {len(names)} {noun}{': ' if names else ''}{', '.join(names[:SHOWN_MAX])}{more}")
    if not stops.complete:
        say("  and more than can be shown")
