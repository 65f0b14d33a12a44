"""Trains the meanings of stretches of ``tarl.planning.language`` and writes their weights.

    PYTHONPATH=src:. python tools/train_meanings.py [--out FILE] [--check]

Three things are learned from, for each language: phrases written for it (``tools/goal_phrases``),
words that the patterns of its lexicon stand for, drawn at random, and the stretches of the
development sentences that mean nothing (``tests/data/goal_utterances``; ``held.jsonl``,
``held2.jsonl`` and the last rows of ``dev3.jsonl`` are not opened). Needs scikit-learn.
``--check`` learns without every fifth of the written phrases and says how many of them are then
understood.

All that is random has a fixed seed: on one machine, the same data give the same weights.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC
from tests.goal_frames import (
    Half,
    demo_home,
    is_exact,
    seen,
    translator,
)

from tarl.planning.language.grammar import LEXICA, grammar_for
from tarl.planning.language.line import char_of
from tarl.planning.language.meanings import BUCKETS, NONE, buckets_of, words_of
from tarl.planning.language.names import Names
from tarl.planning.language.reading import phrased
from tarl.planning.language.stretches import stretches_of, text_of
from tarl.planning.language.vocabulary import Home

ROOT = Path(__file__).parents[1]
DEVELOPED: tuple[Half, ...] = ("dev", "dev2", "dev3", "dev4", "dev5", "dev6", "dev7")
PHRASES = Path(__file__).parent / "goal_phrases"
SEED = 20261122
DRAWN = 6
"""Draws from a pattern; equal ones are kept once."""
DRAWN_OF_NOTHING = 2
OPTION_SHARE = 0.25
WEIGHT_OF = {"written": 1.0, "drawn": 0.4, "nothing": 1.0, "unmeant": 0.5}
COST = 10.0
SMALL = 0.025
"""Weights below this share of a key's largest are none."""
FOLD = 5

_TOKEN = re.compile(r"\s+|<[A-Z]>|[()\[\]|]|[^\s()\[\]|<]+")
_MACRO = re.compile(r"\{(\w+)\}")
_BEHIND = re.compile(r"([!@])([^<(\[]+?) (?=[<(\[])")
_ITEM = re.compile(r"<([A-Z])>")
_OF_NOTHING = {"verb", "filler", "polite", "reason", "kind", "place", "deadline", "earliest"}
_MEANT = {"goal", "rule", "private", "offpeak", "wake", "scene", "turn", "state"}

CONNECTIVES: dict[str, tuple[str, str]] = {
    "en": (
        "if|when|while|as long as|whenever|only when|once|provided|so long as|only while|with"
        "|as soon as|in case|during|only if",
        "unless|except when|not while|not if|not when|never when|but not while|except if"
        "|never while|other than when",
    ),
    "de": (
        "wenn|falls|solange|sobald|während|nur wenn|sofern|immer wenn|nur solange|bei",
        "außer wenn|es sei denn|nicht wenn|nicht während|nur nicht wenn|nie wenn|aber nicht wenn",
    ),
    "fr": (
        "si|quand|lorsque|tant que|pendant que|dès que|seulement si|seulement quand"
        "|à condition que|uniquement quand",
        "sauf si|sauf quand|pas quand|à moins que|pas si|jamais quand|mais pas quand"
        "|pas pendant que",
    ),
    "es": (
        "si|cuando|mientras|siempre que|en cuanto|solo si|solo cuando|mientras que"
        "|siempre y cuando",
        "salvo que|a menos que|excepto si|no cuando|pero no si|nunca cuando|salvo si"
        "|excepto cuando|no mientras",
    ),
    "zh": ("如果|当|只要|要是|趁|只有|等|在", "除非|除了|别在|不要在|但"),
}
"""Words that make a condition of a state, and those that make its contrary."""


class Phrase(NamedTuple):
    """Words, what they mean, and where they are from."""

    text: str
    key: str
    origin: str


# --- drawing from patterns


