"""What the error codes of budgets, postures and messages between principals mean and what to try:
a part of the table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

SPENDING: dict[str, _e] = {
    # --- budgets
    "budget.amount": _e(
        "An amount is a whole number of minor units from 0 to 2^53-1, and no more is settled than"
        " was set aside.",
        "Give cents, not fractions; see the message.",
    ),
    "budget.unit": _e(
        "Units have 1 to 64 ASCII characters; an effect spends each once, at most 16.",
        "See the message.",
    ),
    "budget.accounts": _e(
        "The accounts that bear an effect are at most 256, each once and with a name.",
        "See the message.",
    ),
    "budget.key": _e(
        "An effect's key stands for one agent and one amount of each unit.",
        "Use a key of its own for each effect; the operator can release what a dead run left.",
    ),
    "budget.exceeded": _e(
        "A grant, or one above it, has not so much left.",
        "Ask for less, wait until reservations are settled, or have more granted.",
    ),
    "budget.missing": _e(
        "Nothing was set aside under that key.", "tarl trust budgets AGENT shows what is set aside."
    ),
    "budget.settled": _e("The effect was settled already.", "What was spent stays spent."),
    "budget.reason": _e("A reservation is released with a reason.", "Say why, in a sentence."),
    "budget.changed": _e("Somebody else changed the reservation at the same moment.", "Try again."),
    # --- postures
    "posture.unknown": _e(
        "There is no such posture.", "pseudo, tool, supervised, delegating or autonomous"
    ),
    "posture.transition": _e(
        "No transition leads from the one posture to the other.",
        "Upwards one step at a time; downwards at once.",
    ),
    "posture.actor": _e(
        "The move is for somebody else to say: upwards for the authority alone.",
        "Have the authority above the agent sign it.",
    ),
    "posture.evidence": _e(
        "Too little speaks for the higher posture, or what speaks for it cannot be.",
        "Let the agent work under its posture; the message says what is short.",
    ),
    # --- messages between principals
    "message.malformed": _e(
        "It is not a signed message as tarl spells it.", "See the message; have it sent again."
    ),
    "message.signature": _e(
        "The sender's key that counts now has not signed the message.",
        "Sign with it; a rotated key signs nothing new.",
    ),
    "message.sender": _e("The sender is revoked.", "Nothing that it says counts any more."),
    "message.recipient": _e(
        "The message is for another tenant, recipient or audience.", "Take it where it is for."
    ),
    "message.expired": _e("The message's time is up.", "Have it sent again."),
    "message.future": _e("The message was issued in the future.", "Check the sender's clock."),
    "message.replayed": _e("The message was taken before.", "A new one needs a new nonce."),
    "message.flood": _e(
        "The sender has too many messages whose time is not up.",
        "Wait until the first of them have expired.",
    ),
}
