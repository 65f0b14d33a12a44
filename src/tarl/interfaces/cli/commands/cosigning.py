"""``tarl trust sign`` and ``tarl trust record``: records that several people must sign."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.engines.embedded.people import People


@click.command("sign", short_help="Add your signature to a proposed record.")
@click.argument("file", metavar="FILE")
@click.option("--as", "name", metavar="PRINCIPAL", help="Who signs (default: whose key is here).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_obj
def sign(invocation: Invocation, file: str, name: str | None, yes: bool) -> int:
    """Add your signature to the record in FILE, which somebody made with --propose.

    Shows what it says, asks, and signs it with your own key. The journal says which key counts; the
    record is not in it yet.
    """
    from tarl.interfaces.cli.people import open_people, passphrase_for, principal_id
    from tarl.interfaces.cli.trust import confirmed, read_envelope, write_envelope

    envelope = read_envelope(file)
    payload, message = _opened(envelope)
    with open_people(invocation) as people:
        tenant = str(payload.get("tenant"))
        id = _sole(people, tenant) if name is None else principal_id(name, tenant=tenant)
        key = people.principals.get(id).key
        if not invocation.output.as_json:
            invocation.output.note(json.dumps(payload, indent=2, ensure_ascii=False))
        if not confirmed(
            invocation,
            f"Sign this {_kind(payload)} as {id.id}?",
            yes=yes,
            refusal=f"This signs the {_kind(payload)} in {file} as {id.id}: say --yes.",
        ):
            invocation.output.note("nothing was signed")
            return exits.DENIED
        signer = people.keys.signer(key, passphrase=passphrase_for(people, key))
    signature = {"keyid": key.label, "sig": base64.b64encode(signer.key.sign(message)).decode()}
    others = [each for each in envelope["signatures"] if each.get("keyid") != key.label]
    write_envelope(Path(file), {**envelope, "signatures": [*others, signature]})
    if invocation.output.as_json:
        labels = [each["keyid"] for each in (*others, signature)]
        invocation.output.document("trust.sign", file=file, principal=id.ref, signed=labels)
    else:
        invocation.output.note(f"signed by {len(others) + 1} now; when that is enough:")
        invocation.output.note(f"  {invocation.command('trust', 'record', file)}")
    return exits.OK


@click.command("record", short_help="Record a proposed record that is signed by enough.")
@click.argument("file", metavar="FILE")
@common_options
@click.pass_obj
def record(invocation: Invocation, file: str) -> None:
    """Record what is in FILE, if those have signed it whose word it needs.

    Nothing is trusted that is not in the signatures; the same record is recorded once.
    """
    from tarl.interfaces.cli.trust import open_trust, read_envelope

    envelope = read_envelope(file)
    payload, _ = _opened(envelope)
    with open_trust(invocation, tenant=str(payload.get("tenant"))) as trust:
        made = trust.ledger.record(envelope, at_ms=trust.now_ms)
    if invocation.output.as_json:
        invocation.output.document(
            "trust.record", kind=made.signed.kind, record=made.digest, stream=made.place.stream
        )
        return
    invocation.output.note(f"recorded the {made.signed.kind} in {made.place.stream}")
    invocation.output.data(made.digest)


def _opened(envelope: Any) -> tuple[dict[str, Any], bytes]:
    """The payload of an envelope, and what is to be signed.

    Raises:
        Invalid: it is no envelope of a record (``trust.envelope``).
    """
    from tarl.crypto.dsse import pae

    try:
        data = base64.b64decode(envelope["payload"], validate=True)
        payload = json.loads(data)
        kind = _kind(payload)
        if envelope["payloadType"] != f"application/vnd.tarl.{kind}.v1+json":
            raise ValueError("another payload type")
        return payload, pae(envelope["payloadType"], data)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Invalid(
            "the file holds no record of trust",
            code="trust.envelope",
            next_step="make one with --propose FILE",
        ) from None


def _kind(payload: dict[str, Any]) -> str:
    return str(payload["type"]).removeprefix("tarl.").partition("/")[0]


def _sole(people: People, tenant: str) -> Any:
    """The only human or service with a key here.

    Raises:
        Invalid: there are none, or several (``trust.as``).
    """
    found = []
    for id in people.local(tenant):
        principal = people.principals.find(id)
        if principal is not None and principal.kind != "agent" and people.keys.has(principal.key):
            found.append(id)
    if len(found) != 1:
        raise Invalid(
            f"say who you are: {len(found)} principals could sign here",
            code="trust.as",
            next_step="--as NAME" + (f" ({', '.join(id.id for id in found)})" if found else ""),
        )
    return found[0]
