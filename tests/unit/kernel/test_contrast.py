from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tarl.kernel.contrast import LINES_MAX, contrast, pretty

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)

PROMPT = """You are a critic of reports. Be brief. Say first what is wrong.
Then say what is missing. Do not praise anything."""


def test_a_changed_sentence_is_a_changed_line() -> None:
    before = {"messages": [{"role": "system", "content": PROMPT}], "model": "m"}
    after = {**before, "messages": [{"role": "system", "content": PROMPT.replace("brief", "kind")}]}

    assert contrast(before, after).splitlines() == [
        "--- recorded",
        "+++ the code",
        "@@ -4,5 +4,5 @@",
        '       "content": """',
        "         You are a critic of reports. ",
        "-        Be brief. ",
        "+        Be kind. ",
        "         Say first what is wrong.\\n",
        "         Then say what is missing. ",
    ]


def test_a_diff_is_a_page() -> None:
    lines = contrast([*range(1_000)], [*range(1_000, 2_000)]).splitlines()

    assert len(lines) == LINES_MAX + 1
    assert lines[-1] == "… (more differs)"


@given(JSON, JSON)
def test_equal_values_and_no_others_have_no_diff(a: object, b: object) -> None:
    assert contrast(a, a) == ""
    assert (contrast(a, b) == "") == (list(pretty(a)) == list(pretty(b)))


@given(st.text(), st.text())
def test_no_text_is_lost(a: str, b: str) -> None:
    assert (list(pretty(a)) == list(pretty(b))) == (a == b)
