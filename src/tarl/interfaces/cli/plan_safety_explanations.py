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
    # --- the sandbox
    "sandbox.arguments": _e(
        "What a function in the sandbox was to be given is no JSON, or too much of it.",
        "Give keyword arguments made of JSON values, in reasonable size.",
    ),
    "sandbox.cpu": _e(
        "The function used more processor time than it may.", "Let it do less, or allow it more."
    ),
    "sandbox.crashed": _e(
        "The function's process ended without an answer: a fault, or it left.",
        "Run the function outside of a plan and see what it does.",
    ),
    "sandbox.failed": _e("The function raised; the message says what.", "Mend the function."),
    "sandbox.function": _e(
        "The name is not that of a function of a package that is installed.",
        "Name it as package.module:function.",
    ),
    "sandbox.limits": _e(
        "The limits of a sandbox would let nothing start.",
        "Let each be above 0, and memory at least 64 MB.",
    ),
    "sandbox.memory": _e(
        "The function needs more memory than it may have.", "Let it do less, or allow it more."
    ),
    "sandbox.output": _e(
        "The function answers more than it may.", "Let it answer less, or allow it more."
    ),
    "sandbox.result": _e("The function answers what is no JSON.", "Let it answer JSON values."),
    "sandbox.unavailable": _e(
        "Nothing can be isolated on this machine, and a step must be.",
        "On Linux allow unprivileged user namespaces (sysctl user.max_user_namespaces, and where"
        " AppArmor restricts them, its profile); or record a consent with the override"
        " `unsandboxed`.",
    ),
    "sandbox.wall_time": _e(
        "The function did not end in its time.", "Let it do less, or allow it more time."
    ),
}
