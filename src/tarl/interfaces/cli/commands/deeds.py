"""``tarl trust budgets`` and ``tarl trust audit``: what an agent has spent, and what it did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.interfaces.cli.trust import Trust
    from tarl.journal.event import Event
    from tarl.trust.chain import Link

_OUTCOMES = {"step.completed/1": "done", "step.failed/1": "failed", "step.cancelled/1": "cancelled"}


@click.command("budgets", short_help="Show an agent's budgets, and what is left of them.")
@click.argument("name", metavar="AGENT")
@common_options
@click.pass_obj
def budgets(invocation: Invocation, name: str) -> None:
    """Show the budgets of everything in AGENT's chains, and what is left, in minor units.

    An effect is charged to its own grant and to every one above it, so what is left in all of them
    is what counts.
    """
    from tarl.interfaces.cli.trust import one_tenant, open_trust

    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant) as trust:
        trust.agent(agent)
        found = list(_budgets(trust, agent))
    if invocation.output.as_json:
        invocation.output.document("trust.budgets", agent=agent, tenant=tenant, budgets=found)
        return
    columns = ("grant", "of", "unit", "limit", "spent", "reserved", "left")
    rows = [
        (
            each["account"][:12],
            each["holder"],
            *(each[name] for name in ("unit", "limit", "spent", "reserved", "left")),
        )
        for each in found
    ]
    if found:
        invocation.output.table(columns, rows)
    else:
        invocation.output.note("nothing that it holds has a budget")


def _budgets(trust: Trust, agent: str) -> Iterator[dict[str, Any]]:
    from tarl.interfaces.cli.chains import holdings
    from tarl.trust.accounts import balance_of

    seen: set[tuple[str, str]] = set()
    for holding in holdings(trust, agent):
        for link in holding.links:
            for account, unit, limit in _accounts(link):
                if (account, unit) in seen:
                    continue
                seen.add((account, unit))
                balance = balance_of(trust.ledger.store, trust.tenant, account, unit)
                yield {
                    "account": account,
                    "kind": link.kind,
                    "holder": link.subject,
                    "unit": unit,
                    "limit": limit,
                    "spent": balance.spent,
                    "reserved": balance.reserved,
                    "left": limit - balance.spent - balance.reserved,
                }


def _accounts(link: Link) -> Iterator[tuple[str, str, int]]:
    """The accounts of one record, as ``trust.charging`` names them: account, unit and limit."""
    if link.kind == "genesis":
        return
    for unit, limit in link.terms.envelope.budgets.items():
        yield link.digest, unit, limit
    for place, grant in enumerate(link.terms.grants):
        for unit, limit in grant.constraints.budgets.items():
            yield f"{link.digest}/{place}", unit, limit


@click.command("audit", short_help="Show what an agent did, as it signed it.")
@click.argument("name", metavar="AGENT")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="The newest so many.",
)
@common_options
@click.pass_obj
def audit(invocation: Invocation, name: str, limit: int) -> None:
    """Show what AGENT was permitted, what came of it, what it noted, and what was refused to it.

    NDJSON with --json. These are the agent's own signed words; tarl verify RUN checks signatures.
    """
    from tarl.interfaces.cli.trust import instant, one_tenant, open_trust
    from tarl.trust.events import agent_stream

    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant) as trust:
        trust.agent(agent)
        deeds: list[dict[str, Any]] = []
        for event in trust.ledger.store.read(agent_stream(tenant, agent)):
            deeds += _deeds(event)
            del deeds[:-limit]
    for deed in deeds:
        if invocation.output.as_json:
            invocation.output.document("trust.audit", agent=agent, tenant=tenant, **deed)
        else:
            invocation.output.data(f"{instant(deed['at_ms'])}  {deed['what']:<9}  {_words(deed)}")
    if not deeds:
        invocation.output.note(f"{agent} has done nothing yet")


def _deeds(event: Event) -> list[dict[str, Any]]:
    from tarl.trust import events

    head = {"seq": event.seq, "at_ms": event.recorded_at_ms}
    if event.body is None:
        return [{**head, "what": "erased"}]
    body = json.loads(event.body)
    if event.kind == events.EFFECTS:
        return [
            {**head, "what": what, **said} for leaf in body["leaves"] for what, said in leaf.items()
        ]
    if event.kind == events.REFUSED:
        return [{**head, "what": "refused", **body}]
    if event.kind == events.AUDIT:
        record = _payload(body)
        names = ("action", "resource", "result", "parent")
        noted = {name: record[name] for name in names}
        return [{**head, "what": "noted", **noted, "context": body.get("context")}]
    return []


def _payload(body: Any) -> Any:
    import base64

    return json.loads(base64.b64decode(body["envelope"]["payload"]))


def _words(deed: dict[str, Any]) -> str:
    if deed["what"] == "permit":
        actions = ", ".join(deed["actions"])
        return f"{actions} on {deed['resource']} in {deed['run']}, step {deed['step']}"
    if deed["what"] == "outcome":
        outcome = _OUTCOMES.get(deed["kind"], deed["kind"])
        return f"{outcome}: {deed['run']}, step {deed['step']}, attempt {deed['attempt']}"
    if deed["what"] == "refused":
        return f"{deed['operation']}: {deed['text']} ({deed['code']})"
    if deed["what"] == "noted":
        return f"{deed['action']} on {deed['resource']}: {deed['result']}"
    return ""
