"""``tarl trust``: where an agent's authority comes from, and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.commands.cosigning import record, sign
from tarl.interfaces.cli.commands.credentials import export_authority
from tarl.interfaces.cli.commands.deeds import audit, budgets
from tarl.interfaces.cli.commands.reservations import release, reservations
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.spans import DURATION
from tarl.interfaces.cli.trust import propose_option

if TYPE_CHECKING:
    from tarl.trust.admission import Admitted

POSTURES = ("pseudo", "tool", "supervised", "delegating", "autonomous")

_AS = click.option(
    "--as",
    "issuer",
    metavar="NAME",
    default="operator",
    show_default=True,
    help="Who says so: the operator, or an authority above the agent.",
)
_REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; recorded for good.")


@click.group(short_help="Where an agent's authority comes from, and how it stands.")
def trust() -> None:
    """Where an agent's authority comes from, how it stands, and what it did with it."""


@trust.command("show", short_help="Draw the chains from the operator down to an agent.")
@click.argument("name", metavar="AGENT")
@common_options
@click.pass_obj
def show(invocation: Invocation, name: str) -> None:
    """Draw the chains of authority from the operator down to what AGENT holds.

    Every record of them is read and verified; one that does not count now says why.
    """
    from tarl.interfaces.cli.chains import draw, holding_data, holdings
    from tarl.interfaces.cli.trust import one_tenant, open_trust

    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant) as opened:
        opened.agent(agent)
        standing = opened.ledger.standing(tenant)
        found = holdings(opened, agent)
        posture = standing.posture_of(agent)
        suspended = standing.is_suspended(agent, opened.now_ms)
        if invocation.output.as_json:
            invocation.output.document(
                "trust.show",
                agent=agent,
                tenant=tenant,
                posture=posture,
                suspended=suspended,
                chains=[holding_data(each) for each in found],
            )
            return
        invocation.output.note(f"{agent}: {posture}{', suspended' if suspended else ''}")
        if found:
            draw(invocation.output, opened, found)
        else:
            invocation.output.note("it holds nothing that has not expired")
            hint = ("agents", "establish", agent, "--authority", "NAME", "--action", "PATTERN")
            invocation.output.note(f"  {invocation.command(*hint)}")


@trust.command("suspend", short_help="Let an agent do nothing for a while.")
@click.argument("name", metavar="AGENT")
@_REASON
@click.option("--for", "span_ms", type=DURATION, metavar="DURATION", help="Until then by itself.")
@_AS
@propose_option
@common_options
@click.pass_obj
def suspend(
    invocation: Invocation,
    name: str,
    reason: str,
    span_ms: int | None,
    issuer: str,
    propose: str | None,
) -> None:
    """Let AGENT, and all that it delegated to, do nothing until it is resumed."""
    from tarl.interfaces.cli.trust import Proposed, instant, one_tenant, open_trust, told_proposal

    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant, propose=propose) as opened:
        opened.agent(agent)
        until_ms = None if span_ms is None else opened.now_ms + span_ms
        try:
            made = opened.operations.suspend(agent, reason, until_ms=until_ms, issuer=issuer)
        except Proposed:
            told_proposal(invocation, "trust.suspend", str(propose))
            return
    until = "it is resumed" if until_ms is None else instant(until_ms)
    said = f"{agent} does nothing until {until}"
    _tell(invocation, "trust.suspend", made, said, agent=agent, until_ms=until_ms)


@trust.command("resume", short_help="End a suspension.")
@click.argument("name", metavar="AGENT")
@_REASON
@_AS
@propose_option
@common_options
@click.pass_obj
def resume(
    invocation: Invocation, name: str, reason: str, issuer: str, propose: str | None
) -> None:
    """Let a suspended AGENT act again."""
    from tarl.interfaces.cli.trust import Proposed, one_tenant, open_trust, told_proposal

    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant, propose=propose) as opened:
        opened.agent(agent)
        try:
            made = opened.operations.resume(agent, reason, issuer=issuer)
        except Proposed:
            told_proposal(invocation, "trust.resume", str(propose))
            return
    _tell(invocation, "trust.resume", made, f"{agent} may act again", agent=agent)


@trust.command("posture", short_help="Show or set how far an agent is let go on its own.")
@click.argument("name", metavar="AGENT")
@click.argument("posture", type=click.Choice(POSTURES), required=False)
@click.option("--reason", metavar="TEXT", help="Why; recorded for good.")
@click.option(
    "--evidence",
    "evidence_text",
    metavar="JSON|@FILE|-",
    help="For a step upwards: observations, succeeded, hours, anomalies.",
)
@_AS
@propose_option
@common_options
@click.pass_obj
def posture(
    invocation: Invocation,
    name: str,
    posture: str | None,
    reason: str | None,
    evidence_text: str | None,
    issuer: str,
    propose: str | None,
) -> None:
    """Show how far AGENT is let go on its own, or set it.

    pseudo: nothing. tool: reading; writing needs a person's approval. supervised: delegating too
    does. delegating, autonomous: what its grants say. Downwards at once; upwards one step at a
    time, by the authority, on evidence.
    """
    from tarl.interfaces.cli.input_text import read_json
    from tarl.interfaces.cli.trust import Proposed, one_tenant, open_trust, told_proposal

    if posture is not None and reason is None:
        raise click.UsageError("Say why: --reason TEXT.")
    evidence = None if evidence_text is None else read_json(evidence_text, option="--evidence")
    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant, propose=propose) as opened:
        opened.agent(agent)
        current = opened.ledger.standing(tenant).posture_of(agent)
        if posture is None:
            if invocation.output.as_json:
                invocation.output.document("trust.posture", agent=agent, posture=current)
            else:
                invocation.output.data(current)
            return
        try:
            made = opened.operations.set_posture(
                agent, posture, str(reason), evidence=evidence, issuer=issuer
            )
        except Proposed:
            told_proposal(invocation, "trust.posture", str(propose))
            return
    said = f"{agent} is {posture} now, and was {current}"
    _tell(invocation, "trust.posture", made, said, agent=agent, posture=posture, before=current)


trust.add_command(budgets)
trust.add_command(reservations)
trust.add_command(release)
trust.add_command(audit)
trust.add_command(sign)
trust.add_command(export_authority)
trust.add_command(record)


def _tell(invocation: Invocation, command: str, made: Admitted, said: str, **members: Any) -> None:
    if invocation.output.as_json:
        invocation.output.document(command, record=made.digest, **members)
    else:
        invocation.output.note(said)
