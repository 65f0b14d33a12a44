"""A journal with a run that asked a model, and what is known of that model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.opened import until_test_ends
from tests.unit.agents.world import together
from tests.unit.provenance.provenance_parts import an_artifact, digest_of
from tests.unit.tenancy.parts import HandClock

from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.journal.store import Store
from tarl.provenance.artifacts.artifact import Artifact, Relation
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.lineage.environment import Distribution, Environment
from tarl.provenance.lineage.registering import register_run
from tarl.storage import open_store
from tarl.values.ids import RunId

HERE = Environment(
    python="3.11.9",
    implementation="CPython",
    system="Linux",
    machine="x86_64",
    distributions=(
        Distribution(name="left", version="1.0", record=digest_of("left")),
        Distribution(name="right", version="2.0", record=digest_of("right")),
    ),
)
RUN = RunId("default", "it", 1)
MODEL = digest_of("weights")
SCORES = digest_of("scores")

MODEL_FACTS: dict[str, Any] = {
    "task": "question-answering",
    "family": "transformer",
    "limitations": ["English only"],
    "licence": "Apache-2.0",
    "supplier": "Example Labs",
    "trained_by": "Ann",
    "use_cases": ["support"],
}
DATASET_FACTS: dict[str, Any] = {
    "form": "text",
    "licence": "CC-BY-4.0",
    "owners": ["Data office"],
    "classification": "internal",
    "rows": 1200,
}


def model_known(artifacts: Artifacts) -> None:
    """Register the model ``m`` with its data and its evaluation."""
    artifacts.record(
        [
            Artifact(sha256=MODEL, kind="model", name="m", version="2", facts=MODEL_FACTS),
            an_artifact("questions", "dataset", facts=DATASET_FACTS),
            an_artifact("held out", "dataset"),
            an_artifact(
                "scores",
                "evaluation",
                facts={"metrics": [{"name": "accuracy", "value": "0.91"}], "by": "Bea"},
            ),
        ],
        [
            Relation(source=MODEL, target=digest_of("questions"), type="trained_on"),
            Relation(source=SCORES, target=MODEL, type="evaluates"),
            Relation(source=SCORES, target=digest_of("held out"), type="evaluated_on"),
        ],
        by="alice",
    )


def journal(tmp_path: Path, *, environment: Environment = HERE) -> tuple[Store, str]:
    """The journal, and the digest of the run in it that asked the model ``m``."""
    agent = ModelAgent("judge", ScriptedModel("m", "x"))

    async def moves(session: Any) -> Any:
        return await session.ask(agent, "run", "What is it?")

    together(tmp_path / "w", moves, agent)
    store = until_test_ends(open_store(tmp_path / "w" / "t.db"))
    artifacts = Artifacts(store, HandClock())
    model_known(artifacts)
    drawing = register_run(artifacts, RUN, by="operator", environment=environment)
    return store, drawing.root.sha256
