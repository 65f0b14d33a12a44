"""The risk class of an AI system under the AI Act, from declared facts alone.

Art. 5 prohibits, Art. 6 with Annexes I and III makes high-risk, Art. 50 asks for transparency;
what is none of these is minimal. A class is said only where the facts settle it: who has not said
that no practice of Art. 5 is meant has not excluded one.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tarl.governance.compliance.facts import Declared, Facts, says

RiskClass = Literal["prohibited", "high", "limited", "minimal", "not_in_scope", "unknown"]

TRANSPARENCY = ("interacts_with_persons", "generates_content", "recognises_emotion", "deep_fakes")


class Risk(NamedTuple):
    """A class, the facts that settle it, and those that are missing where it is unknown.

    ``at_least`` is what is certain meanwhile.
    """

    risk_class: RiskClass
    because: tuple[Declared, ...] = ()
    missing: tuple[str, ...] = ()
    at_least: RiskClass = "unknown"


def classify(facts: Facts) -> Risk:
    """The risk class that the facts settle."""
    for name, when in (("ai_system", "no"), ("in_union", "no"), ("excluded_use", "yes")):
        if says(facts, name) == when:
            return Risk("not_in_scope", (facts[name],))
    if says(facts, "prohibited_practices") == "yes":
        return Risk("prohibited", (facts["prohibited_practices"],))
    high = _high(facts)
    if says(facts, "prohibited_practices") == "unknown":
        missing = ("prohibited_practices", *high.missing)
        return Risk("unknown", high.because, missing, at_least=high.risk_class)
    if high.risk_class == "high" or high.missing:
        return high
    return _lower(facts, high)


def _high(facts: Facts) -> Risk:
    """Whether it is high-risk; ``unknown`` with nothing missing where it is not."""
    if says(facts, "annex_i_safety") == "yes":
        return Risk("high", (facts["annex_i_safety"],), at_least="high")
    areas = says(facts, "annex_iii_areas")
    if areas == "yes":
        named = facts["annex_iii_areas"]
        if says(facts, "profiles_persons") == "yes":  # always high-risk, whatever the task
            return Risk("high", (named, facts["profiles_persons"]), at_least="high")
        if says(facts, "narrow_task") == "no":
            return Risk("high", (named, facts["narrow_task"]), at_least="high")
        if says(facts, "narrow_task") == "unknown":  # high unless somebody says why not
            return Risk("high", (named,), at_least="high")
        if says(facts, "profiles_persons") == "unknown":
            return Risk("unknown", (named,), ("profiles_persons",))
    missing = tuple(n for n in ("annex_i_safety", "annex_iii_areas") if n not in facts)
    because = tuple(facts[n] for n in _HIGH_FACTS if n in facts)
    return Risk("unknown", because, missing)


_HIGH_FACTS = ("annex_i_safety", "annex_iii_areas", "narrow_task", "profiles_persons")


def _lower(facts: Facts, high: Risk) -> Risk:
    """Limited or minimal, of a system that is neither prohibited nor high-risk."""
    known = (facts["prohibited_practices"], *high.because)
    duties = tuple(facts[name] for name in TRANSPARENCY if says(facts, name) == "yes")
    if duties:
        return Risk("limited", (*duties, *known))
    missing = tuple(name for name in TRANSPARENCY if name not in facts)
    if missing:
        return Risk("unknown", known, missing)
    return Risk("minimal", (*known, *(facts[name] for name in TRANSPARENCY)))
