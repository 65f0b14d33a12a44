"""A model that answers from a recording: a run of a journal, or its evidence file.

1. A request is answered with what was recorded for its digest; asked for the second time, with the
   second recorded answer.
2. A request that the recording does not hold, or holds less often, is drift: an error with what
   differs from the nearest recorded one. Nobody is asked instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NoReturn

import msgspec

from tarl.agents.model import FREE, Heard, ModelRequest, ModelResponse, Price, Source
from tarl.errors import Conflict
from tarl.journal.event import Event
from tarl.kernel import events
from tarl.kernel.contrast import contrast, pretty
from tarl.kernel.events import DECODERS, UPCASTERS
from tarl.kernel.history import verified
from tarl.kernel.payload import decode_value
from tarl.kernel.values import Shelf, is_digested, unshelve
from tarl.values.plain import plain

ACTIVITY = "model."
"""What the names of the steps begin with in which models are asked."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what was answered; ``seq`` is the answer's event."""

    request: ModelRequest
    response: ModelResponse
    seq: int = 0


def exchanges(recorded: Iterable[Event], *, shelf: Shelf) -> list[Exchange]:
    """What models were asked in a run, and answered, in the order of the answers.

    Args:
        recorded: The run's events, from the first on; their chain is checked.
        shelf: Its large values.

    Raises:
        ChainBrokenError: the recording was changed.
    """
    asked: dict[int, ModelRequest] = {}
    found: list[Exchange] = []
    for event in _checked(recorded):
        if event.body is None:
            continue
        if event.kind in UPCASTERS:
            event = UPCASTERS.read(event)
        if event.kind == events.STEP_SCHEDULED:
            step = DECODERS[event.kind](event.body or b"")
            request = _request(step, shelf) if step.activity.startswith(ACTIVITY) else None
            if request is not None:
                asked[step.step] = request
        elif event.kind == events.STEP_COMPLETED:
            done = DECODERS[event.kind](event.body or b"")
            request = asked.pop(done.step, None)
            if request is not None:
                response = _response(done, shelf)
                if response is not None:
                    found.append(Exchange(request=request, response=response, seq=event.seq))
    return found


class RecordedModel:
    """Answers what was recorded under a model's name.

    Args:
        name: The model's name.
        recorded: What was asked and answered, of this model or of several.
        price: What its tokens cost.
    """

    source: Source = "recorded"

    def __init__(self, name: str, recorded: Iterable[Exchange], *, price: Price = FREE) -> None:
        self.name = name
        self.price = price
        self._exchanges = [each for each in recorded if each.request.model == name]
        self._by_digest: dict[str, list[Exchange]] = {}
        for each in self._exchanges:
            self._by_digest.setdefault(each.request.digest, []).append(each)
        self._asked: Counter[str] = Counter()

    async def complete(self, request: ModelRequest, *, heard: Heard | None = None) -> ModelResponse:
        """What was recorded for the request.

        Raises:
            Conflict: the recording does not hold it, or not so often (``model.drift``).
        """
        count = self._asked[request.digest]
        response = self.recorded(request, count)
        self._asked[request.digest] = count + 1
        if heard is not None and response.message.content:
            heard(response.message.content)
        return response

    def recorded(self, request: ModelRequest, count: int) -> ModelResponse:
        """What was recorded for a request that was asked ``count`` times before.

        Raises:
            Conflict: the recording does not hold it, or not so often (``model.drift``).
        """
        answers = self._by_digest.get(request.digest, [])
        if count >= len(answers):
            self._drift(request, len(answers))
        return msgspec.structs.replace(answers[count].response, source=self.source)

    def _drift(self, request: ModelRequest, count: int) -> NoReturn:
        if count:
            what, differs = f"is in the recording {count} times, and asked once more", ""
        else:
            what, differs = "is not in the recording", self._contrast(request)
        raise Conflict(
            f"a request to {self.name} {what}"
            + (f"; the nearest one:\n{differs}" if differs else ""),
            code="model.drift",
            next_step="restore what the model is told, or record anew",
            model=self.name,
            digest=request.digest,
            recorded=len(self._exchanges),
            diff=differs,
        )

    def _contrast(self, request: ModelRequest) -> str:
        near = nearest(request, [each.request for each in self._exchanges])
        if near is None:
            return ""
        return contrast(plain(near), plain(request), after_name="asked")


def models_in(recorded: Sequence[Exchange]) -> list[RecordedModel]:
    """Every model that a recording holds answers of, in the order of the first answers."""
    names = dict.fromkeys(each.request.model for each in recorded)
    return [RecordedModel(name, recorded) for name in names]


def nearest(request: ModelRequest, others: Sequence[ModelRequest]) -> ModelRequest | None:
    """Which of the others has most lines in common; the first of those that have as many."""
    lines = Counter(pretty(plain(request)))
    kept = {other.digest: other for other in reversed(others)}
    common = {
        digest: sum((lines & Counter(pretty(plain(other)))).values())
        for digest, other in reversed(kept.items())
    }
    return kept[max(common, key=lambda digest: common[digest])] if common else None


def _checked(recorded: Iterable[Event]) -> Iterable[Event]:
    source = iter(recorded)
    first = next(source, None)
    return () if first is None else verified(first.stream, chain((first,), source))


def _request(step: events.StepScheduled, shelf: Shelf) -> ModelRequest | None:
    """The request of a step; None where it is asked in another form, or by digest alone."""
    if is_digested(bytes(step.args)):
        return None
    args = decode_value(unshelve(bytes(step.args), shelf=shelf))
    try:
        return msgspec.convert(args[0], ModelRequest)
    except (msgspec.ValidationError, IndexError):
        return None


def _response(done: events.StepCompleted, shelf: Shelf) -> ModelResponse | None:
    try:
        return msgspec.convert(
            decode_value(unshelve(bytes(done.result), shelf=shelf)), ModelResponse
        )
    except msgspec.ValidationError:
        return None
