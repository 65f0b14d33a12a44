"""A model that answers from a recording: a run of a journal, or its evidence file.

1. A request is answered with what was recorded for its digest; asked for the second time, with the
   second recorded answer. A model counts while its process lives: a run that is taken up again in
   another one begins with the first answer, unless its code counts itself (``recorded``).
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
from tarl.kernel.values import Kept, is_digested, unshelve
from tarl.values.plain import plain

ACTIVITY = "model."
"""What the names of the steps begin with in which models are asked."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What a model was asked, and answered.

    Attributes:
        model: The model's name.
        digest: Of the request.
        response: The answer.
        request: The request; None where its digest alone was recorded.
        seq: The answer's event.
    """

    model: str
    digest: str
    response: ModelResponse
    request: ModelRequest | None = None
    seq: int = 0


def exchanges(recorded: Iterable[Event], *, shelf: Kept) -> list[Exchange]:
    """What models were asked in a run, and answered, in the order of the answers.

    Args:
        recorded: The run's events, from the first on; their chain is checked.
        shelf: Its large values.

    Raises:
        ChainBrokenError: the recording was changed.
    """
    asked: dict[int, events.StepScheduled] = {}
    found: list[Exchange] = []
    for event in _checked(recorded):
        if event.body is None:
            continue
        if event.kind in UPCASTERS:
            event = UPCASTERS.read(event)
        if event.kind == events.STEP_SCHEDULED:
            step = DECODERS[event.kind](event.body or b"")
            if step.activity.startswith(ACTIVITY):
                asked[step.step] = step
        elif event.kind == events.STEP_COMPLETED:
            done = DECODERS[event.kind](event.body or b"")
            if done.step in asked:
                exchange = _exchange(asked.pop(done.step), done, shelf, event.seq)
                found += [] if exchange is None else [exchange]
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
        self._exchanges = [each for each in recorded if each.model == name]
        self._by_digest: dict[str, list[Exchange]] = {}
        for each in self._exchanges:
            self._by_digest.setdefault(each.digest, []).append(each)
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
        asked = [each.request for each in self._exchanges if each.request is not None]
        near = nearest(request, asked)
        if near is None:
            return ""
        return contrast(plain(near), plain(request), after_name="asked")


def models_in(recorded: Sequence[Exchange]) -> list[RecordedModel]:
    """Every model that a recording holds answers of, in the order of the first answers."""
    names = dict.fromkeys(each.model for each in recorded)
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


def _exchange(
    step: events.StepScheduled, done: events.StepCompleted, shelf: Kept, seq: int
) -> Exchange | None:
    """What a step asked and was answered; None where that has another form."""
    answer = decode_value(unshelve(bytes(done.result), shelf=shelf))
    request = None
    try:
        response = msgspec.convert(answer, ModelResponse)
        if not is_digested(bytes(step.args)):
            args = decode_value(unshelve(bytes(step.args), shelf=shelf))
            request = msgspec.convert(args[0], ModelRequest)
    except (msgspec.ValidationError, IndexError):
        return None
    return Exchange(
        model=step.activity.removeprefix(ACTIVITY),
        digest=response.request_digest if request is None else request.digest,
        response=response,
        request=request,
        seq=seq,
    )
