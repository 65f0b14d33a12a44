"""``tarl approve`` and ``tarl reject``: a person's signed vote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.kernel.approvals.statement import Choice

_SHOWN = "The digest of what you have seen, or its first digits: refused if it is another."
_AS = "Whose vote it is; without it, the one whose key is here and who may."


@click.command(short_help="Approve what you are asked to.")
@click.argument("approval", metavar="ID")
@click.option("--reason", default="", metavar="TEXT", help="Why; recorded for good.")
@click.option("--as", "principal", metavar="PRINCIPAL", help=_AS)
@click.option("--digest", "shown", metavar="HEX", help=_SHOWN)
@common_options
@click.pass_obj
def approve(invocation: Invocation, /, approval: str, **options: Any) -> None:
    """Approve the request ID, signed with your own key.

    The signature covers the request as it stands in the journal: tarl approvals show ID.
    """
    _vote(invocation, approval, "approve", **options)


@click.command(short_help="Reject what you are asked to approve.")
@click.argument("approval", metavar="ID")
@click.option("--reason", default="", metavar="TEXT", help="Why; recorded for good.")
@click.option("--as", "principal", metavar="PRINCIPAL", help=_AS)
@click.option("--digest", "shown", metavar="HEX", help=_SHOWN)
@common_options
@click.pass_obj
def reject(invocation: Invocation, /, approval: str, **options: Any) -> None:
    """Reject the request ID, signed with your own key."""
    _vote(invocation, approval, "reject", **options)


def _vote(
    invocation: Invocation,
    text: str,
    choice: Choice,
    *,
    reason: str,
    principal: str | None,
    shown: str | None,
) -> None:
    from tarl.interfaces.cli.people import (
        approval_id,
        now_ms,
        open_people,
        passphrase_for,
        speaker,
        tell,
    )

    id = approval_id(text)
    with open_people(invocation) as people:
        approval = people.approvals.get(id)
        who = speaker(people, approval, principal)
        key = people.principals.get(who).key
        voted = people.vote(
            id,
            who,
            choice,
            reason=reason,
            shown=shown,
            passphrase=passphrase_for(people, key),
            at_ms=now_ms(),
        )
    verb = "approved" if choice == "approve" else "rejected"
    said = f"{who.id} {verb}: {approval.request.description}"
    tell(invocation, "approve" if choice == "approve" else "reject", voted, said)
