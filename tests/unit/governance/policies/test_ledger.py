"""Policies in the journal: versions that never change, at most one in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.governance.policies.parts import (
    LIMIT,
    PROJECTIONS,
    VOCABULARY,
    memory,
    opened,
    policies,
)

from tarl.crypto.keys import Keyring
from tarl.errors import Corrupt, Denied, Exceeded, Invalid, Missing
from tarl.governance.policies import ledger as ledgers
from tarl.governance.policies.ledger import Policies
from tarl.governance.policies.state import stream_of
from tarl.journal import maintenance
from tarl.journal.projection import table_names
from tarl.policy.cedar.source import TEXT_BYTES_MAX
from tarl.tenancy.scope import Caller
from tarl.tenancy.scoped import scoped


def ledger() -> Policies:
    return policies(memory())


def test_a_version_is_kept_as_it_was_registered() -> None:
    known = ledger()
    made = known.register("limits", LIMIT, vocabulary=VOCABULARY, level="warning", closed=True)
    assert (made.version, made.level, made.closed, made.text) == (1, "warning", True, LIMIT)
    assert known.edition("limits", 1) == made
    second = known.register("limits", LIMIT + "\n", vocabulary=VOCABULARY)
    assert (second.version, second.level) == (2, "required")
    assert known.edition("limits", 1) == made
    assert [s.newest for s in known.ls()] == [2]
    assert known.get("limits").active is None


def test_the_same_again_is_no_new_version() -> None:
    known = ledger()
    first = known.register("limits", LIMIT, vocabulary=VOCABULARY)
    assert known.register("limits", LIMIT, vocabulary=VOCABULARY) == first
    assert known.register("limits", LIMIT, vocabulary=VOCABULARY, level="audit").version == 2
    assert known.register("limits", LIMIT, vocabulary=VOCABULARY).version == 3


def test_one_version_is_in_force_until_another_is() -> None:
    known = ledger()
    for text in (LIMIT, LIMIT + " "):
        known.register("limits", text, vocabulary=VOCABULARY)
    assert known.in_force() == []
    assert known.activate("limits", 1).active == 1
    assert [e.version for e in known.in_force()] == [1]
    assert known.activate("limits").active == 2
    assert known.activate("limits").active == 2
    assert known.deactivate("limits").active is None
    assert known.deactivate("limits").active is None
    told = [(type(body).__name__, body.version) for _, body in known.history("limits")]
    assert told == [
        ("PolicyRegistered", 1),
        ("PolicyRegistered", 2),
        ("PolicyActivated", 1),
        ("PolicyActivated", 2),
        ("PolicyDeactivated", 2),
    ]


def test_what_is_unsound_is_not_registered() -> None:
    known = ledger()
    for options, code in (
        ({"level": "strict"}, "policy.enforcement_level"),
        ({"language": "rego"}, "policy.language"),
        ({"vocabulary": ledgers.FREE}, "policy.no_arguments"),
    ):
        with pytest.raises(Invalid) as refused:
            known.register("limits", LIMIT, **{"vocabulary": VOCABULARY, **options})  # type: ignore[arg-type]
        assert refused.value.code == code
    with pytest.raises(Exceeded) as large:
        known.register("limits", "/" * (TEXT_BYTES_MAX + 1))
    assert large.value.code == "policy.too_large"
    for name, code in (("a@1", "policy.id"), ("", "id.empty"), ("a\nb", "id.characters")):
        with pytest.raises(Invalid) as refused:
            known.register(name, LIMIT, vocabulary=VOCABULARY)
        assert refused.value.code == code
    with pytest.raises(Invalid) as refused:
        known.register("a", 'forbid (principal == Agent::"b/c", action, resource);', tenant="acme")
    assert refused.value.code == "policy.agent"
    assert known.ls() == []


def test_what_is_not_there_is_missing() -> None:
    known = ledger()
    for ask in (known.get, known.edition, known.activate, known.deactivate):
        with pytest.raises(Missing) as missing:
            ask("limits")
        assert missing.value.code == "policy.missing"
    known.register("limits", LIMIT, vocabulary=VOCABULARY)
    for ask in (known.edition, known.activate):
        with pytest.raises(Missing) as missing:
            ask("limits", 2)
        assert missing.value.code == "policy.version"
    with pytest.raises(Missing):
        known.get("limits", tenant="acme")


def test_so_many_are_in_force_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "ACTIVE_MAX", 2)
    known = ledger()
    for name in ("a", "b", "c"):
        known.register(name, LIMIT, vocabulary=VOCABULARY)
    known.activate("a")
    known.activate("b")
    with pytest.raises(Exceeded) as refused:
        known.activate("c")
    assert refused.value.code == "policy.too_many_active"
    assert known.get("c").active is None
    known.deactivate("a")
    assert known.activate("c").active == 1
    known.register("b", LIMIT + " ", vocabulary=VOCABULARY)
    assert known.activate("b").active == 2  # in the place of its own former version


def test_who_acts_for_a_tenant_sees_its_policies_and_changes_none() -> None:
    store = memory()
    policies(store).register("limits", LIMIT, vocabulary=VOCABULARY, tenant="acme")
    theirs = policies(scoped(store, Caller("acme"), tables=table_names(PROJECTIONS)))
    assert theirs.edition("limits", tenant="acme").text == LIMIT
    with pytest.raises(Denied) as refused:
        theirs.activate("limits", tenant="acme")
    assert refused.value.code == "tenant.operator"
    others = policies(scoped(store, Caller("zeta"), tables=table_names(PROJECTIONS)))
    assert others.ls() == []
    with pytest.raises(Missing):
        others.edition("limits", tenant="acme")


def test_the_tables_are_a_fold_of_the_events(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    store = opened(path)
    known = policies(store)
    for text in (LIMIT, LIMIT + " "):
        known.register("limits", text, vocabulary=VOCABULARY)
    known.activate("limits", 1)
    known.register("other", LIMIT, vocabulary=VOCABULARY, tenant="acme")
    store.close()
    assert maintenance.check(path, Keyring(), projections=PROJECTIONS, deep=True).is_sound


def test_a_text_that_was_changed_in_the_file_does_not_decide() -> None:
    store = memory()
    known = policies(store)
    known.register("limits", LIMIT, vocabulary=VOCABULARY)
    (event,) = store.read(stream_of("default", "limits"))
    assert event.body is not None
    changed = event._replace(body=event.body.replace(b"10000", b"90000"))
    store.read = lambda *_, **__: iter([changed])  # type: ignore[method-assign]
    with pytest.raises(Corrupt) as corrupt:
        known.edition("limits")
    assert corrupt.value.code == "policy.digest"


def test_two_who_register_at_once_make_two_versions(tmp_path: Path) -> None:
    here, there = opened(tmp_path / "j.db"), opened(tmp_path / "j.db")
    commit = here.commit

    def late(*args: Any, **options: Any) -> None:
        here.commit = commit  # type: ignore[method-assign]
        policies(there).register("limits", LIMIT + " ", vocabulary=VOCABULARY)
        commit(*args, **options)

    here.commit = late  # type: ignore[method-assign]
    made = policies(here).register("limits", LIMIT, vocabulary=VOCABULARY)
    assert (made.version, made.text) == (2, LIMIT)
    assert policies(there).edition("limits", 1).text == LIMIT + " "
    here.close()
    there.close()
