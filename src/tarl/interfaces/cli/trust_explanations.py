"""What the error codes of trust and policy mean and what to try: the fourth part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

_RECORDS: dict[str, _e] = {
    # --- the form of a signed record
    "trust.envelope": _e(
        "It is no DSSE envelope in its one spelling, or is cut short.", "Get the record again."
    ),
    "trust.kind": _e(
        "No record is of this kind, or the payload is of another kind than its envelope says.",
        "tarl trust show AGENT lists the records that there are.",
    ),
    "trust.version": _e("A newer version signed this record.", "Read it with that version."),
    "trust.oversized": _e(
        "A record has at most 64 KiB, 1,024 grants and 1,000 characters a text.",
        "Grant patterns (mail.*) instead of many names.",
    ),
    "trust.depth": _e("A record is nested at most 16 deep.", "Get the record again."),
    "trust.signatures": _e(
        "A record has 1 to 8 signatures, of different keys.", "Get the record again."
    ),
    "trust.encoding": _e(
        "The record is no JSON in UTF-8, says a name twice, or has a name that is not ASCII.",
        "Get the record again.",
    ),
    "trust.float": _e("Records hold whole numbers only.", "Write amounts in minor units."),
    "trust.canonical": _e(
        "The record is not spelled as it is signed (RFC 8785): two readers could differ.",
        "Get the record again, untouched.",
    ),
    "trust.malformed": _e(
        "The record has not the members of its kind, or a value that none may have.",
        "See the message, and docs/reference/trust-records.md.",
    ),
    "trust.times": _e(
        "A time is no instant, a record expires before it begins, or one that must expire does"
        " not.",
        "Give times in UTC milliseconds; --expires on the command line.",
    ),
    "trust.key_type": _e(
        "A key is not an Ed25519 verifier key in its one spelling.",
        "Copy the whole text that tarl principals show prints.",
    ),
    # --- chains
    "trust.signature": _e(
        "A signature is missing, does not verify, or is of a key that did not count then.",
        "Sign with the key that counts now: tarl principals show NAME",
    ),
    "trust.key_unknown": _e(
        "The key belongs to nobody who is registered, or did not count when it signed.",
        "tarl principals show NAME",
    ),
    "trust.key_unavailable": _e("Nobody here signs with this key.", "Sign where the key is."),
    "trust.parent": _e(
        "The record stands below one that is not there, or cannot stand above it.",
        "tarl trust show AGENT",
    ),
    "trust.chain_length": _e(
        "A chain has too many records.", "Delegate from nearer to the authority."
    ),
    "trust.widened": _e(
        "The record permits more than the one above it; authority only narrows.",
        "Hand on no more than is held: tarl trust show DELEGATOR",
    ),
    "trust.depth_left": _e(
        "The delegator may not delegate so deep.",
        "Give a smaller --depth, or establish the delegator with a greater one: tarl agents"
        " establish AGENT --authority NAME --depth N.",
    ),
    "trust.not_delegable": _e(
        "The delegator holds no right to delegate to this agent.",
        "Grant the delegator trust.delegate: tarl agents establish AGENT --authority NAME --action"
        " trust.delegate",
    ),
    "trust.origin": _e(
        "The delegation names another human than its chain.", "Delegate with the chain's own."
    ),
    "trust.cycle": _e(
        "The authority would come back to an agent that has handed it on.",
        "Delegate to somebody who is not in the chain: tarl trust show AGENT",
    ),
    "trust.tenant": _e(
        "The record belongs to another tenant, or stands in another's stream.",
        "Authority never passes from tenant to tenant: establish it there.",
    ),
    # --- deciding
    "trust.missing": _e("There is no such record, agent or authority.", "tarl agents ls"),
    "trust.too_many": _e(
        "The agent holds more grants than are looked at.",
        "Revoke what is not needed; let delegations expire.",
    ),
    "trust.revoked": _e(
        "Something in the agent's chain is revoked, and so is everything below it.",
        "tarl trust show AGENT says what; establish or delegate anew.",
    ),
    "trust.suspended": _e(
        "The agent, or one above it, is suspended.", "tarl trust resume AGENT --reason TEXT"
    ),
    "trust.expired": _e("The authority's time is up.", "Establish or delegate anew."),
    "trust.future": _e("The authority has not begun yet.", "Wait, or look at the clock."),
    "trust.clock": _e(
        "The clock is more than five minutes behind what the journal has recorded.",
        "Set the machine's clock.",
    ),
    "trust.posture": _e(
        "The agent's posture does not let this pass, or somebody must approve it.",
        "tarl trust posture AGENT",
    ),
    "trust.posture_stale": _e(
        "The agent does not stand where the change of posture says.",
        "tarl trust posture AGENT, and decide anew.",
    ),
    "trust.not_entitled": _e(
        "Nobody has signed it whose word suffices for it.",
        "Have it signed by the operator, an authority above, or the subject itself: --as NAME",
    ),
    "trust.rolled_back": _e(
        "The journal holds less than this process has seen of it.",
        "tarl db check; compare with a checkpoint that somebody outside holds.",
    ),
    "trust.unproved": _e(
        "An event of trust is not what was signed: somebody wrote to the journal past the rules.",
        "tarl db check; restore a backup.",
    ),
    "trust.erased": _e("The record was erased with its tenant's key.", "Establish anew."),
    "trust.checkpoint": _e(
        "The journal does not continue what its last signed checkpoint covers.",
        "tarl db check; find out which copy was signed.",
    ),
    "trust.approval": _e(
        "The approval of this effect is rejected, over, or of another effect.",
        "tarl approvals show ID",
    ),
    "trust.approved": _e("A person approved what the posture held.", "Nothing: it was allowed."),
    "trust.nobody_to_ask": _e(
        "A person must approve it, and no human behind the agent is registered.",
        "Establish agents with --human NAME, a registered human.",
    ),
    "trust.no_notary": _e(
        "An agent acted in a runtime that has no agents' keys.",
        "Open the runtime with tarl.open, or run it with tarl run FILE --agent NAME.",
    ),
    "permit.unfit": _e(
        "A permit is used already, or was given for another effect or attempt.",
        "Ask the gate again: a permit is good for one attempt at one effect.",
    ),
    "effect.amount": _e(
        "What an activity spends is taken from an argument that is no amount.",
        "Give a whole number of minor units.",
    ),
    "effect.resource": _e(
        "The resource that an activity names has an argument that cannot be a part of it.",
        "Give a text or a whole number for each {name} of the template.",
    ),
}

_CONSTRAINTS: dict[str, _e] = {
    "capability.pattern": _e(
        "It is no pattern of actions.",
        "An action (mail.send), all below one (mail.*), or * for all",
    ),
    "capability.resource": _e(
        "It is no pattern of resources.",
        "A path (mailbox/alice), all below one (mailbox/*), or * for all",
    ),
    "constraint.unknown": _e(
        "No constraint has this name or kind; what is not known would not be enforced.",
        "docs/reference/constraints.md lists the kinds and names.",
    ),
    "constraint.dimension": _e(
        "There is no such thing to constrain, or not by a constraint of this kind.",
        "docs/reference/constraints.md lists the dimensions.",
    ),
    "constraint.malformed": _e(
        "The constraint is not one of its kind.", "See the message, and reference/constraints.md."
    ),
    "constraint.zone": _e("No time zone is called so.", "A name such as Europe/Oslo or UTC"),
    "constraint.too_many": _e(
        "There may be 64 dimensions, 16 constraints on each, and 1,024 values in one.",
        "Constrain by a prefix or an interval instead of by many values.",
    ),
    "constraint.named": _e(
        "The name of a constraint means something else already.",
        "Choose another name: delegations hold this one.",
    ),
    "grant.malformed": _e(
        "A grant is an object of action, resource and constraints.",
        'For instance {"action": "mail.send", "resource": "mailbox/alice"}',
    ),
    "grant.too_many": _e(
        "There may be 4,096 grants together.", "Grant a pattern (mail.*) instead of many names."
    ),
    "policy.granted": _e("A grant covers the effect.", "Nothing: it was allowed."),
    "policy.no_grant": _e(
        "No grant covers this action on this resource.",
        "Have it granted by an authority, or delegated by an agent that holds it.",
    ),
    "policy.constraint": _e(
        "A constraint does not admit the effect, or what it asks for is missing.",
        "Keep within the constraint, or have it widened by whoever granted.",
    ),
    "policy.facts": _e(
        "The action or the resource is no name, or is not spelled in its one way.",
        "Percent-encode each segment of a resource, and no character that needs it not.",
    ),
    "policy.wider": _e(
        "A grant is wider than what it is taken from.",
        "Delegate only what is held, under constraints as strict.",
    ),
}

_DECISIONS: dict[str, _e] = {
    # --- what verifying says, and what is recorded
    "trust.allowed": _e("The agent holds a grant that permits it.", "tarl trust show AGENT"),
    "trust.no_grant": _e(
        "The agent holds nothing that permits it.", "tarl trust show AGENT; tarl delegate FROM TO"
    ),
    "trust.facts": _e(
        "The question names no tenant or no instant, or is about another agent.",
        "Ask with tarl verify AGENT ACTION, or fill in agent, tenant and at_ms.",
    ),
    "trust.not_yet": _e("The authority has not begun yet.", "Wait, or look at the clock."),
    "trust.task": _e("The authority is for another task.", "Name the task: --task"),
    "trust.audience": _e(
        "The authority is for another verifier, or the agent does not hold it.",
        "tarl trust show AGENT",
    ),
    "trust.principal": _e(
        "An agent of the chain is not registered as one, or its registration is revoked.",
        "tarl principals show NAME",
    ),
    "trust.crashed": _e("Verifying itself failed, which denies.", "tarl db check; report it."),
    "trust.exists": _e(
        "It is recorded already: the agent has begun, or it is revoked already.",
        "tarl trust show AGENT",
    ),
    "trust.nonce": _e("Another record has this nonce.", "Draw a fresh one and sign anew."),
    "trust.moved": _e("Authority was taken away meanwhile.", "It is decided anew by itself."),
    "trust.held": _e(
        "The agent's posture lets it hand on nothing without approval.",
        "Have the authority attest to it, or raise the posture.",
    ),
    "trust.no_agent": _e("The agent was never established.", "tarl agents ls"),
    "trust.no_authority": _e("There is no such authority.", "tarl authority ls"),
    "trust.not_suspended": _e("The agent is not suspended.", "tarl trust show AGENT"),
    "trust.delegate": _e(
        "No error: the action that the right to delegate is.", "Grant it: trust.delegate"
    ),
}

_CLI: dict[str, _e] = {
    "trust.as": _e(
        "It is not clear in whose name you speak: several keys could sign, or none is here.",
        "--as NAME",
    ),
    "trust.option": _e(
        "A word of the command line is not of its form.", "See the message, and --help."
    ),
    "trust.not_agent": _e(
        "The principal is a human or a service; only agents are established.",
        "tarl agents create NAME",
    ),
}

_EXPORTS: dict[str, _e] = {
    # --- what is written for others to read
    "trust.void": _e("What the agent holds does not count now.", "tarl trust show AGENT says why."),
    "credential.malformed": _e(
        "It is no Verifiable Credential that is secured by eddsa-jcs-2022.", "Get it again."
    ),
    "export.inexpressible": _e(
        "The other format cannot say what a constraint says.",
        "Export a credential (--as vc), or the evidence of a run.",
    ),
    "export.no_biscuit": _e(
        "The library for Biscuit is not installed.", "pip install 'tarl[biscuit]'"
    ),
}

TRUST: dict[str, _e] = {
    **_RECORDS,
    **_CONSTRAINTS,
    **_DECISIONS,
    **_CLI,
    **_EXPORTS,
}
