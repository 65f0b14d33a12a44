"""``tarl compliance``, through the real command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.cli_process import Cli

from tarl.storage import open_store

pytestmark = pytest.mark.e2e

FLOW = """
from tarl import Context, activity, workflow


@activity
async def pay(to: str) -> str:
    return f"paid {to}"


@workflow
async def loans(ctx: Context, to: str) -> str:
    return await ctx.call(pay, to)
"""


def test_from_a_run_to_a_report_and_a_demand_that_stops_the_next(cli: Cli, tmp_path: Path) -> None:
    flow = tmp_path / "flow.py"
    flow.write_text(FLOW)
    assert cli("run", str(flow), "--input", '"alice"', "--id", "r1").code == 0
    assert cli("principals", "create", "anna").code == 0
    facts = ("ai_system=yes", "personal_data=no")
    declared = cli("compliance", "declare", "workflow:loans", *facts, "--by", "anna", "--json")
    assert declared.data["risk_class"] == "unknown"
    assert "prohibited_practices" in declared.data["missing"]
    risks = "eu-ai-act:Art. 9(1)"
    signed = cli(
        *("compliance", "attest", "workflow:loans", risks, "--status", "met", "--as", "anna"),
        *("--statement", "reviewed", "--evidence", str(flow), "--json"),
    )
    assert signed.data["signers"] == ["anna"]
    shown = cli("compliance", "evidence", "workflow:loans", risks, "--json").data
    assert (shown["status"], shown["why"]) == ("met", "anna attested: reviewed")
    target = tmp_path / "report.json"
    cli("compliance", "report", "workflow:loans", "--format", "json", "-o", str(target))
    report = json.loads(target.read_text())
    assert report["totals"]["entries"] == 2_585
    assert report["totals"]["met"] == 3
    printed = cli("compliance", "report", "workflow:loans", "--framework", "slsa", "--json")
    assert json.loads(printed.out)["totals"]["entries"] == 8
    required = cli(
        *("compliance", "require", "review", "--workflow", "loa*", "--predicate", "review"),
        *("--signer", "anna", "--max-age", "30d", "--by", "ops"),
    )
    assert required.code == 0, required
    stopped = cli("run", str(flow), "--input", '"alice"', "--id", "r2", "--json")
    assert stopped.code != 0
    assert "takes no effect" in stopped.out + stopped.err
    assert cli("compliance", "lift", "review", "--by", "ops").code == 0


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("evidence", "journal", "slsa:L3.1"), (3, "compliance.requirement")),
        (("assess", "workflow:nobody"), (3, "compliance.component")),
    ],
)
def test_what_is_unknown_is_refused(
    cli: Cli, tmp_path: Path, words: tuple[str, ...], refusal: tuple[int, str]
) -> None:
    open_store(cli.directory / "tarl.db").close()
    assert cli.refused("compliance", *words) == refusal
