"""What the error codes of plans, consents and the gate of planning mean and what to try: a part of
the table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

CONSENT: dict[str, _e] = {
    # --- plans
    "plan.missing": _e("There is no plan of this id.", "Check the id and the tenant."),
    "plan.no_version": _e("The plan has fewer versions.", "The message says how many."),
    "plan.no_context": _e(
        "No snapshot is kept under this digest.", "Take it from the plan that was made by it."
    ),
    "plan.no_step": _e("That version of the plan has no such step.", "Check the step's id."),
    "plan.version": _e(
        "The plan has a newer version than the one that is meant, or a version was left out.",
        "Look at the newest one and decide anew.",
    ),
    "plan.user": _e(
        "A new version of a plan is for another user than the plan.",
        "Plan under an id of its own.",
    ),
    "plan.beginning": _e(
        "A version cannot begin with that status: it needs approval, is hypothetical or impossible,"
        " or nothing of it is being carried out.",
        "Record it as a draft and change its status.",
    ),
    "plan.status": _e(
        "That cannot follow from where the plan stands.",
        "draft, pending_approval, approved, executing, then completed or failed; cancelled from"
        " anywhere before the end.",
    ),
    "plan.ended": _e("The plan has come to its end.", "Plan anew."),
    "plan.approval": _e(
        "An approval names the version that was read, and who approves it.", "Name both."
    ),
    "plan.changed": _e("Somebody changed the plan meanwhile.", "Look at it again."),
    "plan.step_ended": _e(
        "What the step came to is recorded, and stands.", "Give what is done anew its own step."
    ),
    "plan.step_times": _e("The step would have ended before it began.", "Correct the times."),
    "plan.too_large": _e(
        "The plan has more bytes than one event should have.",
        "Plan for fewer devices, a shorter time, or with fewer alternatives.",
    ),
    "plan.not_now": _e(
        "While people were asked for the consent to a command, the condition of its step ceased to"
        " hold: the device was not told.",
        "Nothing: the step is planned anew, or skipped.",
    ),
    "plan.step_refused": _e(
        "While people were asked for the consent to a command, the check of its step or one of its"
        " guardrails came to speak against it: the device was not told.",
        "Read what it says; plan anew.",
    ),
    "plan.digest": _e(
        "A stored plan or snapshot is not what its digest says.",
        "tarl db check, then restore a backup.",
    ),
    # --- consents
    "consent.scope": _e(
        "A scope is written OPERATION:KIND/DEVICE:PLACEMENT; a part may end in `*`.",
        "Copy it from the plan that wants it.",
    ),
    "consent.missing": _e("The user has no consent of this token.", "tarl consent ls"),
    "consent.too_many": _e(
        "More scopes in one consent, or more consents at once, than anybody looks through.",
        "Revoke some, or consent to less.",
    ),
    "consent.expiry": _e(
        "A consent ends within hours: the more private the data and the less trusted the device,"
        " the sooner.",
        "Leave the end out, or choose an earlier one.",
    ),
    "consent.override": _e(
        "A consent can do without some protections, and this is none of them.",
        "The message names them.",
    ),
    "consent.revoked": _e(
        "The user took the consent back.", "Ask for it anew, or plan without it."
    ),
    "consent.nothing_wanted": _e(
        "The plan wants no consent that it does not stand on already.",
        "Name scopes, if you mean others: tarl consent grant SCOPE",
    ),
    "consent.wanted": _e(
        "The step waits for a consent of the user.",
        "tarl consent grant SCOPE, or approve what is asked: tarl approvals ls",
    ),
    "consent.given": _e("The user consents to it.", "tarl consent ls shows to what else."),
    "consent.refused": _e(
        "The user was asked about this very step, and said no or nothing.",
        "Consent to its scope, and start the plan again.",
    ),
    "consent.nobody": _e(
        "The step needs a consent, and nobody known asked for the plan.",
        "Plan for a user: `user_id` of the task.",
    ),
    "consent.not_in_force": _e(
        "A device was to be moved by a plan that is not being carried out.",
        "See where it stands; approve it and start it.",
    ),
    "consent.unplanned": _e(
        "The plan that is being carried out does not do this to the device.",
        "Effects on devices are named `device.<action>` and stand in a plan: plan it.",
    ),
    # --- the gate of planning
    "gate.device": _e("The home has no such device.", "Check the id: tarl home devices"),
    "gate.capability": _e("The device cannot do that.", "See what it can do: tarl home devices"),
    "gate.placement": _e(
        "What the device needs computed is not computed there.",
        "Use one of its placements in the household file.",
    ),
    "gate.cloud_required": _e(
        "The device does that through its maker's cloud alone, and the step was to stay in the"
        " house.",
        "Allow the cloud for it, or use another device.",
    ),
}
