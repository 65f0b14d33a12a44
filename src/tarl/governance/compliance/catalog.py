"""The requirements of the frameworks, as package data (``data/ORIGIN.md`` says whose they are).

A requirement is written ``framework:id``, ``eu-ai-act:Art. 12(1)``; spaces and case do not matter,
and the ids that its source used resolve too.

1. Every entry has one id, which is its official citation where it has a number of its own. One that
   has none is named by its place behind the one that has, and is ``positional``.
2. Nothing is assessable but obligations and the sections of a required document.
3. A name that two entries could mean is refused when the catalog is made.
"""

from __future__ import annotations

import gzip
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal

import msgspec

from tarl.errors import Missing
from tarl.governance.compliance.spans import is_within

Role = Literal["obligation", "document_section", "risk_class", "context"]

FRAMEWORKS = (
    "eu-ai-act",
    "gdpr",
    "iso27001",
    "iso42001",
    "nist-800-53",
    "nist-ai-600-1",
    "nist-ai-rmf",
    "slsa",
    "soc2",
)

FRAMEWORK_ALIASES = {
    "eu_ai_act": "eu-ai-act",
    "iso_27001": "iso27001",
    "nist_ai_rmf": "nist-ai-rmf",
}
"""How the seeds' enumeration of frameworks writes them."""

SHORT_NAMES = {
    "eu_ai_act_1": "eu-ai-act:Art. 9(1)",
    "nist_ai_rmf_gov_1": "nist-ai-rmf:GOVERN 1.1",
    "slsa_l3_1": "slsa:SLSA-BUILD-L3/provenance-unforgeable",
}
"""Three names that the seeds use. SLSA knows no "L3.1": the requirement on provenance at build
level 3 is meant.
"""

_HERE = files("tarl.governance.compliance") / "data"


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a catalog.

    Attributes:
        id: Its official citation, or its place behind one.
        text: What it says; empty where the text may not be given away.
        group: The article, function or family that it stands in.
        role: Whether it obliges anybody.
        positional: Whether the id's last part is a place, which nobody else counts like that.
        level: Of SLSA: the build level.
        baselines: Of SP 800-53: which have it.
        aliases: Other names, of its source.
    """

    id: str
    title: str = ""
    text: str = ""
    group: str = ""
    role: Role = "obligation"
    positional: bool = False
    level: int = 0
    baselines: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    framework: str = ""

    @property
    def ref(self) -> str:
        """``framework:id``."""
        return f"{self.framework}:{self.id}"

    @property
    def citation(self) -> str:
        """How to cite it: without the place of a positional id."""
        return re.sub(r"/\d+.*$", "", self.id) if self.positional else self.id

    @property
    def is_assessable(self) -> bool:
        """Whether anything can be met."""
        return self.role in ("obligation", "document_section")

    @property
    def applies_from(self) -> date | None:
        """From when it applies, as it was published; None where no date is known."""
        return _applies_from(self.framework, self.id)


class Catalog(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All entries of a framework, in its order."""

    framework: str
    name: str
    licence: str
    requirements: tuple[Requirement, ...]

    @cached_property
    def _by_name(self) -> dict[str, Requirement]:
        return {_key(name): each for each in self.requirements for name in (each.id, *each.aliases)}

    def find(self, name: str) -> Requirement | None:
        """The entry of an id or alias."""
        return self._by_name.get(_key(name))

    @property
    def assessable(self) -> int:
        """How many entries can be met."""
        return sum(each.is_assessable for each in self.requirements)


def framework(word: str) -> str:
    """The framework that a word names.

    Raises:
        Missing: none is called so (``compliance.framework``).
    """
    name = FRAMEWORK_ALIASES.get(word.lower(), word.lower())
    if name not in FRAMEWORKS:
        raise Missing(
            f"no framework is called {word[:80]!r}",
            code="compliance.framework",
            next_step=f"one of: {', '.join(FRAMEWORKS)}",
        )
    return name


@cache
def catalog(name: str) -> Catalog:
    """The catalog of a framework.

    Raises:
        Missing: none is called so (``compliance.framework``).
    """
    packed = (_HERE / "catalogs" / f"{framework(name)}.json.gz").read_bytes()
    read = msgspec.json.decode(gzip.decompress(packed), type=Catalog)
    entries = tuple(msgspec.structs.replace(e, framework=read.framework) for e in read.requirements)
    return msgspec.structs.replace(read, requirements=entries)


def catalogs() -> Iterator[Catalog]:
    """All catalogs."""
    return map(catalog, FRAMEWORKS)


def requirement(ref: str) -> Requirement:
    """The requirement that ``framework:id``, or one of the seeds' names, means.

    Raises:
        Missing: no such framework (``compliance.framework``) or requirement
            (``compliance.requirement``).
    """
    word, colon, id = SHORT_NAMES.get(ref, ref).partition(":")
    found = catalog(framework(word)).find(id) if colon else None
    if found is None:
        raise Missing(
            f"there is no requirement {ref[:120]!r}",
            code="compliance.requirement",
            next_step="write framework:id; tarl compliance catalogs FRAMEWORK lists them",
            requirement=ref[:120],
        )
    return found


@cache
def data_file(name: str) -> dict[str, Any]:
    """One of tarl's own TOML files of this room."""
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))


@cache
def _applies_from(framework: str, id: str) -> date | None:
    dates = data_file("dates.toml").get(framework)
    if dates is None:
        return None
    for rule in dates["rules"]:
        if is_within(id, rule["articles"]):
            return date.fromisoformat(rule["from"])
    return date.fromisoformat(dates["default"])


def _key(name: str) -> str:
    return "".join(name.split()).casefold()
