"""Orders to a home, as Home Assistant understands them: sentence templates matched by hassil.

1. What matches is what Home Assistant's own released templates match; nothing is guessed.
2. A result depends on the text, the language, the names and the area alone.
3. Templates that want to know where they were said match anywhere; the place is then in
   ``Command.here``, not among the slots, as in Home Assistant's own tests.
4. Templates that cannot match are left out before matching: those whose words, or whose names of
   areas, floors and devices, are not in the text. That loses nothing, and is most of the speed.

The templates are those of ``home-assistant-intents`` (CC BY 4.0), read once for each language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tarl.errors import Invalid, Unavailable
from tarl.planning.language.names import NamedDevice, NamedPlace, Names
from tarl.planning.language.translation import Command
from tarl.planning.task import Said

if TYPE_CHECKING:
    from hassil.recognize import RecognizeResult

    from tarl.planning.language.templates import Templates

COMMAND_CHARS_MAX = 300
"""Home Assistant's own test sentences have at most 80; what is longer than this is no order."""
LANGUAGES_KEPT_MAX = 8
NOWHERE = "\0nowhere"
"""Stands for the place of who speaks where nobody said it; no area can be called so."""

DEFAULTS = {"zh": "zh-CN", "no": "nb", "nn": "nb", "zh-hans": "zh-CN", "zh-hant": "zh-TW"}

DOMAINS_OF_INTENTS = {
    "HassClimate": "climate",
    "HassFan": "fan",
    "HassLawnMower": "lawn_mower",
    "HassLight": "light",
    "HassMedia": "media_player",
    "HassSetVolume": "media_player",
    "HassVacuum": "vacuum",
}
"""What the intents that begin so are for, where the sentence does not say it."""


def recognise(text: str, *, language: str, names: Names, area: str | None = None) -> Command | None:
    """The order that the whole text is, or None; ``area`` (id or name) is where it was said.

    Raises:
        Invalid: ``sentence.language``.
        Unavailable: ``extra.missing``.
    """
    templates = templates_of(language)
    if not text.strip() or len(text) > COMMAND_CHARS_MAX:
        return None
    here = names.area(area) if area is not None else None
    spoken = here.name if here else area or NOWHERE
    result = templates.best(text, names=names, area=spoken)
    if result is None:
        return None
    slots = {
        name: _plain(entity.value)
        for name, entity in result.entities.items()
        if not (name == "area" and entity.value == spoken and not entity.text)
    }
    is_local = "area" in result.entities and "area" not in slots
    here_id = (here.id if here else area) if is_local else None
    return Command(
        intent=result.intent.name,
        slots=slots,
        said=Said(0, len(text), text),
        device_ids=tuple(device.id for device in _meant(result, slots, names=names, here=here_id)),
        here=here_id,
    )


@lru_cache(maxsize=LANGUAGES_KEPT_MAX)
def templates_of(language: str) -> Templates:
    """The templates of a language.

    Raises:
        Invalid: ``sentence.language``.
        Unavailable: ``extra.missing``.
    """
    try:
        from hassil import Intents
        from home_assistant_intents import get_intents, get_languages

        from tarl.planning.language.templates import Templates
    except ImportError as error:
        raise Unavailable(
            f"the sentences of commands are not installed: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[planning]'",
        ) from error
    known = get_languages()
    found = _known_as(language, known)
    intents = get_intents(found) if found else None
    if intents is None:
        raise Invalid(
            f"commands in {language!r} are not understood",
            code="sentence.language",
            next_step=f"use one of {', '.join(known)}",
            language=language,
        )
    return Templates(Intents.from_dict(intents))


def _known_as(language: str, known: Iterable[str]) -> str | None:
    """The longest beginning of a language tag (RFC 4647, lookup) that is known."""
    by_tag = {tag.casefold(): tag for tag in known}
    tag = language.casefold().replace("_", "-")
    while tag:
        if found := by_tag.get(tag) or DEFAULTS.get(tag):
            return found
        tag = tag.rpartition("-")[0]
    return None


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# --- what is meant


def _meant(
    result: RecognizeResult, slots: dict[str, Any], *, names: Names, here: str | None
) -> Iterator[NamedDevice]:
    """The devices of the home that an order is about; none where it does not say which."""
    areas = _areas(slots, names=names, here=here)
    domains = _domains(result.intent.name, slots)
    wanted = slots.get("name")
    kind = slots.get("device_class")
    everywhere = (result.intent_metadata or {}).get("slot_combination") == "domain_all"
    if wanted is None and (not domains or (areas is None and not everywhere)):
        return
    called = names.devices_called(str(wanted)) if wanted is not None else names.devices
    heard = result.context.get("domain")
    for device in called:
        if areas is not None and device.area not in areas:
            continue
        if wanted is not None and heard is not None and device.domain != heard:
            continue
        if wanted is None and device.domain not in domains:
            continue
        if kind is None or wanted is not None or device.device_class == kind:
            yield device


def _areas(slots: dict[str, Any], *, names: Names, here: str | None) -> frozenset[str] | None:
    place: NamedPlace | None
    if (floor := slots.get("floor")) is not None:
        place = names.floor(str(floor))
        return frozenset(area.id for area in names.areas if place and area.floor == place.id)
    if (area := slots.get("area")) is not None:
        place = names.area(str(area))
        return frozenset({place.id} if place else ())
    return frozenset({here}) if here is not None else None


def _domains(intent: str, slots: dict[str, Any]) -> frozenset[str]:
    domain = slots.get("domain")
    if domain is not None:
        return frozenset(domain if isinstance(domain, list) else [domain])
    return frozenset(
        domain for beginning, domain in DOMAINS_OF_INTENTS.items() if intent.startswith(beginning)
    )
