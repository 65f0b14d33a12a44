"""What the error codes of violations mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

VIOLATIONS: dict[str, _e] = {
    "violation.missing": _e("There is no such violation.", "tarl violations ls; check --tenant."),
    "violation.resolved": _e(
        "The violation is resolved, and nothing follows that.",
        "Record what happened since as another one: tarl violations record POLICY TEXT --severity"
        " SEVERITY",
    ),
    "violation.status": _e(
        "A violation is open, escalated, acknowledged or resolved.", "Say one of these."
    ),
    "violation.cursor": _e(
        "A cursor goes on with the query that gave it, and with no other.",
        "Keep the filters, or begin without --cursor.",
    ),
    "violation.limit": _e("A page has 1 to 1000 violations.", "Ask for fewer, and go on."),
    "violation.too_large": _e(
        "The description, the facts or a note of a violation are too large.",
        "Say it shorter, and name where the rest is.",
    ),
    "violation.facts": _e("The facts of a violation are a JSON object.", "--facts '{...}'"),
    "violation.ladder": _e(
        "A ladder has at most 16 levels, each with a handler and 1 ms to 30 days.",
        "tarl violations ladder POLICY --level HANDLER 15m",
    ),
    "violation.handler": _e(
        "What is to tell of violations cannot be called.", "Decorate a function."
    ),
    "violation.handler_exists": _e(
        "Two loaded functions tell of violations under one name.",
        'Rename one: @escalation_handler("NAME")',
    ),
    "violation.handler_hangs": _e(
        "A function that tells of violations has not come back; it is tried again, and the next"
        " level is told when this one's time is over.",
        "Have it end sooner.",
    ),
    "violation.handlers_hang": _e(
        "Too many functions that tell of violations have not come back.",
        "Restart the process, and have them end sooner.",
    ),
}
