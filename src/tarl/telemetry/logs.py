"""Log records with the ids of what they are about: JSON lines for programs, text for people.

The ids are, the nearest first: those that the call gave (``extra={"run": ...}``), those of the
enclosing ``about``, and those of the activity or task in whose context it was logged. One record is
one line, whatever its message holds; a traceback follows it in the form for people and is a member
of the JSON object.

Members of a JSON line: ``at`` (RFC 3339), ``level``, ``logger``, ``message``, then the ids, then
other extras, and ``error`` with ``type``, ``message`` and ``traceback``.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

import msgspec

from tarl.errors import Invalid
from tarl.kernel.attempt import current as activity_attempt
from tarl.values.instants import isoformat_ms
from tarl.work.workers.attempt import current_attempt as task_attempt

ROOT = "tarl"
"""The logger above all of tarl's."""

IDS = ("tenant", "run", "step", "attempt", "queue", "task", "worker", "node", "fence")
"""In the order in which they are written."""

LEVELS = ("debug", "info", "warning", "error", "critical")

_FIXED = ("at", "level", "logger", "message", "error")
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_OURS = "_tarl_about"
_COLOURS = {"DEBUG": "2", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}

_about: ContextVar[Mapping[str, Any] | None] = ContextVar("tarl_logged_about", default=None)


@contextmanager
def about(**ids: Any) -> Iterator[None]:
    """Give everything that is logged inside these ids, beside those that are given already."""
    token = _about.set({**(_about.get() or {}), **ids})
    try:
        yield
    finally:
        _about.reset(token)


def configure_logs(
    *,
    level: str = "info",
    as_json: bool = False,
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
    logger: str = ROOT,
) -> logging.Handler:
    """Write what is logged under a name to a stream, in place of what an earlier call set up.

    Args:
        level: Records below it are left out; one of ``LEVELS``.
        as_json: JSON lines instead of text.
        stream: Where to; stderr when left out.
        environ: ``NO_COLOR`` and ``TERM=dumb`` keep colours away, as does a stream that is no
            terminal.
        logger: The name; all of tarl's loggers when left out, ``""`` for everybody's.

    Raises:
        Invalid: there is no such level (``logs.level``).
    """
    if level.lower() not in LEVELS:
        raise Invalid(
            f"{level!r} is no log level", code="logs.level", next_step=f"one of {', '.join(LEVELS)}"
        )
    out = sys.stderr if stream is None else stream
    handler = _Handler(out)
    handler.addFilter(_stamp)
    plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb" or not out.isatty()
    handler.setFormatter(JsonLines() if as_json else Text(colour=not plain))
    target = logging.getLogger(logger or None)
    for earlier in [each for each in target.handlers if isinstance(each, _Handler)]:
        target.removeHandler(earlier)
    target.addHandler(handler)
    target.setLevel(level.upper())
    return handler


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, to be found again."""


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        data: dict[str, Any] = {
            "at": isoformat_ms(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, value in ids_of(record).items():
            data[f"extra_{name}" if name in _FIXED else name] = value
        error = _error(self, record)
        if error is not None:
            data["error"] = error
        return _json(data)


class Text(logging.Formatter):
    """For a person: time, level, logger, message and ids on one line."""

    def __init__(self, *, colour: bool = False) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, and its traceback below."""
        at = isoformat_ms(int(record.created * 1000))
        level = f"{record.levelname:<8}"
        paint = _COLOURS.get(record.levelname)
        if self._colour and paint:
            level = f"\x1b[{paint}m{level}\x1b[0m"
        ids = "".join(f" {name}={value}" for name, value in ids_of(record).items())
        line = f"{at} {level} {_visible(record.name)}: {_visible(record.getMessage() + ids)}"
        error = _error(self, record)
        if error is None:
            return line
        trace = error.get("traceback") or f"{error['type']}: {error['message']}"
        return "\n".join([line, *(f"  {_visible(part)}" for part in trace.splitlines())])


def ids_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a record is about, and its other extras."""
    extras = {
        name: value
        for name, value in record.__dict__.items()
        if name not in _STANDARD and name != _OURS
    }
    found = {**getattr(record, _OURS, {}), **extras}
    known = {name: found.pop(name) for name in IDS if found.get(name) is not None}
    return {**known, **found}


def _stamp(record: logging.LogRecord) -> bool:
    """Note what the logging context is about, while it still is that context."""
    setattr(record, _OURS, {**_attempt_ids(), **(_about.get() or {})})
    return True


def _attempt_ids() -> dict[str, Any]:
    ids: dict[str, Any] = {}
    task = task_attempt()
    if task is not None:
        ids |= {
            "tenant": task.task.tenant,
            "queue": task.task.queue,
            "task": task.task.id,
            "attempt": task.attempt,
            "worker": task.worker,
        }
    activity = activity_attempt.get()
    if activity is not None:
        effect = activity.effect
        ids |= {
            "tenant": effect.run.tenant,
            "run": effect.run.ref,
            "step": effect.step,
            "attempt": activity.number,
        }
    return ids


def _error(formatter: logging.Formatter, record: logging.LogRecord) -> dict[str, Any] | None:
    if not record.exc_info or record.exc_info[1] is None:
        return None
    error = record.exc_info[1]
    trace = formatter.formatException(record.exc_info)
    return {"type": type(error).__name__, "message": str(error), "traceback": trace}


def _json(data: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(data, enc_hook=repr).decode()
    except Exception:
        # A value that JSON does not have, or a lone surrogate: its spelling instead.
        spelled = {str(name): ascii(value) for name, value in data.items()}
        return msgspec.json.encode({**spelled, "message": _visible(str(data["message"]))}).decode()


def _visible(text: str) -> str:
    """The text on one line, with what cannot be printed spelled out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
