"""Everything that is wrong with a policy text, each thing with its place; or the rules it holds.

Cedar's own validator finds unknown actions, entity types and attributes, and errors of type. What
it lets pass is found here: ``context has acess`` (which is false for ever), a pattern compared with
``==``, an agent's id without its tenant, two rules of one name, templates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tarl.errors import Exceeded, Invalid
from tarl.policy.cedar import tree
from tarl.policy.cedar.engine import engine
from tarl.policy.cedar.source import Statement, place_in, statements
from tarl.policy.cedar.vocabulary import (
    AGENT_ATTRIBUTES,
    CONTEXT_ATTRIBUTES,
    FREE,
    KNOWN_TEXTS,
    RESOURCE_ATTRIBUTES,
    Vocabulary,
    schema_of,
)
from tarl.values.ids import encode_segment

NAME_CHARS_MAX = 200
FINDINGS_MAX = 50
"""More than anybody reads."""


class Rule(NamedTuple):
    """One policy of a text.

    Attributes:
        name: What its ``@id`` says, else ``rule`` and its number.
        effect: ``permit`` or ``forbid``.
        text: Its text.
        scope: The actions and patterns that its head names; None for any.
        mentions: What it reads.
        reason: What its ``@reason`` says to who is refused.
        line: Where it begins.
        tree: What it is parsed to, in Cedar's JSON form.
    """

    name: str
    effect: str
    text: str
    scope: frozenset[str] | None
    mentions: tree.Mentions
    reason: str | None
    line: int
    tree: Mapping[str, Any]


class Finding(NamedTuple):
    """Something wrong: a stable code, where, which rule, and a sentence."""

    code: str
    line: int
    column: int
    rule: str
    message: str

    def as_data(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return self._asdict()


def read_rules(
    text: str, vocabulary: Vocabulary = FREE, *, tenant: str | None = None
) -> list[Rule]:
    """The rules of a sound text.

    Raises:
        Invalid: something is wrong with it: the first finding's code (``policy.*``) and place; all
            findings are in the facts.
        Exceeded: it is too large, too deep or has too many rules.
        Unavailable: there is no engine (``policy.no_engine``).
    """
    rules, findings = examine(text, vocabulary, tenant=tenant)
    if findings:
        raise refusal(findings)
    return rules


def refusal(findings: Sequence[Finding]) -> Invalid:
    """The error for a text with findings: the first one's, with all of them as facts."""
    first = findings[0]
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return Invalid(
        f"line {first.line}, column {first.column}: {first.message}{more}",
        code=first.code,
        next_step="tarl policy check FILE shows everything that is wrong",
        line=first.line,
        column=first.column,
        findings=[finding.as_data() for finding in findings[:FINDINGS_MAX]],
    )


def examine(
    text: str, vocabulary: Vocabulary = FREE, *, tenant: str | None = None
) -> tuple[list[Rule], list[Finding]]:
    """The rules of a text, and what is wrong with it, in the order of the text.

    Args:
        text: The policies.
        vocabulary: What they may name.
        tenant: Whose they are, to find agents of others; any when left out.
    """
    found = statements(text)
    rules, findings = _read(found)
    if findings:
        return rules, findings
    named = {id for rule in rules for kind, id in rule.mentions.entities if kind == "Action"}
    schema = engine().Schema.from_json_str(json.dumps(schema_of(vocabulary, named)))
    for rule, statement in zip(rules, found, strict=True):
        own = list(_own_findings(rule, statement, vocabulary, tenant))
        findings += own or _validated(rule, statement, schema)
    findings += _twice(rules)
    return rules, sorted(findings, key=lambda finding: (finding.line, finding.column))


def parse_rules(text: str) -> list[Rule]:
    """The rules of a text that was validated before; they are only parsed.

    Raises:
        Invalid, Exceeded, Unavailable: as ``read_rules``.
    """
    rules, findings = _read(statements(text))
    if findings:
        raise refusal(findings)
    return rules


def _read(found: Sequence[Statement]) -> tuple[list[Rule], list[Finding]]:
    """The rules of statements, and which of those are none."""
    if not found:
        empty = "there is no policy in the text"
        return [], [Finding("policy.empty", 1, 1, "", empty)]
    rules: list[Rule] = []
    findings: list[Finding] = []
    for number, statement in enumerate(found):
        parsed = _parsed(statement, number)
        if isinstance(parsed, Finding):
            findings.append(parsed)
        else:
            rules.append(parsed)
    return rules, findings


