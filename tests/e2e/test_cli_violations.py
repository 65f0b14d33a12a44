"""``tarl violations``, and versions and environments of policies, through the real command line."""

from __future__ import annotations

import json

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e

CODE = """
from tarl import Context, activity, workflow


@activity(needs=["bank.pay"])
def pay(amount_minor: int) -> int:
    return amount_minor


@workflow
async def paid(ctx: Context, amount_minor: int) -> int:
    return await ctx.call(pay, amount_minor)
"""


def test_a_policy_of_an_environment_records_what_breaks_it(cli: Cli) -> None:
    (cli.directory / "bank.py").write_text(CODE)
    (cli.directory / "data.json").write_text(json.dumps({"forbidden_actions": ["bank.*"]}))
    named = ("--id", "bank", "--semver", "1.2.0", "--environment", "prod", "--violation", "high")
    made = cli("policy", "register", "data.json", *named, "--by", "ann", "--activate", "--json")
    assert (made.data["semver"], made.data["environments"]) == ("1.2.0", {"prod": 1})
    (cli.directory / "data.json").write_text(json.dumps({"forbidden_actions": ["bank.pay"]}))
    looser = (*named[:3], "1.3.0", *named[4:])
    assert cli.refused("policy", "register", "data.json", *looser) == (2, "policy.loosening")
    tried = ("run", "bank.py", "--id", "tried", "--input", "5")
    assert cli(*tried, environ={"TARL_ENVIRONMENT": "dev"}).code == 0
    assert cli("run", "bank.py", "--id", "stopped", "--input", "5").code == 1
    page = cli("violations", "ls", "--at-least", "high", "--json").data
    (found,) = page["violations"]
    assert (found["policy"], found["run"], found["severity"]) == ("bank", "stopped/1", "high")
    done = cli("violations", "resolve", found["id"], "it was a test", "--by", "ann", "--json").data
    assert (done["status"], done["resolved_by"]) == ("resolved", "ann")
    assert "violation.resolved" in cli("violations", "show", found["id"]).out
    assert cli.refused("violations", "resolve", found["id"], "x") == (2, "violation.resolved")
    assert cli("db", "check", "--deep").code == 0


def test_a_ladder_is_set_and_a_critical_violation_goes_up_it(cli: Cli) -> None:
    levels = ("--level", "page-ops", "15m", "--level", "call-ciso", "1h")
    assert cli("violations", "ladder", "*", *levels).code == 0
    record = ("violations", "record", "limits", "too much", "--severity")
    made = cli(*record, "critical", "--facts", '{"amount": 3}', "--json").data
    assert (made["status"], made["level"], made["handler"]) == ("escalated", 1, "page-ops")
    cli(*record, "low")
    page = cli("violations", "ls", "--limit", "1", "--json").data
    assert [each["id"] for each in page["violations"]] == ["v2"]
    rest = cli("violations", "ls", "--limit", "1", "--cursor", page["cursor"], "--json").data
    assert ([each["id"] for each in rest["violations"]], rest["cursor"]) == (["v1"], None)
    other = ("violations", "ls", "--policy", "limits", "--cursor", page["cursor"])
    assert cli.refused(*other) == (2, "violation.cursor")
    assert cli.refused(*record, "fatal") == (2, "severity.unknown")
    assert cli.refused("violations", "ls", "--status", "shut") == (2, "violation.status")
    assert cli.refused(*record, "low", "--facts", "[]") == (2, "violation.facts")
