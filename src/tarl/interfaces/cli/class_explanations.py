"""What the codes mean that errors have which have no more specific one: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

CLASSES: dict[str, _e] = {
    "usage": _e("The command line is not one that tarl understands.", "tarl COMMAND --help"),
    "internal": _e(
        "tarl itself failed in a way that it does not expect.",
        "Run it again with --debug and report what it prints. What was acknowledged is on disk.",
    ),
    "interrupted": _e("Stopped from the keyboard.", "tarl resume RUN takes up what was under way."),
    "error": _e("An error without a more specific code.", "Read its message."),
    "refused": _e("The request as it stands is refused.", "Change what the message names."),
    "invalid": _e("The input is malformed, ill-typed or out of bounds.", "Change the input."),
    "missing": _e("The thing named does not exist.", "Check the name: tarl runs ls"),
    "conflict": _e(
        "The thing is in another state than expected.", "Look at it first: tarl runs show RUN"
    ),
    "denied": _e("Authority, policy or permissions say no.", "Ask whoever grants them."),
    "exceeded": _e("A limit or quota would be passed.", "Use less, or raise the limit."),
    "infeasible": _e(
        "No solution exists; the facts carry the smallest conflict.", "Relax one of them."
    ),
    "unavailable": _e("Something outside does not answer now.", "Try again later."),
    "corrupt": _e("What was read cannot be true.", "tarl db check, then restore a backup."),
    "explain.unknown": _e("No error has this code.", "tarl explain lists all codes."),
}
