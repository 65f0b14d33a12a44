"""Secrets and personal data are found by their form and checksum; what looks like them is not."""

from __future__ import annotations

from random import Random
from time import process_time

import pytest
from tests.unit.governance.safety.sensitive_corpus import CLEAN, FOUND

from tarl.errors import Invalid
from tarl.governance.safety.sensitive.classes import FINDERS, expand, find
from tarl.governance.safety.sensitive.normal import normal

MIB = 1_048_576


@pytest.mark.parametrize(("kind", "text", "value"), FOUND, ids=[text[:30] for _, text, _ in FOUND])
def test_what_is_sensitive_is_found_whole(kind: str, text: str, value: str) -> None:
    assert [(each.kind, text[each.start : each.end]) for each in find(text)] == [(kind, value)]


@pytest.mark.parametrize("text", CLEAN, ids=[text[:30] for text in CLEAN])
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert find(text) == []


def test_a_wrong_check_digit_is_nothing() -> None:
    for kind, _, value in FOUND:
        if kind not in ("iban", "card"):
            continue
        last = next(at for at in reversed(range(len(value))) if value[at].isdigit())
        for wrong in set("0123456789") - {value[last]}:
            assert find(value[:last] + wrong + value[last + 1 :], [kind]) == [], value


def test_several_in_one_text_are_all_found_in_order() -> None:
    dice = Random(3)
    for _ in range(50):
        chosen = [each for each in dice.sample(FOUND, 5) if "PRIVATE" not in each[2]]
        text = "\n\n".join(text for _, text, _ in chosen)
        found = [text[each.start : each.end] for each in find(text)]
        assert found == [value for _, _, value in chosen]


def test_only_the_classes_that_are_asked_for_are_looked_for() -> None:
    text = "a@b.example, DE89 3704 0044 0532 0130 00"
    assert [each.kind for each in find(text, ["iban"])] == ["iban"]
    assert find(text, expand(["secrets"])) == []


@pytest.mark.parametrize("hidden", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u200d", "\ufe0f"])
def test_invisible_characters_hide_nothing(hidden: str) -> None:
    for kind, text, value in FOUND:
        middle = len(value) // 2
        obscured = value[:middle] + hidden + value[middle:]
        again = text.replace(value, obscured)
        assert [(e.kind, again[e.start : e.end]) for e in find(again)] == [(kind, obscured)], text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("gr\u0435ta@\u0435xampl\u0435.org", "email"),
        ("\uff14\uff11\uff11\uff11 1111 1111 1111", "card"),
        ("4111\u00a01111\u20071111\u30001111", "card"),
        ("4111\u20111111\u20111111\u20111111", "card"),
        ("\u0410KIA" + "QZ3R7TPLM5XW2KVD", "api_key"),
        ("DE\u0668\u0669 3704 0044 0532 0130 00", "iban"),
        ("\U0001d429\U0001d41a\U0001d42c\U0001d42cword=hunter2x", "password"),
    ],
)
def test_look_alikes_hide_nothing(text: str, kind: str) -> None:
    (found,) = find(text)
    assert found.kind == kind
    assert text[found.start : found.end] in text


def test_places_in_the_normal_text_are_places_in_the_text() -> None:
    dice = Random(5)
    alphabet = "ab@. 1\u200b\u0430\uff11\u00e9\ufb01\U0001f600"
    for _ in range(500):
        text = "".join(dice.choice(alphabet) for _ in range(dice.randrange(1, 30)))
        read = normal(text)
        if read.text and read.places:
            assert len(read.places) == len(read.text)
            assert list(read.places) == sorted(read.places)
            assert read.span(0, len(read.text))[1] <= len(text)


HOSTILE = (
    "a",
    "a@",
    "a.a@a.",
    "@a.a.a.a.",
    "+1 ",
    "+1-",
    "1",
    "1 ",
    "1234-",
    "4111 1111 1111 1111 ",
    "DE89 ",
    "eyJaaaaaaaa.",
    "eyJaaaaaaaa.aaaaaaaa-",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY----- -----END ",
    "password=",
    "password =  ",
    'password="',
    "a=b:c=",
    "a://a:",
    "a://a:b@",
    "bearer ",
    "xoxb-",
    "sk-",
    "ghp_aaaaaaaa",
    "A1B2C3D4E5F6G7H8",
    "_.-",
    "\u200b",
    "\u0430@\u0430.\u0430 ",
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_for_ever(piece: str) -> None:
    begin = process_time()
    find(piece * (MIB // 16 // len(piece)))
    # In proportion to the text it takes a twentieth of a second; with its square, minutes.
    assert process_time() - begin < 3


def test_groups_and_classes_are_named() -> None:
    assert expand(["secrets", "email"]) == {"private_key", "jwt", "api_key", "password", "email"}
    assert expand(["all"]) == set(FINDERS)
    for wrong in ([], ["telepathy"]):
        with pytest.raises(Invalid) as refused:
            expand(wrong)
        assert refused.value.code == "safety.class"


def test_what_is_found_does_not_depend_on_what_lies_far_around_it() -> None:
    dice = Random(9)
    for kind, text, value in FOUND:
        if "PRIVATE" in value:
            continue
        before, after = ("lorem ipsum " * dice.randrange(1, 40) for _ in range(2))
        long = f"{before}\n12 apples\n{before}{text} {after}"
        found = [(each.kind, long[each.start : each.end]) for each in find(long)]
        assert found == [(kind, value)], text
