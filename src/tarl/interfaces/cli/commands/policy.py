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
    by_option,
    cedar_of,
    environment_option,
    id_and_version,
    language_of,
    language_option,
    open_policies,
    read_policy,
    schema_option,
    tenant_option,
    version_of,
    vocabulary_from,
)

if TYPE_CHECKING:
    from tarl.governance.policies.reading import Standing, Summary
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
@click.option(
    "--semver", metavar="V", help="Its semantic version, such as 1.2.0 (default: the next major)."
)
@environment_option
@click.option(
    "--violation",
    metavar="SEVERITY",
    help="Record each refusal as a violation: low, medium, high or critical (default: not).",
)
@by_option
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
    semver: str | None,
    environment: str | None,
    violation: str | None,
    by: str,
    schema_file: str | None,
    code: tuple[str, ...],
    language: str | None,
    tenant: str,
) -> None:
    """Validate FILE and keep it as the policy's next version, which never changes.

    FILE is Cedar, or policy data in JSON (tarl policy keys). Within one major version a policy only
    gets stricter: what is looser, or cannot be shown not to be, needs the next one. Who names no
    --semver gets that.

    An unknown action, attribute or type, and an error of type are refused with their place. The
    actions and arguments that may be named are those of the activities of --code, or of --schema;
    without them any action may be named, and no argument.
    """
    from tarl.governance.policies.versions import check_lane, read_semver
    from tarl.governance.severity import severity
    from tarl.policy.cedar.edition import Edition
    from tarl.policy.enforcement import check_level

    # What is refused makes no journal.
    check_level(level)
    check_lane(environment)
    if semver is not None:
        read_semver(semver)
    if violation is not None:
        severity(violation)
    name = Path(file).stem if policy_id is None else policy_id
    text, language = read_policy(Path(file)), language_of(Path(file), language)
    vocabulary = vocabulary_from(invocation, schema_file, code)
    held = cedar_of(text, language)
    Edition(policy=name, version=0, text=held, vocabulary=vocabulary).rules(tenant=tenant)
    with open_policies(invocation, make=True) as ledger:
        edition = ledger.register(
            name,
            text,
            tenant=tenant,
            level=level,
            closed=closed,
            vocabulary=vocabulary,
            language=language,
            semver=semver,
            environment=environment,
            violation=violation,
            by=by,
        )
        if puts_in_force:
            ledger.activate(name, edition.version, tenant=tenant, by=by)
        standing = ledger.get(name, tenant=tenant)
    _said(invocation, "register", standing, edition)
    if not closed and not puts_in_force and _permits(edition):
        invocation.output.note("its permits decide nothing: only a --closed policy needs permits")


@policy.command("activate", short_help="Put a version in force.")
@policy_argument
@click.option(
    "--version", metavar="N|V", help="Which, by number or semantic version (default: newest)."
)
@environment_option
@by_option
@tenant_option
@common_options
@click.pass_obj
def activate(
    invocation: Invocation,
    policy_id: str,
    version: str | None,
    environment: str | None,
    by: str,
    tenant: str,
) -> None:
    """Have a version decide about every effect from the next one on, in every process that is in
    its environment.
    """
    named = None if version is None else version_of(version)
    with open_policies(invocation) as ledger:
        ledger.activate(policy_id, named, environment=environment, tenant=tenant, by=by)
        standing = ledger.get(policy_id, tenant=tenant)
        edition = ledger.edition(policy_id, named, environment=environment, tenant=tenant)
    _said(invocation, "activate", standing, edition)


@policy.command("deactivate", short_help="Take a policy out of force.")
@policy_argument
@environment_option
@by_option
@tenant_option
@common_options
@click.pass_obj
def deactivate(
    invocation: Invocation, policy_id: str, environment: str | None, by: str, tenant: str
) -> None:
    """Have no version of a policy decide any more, or none that is for --environment; its versions
    stay.
    """
    with open_policies(invocation) as ledger:
        standing = ledger.deactivate(policy_id, environment=environment, tenant=tenant, by=by)
        edition = ledger.edition(policy_id, tenant=tenant)
    _said(invocation, "deactivate", standing, edition)


