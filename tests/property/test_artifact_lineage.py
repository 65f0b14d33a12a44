"""Laws of lineage: it never has a cycle, and up and down say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.provenance.provenance_parts import Place, an_artifact, digest_of

from tarl.errors import Conflict
from tarl.provenance.artifacts.artifact import TYPES, Relation

NAMES = "abcdef"
RELATIONS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(TYPES), st.sampled_from(NAMES)), max_size=14
)


def closure(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Warshall's: what stands on what, directly or not."""
    found = set(edges)
    for middle in NAMES:
        found |= {
            (low, high)
            for low in NAMES
            for high in NAMES
            if (low, middle) in found and (middle, high) in found
        }
    return found


@given(RELATIONS)
def test_a_relation_is_refused_if_and_only_if_it_closes_a_cycle(
    said: list[tuple[str, str, str]],
) -> None:
    artifacts = Place().artifacts
    artifacts.record([an_artifact(name) for name in NAMES], by="alice")
    names = {digest_of(name): name for name in NAMES}
    kept: set[tuple[str, str]] = set()
    for source, type, target in said:
        relation = Relation(source=digest_of(source), target=digest_of(target), type=type)
        edge = names[relation.edge.product], names[relation.edge.origin]
        closes = any((name, name) in closure(kept | {edge}) for name in NAMES)
        if closes:
            with pytest.raises(Conflict, match="stand on itself"):
                artifacts.record([], [relation], by="alice")
        else:
            artifacts.record([], [relation], by="alice")
            kept.add(edge)
    stands_on = closure(kept)
    for name in NAMES:
        up = {each.name for each in artifacts.up(digest_of(name)).artifacts}
        down = {each.name for each in artifacts.down(digest_of(name)).artifacts}
        assert up == {origin for product, origin in stands_on if product == name}
        assert down == {product for product, origin in stands_on if origin == name}
