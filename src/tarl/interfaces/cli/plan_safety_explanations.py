"""What the codes of the plan checker, of guardrails and of the sandbox mean and what to try: a part
of the table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

_REPORT = "The plan is not carried out. Make it anew; if it stays, report the plan with its code."

PLAN_SAFETY: dict[str, _e] = {
    # --- what the checker finds wrong with a plan
    "check.approval": _e("A step needs a person's approval and the plan asks for none.", _REPORT),
    "check.asked": _e(
        "A goal or a rule of the task is not in the plan, and it is not said to be left out.",
        _REPORT,
    ),
    "check.battery": _e(
        "A battery would do more than it can, or is not charged as was asked.", _REPORT
    ),
    "check.consent": _e(
        "A consent that a step needs is not named by the plan, or is over by then.",
        "tarl consent grant, with the scope that the message names, and make the plan anew.",
    ),
    "check.device": _e(
        "A step is for a device that the home does not have, or that cannot do it.",
        "Compare the plan with the household: it may have changed. Make the plan anew.",
    ),
    "check.guardrail": _e("A step lacks a guardrail that it must have.", _REPORT),
    "check.limits": _e(
        "A setting lies outside the device's limits.", "Ask for less, or change the limits."
    ),
    "check.numbers": _e(
        "A number of the plan is not what its power and the prices come to.", _REPORT
    ),
    "check.order": _e("A step begins before what it waits for has ended.", _REPORT),
    "check.overlap": _e("A device would do two things at once.", _REPORT),
    "check.placement": _e("A step would be done where it must not or cannot be done.", _REPORT),
    "check.power": _e("A step does not draw what its device draws.", _REPORT),
    "check.power_limit": _e(
        "The house would draw more than its connection, or a rule, allows.", _REPORT
    ),
    "check.rule": _e("A hard rule is broken; the message names it.", _REPORT),
    "check.shape": _e("The steps do not make one plan: ids, goals or order.", _REPORT),
    "check.stale": _e(
        "A rule rests on prices, presence or other data that is stale, missing or contradictory.",
        "Bring the source that the message names up to date, and make the plan anew.",
    ),
    "check.times": _e("A step is not at a time that it can have.", _REPORT),
    "check.unchecked": _e(
        "Something about the plan cannot be looked at, and so does not pass.",
        "The message says what is missing: prices, a snapshot, the household as it was.",
    ),
    # --- guardrails
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
