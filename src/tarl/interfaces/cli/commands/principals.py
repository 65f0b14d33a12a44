"""``tarl principals``: people, agents and services, and the keys with which they sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.spans import DURATION

if TYPE_CHECKING:
    from tarl.engines.embedded.people import People
    from tarl.kernel.approvals.principals import Kind, Principal

KINDS = ("human", "agent", "service")


@click.group(short_help="People, agents and services, and their keys.")
def principals() -> None:
    """People, agents and services, each with a key of its own. Only humans can approve."""


@principals.command("create", short_help="Make a key and register a principal with it.")
@click.argument("name", metavar="NAME")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="human",
    show_default=True,
    help="What it is; never changes. Only humans can approve.",
)
@click.option("--passphrase", is_flag=True, help="Ask for a passphrase that seals the key file.")
@common_options
@click.pass_obj
def create(invocation: Invocation, name: str, kind: Kind, passphrase: bool) -> None:
    """Make a key for NAME (or tenant/NAME) under TARL_HOME and register NAME with it.

    Whoever can read the key file, and knows its passphrase if it has one, signs as NAME.
    """
    from tarl.interfaces.cli.people import ask_passphrase, now_ms, open_people, principal_id

    id = principal_id(name)
    with open_people(invocation, must_exist=False) as people:
        secret = ask_passphrase(new=True) if passphrase else None
        made = people.create(id, kind=kind, passphrase=secret, at_ms=now_ms())
        data = _data(people, made)
    if invocation.output.as_json:
        invocation.output.document("principals.create", **data)
        return
    invocation.output.note(f"registered {id.ref} as {kind}; the key is in {people.keys.directory}")
    invocation.output.data(made.keys[-1])


@principals.command("ls", short_help="List principals.")
@click.option("--tenant", help="Only principals of this tenant.")
@common_options
@click.pass_obj
def list_principals(invocation: Invocation, tenant: str | None) -> None:
    """List principals, by tenant and name."""
    from tarl.interfaces.cli.people import open_people

    with open_people(invocation) as people:
        found = [_data(people, people.principals.get(id)) for id in people.principals.ids(tenant)]
    if invocation.output.as_json:
        invocation.output.document("principals.ls", principals=found)
        return
    columns = ("principal", "kind", "status", "keys", "key here")
    rows = [
        (d["principal"], d["kind"], d["status"], len(d["keys"]), "yes" if d["key_here"] else "no")
        for d in found
    ]
    invocation.output.table(columns, rows)


@principals.command("show", short_help="Show a principal and its keys.")
@click.argument("name", metavar="NAME")
@common_options
@click.pass_obj
def show(invocation: Invocation, name: str) -> None:
    """Show a principal: its kind, its keys from the first to the one that counts, its end."""
    from tarl.interfaces.cli.people import open_people, principal_id

    with open_people(invocation) as people:
        data = _data(people, people.principals.get(principal_id(name)))
    if invocation.output.as_json:
        invocation.output.document("principals.show", **data)
        return
    invocation.output.fields(
        (
            ("principal", data["principal"]),
            ("kind", data["kind"]),
            ("status", data["status"]),
            ("revoked", data["revoked"]),
            ("key", data["keys"][-1]),
            ("earlier keys", "\n".join(data["keys"][:-1]) or None),
            ("key here", "yes" if data["key_here"] else "no"),
        )
    )


@principals.command("rotate", short_help="Let a new key take over.")
@click.argument("name", metavar="NAME")
@click.option("--lost", metavar="REASON", help="The key that counts cannot sign any more: why.")
@click.option(
    "--grace",
    "grace_ms",
    metavar="DURATION",
    type=DURATION,
    help="How long records of the key that counts now are still taken: 30m, 1d.",
)
@click.option("--passphrase", is_flag=True, help="Ask for a passphrase that seals the new key.")
@common_options
@click.pass_obj
def rotate(
    invocation: Invocation, name: str, lost: str | None, grace_ms: int | None, passphrase: bool
) -> None:
    """Make a new key for NAME that takes over, signed with the one that counts now.

    What the earlier key has signed stands. With --lost the earlier key need not be here; the reason
    is recorded. With --grace what it has signed and others have not recorded yet still counts.
    """
    from tarl.interfaces.cli.people import (
        ask_passphrase,
        now_ms,
        open_people,
        passphrase_for,
        principal_id,
    )

    id = principal_id(name)
    with open_people(invocation) as people:
        found = people.principals.get(id)
        old = passphrase_for(people, found.key) if lost is None else None
        new = ask_passphrase(new=True) if passphrase else None
        rotated = people.rotate(
            id,
            passphrase=old,
            new_passphrase=new,
            recovered=lost,
            grace_ms=grace_ms or 0,
            at_ms=now_ms(),
        )
        data = _data(people, rotated)
    if invocation.output.as_json:
        invocation.output.document("principals.rotate", **data)
        return
    invocation.output.note(f"key {len(data['keys'])} of {id.ref} counts from now on")
    invocation.output.data(rotated.keys[-1])


@principals.command("revoke", short_help="Let nothing count any more that NAME signs.")
@click.argument("name", metavar="NAME")
@click.option("--reason", required=True, metavar="TEXT", help="Why; recorded for good.")
@common_options
@click.pass_obj
def revoke(invocation: Invocation, name: str, reason: str) -> None:
    """Let nothing count any more that NAME signs from now on; earlier votes stand.

    There is no way back: a person who returns is registered under another name.
    """
    from tarl.interfaces.cli.people import now_ms, open_people, principal_id

    id = principal_id(name)
    with open_people(invocation) as people:
        data = _data(people, people.principals.revoke(id, reason, at_ms=now_ms()))
    if invocation.output.as_json:
        invocation.output.document("principals.revoke", **data)
    else:
        invocation.output.note(f"{id.ref} is revoked")


def _data(people: People, principal: Principal) -> dict[str, Any]:
    return {
        "principal": principal.id.ref,
        "tenant": principal.id.tenant,
        "id": principal.id.id,
        "kind": principal.kind,
        "status": "active" if principal.revoked is None else "revoked",
        "revoked": principal.revoked,
        "keys": list(principal.keys),
        "key_here": people.keys.has(principal.key),
    }
