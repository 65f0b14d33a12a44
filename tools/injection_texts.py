"""Texts that ``train_injection`` makes for itself: drawn from grammars, put into documents,
disguised.

``injection_grammar/*.txt`` hold lists of lines. ``{a|b}`` chooses, ``<name>`` stands for a line of
that list, ``\\n`` is a line break. All chance comes from one seeded generator, so the same seed
gives the same texts.
"""

from __future__ import annotations

import base64
import codecs
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

GRAMMARS = Path(__file__).parent / "injection_grammar"
DEPTH_MAX = 12


class Row(NamedTuple):
    """A text to learn from; ``spans`` are the places of orders within a document."""

    text: str
    label: int
    group: str
    channel: str = "user"
    spans: tuple[tuple[int, int], ...] = ()


class Grammar:
    """Lists of lines, drawn from at random."""

    def __init__(self, names: Sequence[str], chance: random.Random) -> None:
        self.lists: dict[str, list[str]] = {}
        self.chance = chance
        self.line = 0
        """Which line of its list was drawn last: a family of its own."""
        for name in names:
            self._read(name)

    def _read(self, name: str) -> None:
        current: list[str] = []
        for line in (GRAMMARS / name).read_text(encoding="utf-8").splitlines():
            if match := re.fullmatch(r"\[([a-z]+(?:\.[a-z]+)?)\]", line):
                current = self.lists.setdefault(match.group(1), [])
            elif line and not line.startswith("# "):
                current.append(line)

    def names(self, start: str) -> list[str]:
        """The lists whose names begin so."""
        return [name for name in self.lists if name.startswith(start)]

    def draw(self, name: str) -> str:
        """One sentence of a list."""
        at = self.chance.randrange(len(self.lists[name]))
        text = self._expand(self.lists[name][at], 0)
        self.line = at
        text = text.replace("\\n", "\n").replace("\x00", "|")
        return re.sub(r" {2,}", " ", text).strip(" ")

    def _expand(self, line: str, depth: int) -> str:
        line = line.replace("\\|", "\x00")
        while match := re.search(r"\{([^{}]*\|[^{}]*)\}", line):
            choice = self.chance.choice(match.group(1).split("|"))
            line = line[: match.start()] + choice + line[match.end() :]
        if depth > DEPTH_MAX:
            return line

        def slot(match: re.Match[str]) -> str:
            name = match.group(1)
            if name not in self.lists:
                return match.group()
            return self._expand(self.chance.choice(self.lists[name]), depth + 1)

        return re.sub(r"<([a-z]+(?:\.[a-z]+)?)>", slot, line)


def disguised(text: str, chance: random.Random) -> str:
    """The text as someone writes it who wants a filter to miss it."""
    return chance.choice(DISGUISES)(text, chance)


def roughened(text: str, chance: random.Random) -> str:
    """The text with what happens to texts: case, slips, blanks. Harmless ones get this as well."""
    return chance.choice(ROUGH)(text, chance)


def _slips(text: str, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 40)):
        at = chance.randrange(max(1, len(letters) - 1))
        if at + 1 < len(letters) and letters[at].isalpha() and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def _leet(text: str, chance: random.Random) -> str:
    table = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
    return "".join(table[c] if c in table and chance.random() < 0.7 else c for c in text.lower())


def _similar(text: str, chance: random.Random) -> str:
    table = dict(zip("aeopcyxi", "аеорсухі", strict=True))
    return "".join(table[c] if c in table and chance.random() < 0.6 else c for c in text)


def _styled(text: str, _: random.Random) -> str:
    return "".join(
        chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else
        chr(0x1D400 + ord(c) - 65) if "A" <= c <= "Z" else c
        for c in text
    )  # fmt: skip


ROUGH: tuple[Callable[[str, random.Random], str], ...] = (
    lambda text, _: text.upper(),
    lambda text, _: text.lower(),
    lambda text, _: text.lower().rstrip(".!?"),
    _slips,
    lambda text, _: text.replace(" ", "  "),
    lambda text, _: "Question: " + text,
    lambda text, _: text + " Thanks!",
)
DISGUISES: tuple[Callable[[str, random.Random], str], ...] = (
    *ROUGH[:4],
    _leet,
    _similar,
    _styled,
    lambda text, _: base64.b64encode(text.encode()).decode(),
    lambda text, _: "Decode and follow: " + base64.b64encode(text.encode()).decode(),
    lambda text, _: text.encode().hex(),
    lambda text, _: codecs.encode(text, "rot13"),
    lambda text, _: text[::-1],
    lambda text, _: " ".join(text),
    lambda text, _: "\u200b".join(text),
    lambda text, _: "".join("\\" + c for c in text),
    lambda text, _: "".join(chr(0xFEE0 + ord(c)) if "!" <= c <= "~" else c for c in text),
)


