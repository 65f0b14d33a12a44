"""What effects have set aside, shown and given back from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.cli_process import Cli

from tarl.engines.embedded.clock import SystemClock
from tarl.storage import open_store
from tarl.trust.budget import Account, Budgets, Charge

pytestmark = pytest.mark.e2e


def set_aside(path: Path, key: str) -> None:
    store = open_store(path)
    charges = [Charge("EUR", 500, (Account("a" * 64, 1_000),))]
    Budgets(store).reserve("default", "ada", key, charges, at_ms=SystemClock().now_ms())
    store.close()


def test_what_is_set_aside_is_shown_and_given_back(cli: Cli) -> None:
    cli("keys", "init")
    key = "k" * 64
    set_aside(cli.directory / "tarl.db", key)
    (shown,) = cli("trust", "reservations", "--json").data["reservations"]
    assert (shown["key"], shown["agent"], shown["amount"]) == (key, "ada", 500)
    assert "ada" in cli("trust", "reservations").out
    done = cli("trust", "release", key, "--reason", "its run is gone", "--json")
    assert [each["status"] for each in done.data["reservations"]] == ["released"]
    assert cli("trust", "reservations", "--json").data["reservations"] == []


def test_what_cannot_be_given_back_is_refused(cli: Cli) -> None:
    cli("keys", "init")
    key = "k" * 64
    set_aside(cli.directory / "tarl.db", key)
    for words, code in (
        (("x", "--reason", "gone"), "budget.missing"),
        ((key, "--reason", " "), "budget.reason"),
        (("", "--reason", "gone"), "budget.key"),
    ):
        assert cli.refused("trust", "release", *words)[1] == code
    assert cli("trust", "release", key).code == 2
    assert cli("trust", "release", key, "--reason", "no", "--tenant", "acme").code != 0
    (shown,) = cli("trust", "reservations", "--json").data["reservations"]
    assert shown["status"] == "reserved"
