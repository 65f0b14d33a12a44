"""What the error codes of durable work mean and what to try: the second part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

WORK: dict[str, _e] = {
    # --- steps, messages and children
    "retry.policy": _e("A retry policy has a value outside its range.", "See the message."),
    "activity.cancelled": _e(
        "An activity said that it is alive, and nobody waits for it any more.",
        "Let the activity stop when heartbeat() raises.",
    ),
    "token.erased": _e(
        "The outcome of this token was erased with its tenant's key.", "Use another token."
    ),
    "run.ended": _e(
        "The run has ended: it takes no messages and cannot be stopped again.",
        "tarl runs show RUN says how it ended.",
    ),
    "run.cancelled": _e(
        "The run was asked to stop and did; the reason is recorded.",
        "tarl runs show RUN; start it anew with --new-run.",
    ),
    "run.terminated": _e(
        "The run was ended from outside; its code could not clean up.",
        "tarl runs show RUN; start it anew with --new-run.",
    ),
    "run.continued": _e(
        "The run goes on as the run of the next number.", "tarl runs ls shows the newest."
    ),
    "signal.unread": _e(
        "The run has more unread signals than it may keep.",
        "Let the workflow read them, or send fewer.",
    ),
    "update.rejected": _e(
        "The workflow refused the update before anything happened.", "Change the payload."
    ),
    "update.failed": _e(
        "The workflow accepted the update and then failed over it; the run goes on.",
        "tarl runs show RUN shows the answer.",
    ),
    "update.no_answer": _e(
        "No answer came in time; the update stays in the run's inbox.",
        "See that somebody runs the run: tarl resume RUN",
    ),
    "query.unknown": _e("The workflow answers no such query.", "The message names those it does."),
    "query.failed": _e("The workflow's query handler raised.", "Mend the handler."),
    "query.handler": _e("A query's handler must be a plain function.", "Remove its async."),
    "context.read_only": _e(
        "A query or an update's validator tried to act; it may only look.",
        "Act in the workflow or in the update's handler.",
    ),
    "child.failed": _e(
        "A child run ended without a result; the message says how.", "tarl runs show CHILD"
    ),
    "child.close_policy": _e("There is no such close policy.", "terminate, cancel or abandon"),
    "child.cycle": _e(
        "A run would wait for itself through its children.", "Give the child another id."
    ),
    "child.too_deep": _e(
        "Children start children without end.", "End the recursion, or continue_as_new."
    ),
}
