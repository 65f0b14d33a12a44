"""What the error codes of the schedule solver mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

SOLVER: dict[str, _e] = {
    "solver.contradiction": _e(
        "What the solver answered breaks the problem that it was given, so it is not believed.",
        "Report it with the problem; nothing was planned.",
    ),
    "solver.crashed": _e(
        "The process that solves scheduling problems did not start, or ended in the middle of one.",
        "Try again: it is started anew. If it happens each time, the message has its last words.",
    ),
    "solver.problem": _e(
        "A scheduling problem contradicts itself in form: a name that it does not know, a list of"
        " the wrong length, jobs that wait for one another, or a number out of range.",
        "Correct the part that the message names.",
    ),
    "solver.timed_out": _e(
        "The solver went past its time limit without any schedule, and was stopped.",
        "Raise the time limit, or plan fewer steps or a shorter time at once.",
    ),
}
