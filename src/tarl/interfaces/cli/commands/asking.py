"""``tarl approvals request``, ``delegate`` and ``withdraw``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.kernel.approvals.request import Escalation, Request

REJECTIONS = ("any", "unreachable")
_AS = "Whose vote it is; without it, the one whose key is here and who may."


@click.command("request", short_help="Ask people to approve something.")
@click.argument("description")
@click.option("--id", "id_", required=True, metavar="ID", help="Its name: id or tenant/id.")
@click.option(
    "--approver",
    "approvers",
    multiple=True,
    required=True,
    metavar="NAME",
    help="Who may vote; once for each.",
)
@click.option("--needed", type=click.IntRange(min=1), help="How many must approve (default: all).")
@click.option("--context", metavar="JSON", help="What they should see; @FILE, or - for stdin.")
@click.option("--subject", metavar="SHA256", help="Digest of what it is for, 64 hex digits.")
@click.option("--reason-required", is_flag=True, help="A vote must say why.")
@click.option(
    "--rejection",
    type=click.Choice(REJECTIONS),
    default="any",
    show_default=True,
    help="any: one rejection rejects; unreachable: once too few are left to approve.",
)
@click.option(
    "--expires-s",
    type=click.FloatRange(min=0.001),
    metavar="S",
    help="When it lapses, in seconds from now.",
)
@click.option(
    "--escalate",
    "escalations",
    multiple=True,
    metavar="S:NAME[,NAME]",
    help="Who may vote too when nothing is decided after S seconds.",
)
@click.option("--workflow-id", metavar="TEXT", help="What it belongs to.")
@common_options
@click.pass_obj
def request(invocation: Invocation, /, **options: Any) -> None:
    """Ask people to approve something, from a script.

    A workflow asks with ctx.approval and waits; this asks and returns, and tarl approvals check ID
    tells a script the answer. The same request under the same id is asked once.
    """
    from tarl.interfaces.cli.people import approval_id, now_ms, open_people, registered, tell

    id = approval_id(options.pop("id_"))
    asked = _request(**options)
    with open_people(invocation, must_exist=False) as people:
        approval = people.approvals.request(id, asked, at_ms=now_ms())
        strangers = [
            f"{name} ({state})"
            for name, state in registered(people, approval).items()
            if state != "human"
        ]
    if strangers:
        invocation.output.note(f"cannot vote as things are: {', '.join(strangers)}")
    tell(invocation, "approvals.request", approval, f"asked: {asked.description}")


@click.command("delegate", short_help="Let somebody else vote in your place.")
@click.argument("approval", metavar="ID")
@click.argument("to", metavar="NAME")
@click.option("--reason", default="", metavar="TEXT", help="Why; recorded for good.")
@click.option("--as", "principal", metavar="PRINCIPAL", help=_AS)
@common_options
@click.pass_obj
def delegate(
    invocation: Invocation, approval: str, to: str, reason: str, principal: str | None
) -> None:
    """Hand your vote on the request ID to NAME, signed with your own key.

    There is no way back, except that NAME may hand it on to somebody else.
    """
    from tarl.interfaces.cli.people import (
        approval_id,
        now_ms,
        open_people,
        passphrase_for,
        speaker,
        tell,
    )

    id = approval_id(approval)
    with open_people(invocation) as people:
        who = speaker(people, people.approvals.get(id), principal)
        key = people.principals.get(who).key
        found = people.delegate(
            id, who, to, reason=reason, passphrase=passphrase_for(people, key), at_ms=now_ms()
        )
    tell(invocation, "approvals.delegate", found, f"{who.id} has handed the vote to {to}")


@click.command("withdraw", short_help="Take a question back.")
@click.argument("approval", metavar="ID")
@click.option("--reason", default="", metavar="TEXT", help="Why; recorded for good.")
@common_options
@click.pass_obj
def withdraw(invocation: Invocation, approval: str, reason: str) -> None:
    """Take the request ID back; a run that waits for it learns that. Never an approval."""
    from tarl.interfaces.cli.people import approval_id, now_ms, open_people, tell

    with open_people(invocation) as people:
        found = people.approvals.withdraw(approval_id(approval), reason, at_ms=now_ms())
    tell(invocation, "approvals.withdraw", found, f"withdrawn: {found.request.description}")


def _request(**options: Any) -> Request:
    from tarl.interfaces.cli.input_text import read_json
    from tarl.kernel.approvals.request import Request

    context, approvers = options["context"], options["approvers"]
    expires_s = options["expires_s"]
    return Request(
        description=options["description"],
        approvers=approvers,
        needed=options["needed"] or len(approvers),
        context=None if context is None else read_json(context, option="--context"),
        subject=options["subject"],
        reason_required=options["reason_required"],
        rejection=options["rejection"],
        expires_after_ms=None if expires_s is None else round(expires_s * 1000),
        escalations=tuple(_escalation(text) for text in options["escalations"]),
        workflow_id=options["workflow_id"],
    )


def _escalation(text: str) -> Escalation:
    from tarl.kernel.approvals.request import Escalation

    seconds, _, names = text.partition(":")
    try:
        after_ms = round(float(seconds) * 1000)
    except (ValueError, OverflowError):
        raise Invalid(
            f"{text!r} is not S:NAME[,NAME]",
            code="approval.request",
            next_step="--escalate 3600:carol asks carol too after an hour",
        ) from None
    return Escalation(after_ms=after_ms, to=tuple(n for n in names.split(",") if n))
