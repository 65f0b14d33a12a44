"""``tarl taint``: what may still have side effects once something untrusted has entered a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.safety import by_option, reason_option, tenant_option

if TYPE_CHECKING:
    from tarl.governance.taint.ledger import TaintSettings
    from tarl.governance.taint.state import Settings

MODES = ("deny", "hold", "watch", "off")


@click.group(short_help="What runs may do that untrusted content has entered.")
def taint() -> None:
    """What runs may still do once something untrusted has entered them: a page, a mail, a tool.

    What their code fixed before passes; what a rule here endorses passes; the rest is treated by
    the mode. It holds from the next effect on, in every process.
    """


@contextmanager
def _open(invocation: Invocation, *, make: bool = False) -> Iterator[TaintSettings]:
    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.taint.ledger import TaintSettings

    with invocation.open_store(make=make) as store:
        yield TaintSettings(store, clock=SystemClock())


@taint.command("show", short_help="Show the mode and the rules.")
@tenant_option
@common_options
@click.pass_obj
def show(invocation: Invocation, tenant: str) -> None:
    """Show how suspect effects are treated, and the rules that endorse some."""
    from tarl.governance.taint.state import NOTHING_SET

    settings = NOTHING_SET
    if invocation.has_journal():
        with _open(invocation) as ledger:
            settings = ledger.of(tenant)
    data = _data(settings)
    if invocation.output.as_json:
        invocation.output.document("taint.show", tenant=tenant, **data)
        return
    invocation.output.fields((name, data[name]) for name in data if name != "rules")
    invocation.output.table(
        ("rule", "actions", "arguments", "times", "by", "why"),
        [
            [
                each["id"],
                ", ".join(each["actions"]),
                ", ".join(f"{name}: {each['arguments'][name]['is']}" for name in each["arguments"]),
                "" if each["times"] is None else each["times"],
                each["by"],
                each["why"],
            ]
            for each in data["rules"]
        ],
    )


@taint.command("set", short_help="Say how suspect effects are treated.")
@click.option(
    "--mode",
    "mode_word",
    type=click.Choice(MODES),
    help="What becomes of what nobody endorses (default: deny what was declared untrusted, watch"
    " what is only assumed to be).",
)
@click.option(
    "--approver",
    "approvers",
    multiple=True,
    metavar="NAME",
    help="Who may approve, with --mode hold (repeatable).",
)
@click.option("--needed", type=int, help="How many of them must (default: all).")
@click.option(
    "--guard-reads",
    "guards_reads",
    is_flag=True,
    help="Count reading from untrusted sources as a side effect too.",
)
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def set_(
    invocation: Invocation,
    /,
    mode_word: str | None,
    approvers: tuple[str, ...],
    needed: int | None,
    guards_reads: bool,
    by: str,
    reason: str,
    tenant: str,
) -> None:
    """Say how suspect effects that no rule endorses are treated; all of it, in the place of what
    was said before.
    """
    with _open(invocation, make=True) as ledger:
        settings = ledger.configure(
            by=by,
            mode_word=mode_word,
            approvers=approvers,
            needed=needed,
            guards_reads=guards_reads,
            reason=reason,
            tenant=tenant,
        )
    _told(invocation, "set", f"suspect effects: {mode_word or 'as declared'}", settings)


@taint.command("allow", short_help="Endorse calls by a rule.")
@click.argument("file", metavar="FILE")
@by_option
@tenant_option
@common_options
@click.pass_obj
def allow(invocation: Invocation, file: str, by: str, tenant: str) -> None:
    """Endorse what the rule in FILE (JSON; - for the standard input) says of calls, in the place of
    a rule of its id.

    Members: id, actions, arguments (by parameter, {"is": KIND, ...} with the kinds exactly, one_of,
    integer, text, anything, recorded, named, each, members), why; perhaps times (in one run) and
    resource.
    """
    from tarl.governance.taint.rules import read_rule

    rule = read_rule(_read(file))
    with _open(invocation, make=True) as ledger:
        settings = ledger.allow(rule, by=by, tenant=tenant)
    _told(invocation, "allow", f"rule {rule.id} endorses {', '.join(rule.actions)}", settings)


@taint.command("withdraw", short_help="Have a rule count no more.")
@click.argument("rule", metavar="RULE")
@by_option
@reason_option
@tenant_option
@common_options
@click.pass_obj
def withdraw(invocation: Invocation, rule: str, by: str, reason: str, tenant: str) -> None:
    """Have RULE count no more."""
    with _open(invocation) as ledger:
        settings = ledger.withdraw(rule, by=by, reason=reason, tenant=tenant)
    _told(invocation, "withdraw", f"rule {rule} endorses nothing any more", settings)


def _read(file: str) -> dict[str, Any]:
    """A rule file's object.

    Raises:
        Missing: no such file (``input.missing``).
        Invalid: no JSON object (``taint.rule``).
    """
    import msgspec

    from tarl.errors import Invalid, Missing

    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Missing(f"{file}: {error.strerror}", code="input.missing") from None
    try:
        found = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        found = str(error)
    if not isinstance(found, dict):
        raise Invalid(
            f"{file} is no JSON object: {str(found)[:200]}",
            code="taint.rule",
            next_step="tarl taint allow --help says what a rule has",
        )
    return found


def _data(settings: Settings) -> dict[str, Any]:
    from tarl.values.plain import plain

    rules = [{**plain(rule), "by": settings.by[id]} for id, rule in settings.rules.items()]
    return {
        "mode": settings.mode,
        "approvers": list(settings.approvers),
        "needed": settings.needed,
        "guards_reads": settings.guards_reads,
        "rules": rules,
    }


def _told(invocation: Invocation, command: str, note: str, settings: Settings) -> None:
    if invocation.output.as_json:
        invocation.output.document(f"taint.{command}", **_data(settings))
    else:
        invocation.output.note(note)
