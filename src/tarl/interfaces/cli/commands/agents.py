"""``tarl agents``: programs that act with an authority of their own, and how they come to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.grant_words import expires_option, grant_options
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.trust import propose_option

if TYPE_CHECKING:
    from tarl.interfaces.cli.trust import Trust
    from tarl.kernel.approvals.principals import Principal
    from tarl.policy.grant import Grants
    from tarl.trust.chain import Chain
    from tarl.trust.records import HumanOrigin

_DEPTH = click.option(
    "--depth",
    "depth_left",
    type=click.IntRange(0, 32),
    default=0,
    show_default=True,
    help="How deep it may delegate what it holds; more than 0 gives trust.delegate too.",
)
_AUDIENCE = click.option("--audience", metavar="NAME", help="The only verifier that it is for.")
_TASK = click.option("--task", metavar="NAME", help="The only task that it is for (default: any).")
_ROLE = click.option(
    "--role", "roles", metavar="NAME", multiple=True, help="What it may appear as."
)


@click.group(short_help="Programs that act with an authority of their own.")
def agents() -> None:
    """Programs that act with an authority of their own.

    An agent is a principal with a key; an authority lets it begin and attests to what it may do.
    """


@agents.command("create", short_help="Make a key and register an agent with it.")
@click.argument("name", metavar="NAME")
@common_options
@click.pass_obj
def create(invocation: Invocation, name: str) -> None:
    """Make a key for the agent NAME (or tenant/NAME) under TARL_HOME and register it.

    It may do nothing yet. The key file has no passphrase: the runtime signs with it.
    """
    from tarl.interfaces.cli.people import now_ms, open_people, principal_id

    id = principal_id(name)
    with open_people(invocation, must_exist=False) as people:
        made = people.create(id, kind="agent", at_ms=now_ms())
        directory = people.keys.directory
    if invocation.output.as_json:
        invocation.output.document(
            "agents.create", agent=id.id, tenant=id.tenant, keys=list(made.keys), key_here=True
        )
        return
    invocation.output.note(f"registered the agent {id.ref}; the key is in {directory}")
    invocation.output.note("it may do nothing yet; let an authority say what:")
    words = ("agents", "establish", id.ref, "--authority", "NAME", "--action", "PATTERN")
    invocation.output.note(f"  {invocation.command(*words)}")
    invocation.output.data(made.keys[-1])


@agents.command("establish", short_help="Let an agent begin, and attest to what it may do.")
@click.argument("name", metavar="AGENT")
@click.option("--authority", "authority_id", metavar="NAME", required=True, help="Who says so.")
@grant_options
@_TASK
@_DEPTH
@_ROLE
@_AUDIENCE
@click.option(
    "--human",
    "human_text",
    metavar="NAME|JSON|@FILE",
    help="The person on whose behalf it acts: a registered human, or a human_origin as JSON.",
)
@expires_option
@propose_option
@common_options
@click.pass_obj
def establish(
    invocation: Invocation,
    /,
    name: str,
    authority_id: str,
    task: str | None,
    depth_left: int,
    roles: tuple[str, ...],
    audience: str | None,
    human_text: str | None,
    expires_ms: int | None,
    propose: str | None,
    **granted: Any,
) -> None:
    """Let AGENT begin below an authority, and attest to what it may do; signed by the authority.

    With --propose, only the beginning is written; once it is recorded, propose what it may do with
    tarl agents attest.
    """
    from tarl.interfaces.cli.trust import Proposed, one_tenant, open_trust, told_proposal

    terms = _terms(granted, depth_left)
    tenant, (agent, above) = one_tenant(name, authority_id)
    with open_trust(invocation, tenant=tenant, propose=propose) as trust:
        trust.agent(agent)
        try:
            chain = trust.operations.establish(
                agent,
                above,
                terms.grants,
                terms.envelope,
                human_origin=None if human_text is None else _origin(trust, human_text),
                roles=roles,
                depth_left=depth_left,
                task_id=task,
                audience=audience,
                expires_at_ms=trust.until_ms(expires_ms),
            )
        except Proposed:
            told_proposal(invocation, "agents.establish", str(propose))
            return
        _tell(invocation, "agents.establish", trust, chain)


@agents.command("attest", short_help="Attest to something more that an agent may do.")
@click.argument("name", metavar="AGENT")
@grant_options
@_TASK
@_DEPTH
@_ROLE
@_AUDIENCE
@expires_option
@propose_option
@common_options
@click.pass_obj
def attest(
    invocation: Invocation,
    /,
    name: str,
    task: str | None,
    depth_left: int,
    roles: tuple[str, ...],
    audience: str | None,
    expires_ms: int | None,
    propose: str | None,
    **granted: Any,
) -> None:
    """Attest to something more that AGENT may do, signed by the authority that it began below.

    What it holds already stays; take it away with tarl revoke.
    """
    from tarl.interfaces.cli.trust import Proposed, one_tenant, open_trust, told_proposal

    terms = _terms(granted, depth_left)
    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant, propose=propose) as trust:
        trust.agent(agent)
        try:
            chain = trust.operations.attest(
                agent,
                terms.grants,
                terms.envelope,
                roles=roles,
                depth_left=depth_left,
                task_id=task,
                audience=audience,
                expires_at_ms=trust.until_ms(expires_ms),
            )
        except Proposed:
            told_proposal(invocation, "agents.attest", str(propose))
            return
        _tell(invocation, "agents.attest", trust, chain)


@agents.command("ls", short_help="List agents and how they stand.")
@click.option("--tenant", help="Whose (default: --as-tenant, else default).")
@common_options
@click.pass_obj
def list_agents(invocation: Invocation, tenant: str | None) -> None:
    """List a tenant's agents: how they stand, and how much they hold."""
    from tarl.interfaces.cli.trust import open_trust

    with open_trust(invocation, tenant=tenant) as trust:
        ids = trust.people.principals.ids(trust.tenant)
        everybody = [trust.people.principals.get(id) for id in ids]
        found = [agent_data(trust, each) for each in everybody if each.kind == "agent"]
    if invocation.output.as_json:
        invocation.output.document("agents.ls", agents=found)
        return
    columns = ("agent", "status", "posture", "authority", "grants", "until", "key here")
    rows = [
        (
            each["agent"],
            each["status"],
            each["posture"],
            each["authority"],
            len([grant for grant in each["grants"] if grant["counts"]]),
            each["until"],
            "yes" if each["key_here"] else "no",
        )
        for each in found
    ]
    invocation.output.table(columns, rows)


