"""Watches: too many calls, the same call again and again, and calls that cost too much.

A call is a step that a run asked for, whatever came of it: an agent that goes on asking stays
watched. All times are those of the recorded events, so that every process counts the same.

1. A window counts the calls of its key in ``(at - window_ms, at]``, the call itself included; a
   retried attempt is the same call.
2. A clock that is set back lets nothing out of a window early: what was recorded later than now
   counts as now. It holds nothing in for longer than the window either.
3. What is kept of a key is bounded by what the watch has to tell apart.

The spike's measure is the median of the calls before: one that was expensive moves it little
(Rousseeuw and Croux, 1993).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from statistics import median
from typing import Literal, NamedTuple, cast

import msgspec

from tarl.governance.severity import severity

Word = Literal["low", "medium", "high", "critical"]
Kind = Literal["calls", "loop", "spend"]
Per = Literal["tool", "agent", "run", "tenant"]

SKEW_MS = 10_000
"""Processes' clocks differ by less; what lies further ahead of now comes of a clock set back."""

COUNT_MAX = 10_000
WINDOW_MS_MAX = 24 * 3_600_000
KEYS_MAX = 100_000
"""Keys of one watch that are kept at once."""

LOOP_CALLS_MAX = 256
"""A loop is looked for among so many of the newest calls of its key."""

SAMPLES_MIN = 8
"""A spike is told from so many calls before."""

SAMPLES_MAX = 1_000
"""Calls that a spending window keeps: beyond, it is over its bound by the number of them."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What is watched.

    Attributes:
        name: Names it.
        kind: ``calls``: more than ``count_max`` of them in the window. ``loop``: one call with the
            same arguments ``count_max`` times in the window, or two calls in turns, ``count_max``
            times each. ``spend``: more than ``amount_max`` of ``unit`` in the window, or one call
            that costs more than ``factor`` times the median of those before.
        tool: The activity's name; a star at its end stands for the rest.
        per: What is counted together: calls of one tool, agent or run, or all of the tenant.
        window_ms: How far back.
        severity: What being over it comes to; see ``guardrails``.
    """

    name: str
    kind: Kind
    tool: str = "*"
    per: Per = "agent"
    window_ms: int = 60_000
    count_max: int = 0
    unit: str = ""
    amount_max: int | None = None
    factor: float | None = None
    severity: Word = "high"

    def is_about(self, tool: str) -> bool:
        """Whether calls of a tool count."""
        return matches(self.tool, tool)

    def key(self, call: Call) -> str:
        """What a call is counted with."""
        if self.per == "tool":
            return call.tool
        if self.per == "agent":
            return call.agent
        return call.stream if self.per == "run" else ""


class Call(NamedTuple):
    """A call as a watch sees it; ``digest`` is of its arguments, ``spends`` by unit."""

    stream: str
    step: int
    at_ms: int
    tool: str
    agent: str
    digest: bytes = b""
    spends: Mapping[str, int] = {}

    @property
    def id(self) -> tuple[str, int]:
        """The same for every attempt."""
        return self.stream, self.step


class Over(NamedTuple):
    """A watch that a call is over: a sentence, and the numbers behind it."""

    watch: Watch
    key: str
    text: str
    facts: Mapping[str, int | float | str]


class _Entry(NamedTuple):
    at_ms: int
    id: tuple[str, int]
    what: tuple[str, bytes]
    amount: int


class _Window:
    """The newest calls of one key, in the order of their times."""

    __slots__ = ("entries", "ids", "whats")

    def __init__(self) -> None:
        self.entries: deque[_Entry] = deque()
        self.ids: set[tuple[str, int]] = set()
        self.whats: Counter[tuple[str, bytes]] = Counter()

    def add(self, entry: _Entry, *, window_ms: int, kept_max: int) -> None:
        """Count a call, unless it is counted already."""
        if entry.id in self.ids:
            return
        entries, later = self.entries, []
        while entries and entries[-1].at_ms > entry.at_ms:
            later.append(entries.pop())
        near_ms = entry.at_ms + SKEW_MS
        for each in reversed(later):
            if each.at_ms > near_ms:
                entries.append(each._replace(at_ms=entry.at_ms))
        entries.append(entry)
        entries.extend(each for each in reversed(later) if each.at_ms <= near_ms)
        self.ids.add(entry.id)
        self.whats[entry.what] += 1
        oldest_ms = entry.at_ms - window_ms
        while entries and (entries[0].at_ms <= oldest_ms or len(entries) > kept_max):
            self._leave(entries.popleft())

    def _leave(self, entry: _Entry) -> None:
        self.ids.discard(entry.id)
        self.whats[entry.what] -= 1
        if not self.whats[entry.what]:
            del self.whats[entry.what]

    def is_new(self) -> bool:
        """Whether the newest call ends no two calls in turns."""
        entries = self.entries
        return len(entries) < 3 or entries[-3].what != entries[-1].what

    def upto(self, id: tuple[str, int]) -> list[_Entry]:
        """The calls that count when a call is looked at: itself and those counted before it."""
        found: list[_Entry] = []
        for entry in self.entries:
            found.append(entry)
            if entry.id == id:
                break
        return found

    def is_over(self, now_ms: int, window_ms: int) -> bool:
        """Whether nothing in it can count any more."""
        return not self.entries or self.entries[-1].at_ms <= now_ms - window_ms


