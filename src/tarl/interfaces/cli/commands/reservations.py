"""``tarl trust reservations`` and ``tarl trust release``: what effects have set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.trust.accounts import Reservation


@click.command("reservations", short_help="Show what effects without an end have set aside.")
@common_options
@click.pass_obj
def reservations(invocation: Invocation) -> None:
    """Show what is set aside of budgets for effects that have no outcome yet, the oldest first.

    A run that goes on settles its own. What a run that never will has left, tarl trust release
    gives back.
    """
    from tarl.interfaces.cli.trust import instant, open_trust
    from tarl.trust.budget import Budgets

    with open_trust(invocation) as trust:
        found = list(Budgets(trust.ledger.store).outstanding(trust.tenant))
    if invocation.output.as_json:
        data = [_data(reservation) for reservation in found]
        invocation.output.document("trust.reservations", tenant=trust.tenant, reservations=data)
        return
    rows = [(r.key, r.agent, r.amount, r.unit, instant(r.reserved_at_ms)) for r in found]
    invocation.output.table(("key", "agent", "amount", "unit", "since"), rows)
    if not found:
        invocation.output.note("nothing is set aside")


@click.command("release", short_help="Give back what an effect that never ended has set aside.")
@click.argument("key")
@click.option("--reason", required=True, metavar="TEXT", help="Why; recorded for good.")
@common_options
@click.pass_obj
def release(invocation: Invocation, key: str, reason: str) -> None:
    """Give back to the budgets what the effect of that KEY has set aside. The operator's word.

    If it turns out to have happened after all, it is charged all the same.
    """
    from tarl.interfaces.cli.trust import open_trust
    from tarl.trust.budget import Budgets

    invocation.require_operator()
    with open_trust(invocation) as trust:
        budgets = Budgets(trust.ledger.store)
        released = budgets.release(trust.tenant, key, reason, at_ms=trust.now_ms)
    if invocation.output.as_json:
        data = [_data(reservation) for reservation in released]
        invocation.output.document("trust.release", tenant=trust.tenant, reservations=data)
        return
    for each in released:
        if each.status == "released":
            invocation.output.note(f"released {each.amount} {each.unit} of {each.agent}")


def _data(reservation: Reservation) -> dict[str, Any]:
    return {
        "key": reservation.key,
        "agent": reservation.agent,
        "unit": reservation.unit,
        "amount": reservation.amount,
        "status": reservation.status,
        "reserved_at_ms": reservation.reserved_at_ms,
    }
