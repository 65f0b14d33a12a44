"""The sentence templates of one language, with what is needed to find the few that can match.

1. Leaving templates out never changes a result: one is left out only when a text it demands, or
   every name of a list it demands, is not in the sentence.
2. Texts are compared squeezed: case folded, letters and digits alone. What matches in hassil, which
   ignores case, punctuation and spacing here and there, is then contained here.
3. Names are taken as they stand, never as templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from hassil import Intents, recognize_best
from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    RuleReference,
    Sentence,
)
from hassil.intents import Intent, IntentData, SlotList, TextSlotList, TextSlotValue
from hassil.recognize import RecognizeResult

from tarl.planning.language.names import NamedDevice, NamedPlace, Names

NAMED_LISTS = frozenset({"area", "floor", "name"})
HOMES_KEPT_MAX = 64
RULE_DEPTH_MAX = 24
"""As deep as hassil itself follows rules that refer to rules."""

_Spoken = tuple[tuple[str, TextSlotValue], ...]


class Templates:
    """All templates of a language."""

    def __init__(self, intents: Intents) -> None:
        self._intents = intents
        self._blocks: list[tuple[int, frozenset[str], str, IntentData]] = []
        clauses: dict[frozenset[str], int] = {}
        for name, intent in intents.intents.items():
            for data in intent.data:
                self._take(name, data, clauses)
        self._clauses = tuple(clauses)
        skipped = sorted(map(squeezed, intents.skip_words), key=len, reverse=True)
        words = [re.escape(word) for word in skipped if word]
        self._skipped = re.compile("|".join(words)) if words else None

    def best(self, text: str, *, names: Names, area: str) -> RecognizeResult | None:
        """What hassil takes the text for; ``area`` is where it was said."""
        sought = squeezed(text)
        if self._skipped is not None:
            sought += "\n" + self._skipped.sub("", sought)
        lists = {
            noun: [value for spoken, value in values if spoken in sought]
            for noun, values in _spoken(names).items()
        }
        missing = frozenset(noun for noun, values in lists.items() if not values)
        slot_lists: dict[str, SlotList] = {
            noun: TextSlotList(name=noun, values=values) for noun, values in lists.items()
        }
        return recognize_best(
            text,
            self._able(sought, missing),
            slot_lists=slot_lists,
            intent_context={"area": area},
            best_slot_name="name",
        )

    def _take(self, name: str, data: IntentData, clauses: dict[frozenset[str], int]) -> None:
        rules = {**self._intents.expansion_rules, **data.expansion_rules}
        for sentence in data.sentences:
            mask = 0
            for clause in sentence.get_required_clauses(rules):
                fragments = frozenset(map(squeezed, clause))
                if "" not in fragments:
                    mask |= 1 << clauses.setdefault(fragments, len(clauses))
            needed = _needed(sentence.expression, rules, 0) - set(data.slot_lists)
            self._blocks.append((mask, needed & NAMED_LISTS, name, _alone(data, sentence)))

    def _able(self, sought: str, missing: frozenset[str]) -> Intents:
        present = 0
        for bit, clause in enumerate(self._clauses):
            if any(fragment in sought for fragment in clause):
                present |= 1 << bit
        able: dict[str, Intent] = {}
        for mask, needed, name, data in self._blocks:
            if not mask & ~present and not needed & missing:
                able.setdefault(name, Intent(name)).data.append(data)
        whole = self._intents
        return Intents(
            language=whole.language,
            intents=able,
            slot_lists=whole.slot_lists,
            expansion_rules=whole.expansion_rules,
            skip_words=whole.skip_words,
            settings=whole.settings,
        )


def squeezed(text: str) -> str:
    """A text's letters and digits, without case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _alone(data: IntentData, sentence: Sentence) -> IntentData:
    return IntentData(
        sentence_texts=[sentence.text or ""],
        slots=data.slots,
        response=data.response,
        requires_context=data.requires_context,
        excludes_context=data.excludes_context,
        expansion_rules=data.expansion_rules,
        slot_lists=data.slot_lists,
        wildcard_list_names=data.wildcard_list_names,
        metadata=data.metadata,
        required_keywords=data.required_keywords,
        inferred_domain=data.inferred_domain,
        name_domains=data.name_domains,
        settings=data.settings,
    )


def _needed(part: Expression, rules: dict[str, Sentence], depth: int) -> frozenset[str]:
    """The lists of which something must be in any text that matches."""
    if depth > RULE_DEPTH_MAX:
        return frozenset()
    if isinstance(part, ListReference):
        return frozenset({part.list_name})
    if isinstance(part, RuleReference):
        rule = rules.get(part.rule_name)
        return _needed(rule.expression, rules, depth + 1) if rule else frozenset()
    if not isinstance(part, Group) or not part.items:
        return frozenset()
    each = [_needed(item, rules, depth + 1) for item in part.items]
    if isinstance(part, Alternative):
        return frozenset.intersection(*each)
    return frozenset.union(*each)


@lru_cache(maxsize=HOMES_KEPT_MAX)
def _spoken(names: Names) -> dict[str, _Spoken]:
    return {
        "area": _places(names.areas),
        "floor": _places(names.floors),
        "name": tuple(pair for device in names.devices for pair in _device(device)),
    }


def _places(places: Iterable[NamedPlace]) -> _Spoken:
    return tuple(
        (squeezed(name), TextSlotValue.from_tuple((name, place.name), allow_template=False))
        for place in places
        for name in place.names
        if squeezed(name)
    )


def _device(device: NamedDevice) -> _Spoken:
    context = {"domain": device.domain}
    return tuple(
        (
            squeezed(name),
            TextSlotValue.from_tuple((name, device.name, context), allow_template=False),
        )
        for name in device.names
        if squeezed(name)
    )
