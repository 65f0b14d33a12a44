"""What people declare of a component: facts that no journal shows, each with who said so.

The names are a closed set, so that a slip is refused and does not silently leave a duty out. A fact
that nobody has declared is unknown, which never means no.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from tarl.errors import Invalid

Value = bool | tuple[str, ...]


class Fact(NamedTuple):
    """A question about a component; ``choices`` where several of them can be true."""

    name: str
    asks: str
    choices: tuple[str, ...] = ()


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: who gave it, and when."""

    name: str
    value: Value
    by: str
    at_ms: int
    reason: str = ""

    @property
    def text(self) -> str:
        """``name = value``, as a person writes it."""
        return f"{self.name} = {written(self.value)}"


Facts = Mapping[str, Declared]

_AREAS = tuple(str(number) for number in range(1, 9))
_POINTS = tuple("abcdefgh")

FACTS: tuple[Fact, ...] = (
    Fact("ai_system", "Is it an AI system (AI Act, Art. 3(1))?"),
    Fact("in_union", "Is it placed on the market, put into service or its output used in the EU?"),
    Fact("excluded_use", "Is it for military, defence or research use alone (Art. 2(3), (6))?"),
    Fact("prohibited_practices", "Which points of Art. 5(1) is it used for?", _POINTS),
    Fact("annex_i_safety", "Is it a safety component that Annex I has assessed (Art. 6(1))?"),
    Fact("annex_iii_areas", "Which areas of Annex III is it meant for?", _AREAS),
    Fact("narrow_task", "Does a condition of Art. 6(3) hold, so that it poses no such risk?"),
    Fact("profiles_persons", "Does it profile natural persons (Art. 6(3), last subparagraph)?"),
    Fact("interacts_with_persons", "Does it interact directly with persons (Art. 50(1))?"),
    Fact("generates_content", "Does it generate audio, image, video or text (Art. 50(2))?"),
    Fact("recognises_emotion", "Does it recognise emotions or categorise by biometrics (50(3))?"),
    Fact("deep_fakes", "Does it make deep fakes, or text that informs the public (Art. 50(4))?"),
    Fact(
        "biometric_identification", "Is it for remote biometric identification (Annex III(1)(a))?"
    ),
    Fact("trained_with_data", "Were models of it trained with data (Art. 10)?"),
    Fact("gpai_model", "Is it a general-purpose AI model (Art. 3(63))?"),
    Fact("gpai_systemic_risk", "Is it one with systemic risk (Art. 51)?"),
    Fact(
        "ai_act_roles",
        "As what do you act under the AI Act?",
        (
            "provider",
            "deployer",
            "importer",
            "distributor",
            "authorised_representative",
            "product_manufacturer",
        ),
    ),
    Fact("personal_data", "Does it process personal data (GDPR, Art. 4(1))?"),
    Fact("gdpr_roles", "As what do you act under the GDPR?", ("controller", "processor")),
    Fact(
        "legal_bases",
        "On which grounds of GDPR Art. 6(1) does the processing rest?",
        ("consent", "contract", "obligation", "vital", "public", "interests"),
    ),
    Fact("special_categories", "Does it process special categories of data (GDPR, Art. 9)?"),
    Fact("automated_decisions", "Does it decide about persons by itself (GDPR, Art. 22)?"),
    Fact("third_country_transfers", "Does it transfer personal data out of the EU (Chapter V)?"),
)
BY_NAME = {fact.name: fact for fact in FACTS}

NONE = "none"
"""How one says that no choice of several is true: an empty answer is no answer."""


def parse(text: str) -> tuple[str, Value]:
    """A fact as it is written: ``name=yes``, ``name=no``, ``name=a,b`` or ``name=none``.

    Raises:
        Invalid: no fact is called so (``compliance.fact``), or it has no such value
            (``compliance.fact_value``).
    """
    name, _, word = (part.strip() for part in text.partition("="))
    return name, value_of(name, word)


def value_of(name: str, word: str | bool | tuple[str, ...] | list[str]) -> Value:
    """The value of a fact from a word, or from the value itself.

    Raises:
        Invalid: see ``parse``.
    """
    fact = BY_NAME.get(name)
    if fact is None:
        raise Invalid(
            f"no fact is called {name[:80]!r}",
            code="compliance.fact",
            next_step="tarl compliance facts lists them",
        )
    if not fact.choices:
        return _truth(fact, word)
    words = word.split(",") if isinstance(word, str) else word
    if isinstance(words, bool):
        raise _refused(fact, word)
    chosen = tuple(sorted({each.strip() for each in words}))
    if chosen in ((NONE,), ()) and word != "":
        return ()
    if not chosen or not set(chosen) <= set(fact.choices):
        raise _refused(fact, word)
    return chosen


def written(value: Value) -> str:
    """A value as a person writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) or NONE


def _truth(fact: Fact, word: object) -> bool:
    if isinstance(word, bool):
        return word
    truths = {"yes": True, "true": True, "no": False, "false": False}
    if isinstance(word, str) and word.lower() in truths:
        return truths[word.lower()]
    raise _refused(fact, word)


def _refused(fact: Fact, word: object) -> Invalid:
    known = ", ".join((*fact.choices, NONE)) if fact.choices else "yes, no"
    return Invalid(
        f"{fact.name} cannot be {str(word)[:80]!r}",
        code="compliance.fact_value",
        next_step=f"say {known}; {fact.asks}",
        fact=fact.name,
    )


Answer = Literal["yes", "no", "unknown"]


def says(facts: Facts, name: str) -> Answer:
    """What is declared: yes where a fact is true or has any choice; unknown where nobody said."""
    declared = facts.get(name)
    if declared is None:
        return "unknown"
    return "yes" if declared.value else "no"
