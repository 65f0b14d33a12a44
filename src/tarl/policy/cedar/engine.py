"""The Cedar engine, imported when it is first needed: it is an extra (``tarl[cedar]``)."""

from __future__ import annotations

from types import ModuleType

from tarl.errors import Unavailable


def engine() -> ModuleType:
    """The module ``cedarpy``.

    Raises:
        Unavailable: it is not installed (``policy.no_engine``).
    """
    try:
        import cedarpy
    except ImportError as error:
        raise Unavailable(
            f"the engine of Cedar policies cannot be loaded: {error}",
            code="policy.no_engine",
            next_step="pip install 'tarl[cedar]'",
        ) from error
    return cedarpy
