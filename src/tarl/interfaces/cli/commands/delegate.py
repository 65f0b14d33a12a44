"""``tarl delegate``: an agent hands on some of what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.grant_words import expires_option, grant_options
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.trust import propose_option

if TYPE_CHECKING:
    from tarl.trust.chain import Chain


@click.command(short_help="Hand on some of what an agent holds.")
@click.argument("delegator", metavar="FROM")
@click.argument("delegatee", metavar="TO")
@grant_options
@click.option("--all", "everything", is_flag=True, help="Everything that FROM holds.")
@click.option("--task", metavar="NAME", help="The only task that it is for.")
@click.option(
    "--depth",
    "depth_left",
    type=click.IntRange(0, 32),
    default=0,
    show_default=True,
    help="How deep TO may hand it on; more than 0 gives trust.delegate too.",
)
@click.option("--audience", metavar="NAME", help="The only verifier that it is for.")
@click.option(
    "--of", "parent", metavar="DIGEST", help="Which grant of FROM (default: one that fits)."
)
@click.option("--reason", metavar="TEXT", help="Why; only its SHA-256 is recorded.")
@expires_option
@propose_option
@common_options
@click.pass_obj
def delegate(
    invocation: Invocation,
    /,
    delegator: str,
    delegatee: str,
    everything: bool,
    task: str | None,
    depth_left: int,
    audience: str | None,
    parent: str | None,
    reason: str | None,
    expires_ms: int | None,
    propose: str | None,
    **granted: Any,
) -> None:
    """Let agent FROM hand on to agent TO some of what it holds, signed with FROM's own key.

    Never more, longer or for other tasks than FROM holds; FROM must hold trust.delegate. A budget
    is shared: what TO spends, FROM has spent.
    """
    from tarl.interfaces.cli.grant_words import grants_of, with_delegation
    from tarl.interfaces.cli.trust import (
        Proposed,
        one_tenant,
        open_trust,
        record_digest,
        told_proposal,
    )

    terms = grants_of(**granted)
    if bool(terms.grants) == everything:
        raise click.UsageError("Say what: --action PATTERN or --grants JSON, or else --all.")
    if depth_left and not everything:
        terms = with_delegation(terms)
    tenant, (giver, taker) = one_tenant(delegator, delegatee)
    with open_trust(invocation, tenant=tenant, propose=propose) as trust:
        trust.agent(giver)
        trust.agent(taker)
        try:
            chain = trust.operations.delegate(
                giver,
                taker,
                task,
                None if everything else terms.grants,
                terms.envelope,
                parent=None if parent is None else record_digest(trust, parent),
                depth_left=depth_left,
                audience=audience,
                expires_at_ms=trust.until_ms(expires_ms),
                reasoning=reason,
            )
        except Proposed:
            told_proposal(invocation, "delegate", str(propose))
            return
    _tell(invocation, chain)


def _tell(invocation: Invocation, chain: Chain) -> None:
    from tarl.interfaces.cli.chains import Holding, holding_data, terms_words

    leaf = chain.leaf
    record = leaf.record
    if invocation.output.as_json:
        data = holding_data(Holding(leaf.digest, chain.links, None))
        names = {name: getattr(record, name) for name in ("delegator", "delegatee", "tenant")}
        invocation.output.document("delegate", **names, task=record.task, **data)
        return
    for line in terms_words(leaf):
        invocation.output.note(f"{record.delegatee} {line}")
    invocation.output.data(leaf.digest)
