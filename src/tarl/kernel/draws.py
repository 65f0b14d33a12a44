"""What a run draws: named random streams and identifiers, the same in every replay."""

from __future__ import annotations

import random
import uuid
from hashlib import sha256

from tarl.errors import Invalid
from tarl.values.digest import length_prefixed


class Draws:
    """One run's, from its seed."""

    def __init__(self, seed: bytes, *, name_chars_max: int) -> None:
        self._seed = seed
        self._name_chars_max = name_chars_max
        self._randoms: dict[str, random.Random] = {}
        self._issued = 0
        self._uuids = 0

    def random(self, name: str) -> random.Random:
        """The random stream of a name.

        Raises:
            Invalid: no name (``context.name``).
        """
        stream = self._randoms.get(name)
        if stream is None:
            check_drawn(name, chars_max=self._name_chars_max)
            key = sha256(length_prefixed(b"tarl.random/1", self._seed, name.encode())).digest()
            stream = self._randoms[name] = random.Random(int.from_bytes(key, "big"))
        return stream

    def uuid(self, issued: int) -> uuid.UUID:
        """An identifier that depends on how many commands were issued and on nothing after them."""
        if issued != self._issued:
            self._issued, self._uuids = issued, 0
        self._uuids += 1
        place = (issued.to_bytes(8, "big"), self._uuids.to_bytes(8, "big"))
        key = sha256(length_prefixed(b"tarl.uuid/1", self._seed, *place)).digest()
        return uuid.UUID(bytes=key[:16], version=5)


def check_drawn(name: str, *, chars_max: int) -> None:
    """Refuse what cannot name a stream or a patch.

    Raises:
        Invalid: it is no text, empty or too long (``context.name``).
    """
    if not isinstance(name, str) or not 0 < len(name) <= chars_max:
        raise Invalid(f"{name!r} is no name", code="context.name")
