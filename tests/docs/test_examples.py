"""Every example runs as its own text says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.docs.snippets import ROOT, Place, Snippet, snippets

EXAMPLES = ROOT / "examples"


@pytest.fixture
def place(tmp_path: Path, tarl_home: Path) -> Place:
    """A directory with copies of the examples."""
    made = Place(tmp_path / "examples", home=tarl_home)
    for file in EXAMPLES.iterdir():
        if file.is_file():
            shutil.copy(file, made.work)
    return made


def sh(place: Place, text: str, *, fails: int = 0) -> str:
    return place.run(Snippet(0, "sh", f"fails={fails}", text))


def test_prices(place: Place) -> None:
    printed = sh(
        place,
        """tarl run prices.py --input '{"path": "prices.csv", "hours": 3}' --id p1 --json""",
    )

    assert json.loads(printed)["result"]["from"] == "2025-05-07T12:00:00Z"
    assert len((place.work / "plan.txt").read_text().splitlines()) == 3


def test_money_transfer(place: Place) -> None:
    assert "transferred" in sh(place, "python money_transfer.py")
    assert "transferred" in sh(place, "python money_transfer.py")  # attaches, transfers nothing

    ledger = (place.work / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["amount_minor"] for line in ledger] == [-1250, 1250]


def test_money_transfer_that_is_cut_off(place: Place) -> None:
    sh(place, "python money_transfer.py --crash", fails=137)
    assert "whether it took effect is unknown" in sh(place, "python money_transfer.py", fails=5)
    assert "transferred" in sh(place, "python money_transfer.py --settle")

    ledger = (place.work / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["amount_minor"] for line in ledger] == [-1250, 1250]


def test_fan_out(place: Place) -> None:
    printed = sh(place, "python fan_out.py")

    assert printed.splitlines()[:2] == ["warmest: kitchen", "coldest: hall"]
    assert "'neighbour': 'did not answer'" in printed
    assert printed.splitlines()[-1] in sh(place, "python fan_out.py")  # attaches


def test_replay_test(place: Place) -> None:
    assert "3 passed" in sh(place, "pytest -q -p no:cacheprovider replay_test.py")


def test_trip(place: Place) -> None:
    assert "booked: 3 of 3 entries" in sh(place, "python trip.py Oslo")
    assert "not booked: LookupError: no room in Bergen" in sh(
        place, "python trip.py Bergen", fails=1
    )

    books = json.loads((place.work / "bookings.json").read_text())
    assert sorted(books.values()) == ["car in Oslo", "flight to Oslo", "room in Oslo, 3 nights"]
    undone = sh(place, "tarl runs tail trip-Bergen --db trips.db")
    assert undone.count("give_back") == 2


def test_order_payment(place: Place) -> None:
    printed = sh(place, "python order_payment.py")

    assert printed.splitlines() == [
        "  lamp is reserved",
        "  chair is reserved",
        "ann's order costs 17800",
        "refused: an item that is not in the order yet, and its price",
        "ann: parcel with lamp, chair; 17800 in all",
        "  lamp is reserved",
        "  lamp is back on its shelf",
        "bob: not paid in time",
        "  chair is reserved",
        "  chair is back on its shelf",
        "cleo: the run was cancelled: changed her mind",
    ]
    assert sh(place, "tarl replay --all --code order_payment.py --db orders.db").count(": ok") == 3


def test_order_payment_from_other_processes(place: Place) -> None:
    sh(
        place,
        """
        asked='{"customer": "ann", "wait_s": 30}'
        tarl run order_payment.py --input "$asked" --id o1 > o1.json &
        until tarl runs ls --status running 2>&1 | grep -q o1/1; do sleep 0.1; done
        tarl update o1 add --payload '{"item": "lamp", "minor": 4900}' | grep -x 4900
        tarl query o1 total --code order_payment.py | grep -x 4900
        tarl signal o1 payment --payload null
        tarl signal o1 payment --payload '{"minor": 4900}'
        wait
        grep "parcel with lamp" o1.json
        """,
    )


def test_invoices(place: Place) -> None:
    sh(place, "python invoices.py --crash", fails=137)
    printed = sh(place, "python invoices.py")

    assert "{'failed': {'dora': 'failed'}, 'invoiced_minor': 2600}" in printed
    sent = (place.work / "sent.log").read_text().splitlines()
    names = sorted(line.split()[1] for line in sent)
    assert names == ["ann", "bob", "cleo", "emil", "fatma", "gus", "hana"]


def test_agent_mail(place: Place) -> None:
    told = [
        "writer to ann: sent",
        "writer to zoe: nothing grants mail.send on mailbox/zoe",
        "revoked; what stops: planner, writer",
    ]
    for _ in range(2):  # what there is stays, and is added to
        printed = sh(place, "python agent_mail.py").splitlines()
        assert printed[:3] == told
        assert printed[3].startswith("writer to ann: the record ")
        assert printed[3].endswith(" is revoked")
    assert (place.work / "outbox.txt").read_text().count("ann") == 2
    shown = sh(place, "tarl trust show writer --db agent_mail.db")
    assert shown.count("NOT VALID: the record ") == 4
    assert "\nPROVED\n" in sh(place, "tarl verify @last --db agent_mail.db")


def test_promote_in_a_job_of_ci(place: Place) -> None:
    sh(place, "tarl principals create ci --kind service")
    sh(place, "echo 1.0 > app.tar; : > empty.tar")

    assert "PASSED: app.tar" in sh(place, "sh promote.sh app.tar dan dev stage")
    decision = json.loads((place.work / "decision.json").read_text())
    assert decision["payloadType"] == "application/vnd.in-toto+json"
    assert "FAILED: empty.tar" in sh(place, "sh promote.sh empty.tar dan dev stage", fails=11)
    printed = sh(place, "sh promote.sh app.tar dan stage prod", fails=12)
    assert "approvals: 0 of 2 needed" in printed


def test_the_examples_are_all_tested() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    assert all(f"test_{file.stem}(" in tested for file in EXAMPLES.glob("*.py"))


def test_the_tutorial_shows_the_example() -> None:
    tutorial = ROOT / "docs" / "tutorial" / "first-workflow.md"
    shown = {snippet.title: snippet.text for snippet in snippets(tutorial) if snippet.title}
    example = (EXAMPLES / "prices.py").read_text(encoding="utf-8")
    assert shown["prices.py"] == example.partition('"""\n\n')[2]
