"""A process's metrics in Prometheus' text format, version 0.0.4.

After https://prometheus.io/docs/instrumenting/exposition_formats and its naming practices: names
begin with ``tarl_``, dots become underscores, counters end in ``_total``, and durations, which tarl
holds in milliseconds, are in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tarl.values.metrics import BOUNDS_MS, Histogram, Labels, Registry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_UNFIT = re.compile("[^a-zA-Z0-9_]")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(registry: Registry, *, prefix: str = "tarl_") -> str:
    """Every metric of the registry; ends with a line feed, empty if there is none."""
    return "".join(f"{line}\n" for line in _lines(registry, prefix))


def exposed_name(name: str, kind: str, *, prefix: str = "tarl_") -> str:
    """What Prometheus calls a metric."""
    base = prefix + _UNFIT.sub("_", name)
    if kind == "counter":
        return f"{base}_total"
    return f"{base.removesuffix('_ms')}_seconds" if kind == "histogram" else base


def _lines(registry: Registry, prefix: str) -> Iterator[str]:
    begun: dict[str, str] = {}
    for name, kind, labels, value in registry.series():
        exposed = exposed_name(name, kind, prefix=prefix)
        while begun.get(exposed, name) != name:
            exposed += "_"  # another metric's name is spelled alike
        if exposed not in begun:
            begun[exposed] = name
            yield f"# HELP {exposed} {_help(name)}"
            yield f"# TYPE {exposed} {kind}"
        if isinstance(value, Histogram):
            yield from _histogram(exposed, labels, value)
        else:
            yield f"{exposed}{_braced(labels)} {_number(value)}"


def _histogram(name: str, labels: Labels, found: Histogram) -> Iterator[str]:
    below = 0
    for bound_ms, observed in zip(BOUNDS_MS, found.buckets, strict=False):
        below += observed
        limit = ("le", _number(bound_ms / 1000))
        yield f"{name}_bucket{_braced((*labels, limit))} {below}"
    yield f"{name}_bucket{_braced((*labels, ('le', '+Inf')))} {found.observed}"
    yield f"{name}_sum{_braced(labels)} {_number(found.sum_ms / 1000)}"
    yield f"{name}_count{_braced(labels)} {found.observed}"


def _braced(labels: Labels) -> str:
    if not labels:
        return ""
    inner = ",".join(f'{_label(name)}="{str(v).translate(_ESCAPES)}"' for name, v in labels)
    return f"{{{inner}}}"


def _label(name: str) -> str:
    fit = _UNFIT.sub("_", name)
    return f"_{fit}" if fit[:1].isdigit() else fit


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)


def _help(name: str) -> str:
    return name.replace("\\", r"\\").replace("\n", r"\n")
