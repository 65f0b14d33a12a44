"""What a schedule is: when, what is started, and what becomes of a time that cannot be met."""

from __future__ import annotations

import random
from hashlib import sha256
from typing import Any, Literal, get_args

import msgspec

from tarl.errors import Invalid
from tarl.values.canonical import encode
from tarl.values.digest import length_prefixed
from tarl.values.ids import check_name
from tarl.work.schedules.times import INSTANT_MS_MAX, Cron, Times, check_times, following, never

Overlap = Literal[
    "skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all"
]
"""What happens to a time that comes while an earlier run still runs: it is left out; it waits, one
or all of them; the earlier run is cancelled or terminated first; both run.
"""
OVERLAPS: tuple[str, ...] = get_args(Overlap)

CATCH_UP_MS = 86_400_000
"""A day: how late a time is still met after nobody was there, unless told otherwise."""

BUFFER_MAX = 1_000
"""Times that wait for earlier runs, of one schedule."""

INPUT_BYTES_MAX = 32 * 1024


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of a schedule.

    Attributes:
        times: The nominal times.
        workflow: The wire name of the workflow that is started.
        input: Its input, a JSON value.
        overlap: See ``Overlap``.
        catch_up_ms: A time that is missed by more is skipped.
        jitter_ms: Each start is delayed by a part of this, drawn from ``seed`` and the nominal
            time, and never past the next nominal time.
        seed: What the jitter is drawn from; the schedule's own name when left out.
        start_at_ms: No time before.
        end_at_ms: No time after.
        runs_max: After so many starts by its own times the schedule has finished.
    """

    times: Times
    workflow: str
    input: Any = None
    overlap: Overlap = "skip"
    catch_up_ms: int = CATCH_UP_MS
    jitter_ms: int = 0
    seed: str = ""
    start_at_ms: int | None = None
    end_at_ms: int | None = None
    runs_max: int | None = None


def check_spec(spec: Spec, *, now_ms: int) -> None:
    """Refuse a schedule that cannot be, or that would never fire from now on.

    Raises:
        Invalid: ``schedule.never``, ``schedule.cron``, ``schedule.zone``, ``schedule.every``,
            ``schedule.overlap``, ``schedule.range``, ``schedule.input_too_large``, ``id.*``,
            ``value.*``.
    """
    check_name(spec.workflow, "workflow")
    check_times(spec.times)
    if spec.overlap not in OVERLAPS:
        raise Invalid(
            f"no overlap policy is named {spec.overlap!r}",
            code="schedule.overlap",
            next_step=f"one of {', '.join(OVERLAPS)}",
        )
    for name in ("catch_up_ms", "jitter_ms", "start_at_ms", "end_at_ms"):
        _check_range(name, getattr(spec, name), 0)
    _check_range("runs_max", spec.runs_max, 1)
    if len(encode(spec.input)) > INPUT_BYTES_MAX:
        raise Invalid(
            f"the input of a schedule is larger than {INPUT_BYTES_MAX} bytes",
            code="schedule.input_too_large",
            next_step="put a reference into the input",
        )
    if next_time(spec, max(now_ms - 1, 0)) is None:
        raise never(spec.times)


def next_time(spec: Spec, after_ms: int) -> int | None:
    """The schedule's first nominal time later than an instant, or None when there is none."""
    if spec.start_at_ms is not None:
        after_ms = max(after_ms, spec.start_at_ms - 1)
    found = following(spec.times, after_ms)
    last_ms = INSTANT_MS_MAX if spec.end_at_ms is None else spec.end_at_ms
    return found if found is not None and found <= last_ms else None


def fire_time(spec: Spec, nominal_ms: int, *, name: str) -> int:
    """When a nominal time is met: with its jitter, before the next nominal time."""
    if not spec.jitter_ms:
        return nominal_ms
    latest = spec.jitter_ms
    next_ms = following(spec.times, nominal_ms)
    if next_ms is not None:
        latest = min(latest, next_ms - nominal_ms - 1)
    text = length_prefixed(
        b"tarl.jitter/1", (spec.seed or name).encode(), nominal_ms.to_bytes(8, "big")
    )
    dice = random.Random(int.from_bytes(sha256(text).digest(), "big"))
    return nominal_ms + dice.randint(0, latest)


def spec_data(spec: Spec) -> dict[str, Any]:
    """A specification as JSON, without what is left at its default."""
    data = {
        field.name: getattr(spec, field.name)
        for field in msgspec.structs.fields(spec)
        if field.required or getattr(spec, field.name) != field.default
    }
    return {**data, "times": msgspec.to_builtins(spec.times)}


def described(times: Times) -> str:
    """The times in a few words."""
    if isinstance(times, Cron):
        return f"{times.expression} ({times.zone})"
    offset = f" offset {times.offset_ms} ms" if times.offset_ms else ""
    return f"every {times.every_ms} ms{offset}"


def _check_range(name: str, value: Any, least: int) -> None:
    if value is None and name in ("start_at_ms", "end_at_ms", "runs_max"):
        return
    if type(value) is not int or not least <= value <= INSTANT_MS_MAX:
        raise Invalid(
            f"{name} of a schedule cannot be {value!r}",
            code="schedule.range",
            next_step=f"give an integer from {least}",
            field=name,
        )
