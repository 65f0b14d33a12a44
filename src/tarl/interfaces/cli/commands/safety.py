"""``tarl safety``: what guards a tenant's effects while they run, and what was noticed."""

from __future__ import annotations

from typing import Any

import click

from tarl.interfaces.cli.code_loading import code_option, load_all
from tarl.interfaces.cli.commands.safety_looks import anomalies, check, classes, scan, show
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.safety import (
    SEVERITIES,
    block_data,
    by_option,
    open_safety,
    reason_option,
    severity_option,
    tenant_option,
    told,
)
from tarl.interfaces.cli.spans import DURATION


@click.group(short_help="Guardrails, watches, blocked actions, redaction, anomalies.")
def safety() -> None:
    """What guards effects while they run: guardrails, watches, blocked actions, redaction.

    What is set holds from the next effect on, in every process, and is on record with who set it.
    """


# --- guardrails


@safety.group("guardrails", short_help="Functions that look at effects before they run.")
def guardrails() -> None:
    """Functions that look at effects before they run, by their registered names."""


@guardrails.command("ls", short_help="List the guardrails that are enabled.")
@code_option
@tenant_option
@common_options
@click.pass_obj
def list_guardrails(invocation: Invocation, code: tuple[str, ...], tenant: str) -> None:
    """List the enabled guardrails in the order in which they are asked, and those that could be."""
    from tarl.governance.safety.builtin import declared_guardrails

    load_all(invocation, code)
    known = declared_guardrails()
    enabled = {}
    if invocation.has_journal():
        with open_safety(invocation) as ledger:
            enabled = ledger.settings(tenant=tenant).guardrails
    rows: list[dict[str, Any]] = []
    for name in (*enabled, *(name for name in known.names() if name not in enabled)):
        said, guardrail = enabled.get(name), known.get(name)
        word = guardrail.severity.word if guardrail else None
        rows.append(
            {
                "guardrail": name,
                "enabled": said is not None,
                "severity": (said.severity if said else None) or word,
                "asked_about": guardrail.on if guardrail else None,
                "timeout_ms": guardrail.timeout_ms if guardrail else None,
                "loaded": guardrail is not None,
                "by": said.by if said else None,
            }
        )
    columns = ("guardrail", "enabled", "severity", "asked_about", "timeout_ms", "loaded", "by")
    invocation.output.listing("safety.guardrails", rows, columns)


@guardrails.command("enable", short_help="Have a guardrail asked about every effect.")
@click.argument("name", metavar="NAME")
@severity_option
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def enable(
    invocation: Invocation, name: str, severity: str | None, by: str, reason: str, tenant: str
) -> None:
    """Have the guardrail NAME asked about every effect from the next one on.

    What it does not allow is denied from severity high on, and blocked as well at critical; below,
    it is recorded and runs. A process that does not have its code denies every effect.
    """
    from tarl.governance.safety.builtin import declared_guardrails

    with open_safety(invocation, make=True) as ledger:
        ledger.enable(name, by=by, severity=severity, reason=reason, tenant=tenant)
    told(invocation, "enable", f"guardrail {name} is asked from now on", guardrail=name, by=by)
    if declared_guardrails().get(name) is None:
        invocation.output.note(f"where no code declares {name}, every effect is denied from now on")


@guardrails.command("disable", short_help="Have a guardrail asked no more.")
@click.argument("name", metavar="NAME")
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def disable(invocation: Invocation, name: str, by: str, reason: str, tenant: str) -> None:
    """Have the guardrail NAME asked no more."""
    with open_safety(invocation) as ledger:
        ledger.disable(name, by=by, reason=reason, tenant=tenant)
    told(invocation, "disable", f"guardrail {name} is asked no more", guardrail=name, by=by)


# --- watches


@safety.group("watch", short_help="Too many calls, loops, costs.")
def watch() -> None:
    """Watches over calls: too many in a window, the same again and again, too expensive."""


@watch.command("set", short_help="Have a watch count.")
@click.argument("name", metavar="NAME")
@click.option(
    "--kind", type=click.Choice(("calls", "loop", "spend")), required=True, help="What it counts."
)
@click.option("--tool", default="*", show_default=True, help="Which activities; may end in a star.")
@click.option(
    "--per",
    type=click.Choice(("tool", "agent", "run", "tenant")),
    default="agent",
    show_default=True,
    help="What is counted together.",
)
@click.option("--window", "window_ms", type=DURATION, default="1m", help="How far back.")
@click.option("--max", "count_max", type=int, default=0, help="Of calls and loops: how many.")
@click.option("--unit", default="", help="Of spending: in which unit.")
@click.option("--amount-max", type=int, help="Of spending: in the window, in minor units.")
@click.option("--factor", type=float, help="Of spending: one call against the median before.")
@click.option(
    "--severity",
    type=click.Choice(SEVERITIES),
    default="high",
    show_default=True,
    help="What being over it comes to.",
)
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def set_watch(
    invocation: Invocation, /, name: str, by: str, reason: str, tenant: str, **asked: Any
) -> None:
    """Have the watch NAME count from now on, instead of one of that name.

    Every step that a run asks for is a call, whatever came of it. What is over the watch is denied
    from severity high on, blocked for the agent at critical, and recorded below.
    """
    from tarl.governance.safety.watch import Watch

    with open_safety(invocation, make=True) as ledger:
        ledger.watch(Watch(name=name, **asked), by=by, reason=reason, tenant=tenant)
    told(invocation, "watch", f"watch {name} counts from now on", watch=name, by=by)


