"""Two JSON values side by side as a person reads them: a unified diff of their pretty forms.

Members are in canonical order, one a line; a long text is broken where its own lines and sentences
end, so that one changed word shows as one changed line. The diff is bounded, not its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

LINES_MAX = 60
"""Of a diff: a page."""

COMPARED_LINES_MAX = 20_000
"""Of each value: comparing takes the square of what is long and all different."""

TEXT_CHARS_MAX = 80
"""A text that is longer is broken."""

_SENTENCES = re.compile(r"[^\n.!?]*(?:[.!?]+ *\n*|\n+|$)")


def contrast(
    before: Any, after: Any, *, before_name: str = "recorded", after_name: str = "the code"
) -> str:
    """What differs between two JSON values; empty when nothing does."""
    from difflib import unified_diff

    a, b = (list(islice(pretty(value), COMPARED_LINES_MAX)) for value in (before, after))
    lines = list(
        islice(unified_diff(a, b, before_name, after_name, n=2, lineterm=""), LINES_MAX + 1)
    )
    if len(lines) > LINES_MAX:
        lines[LINES_MAX:] = ["… (more differs)"]
    return "\n".join(lines)


def pretty(value: Any, indent: str = "") -> Iterator[str]:
    """The lines of a JSON value."""
    yield from _lines(value, indent, "", "")


def _lines(value: Any, indent: str, start: str, end: str) -> Iterator[str]:
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        yield f"{indent}{start}{{"
        last = len(value) - 1
        for at, name in enumerate(sorted(value)):
            comma = "," if at < last else ""
            yield from _lines(value[name], inner, f"{_text(name)}: ", comma)
        yield f"{indent}}}{end}"
    elif isinstance(value, list | tuple) and value:
        yield f"{indent}{start}["
        for at, item in enumerate(value):
            yield from _lines(item, inner, "", "," if at < len(value) - 1 else "")
        yield f"{indent}]{end}"
    elif isinstance(value, str) and (len(value) > TEXT_CHARS_MAX or "\n" in value):
        yield f'{indent}{start}"""'
        for part in _SENTENCES.findall(value):
            if part:
                yield inner + _text(part)[1:-1]
        yield f'{indent}"""{end}'
    else:
        yield f"{indent}{start}{_text(value)}{end}"


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
