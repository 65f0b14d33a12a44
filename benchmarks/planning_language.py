"""How well sentences are understood, and how fast.

Commands are held against Home Assistant's own test sentences, each with the home it stands in, and
timed beside hassil alone with the same templates. The router is held against real people's
utterances (SLURP). Where the parts of the data that nobody learned from are there (``heldout``),
they count, with the weights of the package; else the router is learned anew from all sources but
SLURP, and SLURP counts.

The data are where ``TARL_BENCH_DATA`` says, ``../shared/data`` when it says nothing; without them
only the sentences of tests/data count.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hassil import Intents, TextSlotList, recognize_best
from home_assistant_intents import get_intents

from benchmarks.measure import Finding, Turn, against, alternate
from tarl.planning.language.commands import recognise
from tarl.planning.language.minilm import is_installed
from tarl.planning.language.names import Names
from tarl.planning.language.router import Router, RouterModel, router

LANGUAGES = {"en": 99.5, "de": 99.5, "fr": 99.5, "es": 98.0, "zh-CN": 99.5}
"""Per cent of intents that must be Home Assistant's."""
P50_MS_MAX = 5.0
F1_MIN: dict[RouterModel, float] = {"light": 96.0, "minilm": 98.0}
QUICK_STEP = 7
"""Every so many sentences are enough for a first look."""
ROUNDS = 5
IN_TREE = Path(__file__).parents[1] / "tests/data/ha_sentences/sentences.jsonl"

Row = dict[str, Any]


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """What is understood, and in what time."""
    data = Path(os.environ.get("TARL_BENCH_DATA", "../shared/data")) / "nlu"
    findings: list[Finding] = []
    for language, share_min in LANGUAGES.items():
        rows = _sentences(data, language)[:: QUICK_STEP if quick else 1]
        findings += _conformance(language, rows, share_min)
    findings.append(_beside_hassil(_sentences(data, "de")[:: QUICK_STEP * 7]))
    return findings + _routing(data)


# --- commands


def _sentences(data: Path, language: str) -> list[Row]:
    """Home Assistant's sentences, held out ones if there are any, each with its home."""
    place = data / "ha_intents"
    if not place.is_dir():
        return [row for row in _lines(IN_TREE) if row["language"] == language]
    homes = json.loads((place / f"fixtures/{language}.json").read_text(encoding="utf-8"))["homes"]
    part = next(place / kind for kind in ("heldout", "dev") if (place / kind).is_dir())
    return [
        row | {"language": language, "home": homes[row["home"]], "area": row["context"].get("area")}
        for row in _lines(part / f"{language}.jsonl")
    ]


def _conformance(language: str, rows: Sequence[Row], share_min: float) -> list[Finding]:
    right = framed = 0
    times_ms: list[float] = []
    busy_ms: list[float] = []
    recognise(rows[0]["text"], language=language, names=Names())
    for row in rows:
        begin, busy = time.perf_counter(), time.process_time()
        command = recognise(
            row["text"], language=language, names=Names.of(row["home"]), area=row["area"]
        )
        times_ms.append((time.perf_counter() - begin) * 1_000)
        busy_ms.append((time.process_time() - busy) * 1_000)
        if command is not None and command.intent == row["intent"]:
            right += 1
            framed += all(_is_said(command.slots.get(n), v) for n, v in row["slots"].items())
    share, p50 = 100 * right / len(rows), statistics.median(times_ms)
    p95 = statistics.quantiles(times_ms, n=20)[-1]
    return [
        Finding(
            f"commands {language}: intents of {len(rows)} sentences",
            f"{share:.2f} %, with all slots {100 * framed / len(rows):.2f} %",
            target=f">= {share_min} %",
            met=share >= share_min,
        ),
        Finding(
            f"commands {language}: time of one",
            f"p50 {p50:.2f} ms (of the processor {statistics.median(busy_ms):.2f} ms),"
            f" p95 {p95:.2f} ms",
            target=f"p50 < {P50_MS_MAX:g} ms",
            met=p50 < P50_MS_MAX,
        ),
    ]


