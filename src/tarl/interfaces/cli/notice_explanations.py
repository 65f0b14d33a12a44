"""What the error codes of telling people mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

NOTICES: dict[str, _e] = {
    "notice.log": _e(
        "A notice cannot be written to its log.", "Make room, or correct path and permissions."
    ),
    "notice.malformed": _e(
        "A notice has no title, is about nothing, or is of no time.",
        "Say in one line what it is about.",
    ),
    "notice.no_conflict": _e(
        "A plan was to be told of as one with a conflict, and has none.",
        "Tell of plans whose `conflict` is set.",
    ),
    "notice.not_asked": _e(
        "People were to be told that they are asked, and the journal has no such request that"
        " waits: it is not on the disk yet, or somebody has answered. It is looked for again.",
        "tarl approvals ls",
    ),
    "notice.notifiers": _e(
        "An outbox has no notifiers, too many, or two of one name.",
        "Give each a name of its own; under it others find it after a crash.",
    ),
    "notice.quiet_hours": _e(
        "What is given says no quiet hours.",
        "Give two different wall times, like 22:00 and 06:30.",
    ),
    "notice.service": _e(
        "Apprise knows no service of this address, or it names several.",
        "Give one address for each notifier, as Apprise's documentation writes it.",
    ),
    "notice.timed_out": _e(
        "A notifier has not come back in time; the notice is told again later.",
        "See what it waits for.",
    ),
    "notice.topic": _e(
        "Nothing can be published to this topic.", "Give one without wildcards, like tarl/notices."
    ),
    "notice.undelivered": _e(
        "A service does not take a notice now; it is tried again, a bounded number of times.",
        "Try its address with the apprise command.",
    ),
    "notice.unreachable": _e(
        "The broker does not take a notice now; it is tried again, a bounded number of times.",
        "See whether it runs and lets this user publish.",
    ),
    "notice.unreadable": _e(
        "A durable timer of a notifier has no notice in it.",
        "tarl db check, then cancel the timer.",
    ),
}
