"""``tarl tenants``: who data belongs to, how far apart, and the end of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.interfaces.cli.output import Output
    from tarl.tenancy.bounds import Usage
    from tarl.tenancy.tenant import Tenant

ISOLATIONS = ("strict", "shared", "none")

_sealed_option = click.option(
    "--sealed/--in-clear",
    "sealed",
    default=None,
    help="Whether what begins from now on is sealed with its own key (default: if it is strict).",
)


@click.group(short_help="Register, list and erase tenants.")
def tenants() -> None:
    """Register, list and erase tenants. What nobody registered works, without quotas."""


@tenants.command("create", short_help="Register a tenant.")
@click.argument("tenant", metavar="TENANT")
@click.option("--name", help="What people call it (default: its id).")
@click.option(
    "--isolation",
    type=click.Choice(ISOLATIONS),
    default="strict",
    show_default=True,
    help="What others may see and do: nothing, names and statuses, or everything.",
)
@_sealed_option
@click.option(
    "--quota",
    "quotas",
    metavar="RESOURCE=AMOUNT",
    multiple=True,
    help="How much it may have (may be repeated); see tarl quota set.",
)
@click.option("--metadata", "metadata_text", metavar="JSON|@FILE|-", help="A JSON object to keep.")
@common_options
@click.pass_obj
def create(
    invocation: Invocation,
    tenant: str,
    name: str | None,
    isolation: str,
    sealed: bool | None,
    quotas: tuple[str, ...],
    metadata_text: str | None,
) -> None:
    """Register a tenant, in a journal that is made if there is none.

    What it has already is counted from then on. A sealed tenant gets a key under TARL_HOME.
    """
    from tarl.interfaces.cli.input_text import read_json
    from tarl.interfaces.cli.tenancy import amounts_of, open_tenants, tenant_data
    from tarl.tenancy.tenant import Quotas

    metadata = None if metadata_text is None else read_json(metadata_text, option="--metadata")
    amounts = amounts_of(quotas)
    with open_tenants(invocation, must_exist=False) as (found, _):
        made = found.create(
            tenant,
            name=name,
            isolation=isolation,
            sealed=sealed,
            quotas=Quotas.of(amounts),
            metadata=metadata,
        )
        clear = len(found.clear_streams(tenant)) if made.sealed else 0
    if invocation.output.as_json:
        invocation.output.document("tenants.create", tenant=tenant_data(made), clear=clear)
        return
    how = "sealed" if made.sealed else "in clear"
    invocation.output.note(f"registered {made.id}: {made.isolation}, {how}")
    if clear:
        invocation.output.note(f"{clear} streams of it began before and stay in clear")


@tenants.command("ls", short_help="List tenants.")
@common_options
@click.pass_obj
def list_tenants(invocation: Invocation) -> None:
    """List the default tenant and every tenant that was registered."""
    from tarl.interfaces.cli.tenancy import open_tenants, tenant_data

    with open_tenants(invocation) as (found, _):
        known = list(found.list())
    if invocation.output.as_json:
        invocation.output.document("tenants.ls", tenants=[tenant_data(each) for each in known])
        return
    columns = ("tenant", "name", "status", "isolation", "sealed", "quotas")
    rows = [
        (t.id, t.name, t.status, t.isolation, "yes" if t.sealed else "no", _quotas(t))
        for t in known
    ]
    invocation.output.table(columns, rows)


@tenants.command("show", short_help="Show a tenant, its quotas and its usage.")
@click.argument("tenant", metavar="TENANT")
@common_options
@click.pass_obj
def show(invocation: Invocation, tenant: str) -> None:
    """Show a tenant, its quotas, what it uses, and what happened to it."""
    from tarl.interfaces.cli.tenancy import open_tenants, tenant_data

    with open_tenants(invocation) as (found, _):
        known = found.find(tenant)
        usage = found.usage(tenant)
        history = [
            {"at_ms": at_ms, "event": type(body).__name__, "body": body}
            for at_ms, body in found.history(tenant)
        ]
        has_key = invocation.keyring.tenant_key(tenant) is not None
    if invocation.output.as_json:
        data = tenant_data(known) | {"has_key": has_key}
        invocation.output.document(
            "tenants.show", tenant=data, usage=usage.as_data(), history=history
        )
    else:
        _show(invocation.output, known, usage, has_key=has_key)


@tenants.command("isolation", short_help="Set how far a tenant is apart from others.")
@click.argument("tenant", metavar="TENANT")
@click.argument("isolation", type=click.Choice(ISOLATIONS))
@_sealed_option
@common_options
@click.pass_obj
def set_isolation(invocation: Invocation, tenant: str, isolation: str, sealed: bool | None) -> None:
    """Set how far a tenant is apart from callers who act for others.

    strict: as if it did not exist. shared: they see its runs' names and statuses. none: they may do
    everything. What began in clear stays in clear, what began sealed stays sealed.
    """
    from tarl.interfaces.cli.tenancy import open_tenants, tenant_data

    with open_tenants(invocation) as (found, _):
        known = found.set_isolation(tenant, isolation, sealed=sealed)
    if invocation.output.as_json:
        invocation.output.document("tenants.isolation", tenant=tenant_data(known))
    else:
        how = "sealed" if known.sealed else "in clear"
        invocation.output.note(f"{known.id} is {known.isolation} now; what begins is {how}")


@tenants.command("erase", short_help="Close a tenant and destroy its key: its data is gone.")
@click.argument("tenant", metavar="TENANT")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--leave-clear", is_flag=True, help="Go on although content in clear will stay readable."
)
@click.option("--by", default="operator", show_default=True, help="Who wants it.")
@common_options
@click.pass_obj
def erase(invocation: Invocation, tenant: str, yes: bool, leave_clear: bool, by: str) -> int:
    """Close a tenant and destroy its key: what was sealed is gone for good, chains still verify.

    A closed tenant takes no new work, and its id is never given again. Streams that were never
    sealed are named; they stay readable.
    """
    from tarl.interfaces.cli.tenancy import open_tenants, tenant_data

    with open_tenants(invocation) as (found, _):
        found.find(tenant)
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError(f"This erases tenant {tenant} for good: say --yes.")
            question = f"Everything sealed for tenant {tenant} becomes unreadable for good. Erase?"
            if not click.confirm(question, err=True):
                invocation.output.note("nothing was erased")
                return exits.DENIED
        erasure = found.erase(tenant, by=by, leave_clear=leave_clear)
    if invocation.output.as_json:
        invocation.output.document(
            "tenants.erase",
            tenant=tenant_data(erasure.tenant),
            key_destroyed=erasure.key_destroyed,
            clear=list(erasure.clear),
        )
        return exits.OK
    invocation.output.note(f"{tenant} is erased" + ("" if erasure.key_destroyed else " already"))
    for stream in erasure.clear:
        invocation.output.data(f"in clear: {stream}")
    return exits.OK


def _show(output: Output, tenant: Tenant, usage: Usage, *, has_key: bool) -> None:
    from tarl.interfaces.cli.output import json_text
    from tarl.values.instants import isoformat_ms

    def instant(at_ms: int | None) -> str | None:
        return None if at_ms is None else isoformat_ms(at_ms)

    output.fields(
        [
            ("tenant", tenant.id),
            ("name", tenant.name),
            ("status", tenant.status),
            ("isolation", tenant.isolation),
            ("sealed", "yes" if tenant.sealed else "no"),
            ("key", "yes" if has_key else "no"),
            ("registered", "yes" if tenant.registered else "no"),
            ("created", instant(tenant.created_at_ms)),
            ("closed", instant(tenant.closed_at_ms)),
            ("metadata", json_text(tenant.metadata) if tenant.metadata else None),
        ]
    )
    output.data("")
    show_usage(output, [(tenant, usage)])


def show_usage(output: Output, pairs: list[tuple[Tenant, Usage]]) -> None:
    """Quotas and what is used of them, a line for each resource of each tenant."""
    rows = []
    for tenant, usage in pairs:
        used = usage.as_data()
        for resource, quota in tenant.quotas.as_data().items():
            left = None if quota is None else max(0, quota - used[resource])
            rows.append(
                (tenant.id, resource, used[resource], "none" if quota is None else quota, left)
            )
    output.table(("tenant", "resource", "used", "quota", "left"), rows)


def _quotas(tenant: Tenant) -> str:
    held = tenant.quotas.as_data().items()
    return ", ".join(f"{name}={amount}" for name, amount in held if amount is not None)
