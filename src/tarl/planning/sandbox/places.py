"""Which files of the machine a function in the sandbox sees: what Python needs, and its own code.

1. Of what is not the interpreter's own only the function's package (or its one file) is shown: the
   directory in which people work holds journals and keys.
"""

from __future__ import annotations

import sys
import sysconfig
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/nix/store",
    "/gnu/store",
)
"""Where shared libraries and time zones are."""


def files_for(module: str) -> tuple[list[str], list[str]] | None:
    """What is shown for a module, and the path on which it is found; None when there is no such
    module here."""
    package = module.partition(".")[0]
    spec = _found(package)
    if spec is None:
        return None
    own = _own()
    files = [*SYSTEM, *own, *_locations(spec)]
    path = [str(Path(entry).resolve()) for entry in sys.path if Path(entry).exists()]
    # The longer ones come after the directories that hold them.
    return sorted(dict.fromkeys(files), key=len), list(dict.fromkeys(path))


def _found(package: str) -> ModuleSpec | None:
    """Where a package is, without importing anything; built into the interpreter counts too."""
    if package in sys.builtin_module_names:
        return ModuleSpec(package, None)
    try:
        return PathFinder.find_spec(package)
    except (ImportError, ValueError):
        return None


def _own() -> list[str]:
    """The interpreter's standard library and installed packages, each resolved."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    found = [sysconfig.get_path(name) for name in names]
    # Where the interpreter is linked against its own shared library, that lies beside it.
    found.append(str(Path(sys.base_prefix) / "lib"))
    return [str(Path(path).resolve()) for path in found if path and Path(path).exists()]


def _locations(spec: ModuleSpec) -> list[str]:
    if spec.submodule_search_locations is not None:
        return [str(Path(place).resolve()) for place in spec.submodule_search_locations]
    if spec.origin is not None and Path(spec.origin).exists():
        return [str(Path(spec.origin).resolve())]
    return []
