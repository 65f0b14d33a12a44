"""What the error codes of agents elsewhere (A2A) mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

A2A: dict[str, _e] = {
    "a2a.unpinned": _e(
        "An agent elsewhere was named, and nothing says who may answer for it.",
        "Pin the key that signs its card, or the card's digest.",
    ),
    "a2a.address": _e("It is not an address of an agent.", "Give one that begins with https://."),
    "a2a.card_unsigned": _e(
        "The card of an agent elsewhere bears no signature of a pinned key.",
        "Ask its operator for the right key; do not use the agent before.",
    ),
    "a2a.card_changed": _e(
        "An agent elsewhere has another card than was pinned.",
        "Look at what changed, and pin the new card if it is right.",
    ),
    "a2a.card_elsewhere": _e(
        "The card names another address than the one it came from; the token stays here.",
        "Use the address that the card names, if it is the right one.",
    ),
    "a2a.token": _e("An agent elsewhere does not let us in.", "Give the token that it issued."),
    "a2a.refused": _e("An agent elsewhere does not take the request.", "See the message."),
    "a2a.rejected": _e("An agent elsewhere will not do the task.", "See the message."),
    "a2a.auth_required": _e(
        "An agent elsewhere lacks authority for the task.", "Ask its operator to grant it."
    ),
    "a2a.failed": _e("An agent elsewhere tried and failed.", "See the message."),
    "a2a.cancelled": _e("The task was cancelled where it ran.", "Ask anew if it is still wanted."),
    "a2a.unreachable": _e("An agent elsewhere does not answer.", "Try again later."),
    "a2a.late": _e(
        "An agent elsewhere was not done in time; it was asked to stop.",
        "Give it more time, or less to do.",
    ),
    "a2a.malformed": _e("What answers does not speak A2A 1.0.", "Check the address."),
    "a2a.parts": _e(
        "A message has no parts, too many, or files.", "Send text or data; files by reference."
    ),
    "a2a.answer_too_large": _e(
        "An agent elsewhere answered more than is read.", "Let it answer with a reference."
    ),
    "a2a.no_skill": _e(
        "No workflow is loaded that could be a skill.", "tarl a2a --code FILE [--workflow NAME]"
    ),
}