def _is_said(found: object, wanted: object) -> bool:
    return found == wanted or (isinstance(wanted, list) and found in wanted)


def _beside_hassil(rows: Sequence[Row]) -> Finding:
    """The same sentences with hassil alone, which tries all templates that hold their words."""
    intents = Intents.from_dict(get_intents("de") or {})
    homes = [(row, Names.of(row["home"])) for row in rows]

    def ours() -> None:
        for row, names in homes:
            recognise(row["text"], language="de", names=names)

    def plain() -> None:
        for row, names in homes:
            recognize_best(
                row["text"],
                intents,
                slot_lists=_lists(names),
                intent_context={"area": "somewhere"},
                best_slot_name="name",
            )

    rates = alternate(
        {"tarl": _turn(ours, len(rows)), "hassil alone": _turn(plain, len(rows))}, rounds=ROUNDS
    )
    return against(rates["tarl"], rates["hassil alone"], at_least=1.0)


def _turn(work: Callable[[], None], count: int) -> Callable[[], Turn]:
    def turn() -> Turn:
        begin = time.perf_counter()
        work()
        return Turn(count, time.perf_counter() - begin)

    return turn


def _lists(names: Names) -> dict[str, Any]:
    return {
        "name": TextSlotList.from_tuples(
            [(n, one.name, {"domain": one.domain}) for one in names.devices for n in one.names],
            allow_template=False,
            name="name",
        ),
        "area": _places(names.areas),
        "floor": _places(names.floors),
    }


def _places(places: Sequence[Any]) -> TextSlotList:
    return TextSlotList.from_tuples(
        [(name, place.name) for place in places for name in place.names], allow_template=False
    )


# --- the router


def _routing(data: Path) -> list[Finding]:
    if not (data / "slurp").is_dir():
        return [Finding("router", "no data: see TARL_BENCH_DATA")]
    held = data / "slurp/heldout/en.jsonl"
    if held.is_file():
        learned, rows, how = router(), _lines(held), "held out, weights of the package"
    else:
        rows, how = _lines(data / "slurp/dev/en.jsonl"), "learned without SLURP"
        learned = _learned_without_slurp(data)
    models: tuple[RouterModel, ...] = ("light", "minilm") if is_installed() else ("light",)
    return [line for model in models for line in _routed(learned, rows, model, how)]


def _learned_without_slurp(data: Path) -> Router:
    """The router as it is without what it is measured on; with MiniLM that takes minutes."""
    from tools.train_router import corpus, light, meaning, small

    said = corpus(data, without="slurp")
    arrays, margins, _ = light(said)
    if is_installed():
        arrays |= meaning(said, margins)[0]
    labels = tuple(str(label) for label in arrays.pop("labels"))
    return Router(small(arrays), labels)


def _routed(learned: Router, rows: Sequence[Row], model: RouterModel, how: str) -> list[Finding]:
    both = taken = asked = named = 0
    times_ms: list[float] = []
    for row in rows:
        begin = time.perf_counter()
        routed = learned.route(row["text"], model)
        times_ms.append((time.perf_counter() - begin) * 1_000)
        is_asked, is_taken = row["intent"].startswith("iot_"), routed.route == "command"
        asked, taken, both = asked + is_asked, taken + is_taken, both + (is_asked and is_taken)
        named += is_asked and routed.intent == row["intent"]
    f1 = 200 * both / (asked + taken)
    return [
        Finding(
            f"router {model}: F1 on {len(rows)} utterances",
            f"{f1:.2f} % (precision {100 * both / taken:.1f}, recall {100 * both / asked:.1f},"
            f" {asked} of a home, right label {100 * named / asked:.1f}; {how})",
            target=f">= {F1_MIN[model]:g} %",
            met=f1 >= F1_MIN[model],
        ),
        Finding(f"router {model}: time of one", f"p50 {statistics.median(times_ms):.2f} ms"),
    ]


def _lines(path: Path) -> list[Row]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
