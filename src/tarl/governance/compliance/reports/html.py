"""An assessment as one HTML page: no script, nothing loaded from anywhere, readable aloud.

1. Whatever a name or a text holds, it is escaped.
2. Each table has a caption and headings with their scope; a status is a word, and its colour says
   nothing that the word does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from tarl.governance.compliance.assess import Assessment, Result, totals
from tarl.governance.compliance.reports import words

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
caption { text-align: left; font-weight: 600; padding: .25rem 0 }
th, td { border: 1px solid #8886; padding: .3rem .5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere }
td.n { text-align: right; font-variant-numeric: tabular-nums }
.s { font-weight: 600; white-space: nowrap }
.met { border-left: .4rem solid #2e7d32 } .unmet { border-left: .4rem solid #c62828 }
.unknown { border-left: .4rem solid #8d6e00 } .not_applicable { border-left: .4rem solid #757575 }
dt { font-weight: 600 } dd { margin: 0 0 .3rem 1rem; overflow-wrap: anywhere }
summary { cursor: pointer; padding: .25rem 0 } li { overflow-wrap: anywhere }
"""


def html(assessment: Assessment) -> str:
    """The page."""
    return "\n".join(_page(assessment)) + "\n"


def _page(assessment: Assessment) -> Iterator[str]:
    title = f"Compliance of {escape(assessment.component)}"
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>"
    yield f"<style>{_STYLE}</style></head>"
    yield f"<body><header><h1>{title}</h1></header>"
    yield "<main>"
    yield "<dl>"
    for name, value in words.origin(assessment):
        yield f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
    yield "</dl>"
    yield f"<p>{escape(words.CAUTION)}</p>"
    yield from _summary(assessment)
    yield from _declared(assessment)
    for name in assessment.frameworks:
        yield from _framework(assessment, name)
    yield "</main></body></html>"


def _summary(assessment: Assessment) -> Iterator[str]:
    heads = ("framework", "entries", "assessable", *words.STATUS_WORDS.values())
    yield "<table><caption>Summary</caption>"
    yield _head(heads)
    yield "<tbody>"
    for name in assessment.frameworks:
        link = f'<a href="#{escape(name)}">{escape(words.heading(name))}</a>'
        yield _counts(link, totals(assessment.of(name)))
    yield _counts("all", totals(assessment.results))
    yield "</tbody></table>"


def _declared(assessment: Assessment) -> Iterator[str]:
    if not assessment.facts:
        return
    yield "<h2>Declared facts</h2><ul>"
    for fact in sorted(assessment.facts.values(), key=lambda each: each.name):
        because = f": {fact.reason}" if fact.reason else ""
        yield f"<li>{escape(f'{fact.text}, by {fact.by}{because}')}</li>"
    yield "</ul>"


def _framework(assessment: Assessment, name: str) -> Iterator[str]:
    heading = escape(words.heading(name))
    yield f'<section id="{escape(name)}"><h2>{heading}</h2>'
    yield f"<p>{escape(words.notice(name))}</p>"
    yield f"<table><caption>Requirements of {heading}</caption>"
    yield _head(("requirement", "status", "why", "rests on"))
    yield "<tbody>"
    for each in assessment.of(name):
        if each.requirement.is_assessable:
            yield _result(each)
    yield "</tbody></table></section>"


def _result(each: Result) -> str:
    about, status = each.requirement, each.status
    named = escape(f"{words.named(each)} {about.title}".strip())
    if about.text and about.text != about.title:
        named = f"<details><summary>{named}</summary>{escape(about.text)}</details>"
    places = "".join(f"<li>{escape(place)}</li>" for place in words.places(each))
    listed = f"<ul>{places}</ul>" if places else ""
    return (
        f'<tr class="{status}"><th scope="row">{named}</th>'
        f'<td class="s">{words.STATUS_WORDS[status]}</td>'
        f"<td>{escape(each.why)}</td><td>{listed}</td></tr>"
    )


def _head(names: Iterable[str]) -> str:
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _counts(link: str, counts: Iterable[int]) -> str:
    cells = "".join(f'<td class="n">{count}</td>' for count in counts)
    return f'<tr><th scope="row">{link}</th>{cells}</tr>'
