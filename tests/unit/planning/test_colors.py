"""Colours by name: as a lamp is told them, and as it shows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl.planning.colors import COLORS, chromaticity, hue_and_saturation, name_of

_SHIFT = st.floats(-3, 3)


@given(st.sampled_from(sorted(COLORS)), _SHIFT, _SHIFT)
def test_a_lamp_that_comes_near_a_color_shows_it(name: str, hue: float, saturation: float) -> None:
    told = hue_and_saturation(name)
    assert name_of(told[0] + hue, min(max(told[1] + saturation, 0), 100)) == name


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [("red", 0.64, 0.33), ("blue", 0.15, 0.06), ("green", 0.3, 0.6), ("white", 0.3127, 0.329)],
)
def test_primaries_and_white_have_the_chromaticities_of_srgb(name: str, x: float, y: float) -> None:
    assert chromaticity(name) == pytest.approx((x, y), abs=0.0005)
