"""What the error codes of authority that is handed over mean, and what to try; a part of the table
in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

LENDING: dict[str, _e] = {
    "lending.refused": _e(
        "An agent was to have a turn, and nobody could lend it what the turn takes: they do not"
        " hold it, may not hand it on, or are revoked or suspended. The agents' work stops there.",
        "See `reasons` in the facts, and tarl trust show AGENT for what somebody holds.",
    ),
    "lending.moved": _e(
        "An agent acted after it had handed its task on, or after its turn.",
        "Act before handing on, or when the task has come back.",
    ),
    "lending.other": _e(
        "An agent that has a turn wanted to act in another agent's name.",
        "Let a pattern ask the other agent, with this one as the giver.",
    ),
}