@agents.command("show", short_help="Show an agent: how it stands, and what it may do.")
@click.argument("name", metavar="AGENT")
@common_options
@click.pass_obj
def show(invocation: Invocation, name: str) -> None:
    """Show an agent: how it stands, its key, and what it may do now.

    Where that comes from: tarl trust show AGENT.
    """
    from tarl.interfaces.cli.chains import holdings, terms_words
    from tarl.interfaces.cli.trust import one_tenant, open_trust

    tenant, (agent,) = one_tenant(name)
    with open_trust(invocation, tenant=tenant) as trust:
        principal = trust.agent(agent)
        data = agent_data(trust, principal)
        held = [each for each in holdings(trust, agent) if each.void is None]
    if invocation.output.as_json:
        invocation.output.document("agents.show", **data)
        return
    words = [f"{each.digest[:12]}: " + "\n  ".join(terms_words(each.leaf)) for each in held]
    invocation.output.fields(
        [
            ("agent", principal.id.ref),
            ("status", data["status"]),
            ("posture", data["posture"]),
            ("authority", data["authority"]),
            ("on behalf of", data["human"]),
            ("key", principal.keys[-1]),
            ("key here", "yes" if data["key_here"] else "no"),
            ("until", data["until"]),
            ("holds", "\n".join(words) or "nothing that counts now"),
        ]
    )


def agent_data(trust: Trust, principal: Principal) -> dict[str, Any]:
    """An agent as JSON values: registered how, standing how, and holding what."""
    from tarl.interfaces.cli.chains import holding_data, holdings
    from tarl.interfaces.cli.trust import instant
    from tarl.trust.chain import origin_of

    agent = principal.id.id
    standing = trust.ledger.standing(trust.tenant)
    found = holdings(trust, agent)
    begun = list(trust.ledger.book(trust.tenant).beginnings(agent))
    counting = [each.leaf for each in found if each.void is None]
    origin = origin_of(begun[-1]) if begun else None
    status = "active" if counting else "without grants"
    if principal.revoked is not None or ("agent", agent) in standing.revoked:
        status = "revoked"
    elif standing.is_suspended(agent, trust.now_ms):
        status = "suspended"
    elif not begun and not found:
        status = "not established"
    return {
        "agent": agent,
        "tenant": trust.tenant,
        "status": status,
        "posture": standing.posture_of(agent),
        "authority": begun[-1].parent.subject if begun and begun[-1].parent else None,
        "human": None if origin is None else origin.human,
        "keys": list(principal.keys),
        "key_here": trust.people.keys.has(principal.key),
        "until": instant(max((leaf.expires_at_ms for leaf in counting), default=None)),
        "grants": [holding_data(each) for each in found],
    }


def _terms(granted: dict[str, Any], depth_left: int) -> Grants:
    from tarl.interfaces.cli.grant_words import grants_of, with_delegation

    terms = grants_of(**granted)
    if not terms.grants:
        raise click.UsageError("Say what it may do: --action PATTERN or --grants JSON.")
    return with_delegation(terms) if depth_left else terms


def _origin(trust: Trust, text: str) -> HumanOrigin:
    import msgspec

    from tarl.errors import Invalid
    from tarl.interfaces.cli.input_text import read_json
    from tarl.trust.records import HumanOrigin

    if not text.startswith(("{", "@")):
        human = trust.principal(text)
        if human.kind != "human":
            raise Invalid(
                f"{text} is a {human.kind}, and no human",
                code="trust.option",
                next_step=f"tarl principals create {text} --kind human",
            )
        return HumanOrigin(
            human=text,
            name=text,
            provider="tarl",
            session="cli",
            authenticated_at_ms=trust.now_ms,
        )
    try:
        return msgspec.convert(read_json(text, option="--human"), HumanOrigin)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"--human is no human_origin: {error}",
            code="trust.option",
            next_step="give human, name, provider, session and authenticated_at_ms",
        ) from None


def _tell(invocation: Invocation, command: str, trust: Trust, chain: Chain) -> None:
    from tarl.interfaces.cli.chains import Holding, holding_data, terms_words

    leaf = chain.leaf
    if invocation.output.as_json:
        data = holding_data(Holding(leaf.digest, chain.links, None))
        invocation.output.document(command, agent=leaf.subject, tenant=trust.tenant, **data)
        return
    for line in terms_words(leaf):
        invocation.output.note(f"{leaf.subject} {line}")
    invocation.output.data(leaf.digest)
