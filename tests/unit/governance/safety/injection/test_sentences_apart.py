"""The shipped weights on sentences that nothing was learned from."""

import json
from pathlib import Path

from tarl.governance.safety.injection.detector import detect

APART = Path(__file__).parents[4] / "data/injection/own.jsonl"
OVER_DEFENCE_MIN = 0.97
FOUND_MIN = 0.6


def test_innocent_sentences_pass_and_attacks_are_found() -> None:
    rows = [json.loads(line) for line in APART.read_text(encoding="utf-8").split("\n") if line]
    flagged = {0: [0, 0], 1: [0, 0]}
    for row in rows:
        counts = flagged[row["label"]]
        counts[0] += detect(row["text"]).flagged
        counts[1] += 1
    false_alarms, innocent = flagged[0]
    found, attacks = flagged[1]
    assert innocent > 100
    assert attacks > 100
    assert 1 - false_alarms / innocent >= OVER_DEFENCE_MIN
    assert found / attacks >= FOUND_MIN
