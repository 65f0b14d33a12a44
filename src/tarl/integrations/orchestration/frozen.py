"""Recorded values: canonical copies that do not change and share nothing with their originals."""

from __future__ import annotations

from typing import Any, NoReturn

from tarl.errors import Exceeded, Invalid
from tarl.integrations.orchestration.refusals import bad_value
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.payload import decode_value, encode_value


def canonical(value: Any, name: str) -> bytes:
    """A value as canonical JSON.

    Raises:
        BadValue: it has no JSON form, would come back as something else, or is too large.
    """
    try:
        return encode_value(value, name=name, bytes_max=DEFAULT_LIMITS.value_bytes_max)
    except (Invalid, Exceeded) as error:
        raise bad_value(error) from None


def copied(value: Any, name: str) -> Any:
    """The value as a reader of the journal gets it: plain, new, the caller's to change.

    Raises:
        BadValue: see ``canonical``.
    """
    return decode_value(canonical(value, name))


def frozen(value: Any) -> Any:
    """A JSON value whose lists and objects refuse to be changed, at any depth."""
    if isinstance(value, dict):
        return FrozenDict((name, frozen(item)) for name, item in value.items())
    if isinstance(value, list):
        return FrozenList(frozen(item) for item in value)
    return value


def thawed(value: Any) -> Any:
    """A plain copy that may be changed."""
    if isinstance(value, dict):
        return {name: thawed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [thawed(item) for item in value]
    return value


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    raise TypeError("what is recorded does not change; copy it first (copy.deepcopy)")


class _Thaws:
    """Copies and pickles as plain values."""

    def __deepcopy__(self, memo: Any) -> Any:
        return thawed(self)

    def __copy__(self) -> Any:
        return thawed(self)

    def __reduce__(self) -> Any:
        return thawed, (thawed(self),)


class FrozenDict(_Thaws, dict[str, Any]):
    """A recorded object."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class FrozenList(_Thaws, list[Any]):
    """A recorded list."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse
