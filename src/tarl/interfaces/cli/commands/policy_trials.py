"""``tarl policy test``, ``diff`` and ``simulate``: what a policy says before it is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli import exits
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.policies import (
    decisions,
    last_option,
    loaded_activities,
    run_option,
    schema_option,
    show_report,
    subject_argument,
    subject_of,
    tenant_option,
    vocabulary_from,
)

if TYPE_CHECKING:
    from tarl.governance.policies.cases import Case
    from tarl.policy.cedar.edition import Edition


@click.command("test", short_help="Try a policy on cases with expected decisions.")
@subject_argument
@click.argument("cases_file", metavar="CASES")
@schema_option
@code_option
@tenant_option
@common_options
@click.pass_obj
def test(
    invocation: Invocation,
    subject: str,
    cases_file: str,
    schema_file: str | None,
    code: tuple[str, ...],
    tenant: str,
) -> int:
    """Try a policy on the cases of a JSON file; the exit code is 2 if one is not as expected.

    A case is {"name", "effect": {"action", "agent", "roles", "posture", "task", "resource",
    "access", "output", "args", "at_ms"}, "expect": "allow" or "deny", "rule"}; what is left out of
    an effect has a default.
    """
    from tarl.governance.policies.cases import tried

    cases = _cases(cases_file)
    vocabulary = vocabulary_from(invocation, schema_file, code)
    edition = subject_of(invocation, subject, tenant=tenant, vocabulary=vocabulary)
    results = tried(edition, cases)
    failed = [result for result in results if not result.passed]
    output = invocation.output
    if output.as_json:
        data = [result.as_data() for result in results]
        output.document("policy.test", cases=data, failed=len(failed))
    else:
        for result in failed:
            output.data(f"{result.case.name}: expected {result.case.expect}, got {result.answer}")
            if result.case.rule is not None:
                output.data(f"    expected of rule {result.case.rule}")
            for reason in result.reasons:
                output.data(f"    {reason['text']}")
        output.note(f"{len(results) - len(failed)} of {len(results)} cases are as expected")
    return exits.INVALID if failed else exits.OK


@click.command("diff", short_help="Show what two policies decide differently.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--cases", "cases_file", metavar="FILE", help="On cases instead of recorded runs.")
@run_option
@last_option
@schema_option
@code_option
@tenant_option
@common_options
@click.pass_obj
def diff(
    invocation: Invocation,
    /,
    first: str,
    second: str,
    cases_file: str | None,
    runs: tuple[str, ...],
    last: int | None,
    schema_file: str | None,
    code: tuple[str, ...],
    tenant: str,
) -> None:
    """Show how the texts of two policies (FILE or ID[@VERSION]) differ, and which decisions of
    recorded runs, or of cases, would.

    Recorded runs are rebuilt with the activities of --code.
    """
    from tarl.governance.policies.past import compare

    vocabulary = vocabulary_from(invocation, schema_file, code)
    a = subject_of(invocation, first, tenant=tenant, vocabulary=vocabulary)
    b = subject_of(invocation, second, tenant=tenant, vocabulary=vocabulary)
    text = _text_difference(a, b, first, second)
    if not invocation.output.as_json:
        for line in text:
            invocation.output.data(line)
    if cases_file is not None:
        _differing_cases(invocation, a, b, _cases(cases_file), text)
        return
    if not invocation.has_journal() and not runs:
        _differing_cases(invocation, a, b, [], text)
        return
    activities = loaded_activities(invocation, code)
    with invocation.open_store() as store:
        past = decisions(
            invocation, store, activities=activities, tenant=tenant, runs=runs, last=last
        )
        report = compare(a, b, past)
    show_report(invocation, "policy.diff", report, text=text)


@click.command("simulate", short_help="Show which past decisions a policy would change.")
@subject_argument
@click.option("--id", "policy_id", metavar="ID", help="Whose next version a FILE would be.")
@click.option("--strict", is_flag=True, help="Exit with 7 if a decision would change.")
@run_option
@last_option
@schema_option
@code_option
@tenant_option
@common_options
@click.pass_obj
def simulate(
    invocation: Invocation,
    /,
    subject: str,
    policy_id: str | None,
    strict: bool,
    runs: tuple[str, ...],
    last: int | None,
    schema_file: str | None,
    code: tuple[str, ...],
    tenant: str,
) -> int:
    """Show which past decisions would be others, were this policy in force instead of its other
    versions: what ran and would be denied, what was denied by it and would run.

    Recorded runs are rebuilt with the activities of --code: what they need and act on is taken from
    there. A step whose activity is not loaded is left out and counted.
    """
    from tarl.governance.policies import past as recorded

    vocabulary = vocabulary_from(invocation, schema_file, code)
    edition = subject_of(invocation, subject, tenant=tenant, vocabulary=vocabulary, id=policy_id)
    activities = loaded_activities(invocation, code)
    with invocation.open_store() as store:
        past = decisions(
            invocation, store, activities=activities, tenant=tenant, runs=runs, last=last
        )
        report = recorded.simulate(edition, past)
    members = {"policy": edition.policy, "version": edition.version, "digest": edition.digest}
    show_report(invocation, "policy.simulate", report, **members)
    return exits.DIVERGED if strict and report.changed else exits.OK


def _cases(file: str) -> list[Case]:
    from tarl.governance.policies.cases import read_cases
    from tarl.interfaces.cli.input_text import read_json

    return read_cases(read_json(f"@{file}", option="CASES"))


def _differing_cases(
    invocation: Invocation, a: Edition, b: Edition, cases: list[Case], text: list[str]
) -> None:
    from tarl.governance.policies.cases import tried

    found: list[dict[str, Any]] = []
    for one, other in zip(tried(a, cases), tried(b, cases), strict=True):
        if one.answer != other.answer:
            change = f"{one.answer}->{other.answer}"
            reasons = list(other.reasons or one.reasons)
            found.append({"name": one.case.name, "change": change, "reasons": reasons})
    output = invocation.output
    if output.as_json:
        output.document("policy.diff", text=text, cases=len(cases), changed=found)
        return
    for row in found:
        output.data(f"{row['name']}: {row['change']}")
        for reason in row["reasons"]:
            output.data(f"    {reason['text']}")
    if cases:
        output.data(f"{len(found)} of {len(cases)} cases differ")


def _text_difference(a: Edition, b: Edition, first: str, second: str) -> list[str]:
    from difflib import unified_diff

    lines = unified_diff(a.text.splitlines(), b.text.splitlines(), first, second, lineterm="", n=2)
    return list(lines)
