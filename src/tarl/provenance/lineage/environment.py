"""The programs that are installed where this process runs, as a manifest with one digest.

1. A distribution is named by the SHA-256 of its RECORD, which lists every file of it with its own
   digest (PyPA, "Recording installed projects"); without one it stands there by name and version.
2. Equal environments have equal manifests: names are normalised and sorted, no path is in them.
3. It is what is installed here and now. A run does not record what was installed when it ran, and
   nothing here says so.
"""

from __future__ import annotations

import platform
import re
from functools import cached_property
from hashlib import sha256
from importlib import metadata

import msgspec

from tarl.values.canonical import encode
from tarl.values.plain import plain


class Distribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, order=True):
    """An installed distribution; ``record`` is the SHA-256 of its RECORD."""

    name: str
    version: str
    record: str | None = None

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


class Environment(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What a process runs on: the interpreter, the platform, the distributions by name."""

    python: str
    implementation: str
    system: str
    machine: str
    distributions: tuple[Distribution, ...]

    @cached_property
    def sha256(self) -> str:
        """Of its canonical JSON."""
        return sha256(encode(plain(self))).hexdigest()


def environment() -> Environment:
    """What is installed here and now."""
    found = {each.name: each for each in map(_distribution, metadata.distributions()) if each}
    return Environment(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        system=platform.system(),
        machine=platform.machine(),
        distributions=tuple(found[name] for name in sorted(found)),
    )


def _distribution(installed: metadata.Distribution) -> Distribution | None:
    """None for what is left of a distribution that was removed."""
    name = installed.metadata["Name"]
    if not name:
        return None
    record = installed.read_text("RECORD")
    return Distribution(
        name=re.sub(r"[-_.]+", "-", name).lower(),
        version=installed.version,
        record=None if record is None else sha256(record.encode()).hexdigest(),
    )