def _parsed(statement: Statement, number: int) -> Rule | Finding:
    """The rule of a statement, or why it is none."""
    name = f"rule{number + 1}"
    try:
        data = json.loads(engine().policies_to_json_str(statement.text))
    except ValueError as error:
        line, column = place_in(statement, str(error))
        return Finding("policy.syntax", line, column, name, _sentence(str(error)))
    except RecursionError:
        raise Exceeded(
            f"line {statement.line}: the policy is nested too deeply",
            code="policy.too_deep",
            line=statement.line,
        ) from None
    held = list(data["staticPolicies"].values())
    if data["templates"] or len(held) != 1:
        text = "a template has no effect here: name the principal and the resource"
        return Finding("policy.template", statement.line, statement.column, name, text)
    policy, notes = held[0], held[0].get("annotations", {})
    own_name = notes.get("id")
    if own_name is not None and not _is_name(own_name):
        text = f"@id({json.dumps(own_name)}) is no name: write one of printable characters"
        return Finding("policy.rule_name", statement.line, statement.column, name, text)
    return Rule(
        name=own_name or name,
        effect=policy["effect"],
        text=statement.text,
        scope=tree.scope_of(policy),
        mentions=tree.mentions(policy),
        reason=notes.get("reason") or None,
        line=statement.line,
        tree=policy,
    )


def _own_findings(
    rule: Rule, statement: Statement, vocabulary: Vocabulary, tenant: str | None
) -> Iterator[Finding]:
    """What Cedar's validator lets pass."""

    def finding(code: str, text: str, word: str) -> Finding:
        line, column = place_in(statement, f"`{word}`")
        return Finding(code, line, column, rule.name, text)

    read = rule.mentions.attributes
    known = {
        "principal": (AGENT_ATTRIBUTES, "an agent"),
        "resource": (RESOURCE_ATTRIBUTES, "a resource"),
        "context": (CONTEXT_ATTRIBUTES, "the context"),
    }
    for variable, (names, what) in known.items():
        for name in sorted(read[variable] - set(names)):
            text = f"{what} has no attribute `{name}`, but {', '.join(names)}"
            yield finding("policy.unknown_attribute", text, name)
    if read["args"] and vocabulary.is_free:
        text = (
            "the types of arguments are not known: name the file of the activities (--code) or of"
            " a vocabulary (--schema)"
        )
        yield finding("policy.no_arguments", text, min(read["args"]))
    elif read["args"]:
        about = [a for a in vocabulary.actions or () if tree.is_about(rule.scope, a)]
        arguments = vocabulary.arguments(about)
        for name in sorted(read["args"] - arguments) if about else ():
            of = f"the actions that rule {rule.name} is about"
            text = f"none of {of} has an argument `{name}`"
            yield finding("policy.unknown_attribute", text, name)
    for of, name, text in sorted(rule.mentions.compared):
        values = KNOWN_TEXTS.get((of, name))
        if values is not None and text not in values:
            told = f'{of}.{name} is never "{text}", but one of {", ".join(values)}'
            yield finding("policy.unknown_value", told, f'"{text}"')
    for kind, id in sorted(rule.mentions.entities):
        if "*" in id and kind != "Action":
            told = f'`{kind}::"{id}"` is no pattern: write `in`, and the path without a star'
            yield finding("policy.pattern", told, f'"{id}"')
        elif kind == "Agent":
            owner, _, agent = id.partition("/")
            if not owner or not agent or (tenant and owner != encode_segment(tenant)):
                text = f'an agent is written Agent::"{tenant or "TENANT"}/ID", not "{id}"'
                yield finding("policy.agent", text, f'"{id}"')
        elif kind == "Action" and id.endswith("*"):
            pattern = re.escape(f'Action::"{id}"')
            if re.search(rf"[=!]=\s*{pattern}", statement.text):
                text = f'`Action::"{id}"` is a pattern: write `action in`, not `action ==`'
                yield finding("policy.pattern", text, f'"{id}"')


def _validated(rule: Rule, statement: Statement, schema: Any) -> list[Finding]:
    """What Cedar's validator finds in one rule; the same thing in several actions once."""
    result = engine().validate_policies(statement.text, schema)
    found: dict[tuple[str, int, int], Finding] = {}
    for error in result.errors:
        message = re.sub(r"^for policy `[^`]*`, ", "", error.error)
        code = next((code for sign, code in _CODES if sign in message), "policy.ill_typed")
        line, column = place_in(statement, message)
        finding = Finding(code, line, column, rule.name, _sentence(message))
        found.setdefault((code, line, column), finding)
    telling = [finding for finding in found.values() if finding.code != "policy.never"]
    return telling or list(found.values())


_CODES = (
    ("unrecognized action", "policy.unknown_action"),
    ("unrecognized entity type", "policy.unknown_type"),
    ("unable to find an applicable action", "policy.never"),
    ("not found", "policy.unknown_attribute"),
    ("optional attribute", "policy.optional"),
    ("parse error", "policy.syntax"),
)
"""Codes by what Cedar's messages say, the first that fits; anything else is an error of type."""


def _twice(rules: Sequence[Rule]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for rule in rules:
        if rule.name in first:
            text = f"another rule is named {rule.name} (line {first[rule.name]})"
            yield Finding("policy.rule_name", rule.line, 1, rule.name, text)
        first.setdefault(rule.name, rule.line)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= NAME_CHARS_MAX and text.isprintable() and text == text.strip()


def _sentence(text: str) -> str:
    return " ".join(text.split())
