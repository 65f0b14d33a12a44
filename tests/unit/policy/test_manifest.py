"""Manifests: what a workflow may need."""

from __future__ import annotations

import pytest

from tarl.policy.manifest import Manifest

MANIFEST = Manifest(frozenset({"net.connect", "file.read.*"}))


@pytest.mark.parametrize(
    ("need", "held"),
    [
        ("net.connect", True),
        ("file.read.prices", True),
        ("file.read.a.b", True),
        ("file.read.*", True),
        ("file.read", False),
        ("file.*", False),
        ("net.connected", False),
    ],
)
def test_what_a_manifest_holds(need: str, held: bool) -> None:
    assert MANIFEST.holds(need) is held
    assert MANIFEST.outside([need]) == (() if held else (need,))


def test_what_is_outside_is_listed_once_and_in_order() -> None:
    assert MANIFEST.outside(["x", "a.b", "x", "net.connect"]) == ("a.b", "x")
    assert Manifest(frozenset()).outside(["a"]) == ("a",)
    assert Manifest(frozenset({"*"})).outside(["a", "b.c"]) == ()
