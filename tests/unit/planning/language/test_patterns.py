"""The notation of the lexica, and that all they hold is written in it."""

from __future__ import annotations

import pytest
from tests.goal_frames import utterances

from tarl.planning.language.grammar import FAMILIES, LEXICA, grammar_for
from tarl.planning.language.line import char_of, kind_of, read
from tarl.planning.language.patterns import Notation, Pattern


def found(pattern: str, text: str, *, whole_words: bool = True) -> str | None:
    macros = {"m": "one|one two", "stops": "when", "small": "the", "a": "{a}"}
    match = next(Notation(macros, whole_words=whole_words).pattern(pattern).finditer(text), None)
    return match and match[0]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("(ready|done) [all] by", "all done by noon", "done by"),
        ("[please] run [it]", "please run it now", "please run it"),
        ("[please] run [it]", "run now", "run"),
        ("(a|an|) hour", "in hour", "hour"),
        # The longest alternative, whatever the order in which they are written.
        ("{m}", "one two", "one two"),
        # Whole words.
        ("run", "outrun", None),
        ("run", "running", None),
        # What clings to the word before it.
        ("he ('s|is) home", "he's home", "he's home"),
        ("now , please", "now, please", "now, please"),
        ("if qu' il", "if qu'il", "if qu'il"),
        ("two - five", "two-five", "two-five"),
        # Where it stands.
        ("^is it", "so is it", None),
        ("!not so", "not so", None),
        ("!not|never so", "never so", None),
        ("@quite so", "not so", None),
        ("@quite|ever so", "ever so", "so"),
        # Words that do not matter: many, or few and small.
        ("no ... cloud", "no picture of us in the cloud", "no picture of us in the cloud"),
        ("no ... cloud", "no cloud", "no cloud"),
        ("no ... cloud", "no lights when cloud", None),
        ("not .. over", "not ever go over", "not ever go over"),
        ("not .. over", "not let the room go over", None),
    ],
)
def test_the_notation(pattern: str, text: str, expected: str | None) -> None:
    if pattern.startswith(("!", "@")):
        pattern = pattern.replace(" so", " (so)")
    assert found(pattern, text) == expected


def test_ideographs_have_no_words_to_be_whole() -> None:
    assert found("洗碗", "请洗碗吧", whole_words=False) == "洗碗"


@pytest.mark.parametrize(
    "pattern",
    ["a < b", "(a|b", "[all] [optional]", "([all]|b)", "[one|two]", "a ]", "{none}", "{self}"],
)
def test_what_is_no_notation_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"notation|pattern|unbalanced|macro"):
        Notation({"self": "or {self}"}, whole_words=True).pattern(pattern)


def patterns_of(language: str) -> list[Pattern]:
    grammar = grammar_for(language)
    assert grammar is not None
    stages = (*grammar.stages, *grammar.named)
    return [rule.pattern for rules in stages for rule in rules if isinstance(rule.pattern, Pattern)]


@pytest.mark.parametrize("language", LEXICA)
def test_a_pattern_is_tried_wherever_it_matches(language: str) -> None:
    rows = [*utterances("dev"), *utterances("dev2")]
    texts = [read(row.text).text for row in rows if row.language == language][:40]
    patterns = patterns_of(language)
    found = 0
    for text in ("\n".join(texts), *texts):
        for pattern in patterns:
            spans = [match.span() for match in pattern.regex.finditer(text)]
            assert [match.span() for match in pattern.finditer(text)] == spans
            found += len(spans)
    assert len(texts) > 10
    assert found > len(patterns) / 10


def test_few_patterns_are_compiled_for_a_sentence() -> None:
    notation = Notation({}, whole_words=True)
    pattern = notation.pattern("(run|start) [the] <D> before <T>")
    assert pattern.words == ("before",)
    assert not list(pattern.finditer(f"run the {char_of('D')} at {char_of('T')}"))
    assert pattern._regex is None


@pytest.mark.parametrize("language", LEXICA)
def test_a_lexicon_speaks_of_known_families_in_tuples(language: str) -> None:
    grammar = grammar_for(language)
    assert grammar is not None
    for key, patterns in grammar.lexicon.phrases.items():
        assert key.partition(".")[0] in FAMILIES
        assert isinstance(patterns, tuple)


def test_a_language_of_a_region_is_that_language() -> None:
    assert grammar_for("de-CH") is grammar_for("de")
    assert grammar_for("zh_CN") is grammar_for("zh")
    assert grammar_for("fi") is None


def test_what_was_said_can_be_found_again() -> None:
    sentence = "  Café ﬁn “now”  ½"
    line = read(sentence)
    assert line.text == 'café fin "now" 1⁄2'
    assert sentence[slice(*line.said(line.text.index("fin"), line.text.index("fin") + 3))] == "ﬁn"


def test_kinds_are_characters_that_nobody_can_say() -> None:
    assert kind_of(char_of("D")) == "D"
    assert kind_of("D") is None
    assert char_of("D") not in read(f"a {char_of('D')} b").text
