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


def test_the_examples_are_all_tested() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    assert all(f"test_{file.stem}(" in tested for file in EXAMPLES.glob("*.py"))


def test_the_tutorial_shows_the_example() -> None:
    tutorial = ROOT / "docs" / "tutorial" / "first-workflow.md"
    shown = {snippet.title: snippet.text for snippet in snippets(tutorial) if snippet.title}
    example = (EXAMPLES / "prices.py").read_text(encoding="utf-8")
    assert shown["prices.py"] == example.partition('"""\n\n')[2]
