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
    "runs.limit": _e(
        "A list of runs is put in order in memory, which bounds how many it can have.",
        "Ask for fewer, or for those of one tenant, workflow or status.",
    ),
    "runs.cursor": _e(
        "A list of runs was to go on behind a place that no page has given.",
        "Hand back next_after of the page before, as it was, or begin at the front.",
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
    "fork.approval": _e(
        "The run had asked people by then; what they decide is for that run and no fork of it.",
        "Fork at an earlier event: the fork asks anew.",
    ),
    "update.unfinished": _e(
        "The run accepted the update and ended before its handler was done; what it did stands.",
        "tarl runs show RUN; let the workflow wait for its handlers before it returns.",
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
    # --- the queue and its workers
    "task.priority": _e("There is no such priority.", "critical, high, normal, low or background"),
    "task.spec": _e("A task was asked for with a value outside its range.", "See the message."),
    "task.exists": _e(
        "The id or the token has a task with another handler or payload.",
        "Choose another --id or --token, or leave it out.",
    ),
    "task.missing": _e(
        "The queue has no such task of this tenant.", "tarl queue ls QUEUE; check --tenant."
    ),
    "task.queued": _e("The task is not over.", "See that a worker serves its queue: tarl worker"),
    "task.ended": _e("The task is over already.", "tarl queue show TASK"),
    "task.cancelled": _e("Somebody cancelled the task.", "tarl queue show TASK; add it anew."),
    "task.dead": _e(
        "The task failed for the last time; its errors are recorded.",
        "tarl dlq show TASK; mend the cause, then tarl dlq requeue TASK.",
    ),
    "task.not_dead": _e("The task is not in the dead-letter queue.", "tarl queue show TASK"),
    "task.unnamed": _e("No task is named, or some are beside --all.", "tarl dlq ls"),
    "lease.lost": _e(
        "The worker's lease is over: it expired, was given back, or the task was cancelled. Its"
        " outcome was refused; another worker does the task or has done it.",
        "Drop what was done. If it happens often: a longer --lease, or handlers that yield.",
    ),
    "lease.extended": _e(
        "A lease that looked expired was extended meanwhile.", "Nothing is to be done."
    ),
    "queue.limits": _e("A queue's limit is outside its range.", "tarl queue limits --help"),
    "queue.weight": _e(
        "A tenant's weight is a whole number from 1 to 1,000.",
        "tarl queue limits QUEUE --weight TENANT=N",
    ),
    "queue.closed": _e("The queue was closed while somebody waited.", "Ask again."),
    "worker.options": _e("A worker's option is outside its range.", "tarl worker --help"),
    "worker.no_code": _e(
        "Nothing is loaded that could carry out a task.", "tarl worker --code FILE"
    ),
    "worker.no_handler": _e(
        "The worker has not loaded what carries out the task.", "tarl worker --code FILE"
    ),
    "worker.ambiguous": _e(
        "Two loaded activities or workflows have one name.",
        "Give one of them another: @activity(name=...)",
    ),
    "worker.payload": _e(
        "The payload does not fit the handler's parameters; no attempt can mend that.",
        "Add a task with what the function declares.",
    ),
    "worker.parameters": _e(
        "An activity of any arguments cannot be a task's handler.", "Name its parameters."
    ),
    # --- the extended orchestration API
    "hierarchy.cycle": _e(
        "A workflow would be above and below itself.", "Choose another parent or child id."
    ),
    "hierarchy.depth": _e(
        "A workflow has very many ancestors: probably a loop.", "Look at what begins children."
    ),
    "hierarchy.exists": _e(
        "The child id belongs to another child.", "Choose another id, or leave it out."
    ),
    "hierarchy.missing": _e("No child of this id was spawned.", "Spawn it first."),
    "hierarchy.over": _e(
        "The workflow has ended, or would go back to an earlier status.",
        "Spawn another child; an end stays.",
    ),
    "hierarchy.status": _e("There is no such status of a child.", "The message names those."),
    "saga.step": _e(
        "A step of a saga is not an activity with its arguments.", "(activity, {arguments})"
    ),
    "seconds.range": _e(
        "Not a number of seconds, or out of range.", "0 or more, at most a hundred years."
    ),
}
