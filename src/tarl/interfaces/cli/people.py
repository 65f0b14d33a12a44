"""What the commands about approvals and principals share: who is meant, and who speaks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.invocation import Invocation, home_tenant

if TYPE_CHECKING:
    from tarl.crypto.note import VerifierKey
    from tarl.engines.embedded.people import People
    from tarl.kernel.approvals.names import ApprovalId, PrincipalId
    from tarl.kernel.approvals.state import Approval

SHOWN_MAX = 50


@contextmanager
def open_people(invocation: Invocation, *, must_exist: bool = True) -> Iterator[People]:
    """The journal's principals and requests, with the keys under the home.

    A journal that may be made is made, and keys too.
    """
    from tarl.engines.embedded.people import People
    from tarl.storage import open_store

    if must_exist:
        invocation.require_journal()
    keyring = invocation.keyring if must_exist else invocation.keyring.ensure()
    store = open_store(
        invocation.db,
        keyring=keyring,
        synchronous=invocation.settings["synchronous"].value,
        sealed=invocation.settings["sealed"].value,
        tenant=invocation.tenant,
    )
    try:
        yield People(store, keyring)
    finally:
        store.close()


def now_ms() -> int:
    """The time of this command."""
    from tarl.engines.embedded.clock import SystemClock

    return SystemClock().now_ms()


def approval_id(text: str) -> ApprovalId:
    """The request that a person names: ``id`` or ``tenant/id``."""
    from tarl.kernel.approvals.names import ApprovalId

    return ApprovalId.parse(text, tenant=home_tenant())


def principal_id(text: str, *, tenant: str | None = None) -> PrincipalId:
    """The principal that a person names: ``id`` or ``tenant/id``."""
    from tarl.kernel.approvals.names import PrincipalId

    return PrincipalId.parse(text, tenant=tenant or home_tenant())


def speaker(people: People, approval: Approval, text: str | None) -> PrincipalId:
    """Who votes: whom ``--as`` names, else the one whose key is here and who may.

    Raises:
        Invalid: nobody or several could be meant (``approval.as``).
    """
    tenant = approval.id.tenant
    if text is not None:
        return principal_id(text, tenant=tenant)
    local = people.local(tenant)
    holders = {seat.holder for seat in approval.open_seats}
    fitting = [id for id in local if id.id in holders] or local
    if len(fitting) != 1:
        whose = "no key of a principal" if not fitting else "keys of several principals"
        raise Invalid(
            f"say who you are: there are {whose} here",
            code="approval.as",
            next_step="--as NAME" + (f" ({', '.join(id.id for id in fitting)})" if fitting else ""),
            principals=[id.ref for id in fitting],
        )
    return fitting[0]


def passphrase_for(people: People, key: VerifierKey) -> str | None:
    """The passphrase of a key file, asked for if the file is sealed with one."""
    return ask_passphrase() if people.keys.needs_passphrase(key) else None


def ask_passphrase(*, new: bool = False) -> str:
    """A passphrase from the terminal, unseen; from a line of standard input when that is none."""
    if sys.stdin.isatty():
        text: str = click.prompt(
            "New passphrase" if new else "Passphrase",
            hide_input=True,
            confirmation_prompt=new,
            err=True,
        )
        return text
    return sys.stdin.readline().rstrip("\r\n")


def approval_data(approval: Approval) -> dict[str, Any]:
    """A request as JSON values; ``approval`` is the text that names it."""
    import json

    return {
        "approval": approval.id.ref,
        "tenant": approval.id.tenant,
        "id": approval.id.id,
        "status": approval.status,
        "request": json.loads(approval.request.json),
        "run": run_ref(approval),
        "digest": approval.digest,
        "approvals": approval.approvals,
        "needed": approval.request.needed,
        "votes": list(approval.votes),
        "may_vote": may_vote(approval),
        "requested_at_ms": approval.requested_at_ms,
        "expires_at_ms": approval.expires_at_ms,
        "escalates_at_ms": approval.escalates_at_ms if approval.is_pending else None,
        "ended_at_ms": approval.ended_at_ms,
        "reason": approval.reason,
    }


def may_vote(approval: Approval) -> list[str]:
    """Who may still vote."""
    return [seat.holder for seat in approval.open_seats] if approval.is_pending else []


def run_ref(approval: Approval) -> str | None:
    """The run that waits for the answer, as a person writes it."""
    from tarl.values.ids import RunId

    run = approval.request.run
    return None if run is None else RunId.from_stream(run).ref


def tell(invocation: Invocation, command: str, approval: Approval, did: str) -> None:
    """What a command has done to a request, and where that leaves it."""
    if invocation.output.as_json:
        invocation.output.document(command, **approval_data(approval))
        return
    ref, output = approval.id.ref, invocation.output
    output.note(did)
    count = f"{approval.approvals} of {approval.request.needed} approvals"
    output.data(f"{ref}: {approval.status}, {count}")
    if approval.is_pending:
        output.note(f"may vote: {', '.join(may_vote(approval))}")


def registered(people: People, approval: Approval) -> dict[str, str]:
    """Everybody in a request: their kind, ``revoked``, or ``not registered``."""
    from tarl.kernel.approvals.names import PrincipalId

    names = dict.fromkeys(approval.request.named)
    names.update(dict.fromkeys(name for seat in approval.seats for name in seat.chain))
    found = {}
    for name in names:
        principal = people.principals.find(PrincipalId(approval.id.tenant, name))
        if principal is None:
            found[name] = "not registered"
        else:
            found[name] = "revoked" if principal.revoked is not None else principal.kind
    return found
