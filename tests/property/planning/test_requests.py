"""Whatever a request holds, it is read or refused."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.planning.scene import HOME

from tarl.planning.requests import (
    BadRequest,
    OrchestrationRequest,
    Preferences,
    checked_request,
    wishes_of,
)
from tarl.planning.task import TriggerType
from tarl.values.canonical import encode
from tarl.values.plain import plain

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(("location", "area", "language", *Preferences.__struct_fields__))
ASIDE = st.dictionaries(NAMES | st.text(max_size=5), VALUES, max_size=5)


@given(hints=ASIDE, preferences=ASIDE, user=VALUES, trigger=VALUES | st.sampled_from(TriggerType))
def test_a_request_is_read_or_refused(
    hints: dict[str, object], preferences: dict[str, object], user: object, trigger: object
) -> None:
    request = OrchestrationRequest(
        trigger_type=trigger,  # type: ignore[arg-type]
        intent="run the washer",
        user_id=user,  # type: ignore[arg-type]
        context_hints=hints,
        preferences=preferences,
    )
    try:
        asked = checked_request(request)
        wishes = wishes_of(asked, HOME)
    except BadRequest:
        return
    assert asked.trigger_type in TriggerType
    assert encode(plain([asked.context_hints, asked.preferences]))
    assert wishes.area is None or wishes.area in {area.id for area in HOME.areas}
    ignored = set(preferences) - set(Preferences.__struct_fields__)
    assert len([text for text in wishes.warnings if "preference" in text]) >= len(ignored)
