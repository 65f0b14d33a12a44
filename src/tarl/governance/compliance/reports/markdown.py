"""An assessment as Markdown. Whatever a name or a text holds, it stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from tarl.governance.compliance.assess import Assessment, Result, totals
from tarl.governance.compliance.reports import words

_ACTIVE = re.compile(r"([\\`*_\[\]|~])")
_CELL_CHARS_MAX = 400


def markdown(assessment: Assessment) -> str:
    """The report."""
    return "\n".join(_lines(assessment)) + "\n"


def text(value: str) -> str:
    """A text that is nothing but text: one line, nothing of it marks anything up."""
    flat = " ".join(value.split())
    shown = "".join(c if c.isprintable() else "\ufffd" for c in flat)
    return _ACTIVE.sub(r"\\\1", escape(shown, quote=False))


def _lines(assessment: Assessment) -> Iterator[str]:
    yield f"# Compliance of {text(assessment.component)}"
    yield ""
    for name, value in words.origin(assessment):
        yield f"- **{name}:** {text(value)}"
    yield ""
    yield words.CAUTION
    yield ""
    yield from _summary(assessment)
    yield from _declared(assessment)
    for name in assessment.frameworks:
        yield from _framework(assessment, name)


def _summary(assessment: Assessment) -> Iterator[str]:
    yield "| framework | entries | assessable | met | unmet | unknown | not applicable |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name in assessment.frameworks:
        yield _row(words.heading(name), *totals(assessment.of(name)))
    yield _row("all", *totals(assessment.results))
    yield ""


def _declared(assessment: Assessment) -> Iterator[str]:
    if not assessment.facts:
        return
    yield "## Declared facts"
    yield ""
    for fact in sorted(assessment.facts.values(), key=lambda each: each.name):
        because = f": {fact.reason}" if fact.reason else ""
        yield f"- {text(fact.text)}, by {text(fact.by)}{text(because)}"
    yield ""


def _framework(assessment: Assessment, name: str) -> Iterator[str]:
    yield f"## {text(words.heading(name))}"
    yield ""
    yield text(words.notice(name))
    yield ""
    yield "| requirement | status | why | rests on |"
    yield "|---|---|---|---|"
    for each in assessment.of(name):
        if each.requirement.is_assessable:
            yield _result(each)
    yield ""


def _result(each: Result) -> str:
    title = f" {each.requirement.title}" if each.requirement.title else ""
    places = "; ".join(words.places(each))
    return _row(words.named(each) + title, words.STATUS_WORDS[each.status], each.why, places)


def _row(*cells: object) -> str:
    shown = (text(str(cell)[:_CELL_CHARS_MAX]) for cell in cells)
    return f"| {' | '.join(shown)} |"
