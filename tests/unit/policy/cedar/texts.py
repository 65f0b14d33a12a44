"""Policies and a vocabulary that the tests of Cedar share."""

from __future__ import annotations

from typing import Any

from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.request import Question
from tarl.policy.cedar.vocabulary import read_vocabulary

VOCABULARY = read_vocabulary(
    {
        "actions": {
            "bank.pay": {"args": {"amount_minor": "Long", "to": "String", "rate?": "decimal"}},
            "bank.look": {},
            "mail.send": {
                "args": {"to": "String", "tags?": "Set<String>", "amount_minor?": "Long"}
            },
        }
    }
)

LIMIT = """\
@id("limit")
@reason("above 100 EUR a person pays")
forbid (principal, action == Action::"bank.pay", resource)
when { context.args.amount_minor > 10000 };
"""


def edition(text: str = LIMIT, policy: str = "limits", **options: Any) -> Edition:
    return Edition(**{"version": 1, "vocabulary": VOCABULARY, **options}, policy=policy, text=text)


def asked(action: str = "bank.pay", **facts: Any) -> Question:
    args = {"amount_minor": 500, "to": "ann"}
    known: dict[str, Any] = {"tenant": "acme", "agent": "bob", "resource": "account/7"}
    return Question(**{"action": action, "args": args, **known, **facts})
