"""``tarl trust export``: what an agent holds, in the forms that others read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tarl.errors import Denied, Missing
from tarl.interfaces.cli.files import PIPE, write_out
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.interfaces.cli.trust import Trust
    from tarl.trust.chain import Chain


@click.command("export", short_help="Write what an agent holds as a credential or a token.")
@click.argument("name", metavar="AGENT")
@click.option(
    "--as",
    "form",
    type=click.Choice(("vc", "biscuit")),
    default="vc",
    show_default=True,
    help="A W3C Verifiable Credential, or a Biscuit token (needs tarl[biscuit]).",
)
@click.option("--grant", metavar="DIGEST", help="Which of its grants; the newest when left out.")
@click.option(
    "-o", "--output", "target", metavar="FILE", required=True, help="The file; - is stdout."
)
@common_options
@click.pass_obj
def export_authority(
    invocation: Invocation, name: str, form: str, grant: str | None, target: str
) -> None:
    """Write what AGENT holds now as a credential or a token, signed with the operator's key.

    Whoever has the file and the operator's public key sees what held when it was made. What is
    revoked afterwards it does not know: let what is exported expire soon.
    """
    from tarl.interfaces.cli.trust import one_tenant, open_trust
    from tarl.values.canonical import encode

    invocation.require_operator()
    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant) as opened:
        opened.agent(agent)
        chain = _chain(opened, agent, grant)
        operator = invocation.keyring.signer("operator")
        if form == "biscuit":
            from tarl.provenance.biscuit import token

            data = token(chain, operator).encode()
        else:
            from tarl.provenance.credential import credential

            holder = opened.ledger.book(tenant).holders.get(agent).key
            data = encode(credential(chain, holder, operator, at_ms=opened.now_ms))
    size = write_out(invocation.output, target, [data + b"\n"])
    key = operator.verifier.vkey
    if invocation.output.as_json:
        facts = {"agent": agent, "grant": chain.leaf.digest, "file": target, "size_bytes": size}
        invocation.output.document("trust.export", form=form, key=key, **facts)
    else:
        where = "to standard output" if target == PIPE else target
        invocation.output.note(f"wrote {where}, {size} bytes, signed by:")
        say = invocation.output.note if target == PIPE else invocation.output.data
        say(key)


def _chain(opened: Trust, agent: str, digest: str | None) -> Chain:
    """The grant that was asked for, or the newest that counts now."""
    from tarl.interfaces.cli.chains import why_void

    found = list(opened.ledger.chains(opened.tenant, agent, at_ms=opened.now_ms))
    wanted = [chain for chain in found if digest is None or chain.leaf.digest.startswith(digest)]
    if not wanted:
        raise Missing(
            f"{agent} holds {'nothing' if digest is None else f'no grant {digest}'}",
            code="trust.no_grant",
            next_step=f"tarl trust show {agent}",
        )
    void = None
    for chain in reversed(wanted):
        void = why_void(opened, chain.leaf)
        if void is None:
            return chain
    raise Denied(
        f"what {agent} holds does not count now: {void}",
        code="trust.void",
        next_step=f"tarl trust show {agent}",
    )
