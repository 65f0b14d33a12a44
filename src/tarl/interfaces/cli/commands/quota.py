"""``tarl quota``: what tenants may have, what they use, and whether the counters are right."""

from __future__ import annotations

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.invocation import Invocation, common_options


@click.group(short_help="Show and set what tenants may have.")
def quota() -> None:
    """Show and set what tenants may have: workflows, concurrent_executions, queue_depth,
    storage_bytes and rate_per_minute.
    """


@quota.command("show", short_help="Show a tenant's quotas and what it uses of them.")
@click.argument("tenant", metavar="[TENANT]", default="default")
@common_options
@click.pass_obj
def show(invocation: Invocation, tenant: str) -> None:
    """Show a tenant's quotas, what it uses of them and what is left."""
    from tarl.interfaces.cli.commands.tenants import show_usage
    from tarl.interfaces.cli.tenancy import open_tenants

    with open_tenants(invocation) as (found, _):
        known = found.find(tenant)
        usage = found.usage(tenant)
    if invocation.output.as_json:
        invocation.output.document(
            "quota.show", tenant=known.id, quotas=known.quotas.as_data(), usage=usage.as_data()
        )
    else:
        show_usage(invocation.output, [(known, usage)])


@quota.command("set", short_help="Give a tenant other quotas.")
@click.argument("tenant", metavar="TENANT")
@click.argument("quotas", metavar="RESOURCE=AMOUNT...", nargs=-1, required=True)
@common_options
@click.pass_obj
def set_quota(invocation: Invocation, tenant: str, quotas: tuple[str, ...]) -> None:
    """Give a tenant other quotas; `none` takes one away.

    RESOURCE is workflows (runs ever started), concurrent_executions (runs that have not ended, and
    tasks under way), queue_depth (tasks not over), storage_bytes (event bodies and blobs) or
    rate_per_minute (runs and tasks that start in any 60 seconds). What a tenant has already stays.
    """
    from tarl.interfaces.cli.tenancy import amounts_of, open_tenants

    amounts = amounts_of(quotas)
    with open_tenants(invocation) as (found, _):
        known = found.set_quotas(tenant, amounts)
    if invocation.output.as_json:
        invocation.output.document("quota.set", tenant=known.id, quotas=known.quotas.as_data())
    else:
        held = known.quotas.as_data().items()
        said = ", ".join(f"{name}={amount}" for name, amount in held if amount is not None)
        invocation.output.note(f"{known.id} may have: {said or 'as much as it likes'}")


@quota.command("usage", short_help="Show what every tenant uses.")
@common_options
@click.pass_obj
def usage(invocation: Invocation) -> None:
    """Show what every registered tenant, and the default one, uses."""
    from tarl.interfaces.cli.commands.tenants import show_usage
    from tarl.interfaces.cli.tenancy import open_tenants

    with open_tenants(invocation) as (found, _):
        pairs = [(known, found.usage(known.id)) for known in found.list()]
    if invocation.output.as_json:
        data = [
            {"tenant": t.id, "quotas": t.quotas.as_data(), "usage": used.as_data()}
            for t, used in pairs
        ]
        invocation.output.document("quota.usage", tenants=data)
    else:
        show_usage(invocation.output, pairs)


@quota.command("recount", short_help="Compare a tenant's counters with the facts.")
@click.argument("tenant", metavar="TENANT")
@click.option("--check", is_flag=True, help="Change nothing; exit code 6 when they differ.")
@common_options
@click.pass_obj
def recount(invocation: Invocation, tenant: str, check: bool) -> int:
    """Count what a tenant uses from the facts, and make the counters hold that."""
    from tarl.interfaces.cli.tenancy import open_tenants

    with open_tenants(invocation) as (found, bounds):
        found.find(tenant)
        if check:
            before, after = bounds.usage(tenant), bounds.counted(tenant)
        else:
            before, after = bounds.recount(tenant)
    was, now = before.as_data(), after.as_data()
    differ = [name for name in was if was[name] != now[name]]
    if invocation.output.as_json:
        invocation.output.document(
            "quota.recount", tenant=tenant, counted=was, facts=now, differ=differ
        )
    else:
        rows = [(name, was[name], now[name]) for name in was]
        invocation.output.table(("resource", "counted", "facts"), rows)
        invocation.output.note(f"differ: {', '.join(differ)}" if differ else "they agree")
    return exits.CORRUPT if check and differ else exits.OK
