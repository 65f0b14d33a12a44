"""The commands of ``tarl safety`` that look: at texts, at the journal, at one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.run_refs import RUN_REF
from tarl.interfaces.cli.safety import (
    SEVERITIES,
    anomaly_data,
    open_anomalies,
    tenant_option,
)
from tarl.interfaces.cli.spans import INSTANT

if TYPE_CHECKING:
    from tarl.governance.safety.anomalies import Anomalies

class_option = click.option(
    "--class",
    "kinds",
    multiple=True,
    metavar="CLASS",
    help="Only values of this class (default: all; tarl safety classes lists them).",
)


@click.command("check", short_help="Say what a guardrail would find in a text.")
@click.argument("text", metavar="TEXT|@FILE|-")
@class_option
@click.option(
    "--channel",
    type=click.Choice(("user", "tool_output", "document")),
    default="user",
    show_default=True,
    help="Where the text comes from, for the detector of prompt injection.",
)
@common_options
@click.pass_obj
def check(invocation: Invocation, text: str, kinds: tuple[str, ...], channel: Any) -> int:
    """Say what is sensitive in TEXT, and whether it tries to give a model other orders.

    Values are not printed, but where they stand. The exit code is 2 if anything is found.
    """
    from tarl.governance.safety.builtin import detections
    from tarl.governance.safety.sensitive.classes import FINDERS, expand, find
    from tarl.interfaces.cli.input_text import read_text

    given = read_text(text, option="TEXT")
    found = find(given, expand(kinds) if kinds else FINDERS)
    parts = list(detections(given, channel=channel))
    injection = max(parts, key=lambda part: (part.flagged, part.score))
    unread = sum(part.unread for part in parts)
    places = [{"class": each.kind, "start": each.start, "end": each.end} for each in found]
    if invocation.output.as_json:
        told = {
            "score": injection.score,
            "flagged": injection.flagged,
            "unread": unread,
            "channel": channel,
        }
        invocation.output.document("safety.check", found=places, injection=told)
    else:
        for each in found:
            invocation.output.data(f"{each.start}-{each.end}: {each.kind}")
        word = "flagged" if injection.flagged else "not flagged"
        word += f", {unread} characters of payloads unread" if unread else ""
        invocation.output.note(f"{len(found)} found; injection {injection.score:.3f}, {word}")
    return exits.INVALID if found or injection.flagged or unread else exits.OK


@click.command("classes", short_help="List the classes of sensitive values.")
@common_options
@click.pass_obj
def classes(invocation: Invocation) -> None:
    """List the classes of sensitive values, and the groups of them."""
    from tarl.governance.safety.sensitive.classes import FINDERS, GROUPS

    if invocation.output.as_json:
        groups = {name: list(of) for name, of in GROUPS.items()}
        invocation.output.document("safety.classes", classes=list(FINDERS), groups=groups)
        return
    for name in FINDERS:
        invocation.output.data(name)
    for name, of in GROUPS.items():
        invocation.output.data(f"{name}: {' '.join(of)}")


@click.command("scan", short_help="Say what in the journal is unlike the rest of it.")
@click.option("--since", "since_ms", type=INSTANT, metavar="INSTANT", help="Only from then on.")
@click.option("--record", "records", is_flag=True, help="Record what is found as anomalies.")
@tenant_option
@common_options
@click.pass_obj
def scan(invocation: Invocation, since_ms: int | None, records: bool, tenant: str) -> None:
    """Say which durations, failures, denials and amounts are unlike the rest of the journal.

    Robust statistics (median and MAD), each finding with its numbers; nothing is said of fewer than
    20 values.
    """
    from tarl.engines.embedded.clock import SystemClock
    from tarl.governance.safety.anomalies import Anomalies
    from tarl.governance.safety.scan import record
    from tarl.governance.safety.scan import scan as scanned
    from tarl.values.instants import isoformat_ms

    with invocation.open_store() as store:
        report = scanned(store, tenant=tenant, since_ms=since_ms or 0)
        made = []
        if records:
            made = record(Anomalies(store, clock=SystemClock()), report, tenant=tenant)
    if invocation.output.as_json:
        recorded = [each.id for each in made]
        invocation.output.document("safety.scan", **report.as_data(), recorded=recorded)
        return
    rows = [
        (isoformat_ms(each.at_ms), each.severity, each.kind, each.run or "-", each.description)
        for each in report.findings
    ]
    invocation.output.table(("at", "severity", "kind", "run", "what"), rows)
    note = f"{len(rows)} findings in {report.runs} runs, {report.steps} steps"
    invocation.output.note(f"{note}; {len(made)} recorded" if records else note)


@click.command("anomalies", short_help="List what was noticed.")
@click.option("--kind", help="Only of this kind.")
@click.option("--run", metavar="RUN", type=RUN_REF, help="Only of this run.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Only of this severity.")
@click.option("--after", metavar="ID", help="Only after this one, to page.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), default=50, show_default=True, help="At most so many."
)
@tenant_option
@common_options
@click.pass_obj
def anomalies(
    invocation: Invocation,
    /,
    kind: str | None,
    run: str | None,
    severity: str | None,
    after: str | None,
    limit: int,
    tenant: str,
) -> None:
    """List what guardrails, watches and scans noticed, the oldest first."""
    with open_anomalies(invocation) as ledger:
        found = ledger.ls(
            tenant=tenant,
            kind=kind,
            run=run,
            severity=severity,
            after=_number(ledger, after, tenant),
            limit=limit,
        )
        rows = [anomaly_data(each) for each in found]
    if invocation.output.as_json:
        invocation.output.document("safety.anomalies", anomalies=rows)
        return
    columns = ("id", "at", "severity", "kind", "run", "action", "description")
    invocation.output.table(columns, [[row[name] or "-" for name in columns] for row in rows])
    if len(rows) == limit:
        invocation.output.note(f"go on with --after {rows[-1]['id']}")


@click.command("show", short_help="Print a run's events without what is sensitive in them.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@class_option
@common_options
@click.pass_obj
def show(invocation: Invocation, run: str, kinds: tuple[str, ...]) -> None:
    """Print a run's events with marks in the place of what is sensitive: to read or to hand on.

    It is a copy for people, and no evidence: tarl export gives what can be verified.
    """
    from tarl.governance.safety.redaction import marks, redact_value
    from tarl.governance.safety.sensitive.classes import FINDERS, expand
    from tarl.interfaces.cli.recorded import event_data, tail
    from tarl.interfaces.cli.run_refs import find_run

    wanted = expand(kinds) if kinds else frozenset(FINDERS)
    with invocation.open_store() as store:
        run_id = find_run(store, run)
        mark = marks(invocation.keyring.redaction_key(), run_id.stream)
        for event in tail(store, run_id):
            data = event_data(event)
            del data["digest"]  # of the body as it is: with it values could be tried
            shown = redact_value(data, wanted, mark)
            if invocation.output.as_json:
                invocation.output.document("safety.show", run=run_id.ref, **shown)
            else:
                invocation.output.value(shown)


def _number(ledger: Anomalies, id: str | None, tenant: str) -> int:
    return 0 if id is None else ledger.get(id, tenant=tenant).number
