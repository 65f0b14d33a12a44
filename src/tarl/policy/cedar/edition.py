"""One version of a policy, as it is registered and evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from tarl.policy.cedar.check import Rule, parse_rules, read_rules
from tarl.policy.cedar.source import check_language
from tarl.policy.cedar.vocabulary import FREE, Vocabulary, schema_digest, schema_of
from tarl.policy.enforcement import Level
from tarl.values.canonical import encode


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a policy.

    Attributes:
        policy: The policy's id.
        version: Counted from 1; 0 for a text that is not registered.
        text: The policies in ``language``.
        vocabulary: What they may name.
        level: What its refusals come to.
        closed: Whether it refuses what none of its permits matches, of the actions that its
            vocabulary names (any, if that is free). An edition that is not closed refuses what one
            of its forbids matches, and nothing else.
        language: Cedar.
        semver: Its semantic version; empty for a text that is not registered.
        environment: Where it decides; empty for everywhere.
        violation: As how severe a violation each of its refusals is recorded; empty for none.
        data: What it was compiled from, if it was not written in ``language``.
    """

    policy: str
    version: int
    text: str
    vocabulary: Vocabulary = FREE
    level: Level = "required"
    closed: bool = False
    language: str = "cedar"
    semver: str = ""
    environment: str = ""
    violation: str = ""
    data: Mapping[str, Any] | None = None

    @property
    def schema(self) -> str:
        """The digest of the schema it was validated against: SHA-256 in hex."""
        named = () if self.vocabulary.actions is not None else _named(self)
        return schema_digest(schema_of(self.vocabulary, named))

    @property
    def digest(self) -> str:
        """SHA-256 in hex of everything that decides: two editions of one digest answer alike."""
        decides = {
            "closed": self.closed,
            "language": self.language,
            "level": self.level,
            "text": self.text,
            "vocabulary": self.vocabulary.as_data(),
        }
        if self.violation:  # what older editions do not have
            decides["violation"] = self.violation
        return sha256(encode(decides)).hexdigest()

    @property
    def label(self) -> str:
        """How people name it: by its number, or by its semantic version if somebody chose that."""
        named = str(self.version) if self.is_numbered else self.semver
        return f"{self.policy}@{named}" if self.version else self.policy

    @property
    def is_numbered(self) -> bool:
        """Whether its number says all that its semantic version says."""
        return self.semver in ("", f"{self.version}.0.0")

    def parsed(self) -> list[Rule]:
        """Its rules, which were validated when it was registered.

        Raises:
            Invalid, Exceeded, Unavailable: as ``rules``.
        """
        check_language(self.language)
        return parse_rules(self.text)

    def rules(self, *, tenant: str | None = None) -> list[Rule]:
        """Its rules, each validated.

        Raises:
            Invalid, Exceeded, Unavailable: as ``read_rules``; an unknown language
                (``policy.language``).
        """
        check_language(self.language)
        return read_rules(self.text, self.vocabulary, tenant=tenant)


def _named(edition: Edition) -> set[str]:
    rules = edition.parsed()
    return {id for rule in rules for kind, id in rule.mentions.entities if kind == "Action"}
