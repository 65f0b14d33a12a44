"""``tarl approvals``: what people are asked to decide, and what they decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.commands.asking import delegate, request, withdraw
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.engines.embedded.people import People
    from tarl.interfaces.cli.output import Output
    from tarl.journal.event import Event
    from tarl.kernel.approvals.state import Approval

STATUSES = ("pending", "approved", "rejected", "expired", "withdrawn")
LOOK_AGAIN_S = 0.1


@click.group(short_help="What people are asked to approve.")
def approvals() -> None:
    """What people are asked to approve. Votes are cast with tarl approve and tarl reject."""


@approvals.command("ls", short_help="List requests, the pending ones first.")
@click.option("--status", type=click.Choice(STATUSES), help="Only requests of this status.")
@click.option("--tenant", help="Only requests of this tenant.")
@click.option("--for", "principal", metavar="NAME", help="Only what this person may vote on now.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many."
)
@common_options
@click.pass_obj
def list_approvals(
    invocation: Invocation,
    status: str | None,
    tenant: str | None,
    principal: str | None,
    limit: int,
) -> None:
    """List requests: those that are pending, the oldest first, then the last that ended."""
    from tarl.interfaces.cli.people import open_people

    found: list[dict[str, Any]] = []
    with open_people(invocation) as people:
        wanted = "pending" if principal is not None and status is None else status
        for record in people.approvals.records(status=wanted, tenant=tenant):
            entry = _entry(people, record)
            if principal is None or principal in entry["may_vote"]:
                found.append(entry)
            if len(found) == limit:
                break
    if invocation.output.as_json:
        invocation.output.document("approvals.ls", approvals=found)
        return
    columns = ("approval", "status", "votes", "description", "may vote", "run")
    rows = [
        (
            entry["approval"],
            entry["status"],
            f"{entry['approvals']}/{entry['needed']}" if "needed" in entry else "",
            entry["request"]["description"] if "request" in entry else f"({entry['unreadable']})",
            ", ".join(entry["may_vote"]),
            entry["run"],
        )
        for entry in found
    ]
    invocation.output.table(columns, rows)
    if len(found) == limit:
        invocation.output.note(f"the first {limit}; --limit shows more")


def _entry(people: People, record: Any) -> dict[str, Any]:
    """A request as JSON values, or what its table says of one that cannot be read."""
    from tarl.errors import Corrupt, Missing
    from tarl.interfaces.cli.people import approval_data
    from tarl.kernel.approvals.names import ApprovalId

    id = ApprovalId(record["tenant"], record["id"])
    try:
        return approval_data(people.approvals.get(id))
    except (Corrupt, Missing) as error:
        return {
            "approval": id.ref,
            "tenant": id.tenant,
            "id": id.id,
            "status": record["status"],
            "unreadable": error.code,
            "may_vote": [],
            "run": None,
        }


@approvals.command("show", short_help="Show a request: what, who, and every vote.")
@click.argument("approval", metavar="ID")
@common_options
@click.pass_obj
def show(invocation: Invocation, approval: str) -> None:
    """Show what exactly is to be approved, who may still vote, and all that happened.

    Every signature is verified again; a request with a vote that does not verify is an error. The
    signed envelopes are part of what --json prints.
    """
    from tarl.interfaces.cli.people import approval_data, approval_id, open_people, registered

    id = approval_id(approval)
    with open_people(invocation) as people:
        found = people.approvals.get(id)
        history = [_line(event) for event in people.approvals.events(id)]
        people_now = registered(people, found)
    if invocation.output.as_json:
        data = approval_data(found) | {"history": history, "principals": people_now}
        invocation.output.document("approvals.show", **data, verified=True)
        return
    _show(invocation.output, found, people_now)
    rows = [(entry["at"], entry["what"], entry["who"], entry["detail"]) for entry in history]
    invocation.output.data("")
    invocation.output.table(("at", "what", "who", "detail"), rows)
    if found.is_pending:
        invocation.output.note(f"vote with: {invocation.command('approve', id.ref)} --reason TEXT")


@approvals.command("check", short_help="Say by the exit code whether it is approved.")
@click.argument("approval", metavar="ID")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="S",
    help="Wait so many seconds for an answer.",
)
@common_options
@click.pass_obj
def check(invocation: Invocation, approval: str, wait_s: float) -> int:
    """Say by the exit code whether the request is approved, its signatures verified.

    0: approved. 4: rejected, expired or withdrawn. 5: nobody has decided yet.
    """
    import time

    from tarl.interfaces.cli.people import approval_data, approval_id, now_ms, open_people

    id, deadline = approval_id(approval), time.monotonic() + wait_s
    with open_people(invocation) as people:
        while True:
            if not people.is_read_only:
                people.approvals.advance(now_ms())
            found = people.approvals.get(id)
            if not found.is_pending or time.monotonic() >= deadline:
                break
            time.sleep(LOOK_AGAIN_S)
    if invocation.output.as_json:
        invocation.output.document("approvals.check", **approval_data(found))
    else:
        invocation.output.data(found.status)
    if found.is_pending:
        return exits.WAITING
    return exits.OK if found.status == "approved" else exits.DENIED


for command in (request, delegate, withdraw):
    approvals.add_command(command)


def _line(event: Event) -> dict[str, Any]:
    """One event of a request, for a person."""
    from tarl.kernel.approvals import events
    from tarl.kernel.approvals.statement import Delegation, claimed
    from tarl.values.instants import isoformat_ms

    said: Any = events.DECODERS[event.kind](event.body or b"{}")
    what = event.kind.partition("/")[0].partition(".")[2]
    who, detail = "", ""
    if event.kind in (events.VOTED, events.DELEGATED):
        statement = claimed(said.envelope)
        who, detail = statement.principal, statement.reason
        if isinstance(statement, Delegation):
            what, detail = f"delegated to {statement.to}", statement.reason
        else:
            what = "approved" if statement.choice == "approve" else "rejected"
    elif event.kind == events.ESCALATED:
        detail = f"to {', '.join(said.to)}"
    elif event.kind == events.DECIDED:
        detail = said.status
    elif event.kind == events.WITHDRAWN:
        detail = said.reason
    at = isoformat_ms(event.recorded_at_ms)
    line = {"at": at, "seq": event.seq, "what": what, "who": who, "detail": detail}
    return line | ({"envelope": said.envelope} if who else {})


def _show(output: Output, approval: Approval, principals: dict[str, str]) -> None:
    from tarl.interfaces.cli.output import json_text
    from tarl.interfaces.cli.people import run_ref
    from tarl.values.instants import isoformat_ms

    request = approval.request
    expires, escalates = approval.expires_at_ms, approval.escalates_at_ms
    run = run_ref(approval)
    output.fields(
        (
            ("approval", approval.id.ref),
            ("status", approval.status),
            ("what", request.description),
            ("context", None if request.context is None else json_text(request.context, indent=2)),
            ("subject", request.subject),
            ("run", f"{run}, question {request.step}" if run and request.step else run),
            ("workflow id", request.workflow_id),
            ("approvals", f"{approval.approvals} of {request.needed} needed"),
            ("rejection", _REJECTION[request.rejection]),
            ("reason", "each vote must say why" if request.reason_required else None),
            ("expires", None if expires is None else isoformat_ms(expires)),
            ("may vote", ", ".join(_voters(approval, principals)) or None),
            (
                "asked next",
                None
                if escalates is None or not approval.is_pending
                else f"{', '.join(request.escalations[approval.level].to)}"
                f" at {isoformat_ms(escalates)}",
            ),
            ("digest", approval.digest),
            ("signatures", f"{_signatures(approval)} verified"),
        )
    )


_REJECTION = {
    "any": "one rejection rejects",
    "unreachable": "rejected once too few are left to approve",
}


def _voters(approval: Approval, principals: dict[str, str]) -> Iterator[str]:
    for seat in approval.open_seats if approval.is_pending else ():
        state = principals[seat.holder]
        text = seat.holder + (f" (for {seat.chain[0]})" if len(seat.chain) > 1 else "")
        yield text if state == "human" else f"{text} [{state}]"


def _signatures(approval: Approval) -> int:
    return len(approval.votes) + sum(len(seat.chain) - 1 for seat in approval.seats)
