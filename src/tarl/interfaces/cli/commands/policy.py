"""``tarl policy``: the organisation's policies, what they say and which are in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.commands.policy_trials import diff, simulate, test
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.policies import (
    language_option,
    open_policies,
    read_policy,
    schema_option,
    tenant_option,
    vocabulary_from,
)

if TYPE_CHECKING:
    from tarl.governance.policies.ledger import Standing, Summary
    from tarl.policy.cedar.edition import Edition

LEVELS = "required, warning, audit"

policy_argument = click.argument("policy_id", metavar="ID")


@click.group(short_help="The organisation's policies: register, try, put in force.")
def policy() -> None:
    """The organisation's policies, in Cedar: what effects are refused whatever agents are granted.

    Registering puts nothing in force: try a policy on cases and on recorded runs, then activate it.
    """


@policy.command("register", short_help="Validate a policy and keep it as a new version.")
@click.argument("file", metavar="FILE")
@click.option("--id", "policy_id", metavar="ID", help="Its id (default: the file's name).")
@click.option(
    "--level",
    default="required",
    show_default=True,
    help=f"What a refusal comes to ({LEVELS}): denied, recorded and logged, recorded.",
)
@click.option(
    "--closed", is_flag=True, help="Refuse what no permit matches, of the actions it may name."
)
@click.option("--activate", "puts_in_force", is_flag=True, help="Put it in force as well.")
@schema_option
@code_option
@language_option
@tenant_option
@common_options
@click.pass_obj
def register(
    invocation: Invocation,
    /,
    file: str,
    policy_id: str | None,
    level: str,
    closed: bool,
    puts_in_force: bool,
    schema_file: str | None,
    code: tuple[str, ...],
    language: str,
    tenant: str,
) -> None:
    """Validate FILE and keep it as the policy's next version, which never changes.

    An unknown action, attribute or type, and an error of type are refused with their place. The
    actions and arguments that may be named are those of the activities of --code, or of --schema;
    without them any action may be named, and no argument.
    """
    from tarl.policy.cedar.edition import Edition
    from tarl.policy.cedar.source import check_language
    from tarl.policy.enforcement import check_level

    check_level(level)
    check_language(language)
    name = Path(file).stem if policy_id is None else policy_id
    text = read_policy(Path(file))
    vocabulary = vocabulary_from(invocation, schema_file, code)
    # What is refused makes no journal.
    Edition(policy=name, version=0, text=text, vocabulary=vocabulary).rules(tenant=tenant)
    with open_policies(invocation, make=True) as ledger:
        edition = ledger.register(
            name,
            text,
            tenant=tenant,
            level=level,
            closed=closed,
            vocabulary=vocabulary,
            language=language,
        )
        if puts_in_force:
            ledger.activate(name, edition.version, tenant=tenant)
        standing = ledger.get(name, tenant=tenant)
    _said(invocation, "register", standing, edition)
    if not closed and not puts_in_force and _permits(edition):
        invocation.output.note("its permits decide nothing: only a --closed policy needs permits")


@policy.command("activate", short_help="Put a version in force.")
@policy_argument
@click.option("--version", type=click.IntRange(min=1), metavar="N", help="Which (default: newest).")
@tenant_option
@common_options
@click.pass_obj
def activate(invocation: Invocation, policy_id: str, version: int | None, tenant: str) -> None:
    """Have a version decide about every effect from the next one on, in every process."""
    with open_policies(invocation) as ledger:
        standing = ledger.activate(policy_id, version, tenant=tenant)
        edition = ledger.edition(policy_id, tenant=tenant)
    _said(invocation, "activate", standing, edition)


@policy.command("deactivate", short_help="Take a policy out of force.")
@policy_argument
@tenant_option
@common_options
@click.pass_obj
def deactivate(invocation: Invocation, policy_id: str, tenant: str) -> None:
    """Have no version of a policy decide any more; its versions stay."""
    with open_policies(invocation) as ledger:
        standing = ledger.deactivate(policy_id, tenant=tenant)
        edition = ledger.edition(policy_id, tenant=tenant)
    _said(invocation, "deactivate", standing, edition)


@policy.command("ls", short_help="List policies, and which version is in force.")
@click.option("--tenant", help="Only this tenant's.")
@common_options
@click.pass_obj
def list_policies(invocation: Invocation, tenant: str | None) -> None:
    """List policies, and which version of each is in force."""
    with open_policies(invocation) as ledger:
        found = [_row(standing, ledger.summary(standing)) for standing in ledger.ls(tenant=tenant)]
    if invocation.output.as_json:
        invocation.output.document("policy.ls", policies=found)
        return
    columns = ("tenant", "policy", "newest", "in_force", "level", "closed", "digest")
    heads = tuple(name.replace("_", " ") for name in columns)
    rows = [
        [_cell(row[name]) for name in columns[:-1]] + [(row["digest"] or "")[:12]] for row in found
    ]
    invocation.output.table(heads, rows)


@policy.command("show", short_help="Show a version: its text, its rules, what happened.")
@click.argument("subject", metavar="ID[@VERSION]")
@tenant_option
@common_options
@click.pass_obj
def show(invocation: Invocation, subject: str, tenant: str) -> None:
    """Show a version (the one in force, else the newest), and what happened to the policy."""
    import msgspec

    from tarl.values.instants import isoformat_ms

    name, _, version = subject.partition("@")
    if version and not version.isdigit():
        raise click.UsageError(f"{version!r} is no version: write ID@1.")
    with open_policies(invocation) as ledger:
        edition = ledger.edition(name, int(version) if version else None, tenant=tenant)
        standing = ledger.get(name, tenant=tenant)
        history = [
            {
                "at": isoformat_ms(at_ms),
                "event": type(body).__name__.removeprefix("Policy").lower(),
                "version": msgspec.to_builtins(body)["version"],
            }
            for at_ms, body in ledger.history(name, tenant=tenant)
        ]
    data = {**_row(standing, edition), "version": edition.version, "text": edition.text}
    data |= {"vocabulary": edition.vocabulary.as_data(), "schema_digest": edition.schema}
    if invocation.output.as_json:
        invocation.output.document("policy.show", **data, history=history)
        return
    names = ("policy", "version", "tenant", "newest", "in_force", "level", "closed", "digest")
    invocation.output.fields((name.replace("_", " "), _cell(data[name])) for name in names)
    invocation.output.data("")
    invocation.output.data(edition.text.rstrip("\n"))
    invocation.output.data("")
    for event in history:
        invocation.output.data(f"{event['at']}  {event['event']} version {event['version']}")


@policy.command("notes", short_help="List refusals that were only recorded.")
@click.option("--policy", "policy_id", metavar="ID", help="Only this policy's.")
@tenant_option
@common_options
@click.pass_obj
def notes(invocation: Invocation, policy_id: str | None, tenant: str) -> None:
    """List what policies at level warning or audit refused and let pass, the oldest first."""
    from tarl.governance.policies.notes import Notes
    from tarl.values.instants import isoformat_ms

    output = invocation.output
    found: list[dict[str, Any]] = []
    with invocation.open_store() as store:
        for note in Notes(store).read(tenant):
            told = note.noted
            reasons = [
                reason for reason in told.reasons if policy_id in (None, reason["facts"]["policy"])
            ]
            if reasons:
                place = {"at": isoformat_ms(note.at_ms), "run": told.run, "step": told.step}
                of = {"activity": told.activity, "actions": told.actions, "reasons": reasons}
                found.append({**place, **of})
    if output.as_json:
        output.document("policy.notes", notes=found)
        return
    rows = [
        [one["at"], one["run"], one["step"], reason["facts"]["level"], reason["text"]]
        for one in found
        for reason in one["reasons"]
    ]
    output.table(("at", "run", "step", "level", "why"), rows)


@policy.command("check", short_help="Say what is wrong with a policy, with the place.")
@click.argument("file", metavar="FILE")
@schema_option
@code_option
@language_option
@tenant_option
@common_options
@click.pass_obj
def check(
    invocation: Invocation,
    file: str,
    schema_file: str | None,
    code: tuple[str, ...],
    language: str,
    tenant: str,
) -> int:
    """Say everything that is wrong with a policy, with its place; the exit code is then 2."""
    from tarl.policy.cedar.check import FINDINGS_MAX, examine
    from tarl.policy.cedar.source import check_language

    check_language(language)
    vocabulary = vocabulary_from(invocation, schema_file, code)
    rules, findings = examine(read_policy(Path(file)), vocabulary, tenant=tenant)
    output = invocation.output
    if output.as_json:
        rows = [{"rule": rule.name, "effect": rule.effect, "line": rule.line} for rule in rules]
        found = [finding.as_data() for finding in findings]
        output.document("policy.check", file=file, rules=rows, findings=found)
    else:
        for one in findings[:FINDINGS_MAX]:
            output.data(f"{file}:{one.line}:{one.column}: {one.code}: {one.message}")
        output.note(f"{len(rules)} rules, {len(findings)} findings")
    return exits.INVALID if findings else exits.OK


@policy.command("schema", short_help="Print what policies may name.")
@schema_option
@code_option
@click.option("--cedar", is_flag=True, help="As Cedar's own schema, for editors and other tools.")
@common_options
@click.pass_obj
def schema(
    invocation: Invocation, schema_file: str | None, code: tuple[str, ...], cedar: bool
) -> None:
    """Print the actions and arguments that policies may name: a vocabulary for --schema."""
    from tarl.interfaces.cli.output import json_text
    from tarl.policy.cedar.engine import engine
    from tarl.policy.cedar.vocabulary import schema_of

    vocabulary = vocabulary_from(invocation, schema_file, code)
    if cedar:
        parsed = engine().Schema.from_json_str(json_text(schema_of(vocabulary)))
        invocation.output.data(str(parsed).rstrip("\n"))
    else:
        invocation.output.value(vocabulary.as_data())
    if vocabulary.is_free:
        invocation.output.note("any action may be named, and no argument: say --code or --schema")


policy.add_command(test)
policy.add_command(diff)
policy.add_command(simulate)


def _permits(edition: Edition) -> bool:
    return any(rule.effect == "permit" for rule in edition.parsed())


def _row(standing: Standing, version: Edition | Summary | None) -> dict[str, Any]:
    return {
        "tenant": standing.tenant,
        "policy": standing.policy,
        "newest": standing.newest,
        "in_force": standing.active,
        "level": "erased" if version is None else version.level,
        "closed": None if version is None else version.closed,
        "digest": None if version is None else version.digest,
    }


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if value is not None else "none"


def _said(invocation: Invocation, verb: str, standing: Standing, edition: Edition) -> None:
    row = {**_row(standing, edition), "version": edition.version}
    if invocation.output.as_json:
        invocation.output.document(f"policy.{verb}", **row)
        return
    active = standing.active
    force = "none of it is in force" if active is None else f"version {active} is in force"
    invocation.output.note(f"policy {standing.policy}: version {edition.version}; {force}")
