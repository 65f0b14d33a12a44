"""The sentence templates of one language, with what is needed to find the few that can match.

1. Leaving templates out never changes a result: one is left out only when a text that it demands,
   or every value of a list that it demands, is not in the sentence.
2. Texts are compared squeezed: case folded, letters and digits alone. What matches in hassil, which
   ignores case, punctuation and spacing here and there, is then contained here.
3. Names are taken as they stand, never as templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter

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
    """All templates of a language.

    Fragments are texts that a template may demand; a clause is met by any of its fragments, a
    template possible when all its clauses are met and all lists that it needs have something in
    the sentence. Sets of fragments and of clauses are bits of integers.
    """

    def __init__(self, intents: Intents) -> None:
        self._intents = intents
        self._fragments: dict[str, int] = {}
        self._clauses: dict[int, int] = {}
        self._values = {
            name: [self._demanded(Sentence(value.text_in), intents) for value in values.values]
            for name, values in intents.slot_lists.items()
            if isinstance(values, TextSlotList)
        }
        self._alike: dict[tuple[int, frozenset[str]], list[tuple[int, str, IntentData]]] = {}
        order = 0
        for name, intent in intents.intents.items():
            for data in intent.data:
                for sentence in data.sentences:
                    self._take(order, name, data, sentence)
                    order += 1
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
        slot_lists: dict[str, SlotList] = {
            noun: TextSlotList(name=noun, values=values) for noun, values in lists.items()
        }
        absent = frozenset(noun for noun, values in lists.items() if not values)
        return recognize_best(
            text,
            self._able(sought, absent),
            slot_lists=slot_lists,
            intent_context={"area": area},
            best_slot_name="name",
        )

    def _take(self, order: int, name: str, data: IntentData, sentence: Sentence) -> None:
        rules = {**self._intents.expansion_rules, **data.expansion_rules}
        lists = (NAMED_LISTS | self._values.keys()) - data.slot_lists.keys()
        needed = _needed(sentence.expression, rules, 0) & lists
        key = (self._demanded(sentence, self._intents, rules), needed)
        self._alike.setdefault(key, []).append((order, name, _alone(data, sentence)))

    def _demanded(
        self, sentence: Sentence, intents: Intents, rules: dict[str, Sentence] | None = None
    ) -> int:
        """The clauses that a sentence must meet."""
        demanded = 0
        for clause in sentence.get_required_clauses(rules or intents.expansion_rules):
            fragments = {squeezed(fragment) for fragment in clause}
            if "" in fragments:
                continue
            bits = 0
            for fragment in fragments:
                bits |= 1 << self._fragments.setdefault(fragment, len(self._fragments))
            demanded |= 1 << self._clauses.setdefault(bits, len(self._clauses))
        return demanded

    def _able(self, sought: str, absent: frozenset[str]) -> Intents:
        """The templates that can match, in their order."""
        present = sum(1 << bit for fragment, bit in self._fragments.items() if fragment in sought)
        unmet = sum(1 << bit for bits, bit in self._clauses.items() if not bits & present)
        absent |= {name for name, each in self._values.items() if all(one & unmet for one in each)}
        possible = [
            block
            for (demanded, needed), blocks in self._alike.items()
            if not demanded & unmet and not needed & absent
            for block in blocks
        ]
        able: dict[str, Intent] = {}
        for _, name, data in sorted(possible, key=itemgetter(0)):
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
