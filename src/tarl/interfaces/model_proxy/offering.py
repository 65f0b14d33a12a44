"""Which models a proxy offers: those of an endpoint, those that code defines, or a recording's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tarl.agents.model import FREE, Model, Price
from tarl.agents.models.recorded import Exchange, RecordedModel, exchanges
from tarl.agents.spending import Budget
from tarl.errors import Conflict, Invalid, Missing
from tarl.interfaces.model_proxy.workflow import NAME, Terms
from tarl.kernel.history import read_started
from tarl.kernel.values import Kept, unshelve

if TYPE_CHECKING:
    from tarl.journal.event import Event
    from tarl.journal.store import Store

_MEMBERS = ("name", "source", "price", "complete")
_MICRO = 1_000_000


class Offer(NamedTuple):
    """The models of a proxy, and the terms of its sessions."""

    models: Mapping[str, Model]
    terms: Terms


def offer(models: Iterable[Model], budget: Budget) -> Offer:
    """Models as they are.

    Raises:
        Invalid: there is none (``proxy.models``).
        Conflict: two of one name (``proxy.models``).
    """
    by_name: dict[str, Model] = {}
    for model in models:
        if by_name.setdefault(model.name, model) is not model:
            raise Conflict(
                f"two models are named {model.name!r}",
                code="proxy.models",
                next_step="give one of them another name",
            )
    if not by_name:
        raise Invalid(
            "the proxy would offer no model",
            code="proxy.models",
            next_step="name one: tarl model-proxy --model NAME; or --code FILE, or --replay RUN",
        )
    prices = {name: model.price for name, model in by_name.items()}
    return Offer(by_name, Terms(models=prices, budget=budget))


def offer_recorded(store: Store, text: str, budget: Budget | None) -> Offer:
    """The models of a recording: a run of the journal, or an evidence file.

    A session's recording brings its prices and its budget, by which its requests were bounded.

    Raises:
        Missing: no such run or file, or no model was asked in it (``proxy.replay``).
    """
    if Path(text).is_file():
        from tarl.provenance.recording import Recording

        file = Recording(Path(text))
        events, shelf, ref = list(file.events()), file, text
        return _recorded(events, shelf, ref, budget)
    from tarl.interfaces.cli.recorded import StoredValues
    from tarl.interfaces.cli.run_refs import find_run

    run = find_run(store, text)
    return _recorded(list(store.read(run.stream)), StoredValues(store, run), run.ref, budget)


def models_of(modules: Iterable[ModuleType]) -> list[Model]:
    """The models that modules hold: those bound to a name, and those in a list ``models``."""
    found: list[Any] = []
    for module in modules:
        named = [value for name, value in vars(module).items() if not name.startswith("_")]
        listed = getattr(module, "models", ())
        found += [*named, *(listed if isinstance(listed, list | tuple) else ())]
    models = {id(value): value for value in found if _is_model(value)}
    return list(models.values())


def read_prices(texts: Iterable[str]) -> dict[str, Price]:
    """Prices as people write them: ``NAME=IN/OUT``, for a million tokens each.

    Raises:
        Invalid: not such a text (``proxy.price``).
    """
    prices = {}
    for text in texts:
        name, _, amounts = text.rpartition("=")
        asked, slash, answered = amounts.partition("/")
        if not name or not slash:
            raise _no_price(text)
        prices[name] = Price(
            input_micro_per_million=micro(asked, text),
            output_micro_per_million=micro(answered, text),
        )
    return prices


def micro(amount: str, text: str) -> int:
    """An amount of money in micro-units.

    Raises:
        Invalid: not an amount, or of more than six places (``proxy.price``).
    """
    try:
        value = Decimal(amount) * _MICRO
        if not value.is_finite() or value < 0 or value != int(value) or value > 2**53:
            raise _no_price(text)
    except (InvalidOperation, ValueError):
        raise _no_price(text) from None
    return int(value)


def read_pins(texts: Iterable[str]) -> dict[str, str]:
    """Pinned versions as people write them: ``NAME=VERSION``.

    Raises:
        Invalid: not such a text (``proxy.pin``).
    """
    pins = {}
    for text in texts:
        name, equals, version = text.partition("=")
        if not name or not equals or not version:
            raise Invalid(
                f"{text!r} pins no version", code="proxy.pin", next_step="--pin NAME=VERSION"
            )
        pins[name] = version
    return pins


def check_named(what: str, names: Iterable[str], models: Sequence[str]) -> None:
    """Refuse prices and versions of models that are not offered.

    Raises:
        Missing: ``proxy.model``.
    """
    for name in names:
        if name not in models:
            raise Missing(
                f"{what} names the model {name!r}, which is not offered",
                code="proxy.model",
                next_step=f"--model {name}",
            )


def _recorded(events: list[Event], shelf: Kept, ref: str, budget: Budget | None) -> Offer:
    found = exchanges(events, shelf=shelf)
    names = dict.fromkeys(each.model for each in found)
    if not names:
        raise Missing(
            f"no model was asked in {ref}",
            code="proxy.replay",
            next_step="name a run in which models were asked: tarl runs ls",
        )
    terms = _terms(events[0], shelf)
    prices = {name: FREE if terms is None else terms.models.get(name, FREE) for name in names}
    if budget is None:
        budget = Budget() if terms is None else terms.budget
    return Offer(
        {name: _model(name, found, price) for name, price in prices.items()},
        Terms(models=prices, budget=budget, replay=ref),
    )


def _model(name: str, found: list[Exchange], price: Price) -> Model:
    return RecordedModel(name, found, price=price)


def _terms(first: Event, shelf: Kept) -> Terms | None:
    started = read_started(first)
    if started.workflow != NAME:
        return None
    return msgspec.json.decode(unshelve(bytes(started.input), shelf=shelf), type=Terms)


def _is_model(value: Any) -> bool:
    return not isinstance(value, type) and all(hasattr(value, member) for member in _MEMBERS)


def _no_price(text: str) -> Invalid:
    return Invalid(
        f"{text!r} is no price",
        code="proxy.price",
        next_step="--price NAME=0.25/2: for a million tokens of input, and of output",
    )
