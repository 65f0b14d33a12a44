"""What the error codes of guardrails mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

GUARDRAILS: dict[str, _e] = {
    "guardrail.confirm": _e(
        "The step moves something that can hurt somebody or let somebody in, and nobody said yes.",
        "Look at the step as it stands and confirm it; a yes is not to another time or place.",
    ),
    "guardrail.consent": _e(
        "The step needs a consent that was not given, is over, or was revoked.",
        "tarl consent grant, with the scope that the message names.",
    ),
    "guardrail.fresh": _e(
        "The device did not answer, or what it said is too old, or its clock is ahead.",
        "Bring the device back within reach, and try again.",
    ),
    "guardrail.limits": _e(
        "A setting lies outside what the household says the device may be set to.",
        "Ask for less, or change the device's `limits` in the household.",
    ),
    "guardrail.malformed": _e(
        "A guardrail of the step lacks what it is about, so that nothing can say it holds.",
        "Make the plan anew; report it where tarl made it.",
    ),
    "guardrail.privacy": _e(
        "What the step handles may not be where it would be done.",
        "Give the device a placement in the house, or lower the privacy class of what it handles.",
    ),
    "guardrail.sandbox": _e(
        "The step is of an untrusted or basic tier and would not run isolated.",
        "Run it where the sandbox works (tarl explain sandbox.unavailable), or trust what acts.",
    ),
    "guardrail.state": _e(
        "The device is not in a state in which the step may run.", "Look at the device first."
    ),
    "guardrail.unknown": _e(
        "The step has a guardrail that this version does not know.",
        "Use the version that made the plan, or make the plan anew.",
    ),
}
