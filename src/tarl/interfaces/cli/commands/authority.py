"""``tarl authority``: who may let agents do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.grant_words import grant_options
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.spans import DURATION
from tarl.interfaces.cli.trust import propose_option

if TYPE_CHECKING:
    from tarl.interfaces.cli.trust import Trust
    from tarl.trust.chain import Link


@click.group(short_help="Who may let agents do what.")
def authority() -> None:
    """Who may let agents do what: a registered human or service, vouched for by the operator.

    Several people can be one authority, of whom so many must sign: --member and --threshold.
    """


@authority.command("establish", short_help="Let a human or a service be an authority.")
@click.argument("name", metavar="NAME")
@grant_options
@click.option(
    "--member",
    "members",
    metavar="PRINCIPAL",
    multiple=True,
    help="Whose key signs for it (default: its own; may be repeated).",
)
@click.option(
    "--threshold",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many members must sign.",
)
@click.option("--parent", metavar="AUTHORITY", help="Who vouches for it (default: the operator).")
@click.option("--delegable", is_flag=True, help="It may establish authorities below it.")
@click.option("--agents-delegate", is_flag=True, help="Agents below it may be let delegate.")
@click.option("--title", metavar="TEXT", help="What people call it (default: its name).")
@click.option(
    "--expires",
    "expires_ms",
    metavar="DURATION",
    type=DURATION,
    help="For how long: 30d, 365d (default: for good).",
)
@propose_option
@common_options
@click.pass_obj
def establish(
    invocation: Invocation,
    /,
    name: str,
    members: tuple[str, ...],
    threshold: int,
    parent: str | None,
    delegable: bool,
    agents_delegate: bool,
    title: str | None,
    expires_ms: int | None,
    propose: str | None,
    **granted: Any,
) -> None:
    """Let NAME (or tenant/NAME), a registered human or service, be an authority.

    What it may give to agents is what --action, --constraint, --budget and --grants say, and never
    more than its parent's; the right to delegate with --agents-delegate.
    """
    from tarl.interfaces.cli.grant_words import grants_of, with_delegation
    from tarl.interfaces.cli.people import principal_id
    from tarl.interfaces.cli.trust import Proposed, one_tenant, open_trust, told_proposal

    terms = grants_of(**granted)
    if not terms.grants and parent is None:
        raise click.UsageError("Say what it may give to agents: --action PATTERN or --grants JSON.")
    if agents_delegate:
        terms = with_delegation(terms)
    tenant, (id, *others) = one_tenant(name, *members, *([parent] if parent else []))
    with open_trust(invocation, tenant=tenant, propose=propose) as trust:
        for each in (id, *others):
            trust.principal(each)
        try:
            trust.operations.establish_authority(
                id,
                capabilities=terms.grants,
                constraints=terms.envelope,
                name=title,
                members=others[: len(members)],
                threshold=threshold,
                delegable=delegable,
                parent=others[-1] if parent else None,
                expires_at_ms=trust.until_ms(expires_ms),
            )
        except Proposed:
            told_proposal(invocation, "authority.establish", str(propose))
            return
        data = _data(trust, trust.ledger.authority(tenant, id))
    if invocation.output.as_json:
        invocation.output.document("authority.establish", **data)
        return
    ref = principal_id(name).ref
    words = ("agents", "establish", "AGENT", "--authority", ref, "--action", "PATTERN")
    invocation.output.note(f"{ref} is an authority; let agents begin below it:")
    invocation.output.note(f"  {invocation.command(*words)}")
    invocation.output.data(data["digest"])


@authority.command("ls", short_help="List authorities.")
@click.option("--tenant", help="Whose (default: --as-tenant, else default).")
@common_options
@click.pass_obj
def list_authorities(invocation: Invocation, tenant: str | None) -> None:
    """List a tenant's authorities, by name."""
    from tarl.interfaces.cli.trust import open_trust

    with open_trust(invocation, tenant=tenant) as trust:
        names = trust.ledger.names(trust.tenant, "authority")
        found = [_data(trust, trust.ledger.authority(trust.tenant, name)) for name in names]
    if invocation.output.as_json:
        invocation.output.document("authority.ls", authorities=found)
        return
    columns = ("authority", "name", "parent", "signs", "may give", "until", "status")
    rows = [
        (
            each["authority"],
            each["name"],
            each["parent_authority"] or "operator",
            f"{each['threshold']} of {len(each['members'])}",
            ", ".join(dict.fromkeys(grant["action"] for grant in each["grants"])),
            each["expires"],
            "in force" if each["void"] is None else each["void"],
        )
        for each in found
    ]
    invocation.output.table(columns, rows)


@authority.command("show", short_help="Show an authority: its keys, and what it may give.")
@click.argument("name", metavar="NAME")
@common_options
@click.pass_obj
def show(invocation: Invocation, name: str) -> None:
    """Show an authority: who vouches for it, whose keys sign, and what it may give."""
    from tarl.interfaces.cli.chains import terms_words
    from tarl.interfaces.cli.trust import one_tenant, open_trust

    tenant, (id,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant) as trust:
        link = trust.ledger.authority(tenant, id)
        data = _data(trust, link)
    if invocation.output.as_json:
        invocation.output.document("authority.show", **data)
        return
    signs = f"{data['threshold']} of {', '.join(data['members'])}"
    invocation.output.fields(
        [
            ("authority", data["authority"]),
            ("name", data["name"]),
            ("status", "in force" if data["void"] is None else data["void"]),
            ("vouched for by", data["parent_authority"] or "the operator"),
            ("signs", signs),
            ("authorities below", "yes" if data["delegable"] else "no"),
            ("until", data["expires"]),
            ("agents", ", ".join(data["agents"]) or None),
            ("record", data["digest"]),
            ("may give", "\n".join(terms_words(link)).replace("may ", "")),
        ]
    )


def _data(trust: Trust, link: Link) -> dict[str, Any]:
    from tarl.interfaces.cli.chains import why_void
    from tarl.interfaces.cli.trust import instant

    record = link.record
    holders = trust.ledger.book(trust.tenant).holders
    rows = trust.ledger.store.scan("trust_record", {"tenant": trust.tenant, "parent": link.digest})
    return {
        "authority": record.authority,
        "tenant": record.tenant,
        "name": record.name,
        "digest": link.digest,
        "void": why_void(trust, link),
        "parent": record.parent,
        "parent_authority": None if link.parent is None else link.parent.subject,
        "members": [holders.owner(vkey) for vkey in record.keys],
        "keys": list(record.keys),
        "threshold": record.threshold,
        "delegable": record.delegable,
        "expires_at_ms": record.expires_at_ms,
        "expires": instant(record.expires_at_ms),
        "agents": sorted({row["agent"] for row in rows if row["kind"] == "genesis"}),
        **link.terms.as_data(),
    }