def _tree(tokens: list[str]) -> list[object]:
    """A pattern's tokens as nested lists: ``["alt", ...]``, ``["opt", ...]``, ``["seq", ...]``."""
    at = 0

    def alternatives() -> list[object]:
        nonlocal at
        found: list[object] = ["alt", sequence()]
        while at < len(tokens) and tokens[at] == "|":
            at += 1
            found.append(sequence())
        return found

    def sequence() -> list[object]:
        nonlocal at
        items: list[object] = ["seq"]
        while at < len(tokens) and tokens[at] not in ("|", ")", "]"):
            token = tokens[at]
            at += 1
            if token in ("(", "["):
                inner = alternatives()
                items.append(inner if token == "(" else ["opt", inner])
                at += 1
            else:
                items.append(" " if token.isspace() else token)
        return items

    return alternatives()


def _drawn(node: object, random: Random) -> str:
    if isinstance(node, str):
        return node
    assert isinstance(node, list)
    head, *items = node
    if head == "alt":
        return _drawn(random.choice(items), random)
    if head == "opt":
        return _drawn(items[0], random) if random.random() < OPTION_SHARE else ""
    return "".join(_drawn(item, random) for item in items)


def drawn(code: str, random: Random) -> Iterator[tuple[str, str]]:
    """Keys of a language's lexicon with words that their patterns stand for."""
    lexicon = import_module(f"tarl.planning.language.{LEXICA[code]}").LEXICON
    for key, patterns in lexicon.phrases.items():
        head = key.partition(".")[0]
        if head not in _OF_NOTHING | _MEANT:
            continue
        for pattern in patterns:
            for _ in range(8):
                pattern = _MACRO.sub(lambda found: f"({lexicon.macros[found[1]]})", pattern)
            pattern = _BEHIND.sub("", pattern.lstrip("&^"), count=1)
            if ".." in pattern.split() or "..." in pattern or "...." in pattern:
                continue
            tree = _tree(_TOKEN.findall(pattern.strip()))
            times = DRAWN if head in _MEANT else DRAWN_OF_NOTHING
            found = {" ".join(_drawn(tree, random).split()) for _ in range(times)}
            yield from ((key, text) for text in sorted(found) if text)


def _meant(key: str, text: str, code: str, random: Random) -> Iterator[tuple[str, str]]:
    """What words of a pattern mean: the key of a stretch, and the words."""
    head, *args = key.split(".")
    if head in _OF_NOTHING:
        yield NONE, text
    elif head in ("goal", "scene", "turn"):
        yield ".".join([head, *args[: 2 if head == "goal" else 1]]), text
    elif head == "wake":
        yield "if.neq.occupancy.asleep", text
    elif head != "state":
        yield ".".join(["rule", *args[:3]]), text
    else:
        is_negated = args[0] == "not"
        said = args[1:] if is_negated else args
        if said[0] == "device":
            return
        for is_wanted, words in zip((True, False), CONNECTIVES[code], strict=True):
            joining = random.choice(words.split("|")) + ("" if code == "zh" else " ")
            sign = "eq" if is_wanted != is_negated else "neq"
            yield f"if.{sign}.{'.'.join(said[:2])}", joining + text


# --- what was written


_SHORT = {"min": "goal.minimize.", "max": "goal.maximize.", "opt": "goal.optimize."}


def written(code: str) -> Iterator[Phrase]:
    """The phrases that were written for a language: lines of ``a | b | c`` below ``# key``."""
    key = ""
    for line in (PHRASES / f"{code}.txt").read_text().splitlines():
        if line.startswith("#"):
            key = _key(line[1:].split())
        elif key:
            for text in filter(None, map(str.strip, line.split("|"))):
                yield Phrase(text.casefold(), key, "written")


def _key(words: list[str]) -> str:
    head, *rest = words
    if head in _SHORT:
        return _SHORT[head] + rest[0]
    if head == "cond":
        return f"if.{'.'.join(rest)}"
    if head == "tariff":
        return f"rule.tariff.eq.{rest[0]}"
    if head in ("privacy", "quiet"):
        return ".".join(["rule", head, *rest])
    return "" if head == "hypo" else ".".join(words)


def phrases(code: str) -> list[Phrase]:
    """All that is learned from in a language."""
    random = Random(f"{SEED}.{code}")
    found = list(written(code))
    for key, text in drawn(code, random):
        for meant, words in _meant(key, text, code, random):
            origin = "nothing" if meant == NONE else "drawn"
            found.append(Phrase(_itemed(words), meant, origin))
    nothing = ROOT / "tools/goal_phrases" / f"{code}.none.txt"
    if nothing.exists():
        found.extend(
            Phrase(line.strip().casefold(), NONE, "nothing")
            for line in nothing.read_text().splitlines()
            if line.strip()
        )
    return [*found, *_unmeant(code)]


