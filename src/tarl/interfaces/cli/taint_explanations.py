"""What the error codes and reasons of taint mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

TAINT: dict[str, _e] = {
    "taint.action": _e(
        "A call has side effects, untrusted content had entered its run before, and nobody fixed or"
        " endorsed the call.",
        "Fix it before anything untrusted is read (ctx.intend), endorse it with a rule (tarl taint"
        " allow FILE), or let people decide (tarl taint set --mode hold --approver NAME).",
    ),
    "taint.argument": _e(
        "An argument of a refused call, and whether its value was on record before.",
        "Values that were on record pass where a rule asks for that.",
    ),
    "taint.rule_unfit": _e(
        "A rule is about such calls, and does not endorse these arguments.", "tarl taint show"
    ),
    "taint.not_as_intended": _e(
        "The run fixed a call of this activity, with other arguments.",
        "Compare with what ctx.intend says of each argument.",
    ),
    "taint.used_up": _e(
        "The call was fixed or endorsed for so many times, and has come as often.",
        "Raise times where that is meant.",
    ),
    "taint.held": _e(
        "A suspect call waits for people who approve exactly this call.", "tarl approvals ls"
    ),
    "taint.approval": _e(
        "People did not approve the suspect call, or the approval is of another one.",
        "tarl approvals show ID",
    ),
    "taint.nobody_to_ask": _e(
        "Suspect calls are held for people, and nobody is named who may approve them.",
        "tarl taint set --mode hold --approver NAME",
    ),
    "taint.watched": _e(
        "A suspect call passed because the mode is watch.",
        "tarl taint set --mode deny refuses such calls.",
    ),
    "taint.intended": _e("The run fixed the call before anything untrusted entered.", "Nothing."),
    "taint.endorsed": _e("A rule of the tenant endorses the call.", "tarl taint show"),
    "taint.approved": _e("People approved exactly this call.", "Nothing."),
    "taint.undoes": _e("The call undoes a step that passed.", "Nothing."),
    "taint.unreadable": _e(
        "The settings of taint are erased: nobody knows what they forbade.",
        "Set them anew in a journal whose key is there.",
    ),
    "taint.condition": _e(
        "A condition on an argument cannot be asked of any value.",
        'For instance {"is": "one_of", "values": ["a", "b"]}; free text must say why.',
    ),
    "taint.intent": _e(
        "A call, a value or a source of distrust cannot be fixed or said as given.",
        'ctx.intend(activity, {"parameter": value or condition}, times=1)',
    ),
    "taint.too_late": _e(
        "A value or call was to be fixed after untrusted content had entered the run.",
        "Fix it before the first untrusted outcome, or in a child run that reads nothing.",
    ),
    "taint.rule": _e(
        "A rule endorses nothing as it stands.",
        'It has "id", "actions", "arguments" and "why": tarl taint allow --help',
    ),
    "taint.no_rule": _e("There is no rule of that id.", "tarl taint show"),
    "taint.too_many": _e("A rule, or a tenant's rules, are too many.", "Withdraw or split some."),
    "taint.mode": _e("There is no such mode of containment.", "deny, hold, watch or off"),
    "taint.approvers": _e(
        "These people cannot approve suspect effects.", "Name them: --approver NAME, repeatable."
    ),
}
