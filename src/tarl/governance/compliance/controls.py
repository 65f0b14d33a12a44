"""Controls: what tarl asserts, the requirements that it bears on, and the evidence for it.

A control is data (``data/controls/*.toml``), read with a closed vocabulary: a slip in it is refused
when it is read, and nothing is asserted by a clause that nobody understands.

1. A control supports what it asserts when every one of its needs is met by evidence that is fresh.
2. It contradicts it when one of its refutations is found, or a check fails.
3. Otherwise it is silent. An empty list of needs supports nothing.
4. Where it answers to a requirement ``whole``, its support suffices; where to a ``part``, somebody
   has to attest to the rest. The text of ISO and SOC 2 is not here, so their part is never whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from tarl.governance.compliance.catalog import Requirement, requirement

Kind = Literal["journal", "workflow", "agent", "artifact"]
Bearing = Literal["whole", "part"]
Check = Literal["chains", "log", "denied", "permitted", "approved", "retained", "closed", "code"]

IDS_ONLY = ("iso27001", "iso42001", "soc2")


class Clause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is looked for: events, attestations, the records of a table, or a check.

    Attributes:
        says: In words, for whoever has to bring it about.
        events: Kinds of events, any of them.
        where: Members of their bodies, by dotted path, and the values that count.
        attestation: A predicate type; the statement is about the component's digest.
        table: A projected table.
        check: A check over all that the journal tells; see ``checks``.
        at_least: How many of them it takes.
    """

    says: str
    events: tuple[str, ...] = ()
    where: dict[str, tuple[Any, ...]] = {}
    attestation: str = ""
    table: str = ""
    check: Check | None = None
    at_least: int = 1

    def __post_init__(self) -> None:
        if sum(map(bool, (self.events, self.attestation, self.table, self.check))) != 1:
            raise ValueError("a clause looks for one sort of thing")
        if self.at_least < 1:
            raise ValueError("a clause that needs nothing says nothing")

    def __hash__(self) -> int:  # `where` is compared, and cannot be hashed
        return hash((self.says, self.events, self.attestation, self.table, self.check))


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asserted, for which requirements, and by which evidence.

    Attributes:
        components: What kinds of components it says something about.
        fresh_days: Evidence that is older does not count; 0 for any age.
        whole: Requirements that its support answers to.
        part: Requirements that it bears on, and does not exhaust.
        limits: What it does not show.
    """

    id: str
    title: str
    asserts: str
    components: tuple[Kind, ...]
    needs: tuple[Clause, ...]
    limits: str
    refutes: tuple[Clause, ...] = ()
    fresh_days: int = 0
    whole: tuple[str, ...] = ()
    part: tuple[str, ...] = ()

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All that it looks for."""
        return (*self.needs, *self.refutes)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    control: tuple[Control, ...]


@cache
def controls() -> tuple[Control, ...]:
    """All controls, by id."""
    here = files("tarl.governance.compliance") / "data" / "controls"
    read = [
        msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)
        for file in here.iterdir()
        if file.name.endswith(".toml")
    ]
    found = sorted((each for file in read for each in file.control), key=lambda each: each.id)
    assert len({each.id for each in found}) == len(found)
    return tuple(found)


@cache
def controls_by_requirement() -> Mapping[str, tuple[tuple[Control, Bearing], ...]]:
    """Which controls bear on a requirement, by its reference, and how.

    Raises:
        Missing: a control names a requirement that no catalog has.
        ValueError: it claims the whole of one whose text is not known.
    """
    found: dict[str, list[tuple[Control, Bearing]]] = {}
    for control in controls():
        for ref in control.whole:
            if _named(ref).framework in IDS_ONLY:
                raise ValueError(f"{control.id}: the text of {ref} is not here")
            found.setdefault(_named(ref).ref, []).append((control, "whole"))
        for ref in control.part:
            found.setdefault(_named(ref).ref, []).append((control, "part"))
    return {ref: tuple(each) for ref, each in found.items()}


def _named(ref: str) -> Requirement:
    found = requirement(ref)
    if not found.is_assessable:
        raise ValueError(f"{ref} is nothing that can be met")
    return found
