"""The registry against plain dictionaries; its text against a reader of the format's grammar."""

from __future__ import annotations

import re
from collections import Counter
from math import inf, isfinite

from hypothesis import given
from hypothesis import strategies as st

from tarl.telemetry.prometheus import exposition
from tarl.values.metrics import BOUNDS_MS, Registry

names = st.sampled_from(("a", "a.b", "a_b", "a-b", "wait_ms"))
labels = st.dictionaries(st.sampled_from(("queue", "status", "0x")), st.text(max_size=6))
amounts = st.integers(-3, 10**6) | st.floats(allow_nan=True, allow_infinity=True)
deeds = st.lists(
    st.tuples(st.sampled_from(("count", "gauge", "observe")), names, amounts, labels), max_size=40
)


def done(what: list[tuple[str, str, float, dict[str, str]]]) -> Registry:
    registry = Registry()
    for deed, name, amount, labelled in what:
        getattr(registry, deed)(name, amount, **labelled)
    return registry


@given(deeds)
def test_the_registry_is_what_dictionaries_say(
    what: list[tuple[str, str, float, dict[str, str]]],
) -> None:
    kinds: dict[str, str] = {}
    expected: dict[object, object] = {}
    refused = 0
    for deed, name, amount, labelled in what:
        key = name, tuple(sorted(labelled.items()))
        fits = isfinite(amount) and (deed == "gauge" or amount >= 0)
        if not fits or kinds.setdefault(name, deed) != deed:
            refused += 1
        elif deed == "count":
            expected[key] = expected.get(key, 0) + amount  # type: ignore[operator]
        elif deed == "gauge":
            expected[key] = amount
        else:
            expected.setdefault(key, []).append(amount)  # type: ignore[attr-defined]
    if refused:
        expected["metrics.refused", ()] = refused

    found: dict[object, object] = {}
    for each in done(what).series():
        found[each.name, each.labels] = each.value
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, list):
            histogram = found[key]
            assert histogram.observed == len(value)  # type: ignore[attr-defined]
            bounds = Counter(next(b for b in (*BOUNDS_MS, inf) if v <= b) for v in value)
            assert histogram.buckets == tuple(bounds[b] for b in (*BOUNDS_MS, inf))  # type: ignore[attr-defined]
        else:
            assert found[key] == value


# --- the format's grammar, read strictly
# https://prometheus.io/docs/instrumenting/exposition_formats

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{((?:{_LABEL})(?:,{_LABEL})*)\}})? (\S+)")
_TYPE = re.compile(rf"# TYPE ({_NAME}) (counter|gauge|histogram)")
_HELP = re.compile(rf"# HELP ({_NAME}) .*")


def read(text: str) -> dict[tuple[str, frozenset[str]], float]:
    """The samples of a text that follows the format."""
    assert text == "" or text.endswith("\n")
    samples: dict[tuple[str, frozenset[str]], float] = {}
    family, begun = "", set()
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP"):
            found = _HELP.fullmatch(line)
            assert found
            assert found[1] not in begun, "a family stands together"
        elif line.startswith("#"):
            found = _TYPE.fullmatch(line)
            assert found
            family = found[1]
            assert family not in begun
            begun.add(family)
        else:
            found = _SAMPLE.fullmatch(line)
            assert found, line
            assert re.fullmatch(rf"{family}(_bucket|_sum|_count)?", found[1])
            inner = re.findall(_LABEL, found[2] or "")
            assert len({label.partition("=")[0] for label in inner}) == len(inner)
            key = found[1], frozenset(inner)
            assert key not in samples
            samples[key] = float(found[3])
    return samples


@given(deeds)
def test_the_exposition_follows_the_grammar(
    what: list[tuple[str, str, float, dict[str, str]]],
) -> None:
    registry = done(what)
    samples = read(exposition(registry))
    plain = sum(1 for _ in registry.numbers())
    assert len(samples) == plain + sum(len(BOUNDS_MS) + 3 for _ in registry.histograms())
    for (name, inner), value in samples.items():
        if name.endswith("_bucket") and 'le="+Inf"' in inner:
            rest = inner - {'le="+Inf"'}
            assert samples[name.removesuffix("_bucket") + "_count", rest] == value
