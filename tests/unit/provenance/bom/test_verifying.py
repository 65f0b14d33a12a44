"""Documents that were changed: each change is named, by the journal, by the seal, by signatures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.provenance.bom.bills import DECLARATIONS, digest, model_bill, ref
from tests.unit.provenance.provenance_parts import Place, signer

from tarl.errors import Exceeded, Invalid, Missing
from tarl.provenance.attestations.predicates import CYCLONEDX
from tarl.provenance.attestations.statement import Subject, make
from tarl.provenance.bom import reading, seal
from tarl.provenance.bom.graph import Basis, Bill
from tarl.provenance.bom.reading import read
from tarl.provenance.bom.verifying import FORMATS, subjects_of, verify
from tarl.values.canonical import encode

ALL = sorted(FORMATS)
EDITED = "its content is not the one that its id was made of: it was edited"


def written(form: str, bill: Bill | None = None) -> bytes:
    return FORMATS[form](bill or model_bill())


def problems(tree: Any, *, journal: bool = True) -> list[str]:
    draw: Callable[[Basis], Bill] | None = (lambda _: model_bill()) if journal else None
    return list(verify(encode(tree), draw=draw).problems)


def changed(form: str, change: Callable[[Any], None]) -> Any:
    tree = json.loads(written(form))
    change(tree)
    return tree


def resealed(tree: Any) -> Any:
    """A forger knows how the id is made."""
    id, data = read(tree).sealed_as, encode(tree)
    if id.startswith("urn:"):
        zeroed = data.replace(id.encode(), seal.UUID_ZEROS.encode())
        return json.loads(zeroed.replace(seal.UUID_ZEROS.encode(), seal.uuid_of(zeroed).encode()))
    zeros = (seal.NAMESPACE + seal.ZEROS).encode()
    zeroed = data.replace(id.encode(), zeros)
    return json.loads(zeroed.replace(zeros, seal.namespace_of(zeroed).encode()))


@pytest.mark.parametrize("form", ALL)
def test_what_was_not_changed_holds(form: str) -> None:
    found = verify(written(form), draw=lambda _: model_bill())
    assert found.problems == ()
    assert (found.format, found.components) == (form, 7)
    assert found.basis == model_bill().basis
    assert problems(json.loads(written(form)), journal=False) == []
    claims = written(form, model_bill().declaring(DECLARATIONS, assessor="Ann"))
    assert verify(claims, draw=lambda _: model_bill()).problems == ()
    assert "declarations" in verify(claims, draw=lambda _: model_bill()).checked[-1]


def packages(tree: Any) -> list[Any]:
    """The components of a document, whatever its format."""
    if "@graph" in tree:
        return [each for each in tree["@graph"] if "software_packageVersion" in each]
    if "packages" in tree:
        return list(tree["packages"])
    return [tree["metadata"]["component"], *tree["components"]]


def a_package(tree: Any, name: str) -> Any:
    return next(each for each in packages(tree) if each["name"] == name)


VERSIONS = ("version", "versionInfo", "software_packageVersion")


@pytest.mark.parametrize("form", ALL)
class TestAgainstTheJournal:
    def test_an_edited_version(self, form: str) -> None:
        def edit(tree: Any) -> None:
            found = a_package(tree, "scikit-learn")
            member = next(name for name in VERSIONS if name in found)
            found[member] = "9.9"

        tree = changed(form, edit)
        member = next(name for name in VERSIONS if name in a_package(tree, "mail"))
        said = f'component scikit-learn 9.9: {member} is "9.9", and the journal says "1.7"'
        expected = said.replace("learn 9.9:", "learn 1.7:")
        assert problems(tree) == [expected, EDITED]
        assert problems(resealed(tree)) == [expected]

    def test_a_component_that_was_left_out(self, form: str) -> None:
        def edit(tree: Any) -> None:
            gone = a_package(tree, "scikit-learn")
            id = gone.get("spdxId") or gone.get("SPDXID") or gone["bom-ref"]
            for listed in (
                tree.get("components"),
                tree.get("packages"),
                tree.get("@graph"),
            ):
                if listed and gone in listed:
                    listed.remove(gone)
            assert id

        found = problems(changed(form, edit))
        assert "component scikit-learn 1.7 was left out" in found
        assert any(each.endswith("is referred to, and is not there") for each in found)

    def test_a_relation_of_another_type(self, form: str) -> None:
        data = written(form)
        others = {
            "cyclonedx-1.6": (b"tarl:relation:trained_on", b"tarl:relation:requires"),
            "cyclonedx-1.7": (b"tarl:relation:trained_on", b"tarl:relation:requires"),
            "spdx-3.0.1": (b'"comment": "trained_on"', b'"comment": "requires"'),
            "spdx-2.3": (b'"comment": "trained_on"', b'"comment": "requires"'),
        }
        assert data.count(others[form][0]) == 1
        tree = json.loads(data.replace(*others[form]))
        found = problems(resealed(tree))
        assert any("the relation" in each for each in found)
        assert any("sorter 1.0" in each and "mail 1.0" in each for each in found)

    def test_a_hash_that_was_changed(self, form: str) -> None:
        data = written(form)
        tree = json.loads(data.replace(digest("mail").encode(), b"f" * 64))
        assert any("component mail" in each or "mail" in each for each in problems(tree))

    def test_declarations_do_not_hide_an_edit(self, form: str) -> None:
        declared = written(form, model_bill().declaring(DECLARATIONS, assessor="Ann"))
        tree = json.loads(declared)
        for name in ("components", "packages", "@graph"):
            if name in tree:
                tree[name].reverse()
        assert problems(resealed(tree)) == [
            "its parts are not in the journal's order, or one stands there twice"
        ]
        tree = json.loads(declared.replace(b"scikit-learn", b"scikit-lean"))
        assert any("scikit-lean" in each for each in problems(resealed(tree)))

    def test_the_parts_in_another_order(self, form: str) -> None:
        def edit(tree: Any) -> None:
            for name in ("components", "packages", "@graph"):
                if name in tree:
                    tree[name].reverse()

        tree = resealed(changed(form, edit))
        assert problems(tree) == [
            "its parts are not in the journal's order, or one stands there twice"
        ]


@pytest.mark.parametrize("form", ALL)
class TestByItself:
    def test_an_edit_shows(self, form: str) -> None:
        tree = json.loads(written(form).replace(b"scikit-learn", b"scikit-lean"))
        assert problems(tree, journal=False) == [EDITED]

    def test_a_circle_shows(self, form: str) -> None:
        data = written(form)
        turned = {
            "cyclonedx-1.6": (b"tarl:relation:decided", b"tarl:relation:uses"),
            "cyclonedx-1.7": (b"tarl:relation:decided", b"tarl:relation:uses"),
        }
        if form not in turned:
            tree = json.loads(data)
            joins = tree.get("relationships") or [
                each for each in tree["@graph"] if each["type"] == "Relationship"
            ]
            derived = next(each for each in joins if each.get("comment") == "derived_from")
            ends = ("from", "to") if "from" in derived else ("spdxElementId", "relatedSpdxElement")
            back = dict(derived)
            if "from" in derived:
                back |= {"from": derived["to"][0], "to": [derived["from"]], "spdxId": "x"}
                tree["@graph"].append(back)
            else:
                back |= {ends[0]: derived[ends[1]], ends[1]: derived[ends[0]]}
                joins.append(back)
        else:
            tree = json.loads(data)
            base = a_package(tree, "base")
            base["properties"].append(
                {"name": "tarl:relation:uses", "value": ref("sorter")},
            )
        (found,) = [each for each in problems(tree, journal=False) if "stand on itself" in each]
        path = found.partition(": ")[2]
        assert path in (
            "sorter 1.0 -> base 1.0 -> sorter 1.0",
            "base 1.0 -> sorter 1.0 -> base 1.0",
        )

    def test_a_component_that_stands_there_twice(self, form: str) -> None:
        def edit(tree: Any) -> None:
            name = next(each for each in ("components", "packages", "@graph") if each in tree)
            tree[name].append(a_package(tree, "mail"))

        found = problems(changed(form, edit), journal=False)
        assert found[0] == "component mail 1.0 is there twice"


def test_relations_of_unknown_types() -> None:
    data = written("cyclonedx-1.6").replace(b"tarl:relation:uses", b"tarl:relation:likes")
    found = problems(json.loads(data), journal=False)
    assert found[0] == "the relation sorter 1.0 likes scikit-learn 1.7: there is no such type"


def test_a_bill_that_does_not_say_where_it_comes_from() -> None:
    def edit(tree: Any) -> None:
        del tree["metadata"]["properties"]

    tree = resealed(changed("cyclonedx-1.6", edit))
    assert problems(tree) == ["it does not say what it was drawn from"]


def test_a_journal_that_does_not_have_it() -> None:
    def draw(_: Basis) -> Bill:
        raise Missing("no artifact", code="artifact.missing")

    found = verify(written("spdx-2.3"), draw=draw)
    assert found.problems == ("the journal cannot give it: no artifact",)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"[]",
        b"5",
        b'{"bomFormat":"CycloneDX","specVersion":"1.4"}',
        b'{"bomFormat":"CycloneDX","specVersion":"1.6"}',
        b'{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":5}',
        b'{"spdxVersion":"SPDX-2.3","packages":[5]}',
        written("spdx-2.3").replace(b'"https://tarl.dev/bill/', b'"https://example.org/'),
        written("cyclonedx-1.6").replace(b'"urn:uuid:', b'"'),
        b'{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}',
        b'{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":[]}]}',
    ],
)
def test_what_is_no_bill(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        verify(data)
    assert refused.value.code == "bill.malformed"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(("", "tarl:x", "sha256:0")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("ref"), inner),
    max_leaves=3,
)


@given(form=st.sampled_from(ALL), data=st.data())
def test_whatever_stands_in_a_document_it_is_refused_or_found(
    form: str, data: st.DataObject
) -> None:
    """Something is put in the place of something, wherever: nothing breaks, nothing passes."""
    tree = json.loads(written(form))
    node, depth = tree, data.draw(st.integers(1, 6))
    for level in range(depth):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        below = node[key]
        if level == depth - 1 or not isinstance(below, dict | list) or not below:
            other = data.draw(JSON)
            assume(other != below)
            node[key] = other
            break
        node = below
    try:
        found = problems(tree)
    except (Invalid, Exceeded):
        return
    assert found


def test_what_is_no_json_and_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid) as refused:
        verify(b"{")
    assert refused.value.code == "json.malformed"
    monkeypatch.setattr(reading, "DOCUMENT_BYTES_MAX", 1)
    with pytest.raises(Exceeded) as exceeded:
        verify(b"{}")
    assert exceeded.value.code == "bill.oversized"


class TestSigned:
    def signed(self, **members: Any) -> tuple[dict[str, Any], Place]:
        place = Place()
        key = place.register("alice")
        predicate = json.loads(written("cyclonedx-1.6"))
        subjects = members.get("subjects", subjects_of(model_bill()))
        return make(subjects, CYCLONEDX, predicate, signers=[key]), place

    def test_who_signed_is_named(self) -> None:
        envelope, _ = self.signed()
        key = signer("alice").verifier
        found = verify(encode(envelope), keys={key.label: key}, draw=lambda _: model_bill())
        assert (found.problems, found.signers) == ((), ("alice",))
        assert "the signature of alice" in found.checked

    def test_a_key_that_does_not_count(self) -> None:
        envelope, _ = self.signed()
        found = verify(encode(envelope))
        assert len(found.problems) == 1
        assert found.problems[0].startswith("no key that counts has signed it")

    def test_an_edit_under_a_signature(self) -> None:
        import base64

        envelope, _ = self.signed()
        payload = base64.b64decode(envelope["payload"]).replace(b"scikit-learn", b"scikit-lean")
        envelope["payload"] = base64.b64encode(payload).decode()
        key = signer("alice").verifier
        found = verify(encode(envelope), keys={key.label: key})
        assert len(found.problems) == 2
        assert found.problems[1] == EDITED
        assert found.signers == ()

    def test_a_statement_about_something_else(self) -> None:
        other = [Subject(name="other", sha256=digest("other"))]
        envelope, _ = self.signed(subjects=other)
        key = signer("alice").verifier
        found = verify(encode(envelope), keys={key.label: key})
        assert found.problems[0].startswith("the statement is about another subject than its bill")