@policy.command("keys", short_help="List what policy data may say.")
@common_options
@click.pass_obj
def keys(invocation: Invocation) -> None:
    """List the keys of policy data, what each takes and what it demands."""
    from tarl.governance.policies.data import KEYS

    found = [{"key": name, "type": key.type, "meaning": key.meaning} for name, key in KEYS.items()]
    if invocation.output.as_json:
        invocation.output.document("policy.keys", keys=found)
        return
    invocation.output.table(
        ("key", "takes", "demands"), [[row["key"], row["type"], row["meaning"]] for row in found]
    )


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
    columns = ("tenant", "policy", "newest", "in_force", "semver", "level", "closed", "digest")
    heads = tuple(name.replace("_", " ") for name in columns)
    rows = [
        [_cell(row[name]) for name in columns[:-1]] + [(row["digest"] or "")[:12]] for row in found
    ]
    invocation.output.table(heads, rows)


@policy.command("show", short_help="Show a version: its text, its rules, what happened.")
@click.argument("subject", metavar="ID[@VERSION]")
@environment_option
@tenant_option
@common_options
@click.pass_obj
def show(invocation: Invocation, subject: str, environment: str | None, tenant: str) -> None:
    """Show a version (the one in force, else the newest), and what happened to the policy."""
    import msgspec

    from tarl.values.instants import isoformat_ms

    name, version = id_and_version(subject)
    with open_policies(invocation) as ledger:
        edition = ledger.edition(name, version, environment=environment, tenant=tenant)
        standing = ledger.get(name, tenant=tenant)
        history = [
            {
                "at": isoformat_ms(at_ms),
                "event": type(body).__name__.removeprefix("Policy").lower(),
                "version": msgspec.to_builtins(body)["version"],
                "environment": body.environment,
                "by": body.by,
            }
            for at_ms, body in ledger.history(name, tenant=tenant)
        ]
    data = {**_row(standing, edition), "version": edition.version, "text": edition.text}
    data |= {"vocabulary": edition.vocabulary.as_data(), "schema_digest": edition.schema}
    data |= {"environment": edition.environment, "violation": edition.violation}
    data |= {"data": edition.data}
    if invocation.output.as_json:
        invocation.output.document("policy.show", **data, history=history)
        return
    names = ("policy", "version", "semver", "environment", "tenant", "newest", "in_force")
    told = ("level", "closed", "violation", "digest")
    invocation.output.fields((n.replace("_", " "), _cell(data[n])) for n in (*names, *told))
    invocation.output.data("")
    invocation.output.data(edition.text.rstrip("\n"))
    invocation.output.data("")
    for event in history:
        place = f" for {event['environment']}" if event["environment"] else ""
        what = f"{event['event']} version {event['version']}{place}"
        invocation.output.data(f"{event['at']}  {what} by {event['by']}")


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
    language: str | None,
    tenant: str,
) -> int:
    """Say everything that is wrong with a policy, with its place; the exit code is then 2."""
    from tarl.policy.cedar.check import FINDINGS_MAX, examine

    text = cedar_of(read_policy(Path(file)), language_of(Path(file), language))
    vocabulary = vocabulary_from(invocation, schema_file, code)
    rules, findings = examine(text, vocabulary, tenant=tenant)
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
        "environments": {name: n for name, n in standing.in_force.items() if name},
        "semver": None if version is None else version.semver,
        "level": "erased" if version is None else version.level,
        "closed": None if version is None else version.closed,
        "digest": None if version is None else version.digest,
    }


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if value not in (None, "") else "none"


def _said(invocation: Invocation, verb: str, standing: Standing, edition: Edition) -> None:
    row = {**_row(standing, edition), "version": edition.version}
    if invocation.output.as_json:
        invocation.output.document(f"policy.{verb}", **row)
        return
    places = [
        f"version {version} is in force" + (f" in {name}" if name else "")
        for name, version in sorted(standing.in_force.items())
    ]
    force = ", ".join(places) or "none of it is in force"
    named = edition.version if edition.is_numbered else f"{edition.version} ({edition.semver})"
    invocation.output.note(f"policy {standing.policy}: version {named}; {force}")
