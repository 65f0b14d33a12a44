"""What the error codes that all of governance shares mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

GOVERNANCE: dict[str, _e] = {
    "environment.unknown": _e(
        "Work is made in dev, tried in stage and counts in prod; there is no other environment.",
        "Say dev, stage or prod.",
    ),
    "severity.unknown": _e(
        "Violations, guardrails and anomalies are low, medium, high or critical.",
        "Say one of these.",
    ),
}