def _unmeant(code: str) -> Iterator[Phrase]:
    """The stretches of development sentences that are understood without them."""
    translate, home = translator(), demo_home()
    names, grammar = Names.of(home), grammar_for(code)
    assert grammar is not None
    for row in [row for half in DEVELOPED for row in seen(half) if row.language == code]:
        place = Home(names, home, row.area)
        line = phrased(row.text, grammar=grammar, home=place)
        asked = [one for group in stretches_of(grammar.words(line)) for one in group]
        if not asked:
            continue
        said = translate(row.text, language=code, home=home, area=row.area, is_guessing=False)
        if is_exact(row, said):
            yield from (Phrase(text_of(line, one), NONE, "unmeant") for one in asked)


def _itemed(text: str) -> str:
    return _ITEM.sub(lambda found: char_of(found[1]), text)


# --- learning


def features(texts: list[str], code: str) -> csr_matrix:
    """A row for each text: 1 / sqrt(n) for each of its n buckets."""
    places: list[int] = []
    values: list[float] = []
    starts = [0]
    for text in texts:
        buckets = buckets_of(words_of(text), code)
        places.extend(buckets)
        values.extend([len(buckets) ** -0.5] * len(buckets))
        starts.append(len(places))
    return csr_matrix((values, places, starts), shape=(len(texts), BUCKETS))


class Learned(NamedTuple):
    """Small whole numbers for the buckets that say something."""

    keys: np.ndarray
    rows: np.ndarray
    weights: np.ndarray
    scale: np.ndarray
    bias: np.ndarray


def learned(said: list[Phrase], code: str) -> Learned:
    """The weights for one language."""
    x = features([one.text for one in said], code)
    keys = np.array([one.key for one in said])
    weights = np.array([WEIGHT_OF[one.origin] for one in said])
    model = LinearSVC(C=COST, random_state=SEED).fit(x, keys, weights)
    most = np.abs(model.coef_).max(axis=1)
    scale = most / 127
    small = np.round(model.coef_ / scale[:, None])
    small[np.abs(model.coef_) < SMALL * most[:, None]] = 0
    rows = np.flatnonzero(np.abs(small).sum(axis=0))
    table = np.vstack([np.zeros(len(scale)), small[:, rows].T]).astype(np.int8)
    return Learned(
        model.classes_.astype(str),
        rows.astype(np.int32),
        table,
        scale.astype(np.float32),
        model.intercept_.astype(np.float32),
    )


def checked(said: list[Phrase], code: str) -> float:
    """The share of written phrases that are understood by what was learned without them."""
    right = total = 0
    own = [at for at, one in enumerate(said) if one.origin == "written"]
    for fold in range(FOLD):
        out = set(own[fold::FOLD])
        model = learned([one for at, one in enumerate(said) if at not in out], code)
        for at in sorted(out):
            buckets = buckets_of(words_of(said[at].text), code)
            rows = np.zeros(BUCKETS, dtype=np.int32)
            rows[model.rows] = np.arange(1, len(model.rows) + 1)
            sums = model.weights[rows[buckets]].sum(axis=0, dtype=np.int32)
            scores = sums * model.scale / len(buckets) ** 0.5 + model.bias
            right += str(model.keys[int(np.argmax(scores))]) == said[at].key
            total += 1
    return right / total


def main() -> None:
    """Train, write, and say what came of it."""
    package = ROOT / "src/tarl/planning/language/weights/meanings.npz"
    parser = argparse.ArgumentParser(description="train the meanings of stretches")
    parser.add_argument("--out", type=Path, default=package)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    arrays: dict[str, np.ndarray] = {}
    found: dict[str, object] = {}
    for code in LEXICA:
        said = phrases(code)
        shares = {"left_out": round(checked(said, code), 4)} if options.check else {}
        model = learned(said, code)
        arrays |= {f"{code}.{name}": array for name, array in model._asdict().items()}
        found[code] = {
            "phrases": len(said),
            "written": sum(one.origin == "written" for one in said),
            "keys": len(model.keys),
            "buckets": len(model.rows),
            **shares,
        }
    np.savez_compressed(options.out, **arrays)
    packed = options.out.read_bytes()
    found |= {"bytes": len(packed), "sha256": sha256(packed).hexdigest()}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
