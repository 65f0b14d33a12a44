"""Components by the names that users of the seed give them, and what they are to the rooms.

A workflow or an agent is what the journal knows under that name. A component of another type is an
artifact: the newest registered one of that name and kind, else the description of itself.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from tarl.governance.compliance.component import Component, parse
from tarl.integrations.orchestration.ledger import stream_name
from tarl.integrations.orchestration_extended.chronicle import Chronicle
from tarl.integrations.orchestration_extended.place import Place
from tarl.integrations.orchestration_extended.refusals import UnknownName
from tarl.integrations.orchestration_governance.rooms import BY, artifacts_of
from tarl.provenance.artifacts.artifact import KINDS, Artifact
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.values.canonical import encode
from tarl.values.ids import check_name

COMPONENT_NAMED = "governance.component_named/1"


class Named(NamedTuple):
    """A component: its name and type here, and how the room of compliance writes it."""

    id: str
    type: str
    ref: str

    @property
    def component(self) -> Component:
        """The component of the room."""
        return parse(self.ref)


class Components:
    """The components that requirements were mapped to.

    Args:
        place: The journal.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._named: Chronicle[dict[str, Named]] = Chronicle(
            place, stream_name("governance", "components"), dict, _evolve
        )

    def find(self, component_id: str) -> Named | None:
        """The component of a name, None if there is none."""
        return self._named.state().get(component_id)

    def get(self, component_id: str) -> Named:
        """The component of a name.

        Raises:
            UnknownName: there is none.
        """
        found = self.find(component_id)
        if found is None:
            raise UnknownName(
                f"component {component_id} is not mapped to any requirement",
                code="compliance.component",
                next_step="map_component says what it is held to",
            )
        return found

    def all(self) -> list[Named]:
        """Every component, in the order in which they were named."""
        return list(self._named.state().values())

    def name(self, component_id: str, component_type: str) -> Named:
        """Give a component its name, if it has none of that type."""
        known = self.find(component_id)
        if known is not None and known.type == component_type:
            return known
        check_name(component_id, "component")
        check_name(component_type, "component's type")
        if component_type in ("workflow", "agent"):
            ref = f"{component_type}:{component_id}"
        else:
            with self._place.store() as store:
                artifacts = artifacts_of(self._place, store)
                ref = f"artifact:{artifact_of(artifacts, component_id, component_type).sha256}"
        body = {"component_id": component_id, "component_type": component_type, "ref": ref}
        self._named.change(
            lambda now: [] if now.get(component_id) == Named(*body.values()) else [(_KIND, body)]
        )
        return self.get(component_id)


_KIND = COMPONENT_NAMED


def artifact_of(artifacts: Artifacts, name: str, type: str) -> Artifact:
    """The newest artifact of a name and type, registered as its own description if there is none.

    Raises:
        Invalid: a name that cannot be one (``id.*``).
    """
    kind = type if type in KINDS else "config"
    page = artifacts.ls(kind=kind, name=name, limit=1)
    if page.items:
        return page.items[0].artifact
    return described(artifacts, {"component_id": name, "component_type": type})


def described(
    artifacts: Artifacts, description: dict[str, Any], *, content: str | None = None
) -> Artifact:
    """The artifact of a component, registered if it is not: its content by digest where that is
    known, else what is said about it.
    """
    type = description["component_type"]
    digest = content or sha256(encode(description)).hexdigest()
    known = artifacts.find(digest)
    if known is not None:
        return known
    facts = {name: value for name, value in description.items() if name != "component_id"}
    artifact = Artifact(
        sha256=digest,
        kind=type if type in KINDS else "config",
        name=description["component_id"],
        facts={**facts, "digest_of": "content" if content else "description"},
    )
    return artifacts.register(artifact, by=BY)


def _evolve(now: dict[str, Named], kind: str, body: dict[str, Any], at_ms: int) -> None:
    now[body["component_id"]] = Named(body["component_id"], body["component_type"], body["ref"])
