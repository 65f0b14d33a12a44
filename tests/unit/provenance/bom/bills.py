"""Bills for tests: of a model with its data and evaluation, and random ones."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import strategies as st

from tarl.provenance.artifacts.artifact import KINDS, TYPES
from tarl.provenance.bom.cards import DataCard, Metric, ModelCard
from tarl.provenance.bom.graph import (
    Basis,
    Bill,
    Component,
    Declaration,
    Formulation,
    Moment,
    Passed,
    Relation,
    Task,
    bill,
)

AT_MS = 1_763_700_000_123


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def component(name: str, kind: str = "package", **members: object) -> Component:
    return Component(
        ref=f"sha256:{digest(name)}",
        kind=kind,
        name=name,
        sha256=digest(name),
        at_ms=AT_MS,
        **{"version": "1.0", "supplier": "Example", **members},
    )


def ref(name: str) -> str:
    return f"sha256:{digest(name)}"


CARD = ModelCard(
    task="text-classification",
    architecture="logistic regression",
    family="linear",
    approach="supervised",
    training="five folds",
    inputs=("text",),
    outputs=("score",),
    users=("reviewers",),
    use_cases=("sorting mail",),
    limitations=("English only",),
    tradeoffs=("speed over recall",),
    risks=("may misjudge dialects",),
    metrics=(Metric(name="accuracy", value="0.91", lower="0.89", upper="0.93"),),
    personal_data=False,
)
DATA = DataCard(
    form="text",
    classification="internal",
    sensitive=("names",),
    owners=("Mail team",),
    stewards=("Data office",),
    custodians=("Archive",),
    collection="from the archive",
    preprocessing=("lower case",),
    anonymisation=("names removed",),
    known_bias=("office hours",),
    intended_use="training",
    noise="some labels are wrong",
    rows=1200,
    personal_data=True,
)


def model_bill() -> Bill:
    """A model, the data it was trained and evaluated on, the evaluation, and who let it pass."""
    measured = (Metric(name="f1", value="0.88"), Metric(name="recall", value="0.7", slice="short"))
    return bill(
        subject=ref("sorter"),
        author="tarl/0123",
        at_ms=AT_MS,
        components=[
            component("sorter", "model", model=CARD, licence="Apache-2.0"),
            component("mail", "dataset", data=DATA, licence="CC-BY-4.0"),
            component("held out", "dataset", licence="The archive's own licence"),
            component("evaluation 3", "evaluation", metrics=measured),
            component("base", "model", licence="MIT OR Apache-2.0"),
            component("approval", "decision", facts=(("choice", "approve"),)),
            component("scikit-learn", purl="pkg:pypi/scikit-learn@1.7", version="1.7"),
        ],
        relations=[
            Relation(source=ref("sorter"), target=ref("mail"), type="trained_on"),
            Relation(source=ref("sorter"), target=ref("held out"), type="evaluated_on"),
            Relation(source=ref("evaluation 3"), target=ref("sorter"), type="evaluates"),
            Relation(source=ref("sorter"), target=ref("base"), type="derived_from"),
            Relation(source=ref("approval"), target=ref("sorter"), type="decided"),
            Relation(
                source=ref("sorter"),
                target=ref("scikit-learn"),
                type="uses",
                facts=(("for", "training"),),
            ),
        ],
        basis=Basis(
            journal="tarl/0123",
            tenant="default",
            subject=digest("sorter"),
            log_index=41,
        ),
        completeness="complete",
    )


DECLARATIONS = (
    Declaration(
        requirement_id="Art.12",
        claim="Events are recorded automatically",
        evidence=("run/default/a/1", "abc"),
        status="met",
        framework="EU AI Act",
        title="Record-keeping",
    ),
    Declaration(
        requirement_id="Art.14",
        claim="People can intervene",
        evidence=("abc",),
        status="unmet",
        framework="EU AI Act",
        reasoning="nobody is named",
    ),
    Declaration(requirement_id="MS-2.3", claim="It is tested", evidence=(), status="unknown"),
    Declaration(requirement_id="CC1.1", claim="", evidence=(), status="not_applicable"),
)

# --- random ones

CHARACTERS = st.characters(exclude_categories=("Cs",))
NAMES = st.text(CHARACTERS, min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
WORDS = st.text(CHARACTERS, max_size=20)
TEXTS = st.lists(WORDS.filter(bool), max_size=2).map(tuple)
DIGESTS = st.binary(max_size=4).map(lambda data: sha256(data).hexdigest())
LICENCES = st.sampled_from(("MIT", "MIT OR (ISC AND 0BSD)", "GPL-2.0-only", "Apache 2")) | NAMES
FACTS = st.dictionaries(WORDS, WORDS, max_size=3).map(lambda facts: tuple(sorted(facts.items())))
METRICS = st.lists(
    st.builds(Metric, name=NAMES, value=WORDS, slice=WORDS, lower=WORDS, upper=WORDS), max_size=2
).map(tuple)
TIMES = st.integers(min_value=0, max_value=4_102_444_800_000)
PASSED = st.lists(
    st.builds(Passed, name=NAMES, sha256=DIGESTS, size_bytes=st.none() | st.integers(0, 9)),
    max_size=2,
    unique_by=lambda each: each.name,
).map(tuple)


@st.composite
def components(draw: st.DrawFn, at: str) -> Component:
    kind = draw(st.sampled_from(KINDS))
    members: dict[str, object] = {}
    if kind == "model":
        members["model"] = draw(
            st.none()
            | st.builds(
                ModelCard,
                task=WORDS,
                family=WORDS,
                training=WORDS,
                inputs=TEXTS,
                limitations=TEXTS,
                risks=TEXTS,
                metrics=METRICS,
                personal_data=st.none() | st.booleans(),
            )
        )
    if kind == "dataset":
        members["data"] = draw(
            st.none()
            | st.builds(
                DataCard,
                classification=WORDS,
                owners=TEXTS,
                known_bias=TEXTS,
                noise=WORDS,
                rows=st.none() | st.integers(0, 2**40),
            )
        )
    if kind == "evaluation":
        members["metrics"] = draw(METRICS)
    return Component(
        ref=at,
        kind=kind,
        name=draw(NAMES),
        version=draw(NAMES),
        supplier=draw(NAMES),
        sha256=draw(st.none() | DIGESTS),
        purl=draw(st.none() | st.just("pkg:npm/%40scope/name@1.0")),
        licence=draw(st.none() | LICENCES),
        media_type=draw(st.sampled_from((None, "text/plain", "text/plain; charset=utf-8"))),
        description=draw(WORDS),
        at_ms=draw(TIMES),
        facts=draw(FACTS),
        **members,
    )


@st.composite
def formulations(draw: st.DrawFn) -> Formulation:
    tasks = tuple(
        Task(
            uid=str(number),
            name=draw(NAMES),
            status="completed",
            began_ms=draw(TIMES),
            ended_ms=draw(st.none() | TIMES),
            inputs=draw(PASSED),
            outputs=draw(PASSED),
            moments=(Moment(seq=number + 1, kind="step.scheduled/1", at_ms=AT_MS),),
            facts=draw(FACTS),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    return Formulation(
        uid=draw(NAMES),
        name=draw(NAMES),
        status="completed",
        began_ms=draw(TIMES),
        ended_ms=draw(st.none() | TIMES),
        inputs=draw(PASSED),
        outputs=draw(PASSED),
        tasks=tasks,
        runtime=draw(FACTS),
    )


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    """Any bill: relations go from what comes later to what came before, so there is no circle."""
    refs = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    refs = [ref for ref in refs if not ref.startswith("tarl:")] or ["only"]
    listed = [draw(components(ref)) for ref in refs]
    pairs = [(a, b) for a in range(len(refs)) for b in range(a)]
    joined = []
    if pairs:
        for product, origin in draw(st.lists(st.sampled_from(pairs), max_size=12)):
            type = draw(st.sampled_from(TYPES))
            relation = Relation(
                source=refs[product], target=refs[origin], type=type, facts=draw(FACTS)
            )
            if relation.edge != (refs[product], refs[origin]):
                relation = Relation(source=refs[origin], target=refs[product], type=type)
            joined.append(relation)
    made = bill(
        subject=draw(st.sampled_from(refs)),
        author=draw(NAMES),
        at_ms=draw(TIMES),
        components=listed,
        relations=joined,
        formulation=draw(st.none() | formulations()),
        completeness=draw(st.sampled_from(("complete", "incomplete", "unknown"))),
    )
    if draw(st.booleans()):
        made = made.declaring(DECLARATIONS, assessor=draw(NAMES))
    return made
