"""What the scripted models say: written beforehand, and computed from what the tools found.

Each line is a pure function of the request, so it says the same again whoever asks. Nobody thinks
here; a live model takes the same places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tarl.agents.model import Message, ModelRequest, ToolCall
from tarl.interfaces.demo.research.library import Statement

Line = Callable[[ModelRequest], Message | str]

CITED = re.compile(r"\[([A-Z]+-[0-9.()]+)\]")
_CLAIMS_MAX = 8
_TEXT_CHARS_MAX = 240


def _asks(*calls: tuple[str, dict[str, Any]]) -> Message:
    return Message(
        role="assistant",
        tool_calls=tuple(
            ToolCall(id=f"{name}-{n}", name=name, arguments=msgspec.json.encode(given).decode())
            for n, (name, given) in enumerate(calls, 1)
        ),
    )


def _found(request: ModelRequest) -> Iterator[Statement]:
    """What the tools answered so far, each statement once."""
    seen: set[str] = set()
    for message in request.messages:
        if message.role != "tool" or message.content.startswith("error"):
            continue
        read = msgspec.json.decode(message.content)
        for item in read if isinstance(read, list) else [read]:
            if isinstance(item, dict) and item.get("id") not in seen:
                seen.add(item["id"])
                yield msgspec.convert(item, Statement)


def _given(request: ModelRequest) -> str:
    return next(m.content for m in request.messages if m.role == "user")


def _claims(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("- ") and CITED.search(line)]


def _short(text: str) -> str:
    text = text.partition(": ")[2] or text
    return text if len(text) <= _TEXT_CHARS_MAX else text[:_TEXT_CHARS_MAX].rsplit(" ", 1)[0] + " …"


# --- the researcher


def _searches(request: ModelRequest) -> Message:
    return _asks(
        ("search", {"words": "audit records event outcome identity"}),
        ("search", {"words": "human oversight review monitoring documented"}),
    )


def _asks_an_author(request: ModelRequest) -> Message:
    first = next(_found(request), None)
    return _asks(
        ("read", {"id": "AU-10"}),
        (
            "send_mail",
            {"to": "author", "text": f"Is {first.id if first else 'AU-3'} meant for AI?"},
        ),
    )


def _notes(request: ModelRequest) -> str:
    lines = [f"- {_short(each.text)} [{each.id}]" for each in _found(request)]
    lines.append("- Everything else is common sense.")
    return "\n".join(["Notes, each with its source:", *lines])


# --- the analyst


def _looks_again(request: ModelRequest) -> Message:
    return _asks(("search", {"words": "roles responsibilities oversight defined"}))


def _findings(request: ModelRequest) -> str:
    claims = _claims(_given(request))
    known = set(CITED.findall("\n".join(claims)))
    new = [each for each in _found(request) if each.id not in known][:2]
    claims += [f"- {_short(each.text)} [{each.id}]" for each in new]
    recorded = [line for line in claims if "[AU-" in line]
    reviewed = [line for line in claims if "[AU-" not in line]
    loose = [line for line in _given(request).splitlines() if line[:2] == "- " and "[" not in line]
    return "\n".join(["To be recorded:", *recorded, "To be looked at:", *reviewed, *loose])


# --- the critic


def _checks(request: ModelRequest) -> Message:
    cited = CITED.findall(_given(request))[:2]
    return _asks(*(("read", {"id": id}) for id in cited))


def _verdict(request: ModelRequest) -> str:
    claims = _claims(_given(request))
    bare = [line for line in _given(request).splitlines() if line[:2] == "- " and "[" not in line]
    checked = ", ".join(each.id for each in _found(request))
    return "\n".join(
        [
            f"Read again and found as cited: {checked}.",
            f"Struck, because nothing is cited: {len(bare)}.",
            "What stands:",
            *claims,
        ]
    )


# --- the writer


def _report(request: ModelRequest) -> str:
    told = "\n".join(m.content for m in request.messages if m.role == "system")
    claims = _claims(_given(request))
    if "short" in told.lower():
        ids = [CITED.findall(line)[0] for line in claims]
        return (
            "# What to record\n\n"
            "Record what happened, when, from where, with which outcome and by whom; keep it from"
            " being changed, and have named people look at it regularly.\n\n"
            f"Sources: {', '.join(ids)}.\n"
        )
    body = claims[:_CLAIMS_MAX]
    rest = len(claims) - len(body)
    more = [f"\n{rest} further statements say the same of special cases."] if rest > 0 else []
    return "\n".join(["# What to record, and who has to look at it", "", *body, *more, ""])


SCRIPTS: dict[str, list[Line]] = {
    "researcher": [_searches, _asks_an_author, _notes],
    "analyst": [_looks_again, _findings],
    "critic": [_checks, _verdict],
    "writer": [_report],
}
"""By agent: one line for each answer of a turn."""