@watch.command("rm", short_help="Have a watch count no more.")
@click.argument("name", metavar="NAME")
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def remove_watch(invocation: Invocation, name: str, by: str, reason: str, tenant: str) -> None:
    """Have the watch NAME count no more."""
    with open_safety(invocation) as ledger:
        ledger.unwatch(name, by=by, reason=reason, tenant=tenant)
    told(invocation, "unwatch", f"watch {name} counts no more", watch=name, by=by)


@watch.command("ls", short_help="List watches.")
@tenant_option
@common_options
@click.pass_obj
def list_watches(invocation: Invocation, tenant: str) -> None:
    """List watches."""
    from tarl.values.plain import plain

    with open_safety(invocation) as ledger:
        rows = [plain(each) for each in ledger.settings(tenant=tenant).watches.values()]
    columns = ("name", "kind", "tool", "per", "window_ms", "count_max", "unit", "severity")
    invocation.output.listing("safety.watches", rows, columns)


# --- redaction


@safety.group("redact", short_help="What is taken out before it is recorded.")
def redact() -> None:
    """What is taken out of what activities answer, and of what runs begin with, before it is
    recorded.
    """


@redact.command("set", short_help="Have classes of values taken out.")
@click.argument("tool", metavar="NAME")
@click.argument("kinds", metavar="CLASS...", nargs=-1, required=True)
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def set_redaction(
    invocation: Invocation, tool: str, kinds: tuple[str, ...], by: str, reason: str, tenant: str
) -> None:
    """Have values of CLASSes taken out of what the activity NAME answers, or of what a run of the
    workflow NAME begins with; NAME may end in a star.

    The workflow sees what is recorded: a mark such as [redacted:email:k3f9q2ma], the same for the
    same value within a run.
    """
    with open_safety(invocation, make=True) as ledger:
        ledger.redact(tool, kinds, by=by, reason=reason, tenant=tenant)
    note = f"{', '.join(kinds)} is taken out of {tool} from now on"
    told(invocation, "redact", note, tool=tool, classes=list(kinds), by=by)


@redact.command("rm", short_help="Have it recorded as it is.")
@click.argument("tool", metavar="NAME")
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def remove_redaction(invocation: Invocation, tool: str, by: str, reason: str, tenant: str) -> None:
    """Have what NAME answers recorded as it is."""
    with open_safety(invocation) as ledger:
        ledger.unredact(tool, by=by, reason=reason, tenant=tenant)
    told(invocation, "unredact", f"{tool} is recorded as it is from now on", tool=tool, by=by)


@redact.command("ls", short_help="List what is taken out.")
@tenant_option
@common_options
@click.pass_obj
def list_redactions(invocation: Invocation, tenant: str) -> None:
    """List what is taken out of what."""
    with open_safety(invocation) as ledger:
        rules = ledger.settings(tenant=tenant).redactions
    if invocation.output.as_json:
        rows = [{"tool": tool, "classes": list(kinds)} for tool, kinds in rules.items()]
        invocation.output.document("safety.redactions", redactions=rows)
        return
    invocation.output.table(
        ("name", "classes"), [(tool, " ".join(kinds)) for tool, kinds in rules.items()]
    )


# --- blocks


@safety.command("block", short_help="Block an action, at once and everywhere.")
@click.argument("action", metavar="ACTION")
@click.option("--agent", default="*", show_default=True, help="For whom; may end in a star.")
@click.option("--lifter", "lifters", multiple=True, metavar="NAME", help="Who alone may lift it.")
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def block(
    invocation: Invocation,
    /,
    action: str,
    agent: str,
    lifters: tuple[str, ...],
    by: str,
    reason: str,
    tenant: str,
) -> None:
    """Block ACTION (a capability, or an activity by its name; it may end in a star).

    No effect that takes it runs from now on, in any process, until the block is lifted.
    """
    with open_safety(invocation, make=True) as ledger:
        made = ledger.block_action(
            action, by=by, agent=agent, lifters=lifters, reason=reason, tenant=tenant
        )
    if invocation.output.as_json:
        invocation.output.document("safety.block", **block_data(made))
        return
    invocation.output.data(made.id)
    invocation.output.note(f"{action} is blocked for {agent}")


@safety.command("unblock", short_help="Lift a block.")
@click.argument("block_id", metavar="BLOCK")
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def unblock(invocation: Invocation, block_id: str, by: str, reason: str, tenant: str) -> None:
    """Lift BLOCK. Operators may, and where the block names lifters, these alone."""
    with open_safety(invocation) as ledger:
        ledger.lift(block_id, by=by, reason=reason, tenant=tenant)
    told(invocation, "unblock", f"the block {block_id} is lifted", block=block_id, by=by)


@safety.command("blocks", short_help="List what is blocked, and why.")
@tenant_option
@common_options
@click.pass_obj
def blocks(invocation: Invocation, tenant: str) -> None:
    """List what is blocked, since when, and why."""
    with open_safety(invocation) as ledger:
        rows = [block_data(each) for each in ledger.settings(tenant=tenant).blocks.values()]
    columns = ("block", "action", "agent", "at", "by", "found_by", "reason")
    invocation.output.listing("safety.blocks", rows, columns)


for command in (anomalies, check, classes, scan, show):
    safety.add_command(command)
