"""What the error codes of planning and of carrying plans out mean and what to try: a part of the
table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

PLANNING: dict[str, _e] = {
    # --- what is asked of a home
    "household.exists": _e(
        "There is a file where the description of a home was to be written.",
        "Change that one, or name another place; `tarl home discover` replaces it with --force.",
    ),
    "order.no_device": _e(
        "The home has no device that the command could mean, or none that can do it.",
        "`tarl home devices` lists the devices and what each can do.",
    ),
    "order.not_of_devices": _e(
        "The command asks for something that no device does, like a timer or a list.",
        "Ask a device to do something, or say what you want to reach.",
    ),
    "task.only_rules": _e(
        "The sentence sets a rule, and asks for nothing to be done.",
        "Say it with what is to happen; what always holds belongs in the household or a policy.",
    ),
    "plan.unanswered": _e(
        "The sentence leaves something open that nobody may guess.",
        "Say more in the sentence; the error carries the questions, and choices if there are any.",
    ),
    "plan.no_device": _e(
        "The home has nothing of that name or kind within the scope.",
        "Name a device that `tarl home devices` lists, or widen the scope.",
    ),
    "plan.no_scene": _e("No scene has that name.", "The error lists those that there are."),
    "plan.cannot": _e(
        "The device cannot do that, or was excluded.", "The error lists what it can do."
    ),
    "plan.program": _e(
        "The device has no program of that name, or none that says how long it runs.",
        "Say for how long, or describe its programs in the household file.",
    ),
    "plan.out_of_limits": _e(
        "A setting lies outside what the household file allows the device.",
        "Ask for a value within the limits, or change them.",
    ),
    "plan.no_rule": _e(
        "A rule that is to be given up is none of the plan's, which would change nothing.",
        "Name one of those that the message lists, as the ways out of a conflict do.",
    ),
    "plan.unknown_level": _e(
        "Nobody knows how full the battery is, so nobody knows how much to charge.",
        "Connect it (`--broker HOST:PORT`), or say how many kilowatt-hours.",
    ),
    "plan.no_end": _e(
        "Something is to be so for a while, and nobody knows what is to be afterwards.",
        "Say what is to be then, and when (`and back to 21 at 10 pm`); what a device is set to now "
        "its broker tells (`--broker`).",
    ),
    # --- planning
    "plan.horizon": _e("The plan would look too far ahead.", "Plan a shorter time."),
    "plan.currency": _e(
        "The budget is in another currency than the prices.",
        "Say the amount in that of the prices.",
    ),
    "plan.condition": _e(
        "A condition names no subject and state that anybody could look at.",
        "Give one that docs/reference/planning-language.md lists.",
    ),
    "plan.nothing_to_do": _e(
        "No goal asks a device for anything, and nothing that is known could serve it.",
        "Say what is to be done, and with which device.",
    ),
    "plan.not_permitted": _e(
        "The gate leaves the device no place where it may do this.",
        "The error says what refuses each place: ask for less, or have the policy changed.",
    ),
    "plan.essential": _e(
        "What the connection carries, or what is not known, cannot be given up.",
        "Give up a rule of your own.",
    ),
    "plan.unsound": _e(
        "The independent checker found that the plan does not hold; it was not recorded.",
        "This is a fault of the planner: report the sentence and the findings.",
    ),
    # --- carrying out
    "plan.not_for_doing": _e(
        "The plan is a what-if, or there is none: it can only be looked at.",
        "Plan what is to be done, or take one of the ways out.",
    ),
    "plan.not_agreed": _e(
        "Nobody has said yes to the plan, or it has ended.", "`tarl run PLAN` asks."
    ),
    "plan.late": _e(
        "A step was to begin more than an hour ago: what it was agreed to is over.",
        "Plan it anew; a plan that is being carried out does so itself.",
    ),
    "plan.not_trusted": _e(
        "What the plan does needs the yes of somebody who is trusted, and whoever said yes is not.",
        "Let somebody who lives there say yes: `tarl run PLAN --by NAME`.",
    ),
    "plan.not_yours": _e(
        "The plan wants a consent that is not of whoever said yes, or nobody known asked for it.",
        "Say who asks (`--user NAME`), and let them say yes.",
    ),
    "plan.unapproved": _e(
        "The version needs somebody's approval, and has none.",
        "Say yes when `tarl run PLAN` asks, or pass `--yes`.",
    ),
}
