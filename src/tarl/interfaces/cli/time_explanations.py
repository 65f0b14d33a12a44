"""What the error codes of timers, schedules and named leases mean and what to try: a part of the
table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

TIME: dict[str, _e] = {
    # --- timers
    "timer.due": _e(
        "A timer needs one delay or one instant, in milliseconds, within a hundred years.",
        "Give delay_ms or due_at_ms as an integer.",
    ),
    "timer.exists": _e(
        "The id has a timer with another request.", "Choose another id, or give the same request."
    ),
    "timer.twice": _e("One id stands twice among timers set together.", "Leave one of them out."),
    "timer.too_many": _e("Too many timers in one call.", "Set them in several calls."),
    "timer.payload_too_large": _e(
        "A timer's payload lies in its event and is small.", "Put a reference into the payload."
    ),
    "timer.missing": _e("There is no such timer of this tenant.", "Check the id and the tenant."),
    "timer.firing": _e(
        "The timer's handler runs at this moment: it can no longer be cancelled.",
        "Look at it again in a moment.",
    ),
    "timer.claimed": _e("Another process fires the timer.", "Nothing is to be done."),
    "timer.claim_lost": _e(
        "Another process took the timer over, because this one seemed dead; its outcome counts.",
        "Nothing is to be done. If it happens often: handlers that do not block the loop.",
    ),
    "timer.not_failed": _e(
        "Only a timer that has failed, or that nobody answered, is put back.", "See its status."
    ),
    "handler.type": _e("What was registered cannot be called.", "Register a function."),
    "handler.exists": _e(
        "Another function is registered under this name.", "Give one of them another name."
    ),
    # --- schedules
    "schedule.never": _e(
        "The schedule would never fire: no date fits it, or none between its start and end.",
        "Check day and month (30 February never comes), start and end.",
    ),
    "schedule.cron": _e(
        "It is no cron expression; the message names the field.",
        "Minute, hour, day of month, month, day of week: 30 7 * * MON-FRI",
    ),
    "schedule.zone": _e(
        "Nobody knows this time zone.",
        "An IANA name, such as Europe/Berlin; pip install tzdata where the system has none.",
    ),
    "schedule.every": _e(
        "The interval is out of range, or its offset does not lie within it.",
        "--every 5m --offset 30s",
    ),
    "schedule.overlap": _e(
        "There is no such overlap policy.",
        "skip, buffer_one, buffer_all, cancel_other, terminate_other or allow_all",
    ),
    "schedule.range": _e("A number of the schedule is out of its range.", "See the message."),
    "schedule.input_too_large": _e(
        "A schedule's input lies in its event and is small.", "Put a reference into the input."
    ),
    "schedule.note_too_long": _e("The note is too long.", "Write less."),
    "schedule.exists": _e(
        "There is a schedule of this id.", "Choose another id, or delete it first."
    ),
    "schedule.missing": _e(
        "There is no such schedule of this tenant.", "tarl schedules ls; check --tenant."
    ),
    "schedule.buffer_full": _e(
        "More times of one schedule would wait than may.",
        "Ask for a smaller range, and for the next when it is done.",
    ),
    "schedule.backfill_empty": _e(
        "No time of the schedule lies in the range.",
        "Give the first instant, and the one after the last.",
    ),
    # --- named leases
    "lease.duration": _e("A lease's duration is out of its range.", "See the message."),
    "lease.held": _e("Somebody else holds the lease.", "Try again when it has ended."),
}