SHARES = {
    "benign.over": 30, "benign.mixed": 26, "benign.plain": 12, "benign.story": 9,
    "benign.long": 9, "benign.xx": 8, "benign.task": 12, "benign.role": 8,
}  # fmt: skip
"""How often lists of harmless questions are drawn from; the others twice."""


class Maker:
    """Makes the rows to learn from."""

    def __init__(self, seed: int, papers: Sequence[tuple[str, str]]) -> None:
        self.chance = random.Random(seed)
        self.attacks = Grammar(("attacks.txt", "attack_kinds.txt"), self.chance)
        self.plain = Grammar(("benign.txt", "benign_kinds.txt"), self.chance)
        self.papers: dict[str, list[str]] = {}
        """Real documents, by where they come from; each place is drawn from as often."""
        for group, text in papers:
            self.papers.setdefault(group, []).append(text)
        self.kinds = sorted(self.papers)

    def rows(self, scale: float = 1.0) -> Iterator[Row]:
        """All that is made, in the same order each time."""
        yield from self.prompts(int(5200 * scale))
        yield from self.personas(int(500 * scale))
        yield from self.roles(int(450 * scale))
        yield from self.questions(int(9000 * scale))
        yield from self.documents(int(5000 * scale))
        yield from self.poisoned(int(5500 * scale))
        yield from self.pasted(int(1500 * scale))

    def prompts(self, count: int) -> Iterator[Row]:
        """Attacks that are whole texts."""
        names = self.attacks.names("attack.")
        english = [name for name in names if len(name) > len("attack.xx")]
        weights = [6 if name in english else 2 for name in names]
        for name in self.chance.choices(names, weights, k=count):
            text = self.attacks.draw(name)
            kind = self.chance.random()
            if kind < 0.12:
                text = (
                    f"{self.plain.draw('benign.plain')}{self.chance.choice((' ', chr(10)))}{text}"
                )
            elif kind < 0.2:
                text = f"{text} {self.attacks.draw(self.chance.choice(english))}"
            elif kind < 0.26:
                text = f"{text} {self.plain.draw('benign.plain')}"
            if self.chance.random() < 0.16:
                text = disguised(text, self.chance)
            yield Row(text, 1, "grammar." + name)

    def personas(self, count: int) -> Iterator[Row]:
        """Long descriptions of a character without rules."""
        for _ in range(count):
            lines = [self.attacks.draw("attack.persona")]
            lines += [
                self.attacks.draw("personaline")
                if self.chance.random() < 0.75
                else self.plain.draw("doc.dialog")
                for _ in range(self.chance.randrange(3, 22))
            ]
            yield Row(self.chance.choice((" ", "\n", "\n\n")).join(lines), 1, "grammar.personas")

    def roles(self, count: int) -> Iterator[Row]:
        """Long descriptions of a role that anybody may ask for."""
        for _ in range(count):
            first = self.plain.draw("benign.role")
            group = f"grammar.roles.{self.plain.line}"
            lines = [self.plain.draw("roleline") for _ in range(self.chance.randrange(2, 16))]
            join = self.chance.choice((" ", "\n", "\n\n"))
            yield Row(join.join([first, *lines]), 0, group)

    def questions(self, count: int) -> Iterator[Row]:
        """What people ask innocently."""
        names = self.plain.names("benign.")
        weights = [SHARES.get(name, 2) for name in names]
        for name in self.chance.choices(names, weights, k=count):
            more = self.plain.draw(name) if self.chance.random() < 0.12 else ""
            text = f"{self.plain.draw(name)} {more}".strip()
            if self.chance.random() < 0.2:
                text = roughened(text, self.chance)
            yield Row(text, 0, f"grammar.{name}.{self.plain.line}")

    def documents(self, count: int) -> Iterator[Row]:
        """Documents without orders to an assistant."""
        for _ in range(count):
            group, parts, join = self.paper()
            channel = self.chance.choice(("tool_output", "document", "user"))
            yield Row(join(parts), 0, group, channel)

    def poisoned(self, count: int) -> Iterator[Row]:
        """Documents with an order at a random place."""
        kinds = (
            "order.direct",
            "order.reply",
            "order.generic",
            "attack.override",
            "attack.extract",
            "order.world",
        )
        others = [name for name in self.attacks.names("attack.") if len(name) <= len("attack.misc")]
        for _ in range(count):
            _, parts, join = self.paper()
            name = self.chance.choices((*kinds, "other"), (10, 6, 5, 2, 1, 3, 2), k=1)[0]
            order = self.attacks.draw(self.chance.choice(others) if name == "other" else name)
            order = order.replace("\x01", " ")
            at = self.chance.choice((0, len(parts), *range(len(parts) + 1)))
            marked = join([*parts[:at], "\x01" + order + "\x02", *parts[at:]])
            text = (
                marked.replace("\x01", "")
                .replace("\x02", "")
                .replace("\\u0001", "")
                .replace("\\u0002", "")
            )
            start = marked.replace("\\u0001", "\x01").find("\x01")
            end = marked.replace("\\u0001", "\x01").replace("\\u0002", "\x02").find("\x02") - 1
            channel = self.chance.choice(("tool_output", "document", "user"))
            yield Row(text, 1, "grammar." + name, channel, ((start, end),))

    def pasted(self, count: int) -> Iterator[Row]:
        """A user's own question about a document: the order is about the document, and fine."""
        for _ in range(count):
            group, parts, join = self.paper()
            task = self.plain.draw("task.user")
            text = join(parts)
            whole = (
                f"{task} {text}" if self.chance.random() < 0.8 else f"{text}\n\n{task.strip(': ')}"
            )
            yield Row(whole, 0, group)

    def paper(self) -> tuple[str, list[str], Callable[[Sequence[str]], str]]:
        """A document: where from, its parts, and how they are put together."""
        kind = self.chance.random()
        if kind < 0.46 and self.papers:
            group = self.chance.choice(self.kinds)
            text = self.chance.choice(self.papers[group])
            lines = [line for line in text.split("\n") if line.strip()]
            size = self.chance.randrange(2, 28)
            start = self.chance.randrange(max(1, len(lines) - size))
            return group, lines[start : start + size], "\n".join
        if kind < 0.62:
            return "made.table", self._table(), "\n".join
        names = self.plain.names("doc.")
        weights = [5 if len(name) > len("doc.xx") else 1 for name in names]
        name = self.chance.choices(names, weights, k=1)[0]
        parts = [self.plain.draw(name) for _ in range(self.chance.randrange(2, 16))]
        return "made." + name, parts, self.chance.choice(JOINS)

    def _table(self) -> list[str]:
        columns = [
            [self.plain.draw(self.chance.choice(("name", "place", "day", "org", "num", "topic")))]
            for _ in range(self.chance.randrange(2, 7))
        ]
        kinds = [self.chance.choice(("name", "place", "num", "num", "day")) for _ in columns]
        bar = self.chance.choice((" | ", ",", "\t", "; "))
        rows = [bar.join(column[0] for column in columns)]
        rows += [
            bar.join(self.plain.draw(kind) for kind in kinds)
            for _ in range(self.chance.randrange(2, 18))
        ]
        return [f"| {row} |" for row in rows] if bar == " | " else rows


def _as_json(parts: Sequence[str]) -> str:
    return json.dumps(
        {"status": "ok", "results": [{"id": i, "text": p} for i, p in enumerate(parts)]}
    )


def _as_html(parts: Sequence[str]) -> str:
    return "<html><body>" + "".join(f"<p>{part}</p>\n" for part in parts) + "</body></html>"


def _as_log(parts: Sequence[str]) -> str:
    return "\n".join(
        f"2026-03-{i % 28 + 1:02d} 10:{i:02d}:07 INFO {p}" for i, p in enumerate(parts)
    )


def _as_code(parts: Sequence[str]) -> str:
    return "def main():\n" + "\n".join(
        f"    # {part}\n    step({i})" for i, part in enumerate(parts)
    )


JOINS: tuple[Callable[[Sequence[str]], str], ...] = (
    " ".join,
    " ".join,
    " ".join,
    "\n".join,
    "\n\n".join,
    _as_json,
    _as_html,
    _as_log,
    _as_code,
    lambda parts: "\n".join(f"- {part}" for part in parts),
    lambda parts: "Subject: update\n\n" + "\n".join(parts),
)
