"""What the error codes of organisation policy mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

POLICY: dict[str, _e] = {
    # --- verdicts
    "policy.allowed": _e("The policies in force do not refuse the effect.", "Nothing to do."),
    "policy.denied": _e(
        "A policy of the organisation refuses the effect; the reason names policy, version and"
        " rule.",
        "tarl policy show ID@VERSION; ask whoever owns the policy.",
    ),
    "policy.warning": _e(
        "A policy at level warning refuses the effect, which went on all the same.",
        "tarl policy show ID@VERSION",
    ),
    "policy.audited": _e(
        "A policy at level audit refuses the effect, which went on all the same.",
        "tarl policy show ID@VERSION",
    ),
    "policy.unreadable": _e(
        "The policies in force cannot be evaluated, and they may forbid: every effect is denied.",
        "The facts have the code of the error: tarl explain CODE",
    ),
    "policy.unrecorded": _e(
        "A policy at level warning or audit refuses the effect, and that cannot be recorded.",
        "See the error's code in the facts: tarl explain CODE",
    ),
    # --- what is wrong with a text
    "policy.syntax": _e("The text is not Cedar.", "Mend the place; https://docs.cedarpolicy.com"),
    "policy.unknown_action": _e(
        "The policy names an action that no loaded activity needs, so that it could never match.",
        "Mend the name; tarl policy schema --code FILE lists those there are.",
    ),
    "policy.unknown_attribute": _e(
        "The policy reads an attribute or argument that is not there.",
        "Mend the name; tarl policy schema --cedar --code FILE lists those there are.",
    ),
    "policy.unknown_type": _e(
        "The policy names a type of entity that is not there.", "Agent, Action or Resource"
    ),
    "policy.unknown_value": _e(
        "The policy compares something with a text that it can never be.",
        "Mend the text; the message names those it can be.",
    ),
    "policy.ill_typed": _e(
        "The policy compares or computes with values of the wrong type.",
        "Mend the place; tarl policy schema --cedar --code FILE says which type it is.",
    ),
    "policy.optional": _e(
        "The policy reads something that may be missing, which would be an error then.",
        "Ask first: context has task && ...",
    ),
    "policy.never": _e(
        "The policy's head takes no action that there is.", "Mend the head, or the vocabulary."
    ),
    "policy.no_arguments": _e(
        "The policy reads an argument, and nothing says which arguments there are.",
        "--code FILE names the activities, --schema FILE a vocabulary.",
    ),
    "policy.pattern": _e(
        "A pattern is written where it matches nothing.",
        'action in Action::"mail.*"; resource in Resource::"mailbox"',
    ),
    "policy.agent": _e(
        "An agent is named without its tenant, or of another tenant: it would match nobody.",
        'Agent::"TENANT/ID", both percent-encoded',
    ),
    "policy.template": _e(
        "A policy with a slot (?principal) decides nothing here.", "Name whom it is about."
    ),
    "policy.rule_name": _e(
        "Two rules of a policy have one @id, or an @id is no name.", "Give each its own @id."
    ),
    "policy.empty": _e("The file has no policy in it.", "Write one; comments are none."),
    "policy.encoding": _e("The file is no text in UTF-8.", "Save it as UTF-8."),
    "policy.language": _e("Policies are not written in this language.", "--language cedar"),
    "policy.too_large": _e("The text is larger than a policy may be.", "Make several of it."),
    "policy.too_deep": _e(
        "A rule nests brackets or strings operators together beyond what is safe to evaluate.",
        "Make several rules of it.",
    ),
    "policy.too_many_rules": _e("One text has too many rules.", "Make several policies of it."),
    # --- vocabularies and cases
    "policy.vocabulary": _e(
        "The file says not what policies may name.", "tarl policy schema --code FILE prints one."
    ),
    "policy.type": _e(
        "A vocabulary gives an argument a type that policies do not know.",
        "Long, String, Bool, decimal, Set<...>, or an object of fields",
    ),
    "policy.cases": _e("The file holds no cases.", "tarl policy test --help says how they look."),
    # --- the ledger
    "policy.id": _e("A policy's id has an @ in it.", "Choose another; ID@N names a version."),
    "policy.enforcement_level": _e("There is no such level.", "required, warning or audit"),
    "policy.semver": _e(
        "The version is no semantic version.", "Three numbers: 1.2.0; https://semver.org"
    ),
    "policy.semver_order": _e(
        "The policy has this version already, or a later one: versions only rise.",
        "tarl policy show ID; choose a version above.",
    ),
    "policy.loosening": _e(
        "The new edition lets pass what the last one does not, or that cannot be ruled out, and"
        " its major version is the same; the facts say what.",
        "Register it as the next major version, or mend it.",
    ),
    "policy.ambiguous": _e(
        "Editions for several environments have this semantic version.",
        "Name one: --environment ENV, or ID@NUMBER.",
    ),
    "policy.data": _e(
        "The policy data is malformed, or a key has a value of another type.", "tarl policy keys"
    ),
    "policy.data_key": _e(
        "Policy data has a closed set of keys, and this is none of them.",
        "tarl policy keys; anything else is written in Cedar.",
    ),
    "policy.missing": _e("There is no such policy.", "tarl policy ls; check --tenant."),
    "policy.version": _e("The policy has no such version.", "tarl policy show ID"),
    "policy.too_many_active": _e(
        "Too many policies of one tenant are in force.", "tarl policy deactivate ID"
    ),
    "policy.too_many_versions": _e("The policy has too many versions.", "Choose another id."),
    "policy.digest": _e(
        "A recorded policy is not what its digest says.", "tarl db check; restore a backup."
    ),
    "policy.no_edition": _e(
        "The table of policies names an event that is none of a policy.", "tarl db check --deep"
    ),
    "policy.no_engine": _e(
        "The engine of Cedar policies is not installed.", "pip install 'tarl[cedar]'"
    ),
}
