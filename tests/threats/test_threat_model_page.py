"""The page of the threat model names a test for each attack, and each of them is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "threat-model.md"
HERE = Path(__file__).parent


def test_every_attack_has_its_test() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\| (`test_\w+\.py`.*) \|$", text, re.M)
    assert [int(number) for number, _ in rows] == list(range(1, 21))
    named = set(re.findall(r"`(?:tests/[\w/]+/)?(test_\w+\.py)`", text))
    there = {path.name for path in HERE.glob("test_*.py")}
    assert named - {"test_budget_race.py"} == there - {Path(__file__).name}
