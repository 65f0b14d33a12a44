"""Components on their way from dev to prod, and the gates before each environment.

1. The pipeline is the gates as the journal has them: it goes from dev to stage, from stage to prod,
   and, because it declares that step, from dev to prod. Whatever gates are added later, a decision
   that was made by an earlier edition stands.
2. A required gate that answers anything but True, raises, hangs, or is not there rejects.
3. A component is where the signed decisions say that it is; what is said of it anew is another
   artifact, and begins in dev.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Unpack

from tarl.errors import Denied
from tarl.governance.environment import ENVIRONMENTS, Environment
from tarl.governance.environment import environment as environment_of
from tarl.governance.promotion.deciding import IN_SOURCE, NOT_REVOKED
from tarl.governance.promotion.functions import GateFunctions, Question
from tarl.governance.promotion.ledger import Promotions
from tarl.governance.promotion.pipeline import ENTRY, Gate, Pipeline, Step
from tarl.governance.promotion.records import Records
from tarl.governance.promotion.state import Request
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.ledger import stream_name
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.chronicle import Chronicle
from tarl.integrations.orchestration_extended.place import Place, Where, drawn
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    NotPermitted,
    UnknownName,
    translated,
)
from tarl.integrations.orchestration_governance.components import described
from tarl.integrations.orchestration_governance.rooms import (
    artifacts_of,
    attestations_of,
    signer_of,
)
from tarl.journal.store import Store
from tarl.provenance.attestations.statement import OPERATOR, Subject, is_sha256
from tarl.values.ids import check_name

GATE_REGISTERED = "governance.gate_registered/1"
COMPONENT_REGISTERED = "governance.component_registered/1"
REQUEST_REFUSED = "governance.request_refused/1"

PIPELINE = "orchestration"
ALL = "all"
WITHIN_MS = 60_000

_STEPS = (
    Step(source="dev", target="stage"),
    Step(source="stage", target="prod"),
    Step(source="dev", target="prod"),
)
_STATUS = {"PASSED": "approved", "FAILED": "rejected", "INCONCLUSIVE": "rejected"}

CheckFn = Callable[[str, str], object]


@dataclass
class PromotionGate:
    """A gate as it was when it was read.

    Attributes:
        check_function: The function, where this object knows it.
        environment: Before which environment it stands: ``dev``, ``stage``, ``prod`` or ``all``.
    """

    gate_id: str
    name: str
    check_function: CheckFn | None
    required: bool = True
    environment: str = ALL


@dataclass
class PromotionRequest:
    """A request as it was when it was read.

    Attributes:
        status: ``pending``, ``approved`` or ``rejected``.
        gate_results: Whether each registered gate has passed.
        reasons: Why, by gate.
    """

    request_id: str
    component_id: str
    from_environment: str
    to_environment: str
    status: str = "pending"
    gate_results: dict[str, bool] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


class _Book:
    """Gates and components as they were registered, and requests that no pipeline was asked."""

    def __init__(self) -> None:
        self.gates: dict[str, dict[str, Any]] = {}
        self.components: dict[str, dict[str, Any]] = {}
        self.digests: dict[str, str] = {}
        self.refused: dict[str, dict[str, Any]] = {}
        self.pipeline = _pipeline({}, ())

    def evolve(self, kind: str, body: dict[str, Any], at_ms: int) -> None:
        if kind == GATE_REGISTERED:
            self.gates[body["gate_id"]] = body
            earlier = (*self.pipeline.earlier, self.pipeline.digest)
            self.pipeline = _pipeline(self.gates, earlier)
        elif kind == COMPONENT_REGISTERED:
            self.components[body["component_id"]] = body
            self.digests[body["sha256"]] = body["component_id"]
        elif kind == REQUEST_REFUSED:
            self.refused[body["request_id"]] = body


class _Asked(NamedTuple):
    component_id: str
    source: str
    target: str


class CICDEnforcementManager:
    """Which components may be where, and by which gates.

    A gate's name and place are in the journal, its function is not: it is registered again after a
    restart; until then what it is required for is rejected, with its id.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path | None = "data/tarl_cicd",
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self._book: Chronicle[_Book] = Chronicle(
            self.place, stream_name("governance", "promotion"), _Book, _Book.evolve
        )
        self._functions: dict[str, CheckFn] = {}
        self._gates = GateFunctions()

    # --- registering

    def register_gate(
        self,
        gate_id: str,
        name: str,
        check_function: CheckFn,
        required: bool = True,
        environment: str = ALL,
    ) -> None:
        """Put a gate before an environment, or before all.

        Args:
            gate_id: Names it.
            name: What people call it.
            check_function: Takes the component's id and the environment; True lets it pass.
            required: Whether it decides; it is reported otherwise.
            environment: Before which environment it stands.

        Raises:
            BadValue: nothing that can be called, no such environment, or no name.
        """
        if not callable(check_function):
            raise BadValue(f"{check_function!r} is no function", code="promotion.function")
        with translated():
            check_name(gate_id, "gate")
            check_name(name, "gate")
            if environment != ALL:
                environment_of(environment)
            asked = _calling(self._functions, gate_id)
            self._gates.register(gate_id, asked, replace=True)
        self._functions[gate_id] = check_function
        body = {
            "gate_id": gate_id,
            "name": name,
            "required": bool(required),
            "environment": environment,
        }
        self._book.change(
            lambda now: [] if now.gates.get(gate_id) == body else [(GATE_REGISTERED, body)]
        )

    def register_component(
        self,
        component_id: str,
        component_type: str,
        environment: str = ENTRY,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Register a component; elsewhere than in dev only if the gates before that let it in.

        Args:
            component_id: Names it.
            component_type: ``workflow``, ``model`` ...
            environment: Where it is.
            metadata: What it is; ``content_hash``, a SHA-256 in hex, names its content.

        Raises:
            BadValue: no such environment, a name that cannot be one, or values that are no JSON.
            NotPermitted: the gates before the environment do not let it in; it is in dev then.
        """
        said = copied(dict(metadata or {}), "the metadata")
        with translated(), self.place.store() as store:
            environment_of(environment)
            check_name(component_id, "component")
            check_name(component_type, "component's type")
            description = {
                "component_id": component_id,
                "component_type": component_type,
                "metadata": said,
            }
            hashed = said.get("content_hash")
            artifact = described(
                artifacts_of(self.place, store),
                description,
                content=hashed if is_sha256(hashed) else None,
            )
        body = {**description, "sha256": artifact.sha256}
        self._book.change(
            lambda now: (
                [] if now.components.get(component_id) == body else [(COMPONENT_REGISTERED, body)]
            )
        )
        if environment not in (ENTRY, *self._environments(artifact.sha256)):
            status = self.get_promotion_status(
                self.request_promotion(component_id, ENTRY, environment)
            )
            if status["status"] != "approved":
                raise NotPermitted(
                    f"component {component_id} is in {ENTRY}: the gates before {environment} do"
                    f" not let it in: {_told(status['reasons'])}",
                    code="promotion.step",
                    next_step="request_promotion, once they do",
                )

    # --- promoting

    def request_promotion(
        self, component_id: str, from_environment: str, to_environment: str
    ) -> str:
        """Ask the gates before an environment; the request's id. The decision is signed.

        A component that nobody has registered is rejected, and so is a step that the pipeline does
        not have.

        Raises:
            BadValue: no such environment.
        """
        with translated():
            environment_of(from_environment)
            environment_of(to_environment)
            check_name(component_id, "component")
        asked = _Asked(component_id, from_environment, to_environment)
        id: str = once("request_promotion", asked._asdict(), lambda: self._promoted(asked))
        return id

    def get_promotion_status(self, request_id: str) -> dict[str, Any]:
        """How a request stands: ``pending``, ``approved``, ``rejected``, or ``not_found``."""
        found = self._request(request_id)
        if found is None:
            return {"request_id": request_id, "status": "not_found"}
        return {
            "request_id": found.request_id,
            "component_id": found.component_id,
            "from": found.from_environment,
            "to": found.to_environment,
            "status": found.status,
            "gate_results": found.gate_results,
            "reasons": found.reasons,
        }

    # --- looking

    @property
    def gates(self) -> dict[str, PromotionGate]:
        """The gates by id."""
        return {
            id: PromotionGate(
                gate_id=id,
                name=body["name"],
                check_function=self._functions.get(id),
                required=body["required"],
                environment=body["environment"],
            )
            for id, body in self._book.state().gates.items()
        }

    def get_component(self, component_id: str) -> dict[str, Any]:
        """A component, and the environments in which it may be, the last one first.

        Raises:
            UnknownName: nobody has registered it.
        """
        body = self._book.state().components.get(component_id)
        if body is None:
            raise UnknownName(
                f"component {component_id} not found: it is not registered",
                code="compliance.component",
                next_step="register_component registers it",
            )
        environments = self._environments(body["sha256"])
        return {**copied(body, "a component"), "environment": environments[0],
                "environments": environments}  # fmt: skip

    def get_components(self, environment: str | None = None) -> list[dict[str, Any]]:
        """The components, or those that may be in an environment, in the order of registering."""
        found = [self.get_component(id) for id in list(self._book.state().components)]
        return [each for each in found if environment in (None, *each["environments"])]

    # --- as a whole

    def get_metrics(self) -> dict[str, int]:
        """Gates, components by environment, and requests by status."""
        components = self.get_components()
        where = Counter(each["environment"] for each in components)
        requests = Counter(each.status for each in self.get_promotions())
        return {
            "gates": len(self._book.state().gates),
            "components": len(components),
            "promotions": sum(requests.values()),
            **{f"components_{name}": where[name] for name in ENVIRONMENTS if where[name]},
            **{f"promotions_{name}": count for name, count in sorted(requests.items())},
        }

    def get_status(self) -> dict[str, int]:
        """How many gates, components and requests there are."""
        book = self._book.state()
        promotions = len(self.get_promotions())
        return {
            "gates": len(book.gates),
            "components": len(book.components),
            "promotions": promotions,
        }

    def get_promotions(self, component_id: str | None = None) -> list[PromotionRequest]:
        """The requests, of a component or of all: refused ones last."""
        book = self._book.state()
        found: list[PromotionRequest] = []
        with self._promotions() as promotions:
            for sha256, id in list(book.digests.items()):
                if component_id in (None, id):
                    way = promotions.way(sha256)
                    found += [_shown(sha256, each) for each in way.requests.values()]
        refused = [_refused(body) for body in book.refused.values()]
        return found + [each for each in refused if component_id in (None, each.component_id)]

    # --- inside

    @contextmanager
    def _promotions(self) -> Iterator[Promotions]:
        with self.place.store() as store:
            yield self._room(store)

    @contextmanager
    def _asking(self) -> Iterator[Promotions]:
        """The room on a connection of its own: gates are asked in other threads, and may use what
        shares this object's.
        """
        store = self.place.ledger.another()
        try:
            with translated():
                yield self._room(store)
        finally:
            if store is not self.place.ledger.store:
                store.close()

    def _room(self, store: Store) -> Promotions:
        attestations = attestations_of(self.place, store)
        records = Records(store, attestations, artifacts_of(self.place, store))
        return Promotions(records, functions=self._gates, metrics=self.place.metrics)

    def _environments(self, sha256: str) -> list[Environment]:
        """Where an artifact may be, the last environment first."""
        with self._promotions() as promotions:
            places = promotions.places(sha256, self._book.state().pipeline)
        there = {name for name, each in places.items() if each.is_promoted}
        return [name for name in reversed(ENVIRONMENTS) if name == ENTRY or name in there]

    def _promoted(self, asked: _Asked) -> str:
        book = self._book.state()
        body = book.components.get(asked.component_id)
        if body is None:
            return self._refuse(asked, f"component {asked.component_id} not found: not registered")
        subject = Subject(name=asked.component_id, sha256=body["sha256"])
        with self.place.store() as store:
            signer = signer_of(self.place, store, OPERATOR)
        try:
            with self._asking() as promotions:
                done = promotions.promote(
                    subject, asked.source, asked.target, book.pipeline, signer=signer
                )
        except Denied as error:
            if error.code != "promotion.step":
                raise
            return self._refuse(asked, error.message)
        return f"{subject.sha256}.{done.request.id}"

    def _refuse(self, asked: _Asked, why: str) -> str:
        id = drawn("refused")
        body = {"request_id": id, **asked._asdict(), "reason": why}
        self._book.change(lambda now: [(REQUEST_REFUSED, body)])
        return id

    def _request(self, request_id: str) -> PromotionRequest | None:
        refused = self._book.state().refused.get(request_id)
        if refused is not None:
            return _refused(refused)
        sha256, _, id = str(request_id).partition(".")
        if sha256 not in self._book.state().digests:
            return None
        with self._promotions() as promotions:
            found = promotions.way(sha256).requests.get(id)
        return None if found is None else _shown(sha256, found)


def _pipeline(gates: Mapping[str, Mapping[str, Any]], earlier: tuple[str, ...]) -> Pipeline:
    """The pipeline of the gates; decisions by its earlier editions count."""
    return Pipeline(
        name=PIPELINE,
        verifiers=(OPERATOR,),
        revokers=(OPERATOR,),
        steps=_STEPS,
        gates=tuple(_gate(body) for body in gates.values()),
        earlier=earlier,
    )


def _gate(body: Mapping[str, Any]) -> Gate:
    where = body["environment"]
    return Gate(
        name=body["gate_id"],
        environments=() if where == ALL else (environment_of(where),),
        optional=not body["required"],
        function=body["gate_id"],
        within_ms=WITHIN_MS,
    )


def _calling(functions: Mapping[str, CheckFn], gate_id: str) -> Callable[[Question], Any]:
    """A gate as the room asks it; whoever registers it again is asked from then on."""
    return lambda question: functions[gate_id](question.name, question.target)


def _shown(sha256: str, request: Request) -> PromotionRequest:
    said, decided = request.said, request.decided
    results = () if decided is None else decided.results
    return PromotionRequest(
        request_id=f"{sha256}.{request.id}",
        component_id=said.name,
        from_environment=said.source,
        to_environment=said.target,
        status="pending" if decided is None else _STATUS[decided.outcome],
        gate_results={
            each["gate"]: each["outcome"] == "PASSED"
            for each in results
            if each["gate"] not in (IN_SOURCE, NOT_REVOKED)
        },
        reasons={
            each["gate"]: "; ".join(reason["text"] for reason in each["reasons"])
            for each in results
            if each["reasons"]
        },
    )


def _refused(body: Mapping[str, Any]) -> PromotionRequest:
    return PromotionRequest(
        request_id=body["request_id"],
        component_id=body["component_id"],
        from_environment=body["source"],
        to_environment=body["target"],
        status="rejected",
        reasons={"request": body["reason"]},
    )


def _told(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{gate}: {why}" for gate, why in reasons.items())
