"""``tarl nodes``: what takes work, which work goes where, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Infeasible
from tarl.interfaces.cli.commands.rules import rules
from tarl.interfaces.cli.invocation import Invocation, common_options, home_tenant

if TYPE_CHECKING:
    from tarl.routing.node import Node
    from tarl.routing.router import Failover, Router

tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)
reason_option = click.option("--reason", default="", metavar="TEXT", help="Why; it is recorded.")
node_argument = click.argument("node", metavar="NODE")


@click.group(short_help="What takes work, which work goes where, and why.")
def nodes() -> None:
    """Nodes take work: those that can do it, by rules, priority and load."""


nodes.add_command(rules)


@nodes.command("ls", short_help="List nodes: state, load, capabilities.")
@tenant_option
@common_options
@click.pass_obj
def list_nodes(invocation: Invocation, tenant: str) -> None:
    """List nodes: their state, load and capabilities."""
    with opened(invocation, tenant) as router:
        found = router.nodes.ls()
    if invocation.output.as_json:
        invocation.output.document("nodes.ls", nodes=[node.as_data() for node in found])
        return
    heads = ("node", "state", "load", "priority", "capabilities", "heard of")
    invocation.output.table(heads, [_node_row(node) for node in found])


@nodes.command("show", short_help="Show a node and what it has.")
@node_argument
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many."
)
@tenant_option
@common_options
@click.pass_obj
def show(invocation: Invocation, node: str, limit: int, tenant: str) -> None:
    """Show a node and the work that is assigned to it, the oldest first."""
    from tarl.values.instants import isoformat_ms

    with opened(invocation, tenant) as router:
        found = router.nodes.get(node)
        assigned = router.assignments(node=node, limit=limit)
    if invocation.output.as_json:
        listed = [each._asdict() for each in assigned]
        invocation.output.document("nodes.show", **found.as_data(), assignments=listed)
        return
    silent = None if found.silent_ms is None else f"{found.silent_ms} ms ago"
    beats = found.spec.heartbeat_ms
    invocation.output.fields(
        (
            ("node", found.node),
            ("state", found.state),
            ("capabilities", ", ".join(found.spec.capabilities) or "none"),
            ("priority", found.spec.priority),
            ("load", f"{found.load} of {found.spec.max_load}"),
            ("heard of", silent),
            ("dead after", None if beats is None else f"{beats} ms of silence"),
            ("registered", isoformat_ms(found.registered_at_ms)),
        )
    )
    if assigned:
        rows = [(a.task, a.task_type, isoformat_ms(a.assigned_at_ms), a.fence) for a in assigned]
        invocation.output.data("")
        invocation.output.table(("task", "type", "assigned", "fence"), rows)


@nodes.command(short_help="Make a node known, or change it.")
@node_argument
@click.option("--capability", multiple=True, metavar="NAME", help="What it can do.")
@click.option("--priority", type=int, default=0, show_default=True, help="Higher is asked first.")
@click.option("--max-load", type=int, default=100, show_default=True, help="Assignments at once.")
@click.option(
    "--heartbeat",
    "heartbeat_s",
    type=click.FloatRange(min=0.001),
    metavar="SECONDS",
    help="It is dead after so much silence (default: it promises no heartbeats).",
)
@tenant_option
@common_options
@click.pass_obj
def add(
    invocation: Invocation,
    node: str,
    capability: tuple[str, ...],
    priority: int,
    max_load: int,
    heartbeat_s: float | None,
    tenant: str,
) -> None:
    """Make a node known, or what it says of itself another. Its assignments stay."""
    with opened(invocation, tenant, make=True) as router:
        outcome = router.nodes.register(
            node,
            capabilities=capability,
            priority=priority,
            max_load=max_load,
            heartbeat_ms=None if heartbeat_s is None else max(1, round(heartbeat_s * 1_000)),
        )
    _said(invocation, "nodes.add", node, outcome)


@nodes.command(short_help="Give a node nothing new.")
@node_argument
@reason_option
@tenant_option
@common_options
@click.pass_obj
def drain(invocation: Invocation, node: str, reason: str, tenant: str) -> None:
    """Give a node nothing new. It keeps what it has."""
    with opened(invocation, tenant) as router:
        changed = router.nodes.drain(node, reason=reason)
    _said(invocation, "nodes.drain", node, "draining", changed=changed)


@nodes.command(short_help="Give a node work again.")
@node_argument
@reason_option
@tenant_option
@common_options
@click.pass_obj
def undrain(invocation: Invocation, node: str, reason: str, tenant: str) -> None:
    """Give a node work again."""
    with opened(invocation, tenant) as router:
        changed = router.nodes.undrain(node, reason=reason)
    _said(invocation, "nodes.undrain", node, "active", changed=changed)


@nodes.command(short_help="Forget a node that has nothing left.")
@node_argument
@reason_option
@tenant_option
@common_options
@click.pass_obj
def remove(invocation: Invocation, node: str, reason: str, tenant: str) -> None:
    """Forget a node that has nothing left. What it has is moved with `tarl nodes failover`."""
    with opened(invocation, tenant) as router:
        router.nodes.remove(node, reason=reason)
    _said(invocation, "nodes.remove", node, "removed")


@nodes.command(short_help="Say that a node lives.")
@node_argument
@tenant_option
@common_options
@click.pass_obj
def beat(invocation: Invocation, node: str, tenant: str) -> None:
    """Say that a node lives, for nodes that are scripts. Prints whether it is to finish."""
    with opened(invocation, tenant) as router:
        heard = router.nodes.heartbeat(node)
    if invocation.output.as_json:
        invocation.output.document("nodes.beat", node=node, **heard._asdict())
    else:
        invocation.output.data("draining" if heard.draining else "active")


@nodes.command(short_help="Move the work of dead nodes to others.")
@click.argument("node", metavar="[NODE]", required=False)
@click.option("--force", is_flag=True, help="Also if the node lives; it needs NODE.")
@tenant_option
@common_options
@click.pass_obj
def failover(invocation: Invocation, node: str | None, force: bool, tenant: str) -> None:
    """Move the work of NODE, or of every dead node, to others.

    What no node can take now stays where it is; call it again.
    """
    if force and node is None:
        raise click.UsageError("--force needs a NODE")
    with opened(invocation, tenant) as router:
        found = router.failover_dead() if node is None else [router.failover(node, force=force)]
    if invocation.output.as_json:
        invocation.output.document("nodes.failover", failovers=[_failover(one) for one in found])
        return
    for one in found:
        for move in one.moved:
            invocation.output.data(f"{move.task}: {one.node} -> {move.to}")
        for task in one.stranded:
            invocation.output.data(f"{task}: stays on {one.node}, no node can take it")
    if not found:
        invocation.output.note("no node with work is dead")


@nodes.command(short_help="Give work a node, or say where it would go and why.")
@click.argument("task_type", metavar="TYPE")
@click.option("--needs", multiple=True, metavar="CAPABILITY", help="What its node must have.")
@click.option("--task", metavar="ID", help="The work's id (default: a random one).")
@click.option("--explain", "explain_only", is_flag=True, help="Assign nothing; say why.")
@tenant_option
@common_options
@click.pass_obj
def route(
    invocation: Invocation,
    task_type: str,
    needs: tuple[str, ...],
    task: str | None,
    explain_only: bool,
    tenant: str,
) -> None:
    """Give work of TYPE a node. The same --task again gives the node that it has.

    With --explain nothing is assigned: it says which node would be chosen, and why not each other.
    """
    with opened(invocation, tenant) as router:
        asked = router.explain if explain_only else router.route
        decision = asked(task_type, needs, task=task)
    output = invocation.output
    if decision.node is None and not explain_only:
        whys = {
            each.node: "; ".join(why.text for why in each.reasons) for each in decision.considered
        }
        raise Infeasible(
            f"no node can take {task_type} now",
            code="route.no_node",
            next_step=invocation.command("nodes", "route", task_type, "--explain"),
            reasons=[reason.text for reason in decision.reasons],
            nodes=whys,
        )
    if output.as_json:
        output.document("nodes.route", **decision.as_data())
    elif explain_only:
        output.data(decision.text())
    else:
        output.data(decision.node or "")
        output.note(f"task {decision.task}: {decision.outcome}, fence {decision.fence}")


@nodes.command(short_help="Take work off its node because it is over.")
@click.argument("task", metavar="ID")
@click.option("--fence", type=int, metavar="N", help="Only if the assignment has this number.")
@tenant_option
@common_options
@click.pass_obj
def release(invocation: Invocation, task: str, fence: int | None, tenant: str) -> None:
    """Take work off its node because it is over. Doing so twice changes nothing."""
    with opened(invocation, tenant) as router:
        released = router.release(task, fence=fence)
    if invocation.output.as_json:
        invocation.output.document("nodes.release", task=task, released=released)
    else:
        invocation.output.note(f"{task}: {'released' if released else 'had no node'}")


@contextmanager
def opened(invocation: Invocation, tenant: str, *, make: bool = False) -> Iterator[Router]:
    """The router of a tenant on the journal, which is made if it may be."""
    import uuid

    from tarl.engines.embedded.clock import SystemClock
    from tarl.interfaces.cli.commands.tasks import open_or_make
    from tarl.routing.router import Router
    from tarl.routing.uptime import SystemUptime

    with open_or_make(invocation) if make else invocation.open_store() as store:
        yield Router(
            store,
            clock=SystemClock(),
            uptime=SystemUptime(),
            tenant=tenant,
            draw_id=lambda: uuid.uuid4().hex,
        )


def _node_row(node: Node) -> tuple[Any, ...]:
    heard = "" if node.silent_ms is None else f"{node.silent_ms / 1000:.1f} s ago"
    load = f"{node.load}/{node.spec.max_load}"
    has = ", ".join(node.spec.capabilities)
    return node.node, node.state, load, node.spec.priority, has, heard


def _failover(one: Failover) -> dict[str, Any]:
    moved = [move._asdict() for move in one.moved]
    return {"node": one.node, "moved": moved, "stranded": list(one.stranded)}


def _said(
    invocation: Invocation, command: str, node: str, outcome: str, *, changed: bool | None = None
) -> None:
    if invocation.output.as_json:
        more = {} if changed is None else {"changed": changed}
        invocation.output.document(command, node=node, outcome=outcome, **more)
    else:
        already = " already" if changed is False else ""
        invocation.output.note(f"node {node} is {outcome}{already}")