class Full(Exception):
    """A watch has more keys than are kept: what it would say is not known."""


class Counting:
    """One watch and what it has counted."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._windows: dict[str, _Window] = {}
        self._kept_max = {
            "calls": watch.count_max + 1,
            "loop": LOOP_CALLS_MAX,
            "spend": SAMPLES_MAX,
        }[watch.kind]

    def count(self, call: Call) -> None:
        """Take a call into account.

        Raises:
            Full: there are more keys than are kept.
        """
        watch = self.watch
        amount = call.spends.get(watch.unit, 0) if watch.kind == "spend" else 0
        if not watch.is_about(call.tool) or (watch.kind == "spend" and not amount):
            return
        key = watch.key(call)
        window = self._windows.get(key)
        if window is None:
            if len(self._windows) >= KEYS_MAX:
                self._sweep(call.at_ms)
            window = self._windows[key] = _Window()
        entry = _Entry(call.at_ms, call.id, (call.tool, call.digest), amount)
        window.add(entry, window_ms=watch.window_ms, kept_max=self._kept_max)

    def over(self, call: Call) -> Over | None:
        """Why a call that was counted is too much; None if it is not."""
        window = self._windows.get(self.watch.key(call))
        if window is None or call.id not in window.ids:
            return None
        if self.watch.kind == "calls":
            return self._too_many(window, call)
        return self._loop(window, call) if self.watch.kind == "loop" else self._spend(window, call)

    def _too_many(self, window: _Window, call: Call) -> Over | None:
        counted, watch = len(window.entries), self.watch
        if counted <= watch.count_max:
            return None
        if window.entries[-1].id != call.id:
            counted = len(window.upto(call.id))
            if counted <= watch.count_max:
                return None
        text = f"more than {watch.count_max} calls in {watch.window_ms} ms"
        return self._over(call, text, calls=counted, count_max=watch.count_max)

    def _loop(self, window: _Window, call: Call) -> Over | None:
        watch, last = self.watch, (call.tool, call.digest)
        newest = window.entries[-1].id == call.id
        if window.whats[last] < watch.count_max and (not newest or window.is_new()):
            return None
        seen = [entry.what for entry in window.upto(call.id)]
        repeated = seen.count(last)
        if repeated >= watch.count_max:
            text = f"{call.tool} with the same arguments {repeated} times in {watch.window_ms} ms"
            return self._over(call, text, repeated=repeated, count_max=watch.count_max)
        turns = _turns(seen)
        if turns >= 2 * watch.count_max:
            text = f"two calls in turns, {turns // 2} times each, in {watch.window_ms} ms"
            return self._over(call, text, turns=turns, count_max=watch.count_max)
        return None

    def _spend(self, window: _Window, call: Call) -> Over | None:
        watch, counted = self.watch, window.upto(call.id)
        amount, total = counted[-1].amount, sum(entry.amount for entry in counted)
        if watch.amount_max is not None and total > watch.amount_max:
            text = f"{total} {watch.unit} in {watch.window_ms} ms, of at most {watch.amount_max}"
            return self._over(call, text, amount=total, amount_max=watch.amount_max)
        before = [entry.amount for entry in counted[:-1]]
        if watch.factor is None or len(before) < SAMPLES_MIN:
            return None
        usual = median(before)
        if amount <= watch.factor * usual:
            return None
        text = f"one call costs {amount} {watch.unit}, and the median of {len(before)} is {usual:g}"
        return self._over(call, text, amount=amount, median=usual, samples=len(before))

    def _over(self, call: Call, text: str, **numbers: int | float) -> Over:
        watch, key = self.watch, self.watch.key(call)
        whose = {"tool": f" of {key}", "agent": f" by {key or 'nobody'}", "run": f" in {key}"}
        facts = {"watch": watch.name, "kind": watch.kind, "per": watch.per, "key": key}
        told = f"watch {watch.name}: {text}{whose.get(watch.per, '')}"
        return Over(watch, key, told, {**facts, "window_ms": watch.window_ms, **numbers})

    def _sweep(self, now_ms: int) -> None:
        window_ms = self.watch.window_ms
        gone = [key for key, held in self._windows.items() if held.is_over(now_ms, window_ms)]
        for key in gone:
            del self._windows[key]
        if not gone:
            raise Full


def severity_word(word: str) -> Word:
    """The word, if it is one of a severity.

    Raises:
        Invalid: it is none (``severity.unknown``).
    """
    return cast(Word, severity(word).word)


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern names a name: the same, or the same up to a star at its end."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _turns(seen: list[tuple[str, bytes]]) -> int:
    """How many of the newest calls are two different ones in turns."""
    if len(seen) < 2 or seen[-1] == seen[-2]:
        return 0
    turns = 2
    while turns < len(seen) and seen[-turns - 1] == seen[-turns + 1]:
        turns += 1
    return turns
