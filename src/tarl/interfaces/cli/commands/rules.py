"""``tarl nodes rules``: which types of work go where, before capabilities are asked."""

from __future__ import annotations

import click

from tarl.interfaces.cli.invocation import Invocation, common_options, home_tenant

tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)


@click.group(short_help="Which types of work go where.")
def rules() -> None:
    """Which types of work go where, before capabilities, priority and load are asked."""


@rules.command("ls", short_help="List rules in the order in which they are asked.")
@tenant_option
@common_options
@click.pass_obj
def list_rules(invocation: Invocation, tenant: str) -> None:
    """List rules in the order in which they are asked."""
    from tarl.interfaces.cli.commands.nodes import opened

    with opened(invocation, tenant) as router:
        found = router.rules.ls()
        known = {node.node for node in router.nodes.ls()}
    if invocation.output.as_json:
        invocation.output.document("nodes.rules.ls", rules=[rule.as_data() for rule in found])
        return
    rows = [
        (
            rule.rule,
            rule.pattern,
            rule.priority,
            rule.target + (" (unknown)" if rule.node and rule.node not in known else ""),
            "the work waits" if rule.strict else "the next is asked",
        )
        for rule in found
    ]
    heads = ("rule", "pattern", "priority", "goes to", "if none can take it")
    invocation.output.table(heads, rows)


@rules.command("add", short_help="Send a type of work to a node, or to nodes that can do it.")
@click.argument("pattern", metavar="PATTERN")
@click.option("--node", metavar="NODE", help="The node that takes it; or")
@click.option("--needs", multiple=True, metavar="CAPABILITY", help="what its nodes must have.")
@click.option("--priority", type=int, default=0, show_default=True, help="Higher is asked first.")
@click.option("--strict", is_flag=True, help="The work waits when none of them can take it.")
@click.option("--id", "id_", metavar="ID", help="What the rule is called (default: r1, r2, ...).")
@tenant_option
@common_options
@click.pass_obj
def add(
    invocation: Invocation,
    pattern: str,
    node: str | None,
    needs: tuple[str, ...],
    priority: int,
    strict: bool,
    id_: str | None,
    tenant: str,
) -> None:
    """Send work whose type matches PATTERN to a node, or to nodes that have capabilities.

    In PATTERN * is any text, ? one character, [a-z] one of a range, [!a-z] one that is not.
    """
    from tarl.interfaces.cli.commands.nodes import opened

    with opened(invocation, tenant, make=True) as router:
        rule = router.rules.add(
            pattern,
            node=node,
            capabilities=needs or None,
            priority=priority,
            strict=strict,
            rule=id_,
        )
    if invocation.output.as_json:
        invocation.output.document("nodes.rules.add", **rule.as_data())
    else:
        invocation.output.data(rule.rule)


@rules.command("remove", short_help="Take a rule away.")
@click.argument("rule", metavar="RULE")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is recorded.")
@tenant_option
@common_options
@click.pass_obj
def remove(invocation: Invocation, rule: str, reason: str, tenant: str) -> None:
    """Take a rule away. What it has sent somewhere stays there."""
    from tarl.interfaces.cli.commands.nodes import opened

    with opened(invocation, tenant) as router:
        router.rules.remove(rule, reason=reason)
    if invocation.output.as_json:
        invocation.output.document("nodes.rules.remove", rule=rule)
    else:
        invocation.output.note(f"rule {rule} is removed")
