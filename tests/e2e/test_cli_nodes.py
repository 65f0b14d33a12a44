"""``tarl nodes``: nodes, rules and routing through the installed command."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.cli_process import Cli

pytestmark = pytest.mark.e2e


@pytest.fixture
def yard(cli: Cli) -> Cli:
    assert cli("nodes", "add", "big", "--capability", "ml", "--capability", "gpu").code == 0
    assert cli("nodes", "add", "small", "--capability", "ml", "--max-load", "1").code == 0
    return cli


def test_nodes_are_listed_with_what_they_say(yard: Cli) -> None:
    listed = yard("nodes", "ls", "--json").data
    assert listed["schema"] == "tarl.nodes.ls/1"
    assert [(n["node"], n["capabilities"], n["max_load"]) for n in listed["nodes"]] == [
        ("big", ["gpu", "ml"], 100),
        ("small", ["ml"], 1),
    ]
    head, *rows = yard("nodes", "ls").out.splitlines()
    assert head.split() == ["NODE", "STATE", "LOAD", "PRIORITY", "CAPABILITIES", "HEARD", "OF"]
    assert rows[1].split() == ["small", "active", "0/1", "0", "ml"]
    assert (
        yard("nodes", "add", "small", "--capability", "ml", "--max-load", "1", "--json").data[
            "outcome"
        ]
        == "unchanged"
    )


def test_work_follows_rules_and_is_explained(yard: Cli) -> None:
    assert yard("nodes", "rules", "add", "train_*", "--node", "small").out == "r1\n"
    assert yard("nodes", "route", "train_x", "--needs", "ml", "--task", "t1").out == "small\n"
    assert yard("nodes", "route", "train_x", "--needs", "ml", "--task", "t1").out == "small\n"
    explained = yard("nodes", "route", "train_y", "--explain", "--json").data
    assert (explained["node"], explained["outcome"]) == ("big", "explained")
    reasons = {each["node"]: each["reasons"] for each in explained["considered"]}
    assert reasons["small"] == [{"code": "full", "text": "is full: 1 of 1"}]
    text = yard("nodes", "route", "train_y", "--explain").out
    assert "rule r1 aims at node small, which cannot take it: the next is asked" in text
    shown = yard("nodes", "show", "small", "--json").data
    assert [(a["task"], a["fence"]) for a in shown["assignments"]] == [("t1", 1)]
    assert yard("nodes", "release", "t1", "--json").data["released"] is True
    assert yard("nodes", "release", "t1", "--json").data["released"] is False
    assert yard("nodes", "rules", "ls", "--json").data["rules"][0]["pattern"] == "train_*"
    assert yard("nodes", "rules", "remove", "r1").code == 0
    assert yard("nodes", "rules", "ls", "--json").data["rules"] == []


def test_what_cannot_be_done_is_refused(yard: Cli) -> None:
    assert yard.refused("nodes", "rules", "add", "[a", "--node", "big") == (2, "rule.pattern")
    assert yard.refused("nodes", "rules", "add", "a") == (2, "rule.target")
    assert yard.refused("nodes", "drain", "nobody") == (3, "node.missing")
    assert yard.refused("nodes", "add", "x", "--max-load", "0") == (2, "node.max_load")
    assert yard.refused("nodes", "route", "job", "--needs", "tape") == (8, "route.no_node")
    assert yard.refused("nodes", "failover", "big") == (2, "node.alive")
    assert yard.refused("nodes", "failover", "--force") == (2, "usage")
    yard("nodes", "route", "job", "--needs", "gpu", "--task", "t")
    assert yard.refused("nodes", "remove", "big") == (2, "node.busy")
    assert yard.refused("nodes", "route", "other", "--task", "t") == (2, "route.task_exists")
    assert yard.refused("nodes", "release", "t", "--fence", "9") == (2, "route.moved")
    assert yard.refused("nodes", "ls", "--db", "none.db") == (3, "journal.missing")


def test_a_draining_node_empties_and_goes(yard: Cli) -> None:
    yard("nodes", "drain", "big", "--reason", "new disk")
    assert yard("nodes", "beat", "big").out == "draining\n"
    assert yard("nodes", "route", "job", "--task", "t").out == "small\n"
    assert yard.refused("nodes", "route", "job")[1] == "route.no_node"
    yard("nodes", "undrain", "big")
    assert yard("nodes", "route", "job").out == "big\n"
    moved = yard("nodes", "failover", "big", "--force", "--json").data["failovers"][0]
    assert (moved["moved"], len(moved["stranded"])) == ([], 1)


def test_a_silent_node_s_work_moves(yard: Cli) -> None:
    yard("nodes", "add", "weak", "--priority", "5", "--heartbeat", "600")
    assert yard("nodes", "route", "job", "--task", "t").out == "weak\n"
    assert yard("nodes", "failover", "--json").data["failovers"] == []
    yard("nodes", "add", "weak", "--priority", "5", "--heartbeat", "0.001")
    assert yard("nodes", "failover").out == "t: weak -> big\n"
    assert yard("nodes", "failover", "--json").data["failovers"] == []
    assert yard("nodes", "show", "weak", "--json").data["state"] == "silent"
    yard("nodes", "add", "weak", "--priority", "5", "--heartbeat", "600")
    assert yard("nodes", "beat", "weak").out == "active\n"
    shown = yard("nodes", "show", "weak", "--json").data
    assert (shown["state"], shown["load"]) == ("active", 0)


def test_commands_at_the_same_time_do_not_overfill_a_node(cli: Cli) -> None:
    cli("nodes", "add", "only", "--max-load", "3")
    with ThreadPoolExecutor(6) as pool:
        routed = list(pool.map(lambda n: cli("nodes", "route", "job", "--task", f"t{n}"), range(6)))
    assert sorted(done.code for done in routed) == [0, 0, 0, 8, 8, 8]
    assert cli("nodes", "show", "only", "--json").data["load"] == 3


def test_a_tenant_s_nodes_are_its_own(yard: Cli) -> None:
    assert yard("nodes", "ls", "--tenant", "acme", "--json").data["nodes"] == []
    assert yard.refused("nodes", "show", "big", "--tenant", "acme")[1] == "node.missing"
    assert yard.refused("nodes", "route", "job", "--tenant", "acme")[1] == "route.no_node"
