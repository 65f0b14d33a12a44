"""``tarl consent``, through the real command line."""

from __future__ import annotations

import pytest
from tests.e2e.cli_process import Cli
from tests.unit.planning.consent.consent_parts import CAMERA
from tests.unit.planning.consent.test_consent_court import a_plan

from tarl.engines.embedded.clock import SystemClock
from tarl.planning.consent.ledger import Consents
from tarl.planning.plans.ledger import PlanLedger
from tarl.storage import open_store

pytestmark = pytest.mark.e2e


def test_a_consent_is_given_listed_and_taken_back(cli: Cli) -> None:
    made = cli(
        *("consent", "grant", CAMERA, "--user", "anna", "--for", "90m"),
        *("--privacy", "confidential", "--reason", "a parcel", "--json"),
    )
    assert made.code == 0, made
    given = made.data["consent"]
    assert (given["user"], given["by"], given["status"]) == ("anna", "anna", "live")
    assert (given["scopes"], given["privacy"]) == ([CAMERA], "confidential")
    (row,) = cli("consent", "ls", "--json").data["consents"]
    assert row == given
    assert CAMERA in cli("consent", "ls", "--user", "anna").out
    assert CAMERA not in cli("consent", "ls", "--user", "ben").out
    gone = cli("consent", "revoke", given["consent"], "--reason", "it came")
    assert (gone.code, gone.out.strip()) == (0, given["consent"])
    assert cli("consent", "ls", "--json").data["consents"] == []
    (ended,) = cli("consent", "ls", "--all", "--json").data["consents"]
    assert (ended["status"], ended["revoked_why"]) == ("revoked", "it came")
    assert cli("db", "check", "--deep").code == 0


def test_what_a_plan_wants_is_consented_to_at_once(cli: Cli) -> None:
    store = open_store(cli.directory / "tarl.db")
    PlanLedger(store, clock=SystemClock()).record(a_plan())
    store.close()
    made = cli("consent", "grant", "--wanted-by", "p1", "--only-for", "p1", "--json").data
    assert (made["consent"]["user"], made["consent"]["scopes"]) == ("anna", [CAMERA])
    assert (made["consent"]["plan"], made["consent"]["trust"]) == ("p1", "verified")
    store = open_store(cli.directory / "tarl.db")
    assert len(Consents(store, clock=SystemClock()).of("anna")) == 1
    store.close()
    assert cli.refused("consent", "grant", "--wanted-by", "p2") == (3, "plan.missing")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (
            ("grant", CAMERA, "--user", "anna", "--for", "1h", "--until", "2099-01-01T00:00Z"),
            "usage",
        ),
        (("grant", "camera", "--user", "anna"), "consent.scope"),
        (("grant", CAMERA, "--user", "anna", "--for", "2d"), "consent.expiry"),
        (("revoke", "c0", "--all", "--user", "anna"), "usage"),
    ],
)
def test_what_cannot_be_meant_is_refused(cli: Cli, words: tuple[str, ...], refusal: str) -> None:
    assert cli.refused("consent", *words) == (2, refusal)


def test_there_is_nothing_to_take_back(cli: Cli) -> None:
    assert cli.refused("consent", "ls") == (3, "journal.missing")
    cli("consent", "grant", CAMERA, "--user", "anna")
    assert cli.refused("consent", "revoke", "c0") == (3, "consent.missing")
    assert cli("consent", "revoke", "--all", "--user", "ben", "--json").data["revoked"] == []
