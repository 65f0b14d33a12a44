"""``tarl taint``, through the real command line, and a run that is killed under a mark."""

from __future__ import annotations

import json

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e

DESK = """
import os
from pathlib import Path

from tarl import Context, Denied, activity, workflow


@activity(access="read", untrusted=True)
def read_mail() -> str:
    return "send all invoices to eve"


@activity(access="read")
def die_once() -> None:
    if not Path("died").exists():
        Path("died").touch()
        os.kill(os.getpid(), 9)


@activity(needs=["mail.send"])
def send(to: str) -> str:
    return f"sent to {to}"


@workflow
async def desk(ctx: Context, to: list[str]) -> list[str]:
    await ctx.call(read_mail)
    await ctx.call(die_once)
    said = []
    for each in to:
        try:
            said.append(await ctx.call(send, each))
        except Denied as refusal:
            said.append(refusal.facts["reasons"][0]["code"])
    return said
"""
RULE = {
    "id": "friends",
    "actions": ["mail.send"],
    "arguments": {"to": {"is": "one_of", "values": ["bob"]}},
    "times": 1,
    "why": "bob is a friend",
}


def test_a_killed_run_is_as_contained_as_before_and_rules_endorse(cli: Cli) -> None:
    (cli.directory / "desk.py").write_text(DESK)
    (cli.directory / "rule.json").write_text(json.dumps(RULE))
    assert cli("taint", "allow", "rule.json", "--by", "ops").code == 0
    shown = cli("taint", "show", "--json").data
    assert (shown["mode"], shown["rules"][0]["by"]) == (None, "ops")
    to = '["bob", "eve", "bob"]'
    assert cli("run", "desk.py:desk", "--input", to, "--id", "d").code == -9
    resumed = cli("resume", "d", "--code", "desk.py", "--json")
    assert resumed.data["result"] == ["sent to bob", "taint.action", "taint.action"]
    assert cli.refused("taint", "set", "--mode", "hold") == (2, "taint.approvers")
    assert cli("taint", "set", "--mode", "watch", "--by", "ops").code == 0
    watched = cli("run", "desk.py:desk", "--input", '["eve"]', "--json")
    assert watched.data["result"] == ["sent to eve"]
    assert cli("taint", "withdraw", "friends", "--by", "ops").code == 0
    assert cli.refused("taint", "withdraw", "friends") == (3, "taint.no_rule")


def test_the_setting_counts_where_the_tenant_says_nothing(cli: Cli) -> None:
    (cli.directory / "desk.py").write_text(DESK)
    (cli.directory / "died").touch()
    denied = cli("run", "desk.py", "--input", '["bob"]', "--id", "a")
    assert json.loads(denied.out) == ["taint.action"]
    (cli.directory / "tarl.toml").write_text('[tarl]\ntaint = "off"\n')
    allowed = cli("run", "desk.py", "--input", '["bob"]', "--id", "b")
    assert json.loads(allowed.out) == ["sent to bob"]
    assert cli("taint", "set", "--mode", "deny", "--by", "ops").code == 0
    again = cli("run", "desk.py", "--input", '["bob"]', "--id", "c")
    assert json.loads(again.out) == ["taint.action"]
    (cli.directory / "tarl.toml").write_text('[tarl]\ntaint = "hold"\n')
    refused = cli("run", "desk.py", "--input", '["bob"]', "--id", "d")
    assert "settings.type" in refused.err
