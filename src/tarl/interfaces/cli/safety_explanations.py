"""What the error codes of safety mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

SAFETY: dict[str, _e] = {
    # --- guardrails
    "guardrail.type": _e(
        "A guardrail is a plain function that takes what is asked and returns a verdict.",
        "Define it with def, not async def.",
    ),
    "guardrail.timeout": _e(
        "Every run of the process waits for a guardrail, so it may take a second at most.",
        "Choose timeout_ms from 1 to 1000.",
    ),
    "guardrail.exists": _e(
        "Two functions would have one name, and the journal knows guardrails by name.",
        "Give one of them another name.",
    ),
    "safety.guardrail": _e(
        "A guardrail denies the call, and gives no reason.", "Ask whoever wrote the guardrail."
    ),
    "safety.guardrail_missing": _e(
        "A guardrail is enabled for the tenant, and this process does not have its code.",
        "Load it: --code FILE, or list its module under [tarl] modules.",
    ),
    "safety.guardrail_crashed": _e(
        "A guardrail raised an exception; what is not looked at does not run.",
        "Repair it, or disable it: tarl safety guardrails disable NAME",
    ),
    "safety.guardrail_no_verdict": _e(
        "A guardrail returned something that is no verdict.",
        "Let it return Allow(), Deny(...) or Hold(...) of tarl.values.verdict.",
    ),
    "safety.guardrail_hangs": _e(
        "A guardrail took too long; it was cut, and is not called again until it is done.",
        "Make it quicker, or give it more time: @guardrail(timeout_ms=...)",
    ),
    "safety.result": _e(
        "A guardrail withheld what an effect answered; it is not recorded.",
        "tarl safety anomalies says what was found.",
    ),
    "safety.found_secret": _e(
        "The arguments of the call hold a key, a token or a password.",
        "Give secrets to activities through their surroundings, not through the workflow.",
    ),
    "safety.found_personal_data": _e(
        "The arguments of the call hold personal data.",
        "Refer to people by an id, or let the activity declare redact=.",
    ),
    "safety.found_unreadable_text": _e(
        "A text hides more payloads in encodings than the injection detector reads.",
        "Give the call the plain text, or less of it at a time.",
    ),
    "safety.found_prompt_injection": _e(
        "A text tries to give a model other orders than its own.",
        "Look at where the text comes from before anything is done with it.",
    ),
    "safety.too_deep": _e(
        "A value is nested deeper than guardrails and redaction read, so it does not pass.",
        "Pass flatter values.",
    ),
    # --- blocks
    "safety.blocked": _e(
        "The action is blocked until somebody lifts the block.",
        "tarl safety blocks says why; an operator lifts it: tarl safety unblock BLOCK",
    ),
    "safety.no_block": _e("No block of that id counts.", "tarl safety blocks"),
    "safety.may_not_lift": _e(
        "Who may lift a block is said when it is made; the agent that it is about never may.",
        "Ask somebody whom the block names, or another operator.",
    ),
    # --- watches
    "safety.tool_abuse": _e(
        "More calls in the window than the watch lets pass; each further one counts as well.",
        "Wait until the window has slid on, or ask less often.",
    ),
    "safety.loop": _e(
        "The same call again and again, or two calls in turns, without end.",
        "Look at what the run expects to change: tarl runs tail RUN",
    ),
    "safety.cost_spike": _e(
        "The window's spending is over its bound, or one call costs many times the usual.",
        "Look at the amounts in tarl safety anomalies before more is spent.",
    ),
    "safety.watch_full": _e(
        "More runs or agents are active than the watches can count, so nothing passes.",
        "Watch per tool or per tenant, or choose a shorter window.",
    ),
    "safety.watch": _e(
        "The watch could not count: a bound, a window or a unit is wrong.",
        "tarl safety watch set --help",
    ),
    "safety.no_watch": _e("There is no watch of that name.", "tarl safety watch ls"),
    "safety.no_guardrail": _e("No guardrail of that name is enabled.", "tarl safety guardrails ls"),
    # --- redaction
    "safety.class": _e(
        "No class of sensitive values has that name.", "tarl safety classes lists them."
    ),
    "safety.no_redaction": _e("There is no such rule.", "tarl safety redact ls"),
    "safety.unreadable": _e(
        "The tenant's safety settings are erased, and may have forbidden it.",
        "Work for another tenant: this one was erased.",
    ),
    # --- bounds
    "safety.too_many": _e("More settings than are looked at before every effect.", "Remove some."),
    "safety.reason": _e("The reason is longer than anybody reads.", "Say it shorter."),
    # --- anomalies
    "anomaly.missing": _e("There is no anomaly of that id.", "tarl safety anomalies"),
    "anomaly.confidence": _e("A confidence is a number from 0 to 1.", "Give one."),
    "anomaly.too_large": _e(
        "The facts of an anomaly are larger than an event should be.",
        "Record the numbers, and refer to the rest.",
    ),
}
