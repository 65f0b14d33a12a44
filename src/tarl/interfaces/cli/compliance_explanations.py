"""What the error codes of compliance mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

COMPLIANCE: dict[str, _e] = {
    "compliance.framework": _e(
        "No framework is called so.", "tarl compliance catalogs lists them."
    ),
    "compliance.requirement": _e(
        "No catalog has such a requirement.",
        "Write FRAMEWORK:ID; tarl compliance catalogs FRAMEWORK lists the ids.",
    ),
    "compliance.component_form": _e(
        "A component is written journal, workflow:NAME, agent:ID or artifact:SHA256.",
        "Write it so.",
    ),
    "compliance.component": _e(
        "The journal knows nothing of the component: no run, no record, no mapping.",
        "Check its name; run it, register it, or map it: tarl compliance map COMPONENT REQUIREMENT",
    ),
    "compliance.mapped": _e(
        "The component is held to that requirement already, or it is named twice.",
        "Leave it out: tarl compliance map COMPONENT --list",
    ),
    "compliance.not_mapped": _e(
        "The component is not held to that requirement.", "tarl compliance map COMPONENT --list"
    ),
    "compliance.too_many": _e(
        "More mappings, assessors, signers or demands than there may be.",
        "Remove some, or write several as one.",
    ),
    "compliance.fact": _e("No fact is called so.", "tarl compliance facts lists them."),
    "compliance.fact_value": _e(
        "The fact cannot have that value.", "tarl compliance facts shows what it can be."
    ),
    "compliance.status": _e(
        "Nobody can attest that: a requirement is met, unmet or not_applicable.",
        "Say one of the three; unknown is what nobody has attested.",
    ),
    "compliance.not_assessable": _e(
        "The entry is a heading, a definition or a risk class: nothing can be met.",
        "tarl compliance catalogs FRAMEWORK lists those that can be.",
    ),
    "compliance.statement": _e(
        "An assessment says why, and names what was looked at, within bounds.",
        "Say it in a few sentences; put more into a file and name that with --evidence.",
    ),
    "compliance.lasts": _e(
        "An assessment lasts at most three years.", "Choose when it is to be looked at again."
    ),
    "compliance.not_assessor": _e(
        "The signer's word does not count for the component.",
        "tarl compliance assessors shows whose does; the operator names them.",
    ),
    "compliance.demand": _e(
        "No such demand is in force.", "tarl compliance demands lists those that are."
    ),
    "compliance.demand_form": _e(
        "A demand names workflows, statements, and signers, as many as must sign at least.",
        "tarl compliance require --help",
    ),
    "compliance.demanded": _e(
        "A workflow is about to take an effect without a signed statement that is demanded about"
        " its code.",
        "The text says which, by whom, and about which digest. tarl compliance demands",
    ),
    "compliance.no_digest": _e(
        "A demand is about a workflow of which nobody knows what code it runs.",
        "Run it as a workflow, or write the demand so that it does not match the task's name.",
    ),
    "compliance.unreadable": _e(
        "Demands or statements cannot be read, so nothing that they may forbid happens.",
        "tarl db check; the content may have been erased with its key.",
    ),
    "compliance.permit": _e(
        "An agent's signed effects are not those that stand beside the signature.",
        "tarl db check, then restore a backup.",
    ),
}
