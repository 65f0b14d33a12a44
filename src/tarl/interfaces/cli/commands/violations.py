"""``tarl violations``: what broke a policy, who was told, what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.invocation import Invocation, common_options, home_tenant
from tarl.interfaces.cli.spans import DURATION

if TYPE_CHECKING:
    from tarl.governance.violations.ledger import Violations
    from tarl.governance.violations.state import Violation

tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)
by_option = click.option(
    "--by", default="operator", show_default=True, metavar="NAME", help="Who does this."
)
id_argument = click.argument("violation_id", metavar="ID")


@click.group(short_help="What broke a policy, who was told, what became of it.")
def violations() -> None:
    """What broke a policy: how bad it is, who was told, who has taken it on, how it was resolved.

    A critical one is escalated at once: the handlers of the policy's ladder are called, one level
    after another, until somebody acknowledges it. Handlers are functions of --code that a worker
    (tarl worker, tarl schedules run) has loaded: @escalation_handler("NAME").
    """


@violations.command("ls", short_help="List violations, the newest first.")
@click.option("--policy", metavar="ID", help="Only of this policy.")
@click.option("--run", metavar="RUN", help="Only of this run, written as it is listed.")
@click.option("--severity", metavar="WORD", help="Only low, medium, high or critical ones.")
@click.option("--at-least", metavar="WORD", help="Only those as severe as this, or more.")
@click.option(
    "--status", metavar="WORD", help="Only open, escalated, acknowledged or resolved ones."
)
@click.option("--limit", type=int, default=50, show_default=True, metavar="N", help="How many.")
@click.option("--cursor", metavar="CURSOR", help="Go on where the last page ended.")
@tenant_option
@common_options
@click.pass_obj
def list_violations(
    invocation: Invocation, /, tenant: str, limit: int, cursor: str | None, **asked: Any
) -> None:
    """List violations, the newest first, page by page."""
    from tarl.governance.severity import severity
    from tarl.governance.violations.pages import Filters, check_status

    exact, least, status = asked["severity"], asked["at_least"], asked["status"]
    filters = Filters(
        policy=asked["policy"],
        run=asked["run"],
        severity=None if exact is None else severity(exact),
        at_least=None if least is None else severity(least),
        status=None if status is None else check_status(status),
    )
    with _open(invocation) as ledger:
        page = ledger.ls(filters, tenant=tenant, limit=limit, cursor=cursor)
    output = invocation.output
    if output.as_json:
        found = [violation.as_data() for violation in page.items]
        output.document("violations.ls", violations=found, cursor=page.cursor)
        return
    heads = ("violation", "severity", "status", "policy", "run", "what")
    output.table(heads, [_row(violation) for violation in page.items])
    if page.cursor is not None:
        output.note(f"more: --cursor {page.cursor}")


@violations.command("show", short_help="Show a violation and what happened to it.")
@id_argument
@tenant_option
@common_options
@click.pass_obj
def show(invocation: Invocation, violation_id: str, tenant: str) -> None:
    """Show a violation and what happened to it."""
    import msgspec

    from tarl.governance.violations.events import KINDS
    from tarl.values.instants import isoformat_ms

    with _open(invocation) as ledger:
        found = ledger.get(violation_id, tenant=tenant)
        history = [
            {
                "at": isoformat_ms(said.at_ms),
                "event": KINDS[type(said.body)].partition("/")[0],
                **msgspec.to_builtins(said.body),
            }
            for said in ledger.history(violation_id, tenant=tenant)
        ]
    output, data = invocation.output, found.as_data()
    if output.as_json:
        output.document("violations.show", **data, history=history)
        return
    names = ("id", "policy", "run", "severity", "status", "by", "level", "handler", "description")
    output.fields((name, data[name]) for name in (*names, "resolution") if data[name] != "")
    for event in history[1:]:
        said = [event.get(n) for n in ("by", "handler", "why", "note", "resolution")]
        told = "; ".join(str(each) for each in said if each)
        output.data(f"{event['at']}  {event['event']}  {told}".rstrip())


@violations.command("record", short_help="Record a violation.")
@click.argument("policy", metavar="POLICY")
@click.argument("description", metavar="TEXT")
@click.option("--severity", "word", required=True, metavar="WORD", help="low to critical.")
@click.option("--run", metavar="RUN", help="In which run.")
@click.option("--facts", metavar="JSON|@FILE", help="The values behind it.")
@by_option
@tenant_option
@common_options
@click.pass_obj
def record(
    invocation: Invocation,
    policy: str,
    description: str,
    word: str,
    run: str | None,
    facts: str | None,
    by: str,
    tenant: str,
) -> None:
    """Record that TEXT broke POLICY; a critical violation is escalated at once."""
    from tarl.governance.severity import severity
    from tarl.interfaces.cli.input_text import read_json

    how_bad = severity(word)
    told = {} if facts is None else read_json(facts, option="--facts")
    if not isinstance(told, dict):
        raise Invalid(
            "the facts are no JSON object",
            code="violation.facts",
            next_step="--facts '{\"amount\": 3}'",
        )
    with _open(invocation, make=True) as ledger:
        made = ledger.record(
            policy,
            run=run,
            severity=how_bad,
            description=description,
            facts=told,
            by=by,
            tenant=tenant,
        )
    _said(invocation, "record", made)


@violations.command("escalate", short_help="Make a violation the next level's.")
@id_argument
@click.option("--why", default="", metavar="TEXT", help="Why.")
@by_option
@tenant_option
@common_options
@click.pass_obj
def escalate(invocation: Invocation, violation_id: str, why: str, by: str, tenant: str) -> None:
    """Make a violation the next level's, or the last one's once more."""
    with _open(invocation) as ledger:
        _said(invocation, "escalate", ledger.escalate(violation_id, by=by, why=why, tenant=tenant))


@violations.command("acknowledge", short_help="Take a violation on.")
@id_argument
@click.option("--note", default="", metavar="TEXT", help="What you have to say.")
@by_option
@tenant_option
@common_options
@click.pass_obj
def acknowledge(invocation: Invocation, violation_id: str, note: str, by: str, tenant: str) -> None:
    """Take a violation on: no further level is told."""
    with _open(invocation) as ledger:
        found = ledger.acknowledge(violation_id, by=by, note=note, tenant=tenant)
    _said(invocation, "acknowledge", found)


@violations.command("resolve", short_help="Say how a violation was dealt with.")
@id_argument
@click.argument("resolution", metavar="TEXT")
@by_option
@tenant_option
@common_options
@click.pass_obj
def resolve(
    invocation: Invocation, violation_id: str, resolution: str, by: str, tenant: str
) -> None:
    """Say how a violation was dealt with; nothing follows."""
    with _open(invocation) as ledger:
        found = ledger.resolve(violation_id, by=by, resolution=resolution, tenant=tenant)
    _said(invocation, "resolve", found)


@violations.command("ladder", short_help="Say who is told, level by level.")
@click.argument("policy", required=False, metavar="[POLICY]")
@click.option(
    "--level",
    "levels",
    type=(str, DURATION),
    multiple=True,
    metavar="HANDLER DURATION",
    help="A level: who tells it, and how long it has to acknowledge (repeatable, in order).",
)
@click.option("--none", "clears", is_flag=True, help="Take the ladder away.")
@by_option
@tenant_option
@common_options
@click.pass_obj
def ladder(
    invocation: Invocation,
    policy: str | None,
    levels: tuple[tuple[str, int], ...],
    clears: bool,
    by: str,
    tenant: str,
) -> None:
    """Say who is told of POLICY's violations, or of those of every policy without a ladder of its
    own ("*"). Without --level and --none, list all ladders.
    """
    from tarl.governance.violations.events import Level

    if policy is None and (levels or clears):
        raise click.UsageError('Name the policy, or "*" for every one.')
    with _open(invocation, make=bool(levels)) as ledger:
        if policy is not None and (levels or clears):
            asked = [Level(handler=name, within_ms=within_ms) for name, within_ms in levels]
            ledger.ladders.set(policy, asked, by=by, tenant=tenant)
        found = ledger.ladders.ls(tenant=tenant)
    rows = [
        {"policy": name, "level": at, "handler": level.handler, "within_ms": level.within_ms}
        for name, held in found.items()
        for at, level in enumerate(held, 1)
        if policy in (None, name)
    ]
    if invocation.output.as_json:
        invocation.output.document("violations.ladder", levels=rows)
    else:
        invocation.output.table(
            ("policy", "level", "handler", "within ms"), [list(row.values()) for row in rows]
        )


@contextmanager
def _open(invocation: Invocation, *, make: bool = False) -> Iterator[Violations]:
    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.violations.ledger import Violations

    with invocation.open_store(make=make) as store:
        yield Violations(store, clock=SystemClock())


def _row(violation: Violation) -> list[Any]:
    of = [violation.id, violation.severity.word, violation.status, violation.policy]
    return [*of, violation.run or "none", violation.description]


def _said(invocation: Invocation, verb: str, violation: Violation) -> None:
    if invocation.output.as_json:
        invocation.output.document(f"violations.{verb}", **violation.as_data())
        return
    told = f"violation {violation.id} is {violation.status}"
    if violation.status == "escalated":
        to = "nobody: the policy has no ladder" if violation.handler is None else violation.handler
        told += f" to level {violation.level} ({to})"
    invocation.output.note(told)
