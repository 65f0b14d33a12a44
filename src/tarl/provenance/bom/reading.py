"""A document's elements, relations and references, whatever its format: what it is compared by.

A document comes from outside: what has not the form that the writers here give it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Exceeded, Invalid
from tarl.provenance.artifacts.artifact import STANDS_ON_ITS_TARGET
from tarl.provenance.bom import cyclonedx, seal, spdx2, spdx3
from tarl.provenance.bom.graph import Basis, check_acyclic
from tarl.values.canonical import decode, encode

DOCUMENT_BYTES_MAX = 256 * 1024 * 1024
"""More than the largest bill has, in any format."""

DECLARED = ("declarations", "definitions")
"""CycloneDX's parts that hold what is claimed: no part of what the journal says."""

_sorted = msgspec.json.Encoder(order="sorted").encode
_read_basis = msgspec.json.Decoder(Basis).decode


class Element(NamedTuple):
    """A part of a document: what a person calls it, and its JSON."""

    label: str
    body: Any


class Joined(NamedTuple):
    """A relation as a document tells it, by the ids of its ends there."""

    source: str
    target: str
    type: str


class Document(NamedTuple):
    """A document, taken apart.

    Attributes:
        format: Its format and version (``cyclonedx-1.6``).
        tree: The whole, without what it declares, and with zeros where its id stands.
        sealed_as: Its id; ``is_sealed`` if that is the one that its content determines.
        basis: What it was drawn from, if it says so.
        elements: Its parts, by keys that are the same in another drawing of the same bill.
        names: What its components are called, by id.
        joined: Its relations, by the ids of their ends.
        defined: Ids that it defines; one that stands there twice is twice here.
        referred: Ids that it refers to.
        declares: Whether it holds claims.
    """

    format: str
    tree: Any
    sealed_as: str
    is_sealed: bool
    basis: Basis | None
    elements: dict[str, Element]
    names: dict[str, str]
    joined: tuple[Joined, ...]
    defined: tuple[str, ...]
    referred: tuple[str, ...]
    declares: bool

    def problems(self) -> list[str]:
        """What is wrong with it by itself: ids, relations, the seal."""
        known, found = set[str](), list[str]()
        for id in self.defined:
            if id in known:
                found.append(f"{self._called(id)} is there twice")
            known.add(id)
        for id in dict.fromkeys(self.referred):
            if id not in known:
                found.append(f"{self._called(id)} is referred to, and is not there")
        edges = []
        for join in self.joined:
            stands = STANDS_ON_ITS_TARGET.get(join.type)
            if stands is None:
                found.append(f"{_shown(join, self.names)}: there is no such type")
            else:
                edges.append((join.source, join.target) if stands else (join.target, join.source))
        try:
            check_acyclic(edges)
        except Invalid as error:
            path = " -> ".join(self.names.get(id, id) for id in error.facts["path"])
            found.append(f"something would stand on itself: {path}")
        if not self.is_sealed:
            found.append("its content is not the one that its id was made of: it was edited")
        return found

    def _called(self, id: str) -> str:
        return f"component {self.names[id]}" if id in self.names else id.rpartition("#")[2]


def parse(data: bytes) -> Any:
    """JSON text from outside.

    Raises:
        Exceeded: too large (``bill.oversized``).
        Invalid: no JSON (``json.*``).
    """
    if len(data) > DOCUMENT_BYTES_MAX:
        raise Exceeded(
            f"the document has {len(data)} bytes; at most {DOCUMENT_BYTES_MAX} are read",
            code="bill.oversized",
            next_step="give a bill of materials that tarl sbom write makes",
        )
    return decode(data)


def read(tree: Any) -> Document:
    """A bill of materials that tarl wrote, from JSON values of outside.

    Raises:
        Invalid: it is none, or its form is another (``bill.malformed``).
    """
    try:
        form = _form(tree)
        return _taken_apart(form, encode(tree), form.id_of(tree))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise malformed(f"{type(error).__name__}: {error}") from None
    except msgspec.MsgspecError as error:
        raise malformed(str(error)) from None


def read_own(data: bytes) -> Document:
    """A bill that was written just now."""
    tree = msgspec.json.decode(data)
    form = _form(tree)
    return _taken_apart(form, _sorted(tree), form.id_of(tree))


def _taken_apart(form: _Form, data: bytes, id: str) -> Document:
    """A document's parts, from its canonical JSON."""
    if len(id) != len(form.zeros) or not id.startswith(form.zeros.rstrip("0-")):
        raise ValueError("its id is none")
    zeroed = data.replace(id.encode(), form.zeros.encode())
    document = form.read(msgspec.json.decode(zeroed))
    texts = [*document.defined, *document.referred, *document.names]
    texts += [end for join in document.joined for end in join]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("an id is no text")
    return document._replace(sealed_as=id, is_sealed=form.sealed(zeroed) == id)


def malformed(why: str) -> Invalid:
    """The refusal of what is no bill of tarl's."""
    return Invalid(
        f"not a bill of materials that can be read: {why[:300]}",
        code="bill.malformed",
        next_step="give a file that tarl sbom write makes",
    )


class _Form(NamedTuple):
    """A format: what reads it, where its id stands, how that is made, and what it is made with."""

    read: Callable[[Any], Document]
    id_of: Callable[[Any], str]
    sealed: Callable[[bytes], str]
    zeros: str


def _form(tree: Any) -> _Form:
    if isinstance(tree, dict):
        if tree.get("bomFormat") == "CycloneDX" and tree.get("specVersion") in ("1.6", "1.7"):
            return _Form(_cyclonedx, _serial, seal.uuid_of, seal.UUID_ZEROS)
        if tree.get("@context") == spdx3.CONTEXT:
            return _Form(_spdx3, _place, seal.namespace_of, seal.NAMESPACE + seal.ZEROS)
        if tree.get("spdxVersion") == "SPDX-2.3":
            return _Form(_spdx2, _namespace, seal.namespace_of, seal.NAMESPACE + seal.ZEROS)
    raise malformed("it is neither CycloneDX 1.6 or 1.7 nor SPDX 3.0.1 or 2.3")


def _serial(tree: Any) -> str:
    return str(tree["serialNumber"])


def _place(tree: Any) -> str:
    (document,) = [each for each in tree["@graph"] if each["type"] == "SpdxDocument"]
    place: str = document["spdxId"].removesuffix("#document")
    return place


def _namespace(tree: Any) -> str:
    return str(tree["documentNamespace"])


# --- CycloneDX


def _cyclonedx(tree: dict[str, Any]) -> Document:
    metadata = dict(tree["metadata"])
    listed = [metadata.pop("component"), *tree["components"]]
    names = {each["bom-ref"]: _named(each["name"], each["version"]) for each in listed}
    elements, joined = dict[str, Element](), list[Joined]()
    for each in listed:
        ref, rest = each["bom-ref"], []
        for property in each["properties"]:
            if property["name"].startswith(cyclonedx.RELATION):
                join = _joined(ref, property, names)
                joined.append(join)
                key = f"relation {ref} {property['name']} {property['value']}"
                elements[key] = Element(_shown(join, names), property)
            else:
                rest.append(property)
        body = {**each, "properties": rest}
        elements[f"component {ref}"] = Element(f"component {names[ref]}", body)
    for each in tree["dependencies"]:
        label = f"what {names.get(each['ref'], each['ref'])} depends on"
        elements[f"dependency {each['ref']}"] = Element(label, each)
    for each in _workflows(tree):
        workflow = {**each, "tasks": [task["uid"] for task in each.get("tasks", [])]}
        elements[f"workflow {each['uid']}"] = Element(f"the workflow {each['uid']}", workflow)
        for task in each.get("tasks", []):
            label = f"task {task['uid']} ({task['name']})"
            elements[f"task {each['uid']} {task['uid']}"] = Element(label, task)
    for number, formula in enumerate(tree.get("formulation", [])):
        ran_on = {name: value for name, value in formula.items() if name != "workflows"}
        elements[f"formula {number}"] = Element("what the workflow ran on", ran_on)
    apart = ("metadata", "components", "dependencies", "formulation", "serialNumber", *DECLARED)
    elements["metadata"] = Element("the metadata", metadata)
    elements |= {
        f"member {name}": Element(f"the member {name}", value)
        for name, value in tree.items()
        if name not in apart
    }
    properties = {each["name"]: each["value"] for each in metadata.get("properties", [])}
    return Document(
        format=f"cyclonedx-{tree['specVersion']}",
        tree={name: value for name, value in tree.items() if name not in DECLARED},
        sealed_as="",
        is_sealed=False,
        basis=_basis(properties.get(cyclonedx.BASIS)),
        elements=elements,
        names=names,
        joined=tuple(joined),
        defined=tuple(_defined(tree)),
        referred=(*_referred(tree), *(join.target for join in joined)),
        declares="declarations" in tree,
    )


def _joined(ref: str, property: dict[str, str], names: dict[str, str]) -> Joined:
    value = property["value"]
    # A ref may hold blanks; facts begin with the first brace behind one that is known.
    target = value if value in names else value.partition(" {")[0]
    return Joined(ref, target, property["name"].removeprefix(cyclonedx.RELATION))


def _workflows(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for formula in tree.get("formulation", []) for each in formula["workflows"]]


def _defined(node: Any) -> Iterator[str]:
    """Every ``bom-ref`` under a node."""
    if isinstance(node, dict):
        if isinstance(node.get("bom-ref"), str):
            yield node["bom-ref"]
        for value in node.values():
            yield from _defined(value)
    elif isinstance(node, list):
        for value in node:
            yield from _defined(value)


_REF_MEMBERS = frozenset({"ref", "assessor", "requirement", "target"})
_REF_LISTS = frozenset({"dependsOn", "assemblies", "claims", "counterClaims", "evidence"})


def _referred(node: Any) -> Iterator[str]:
    """Every ref that a node refers to; declared claims and evidence are objects, not refs."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in _REF_MEMBERS and isinstance(value, str):
                yield value
            elif name in _REF_LISTS and isinstance(value, list):
                yield from (each for each in value if isinstance(each, str))
            if isinstance(value, dict | list):
                yield from _referred(value)
    elif isinstance(node, list):
        for value in node:
            yield from _referred(value)


# --- SPDX


def _spdx3(tree: dict[str, Any]) -> Document:
    graph = tree["@graph"]
    (document,) = [each for each in graph if each["type"] == "SpdxDocument"]
    place = f"{seal.NAMESPACE}{seal.ZEROS}#"
    names = {
        each["spdxId"]: _named(each["name"], each["software_packageVersion"])
        for each in graph
        if "software_packageVersion" in each
    }
    elements, joined, bare = dict[str, Element](), list[Joined](), list[Any]()
    for each in graph:
        id = each.get("spdxId", each.get("@id"))
        key = id.removeprefix(place)
        label = f"component {names[id]}" if id in names else f"{each['type']} {key}"
        if each["type"] == "Relationship":
            for other in each["to"]:
                shown = f"the relation {_spoken(each, other, names)}"
                elements[f"{key} {other}"] = Element(shown, [each["from"], each.get("comment")])
                joined += _joins(each, other)
            body = {**each, "to": len(each["to"])}
            elements[key] = Element(f"the relationship {key}", body)
            bare.append(each)
        elif each is document:
            listed = [text for text in each["element"] if not _declares(text, place)]
            bare.append({**each, "element": listed})
            elements[key] = Element("the document", bare[-1])
        elif not _declares(id, place):
            elements[key] = Element(label, each)
            bare.append(each)
    own = [text for each in graph for text in _texts(each) if text.startswith(place)]
    return Document(
        format="spdx-3.0.1",
        tree={**tree, "@graph": bare},
        sealed_as="",
        is_sealed=False,
        basis=_basis(document.get("comment")),
        elements=elements,
        names=names,
        joined=tuple(joined),
        defined=tuple(each["spdxId"] for each in graph if "spdxId" in each),
        referred=tuple(own),
        declares=any(each["type"] == "Annotation" for each in graph),
    )


def _declares(id: str, place: str) -> bool:
    return id.removeprefix(place).startswith("declaration-")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _joins(each: dict[str, Any], other: str) -> list[Joined]:
    """The relation that a relationship tells of, if it does."""
    if "comment" not in each:
        return []
    type = each["comment"].partition(" {")[0]
    spoken = spdx3.RELATIONSHIPS.get(type)
    ends = (each["from"], other)
    source, target = ends[::-1] if spoken is not None and spoken.turned else ends
    return [Joined(source, target, type)]


def _spoken(each: dict[str, Any], other: str, names: dict[str, str]) -> str:
    ends = [names.get(end, end.rpartition("#")[2]) for end in (each["from"], other)]
    return f"{ends[0]} {each['relationshipType']} {ends[1]}"


def _spdx2(tree: dict[str, Any]) -> Document:
    packages = tree["packages"]
    names = {each["SPDXID"]: _named(each["name"], each["versionInfo"]) for each in packages}
    elements, joined = dict[str, Element](), list[Joined]()
    for each in packages:
        id = each["SPDXID"]
        elements[f"package {id}"] = Element(f"component {names[id]}", each)
    for each in tree["relationships"]:
        type = each.get("comment", "").partition(" {")[0]
        ends = (each["spdxElementId"], each["relatedSpdxElement"])
        if type:
            spoken = spdx2.RELATIONSHIPS.get(type)
            source, target = ends[::-1] if spoken is not None and spoken.turned else ends
            joined.append(Joined(source, target, type))
        first, second = (names.get(end, end) for end in ends)
        label = f"the relation {first} {each['relationshipType']} {second}"
        key = f"relation {ends} {each['relationshipType']} {each.get('comment')}"
        elements[key] = Element(label, each)
    said = tree.get("annotations", [])
    bare = [each for each in said if '{"declaration":' not in each["comment"]]
    for number, each in enumerate(bare):
        elements[f"annotation {number}"] = Element(f"annotation {number + 1}", each)
    apart = ("packages", "relationships", "annotations", "documentNamespace")
    elements |= {
        f"member {name}": Element(f"the member {name}", value)
        for name, value in tree.items()
        if name not in apart
    }
    ends_known = [end for each in tree["relationships"] for end in _ends(each)]
    return Document(
        format="spdx-2.3",
        tree={**tree, "annotations": bare},
        sealed_as="",
        is_sealed=False,
        basis=_basis(tree["creationInfo"].get("comment")),
        elements=elements,
        names=names,
        joined=tuple(joined),
        defined=(tree["SPDXID"], *(each["SPDXID"] for each in packages)),
        referred=tuple(ends_known),
        declares=len(bare) < len(said),
    )


def _ends(relationship: dict[str, Any]) -> tuple[str, str]:
    return relationship["spdxElementId"], relationship["relatedSpdxElement"]


# --- common


def _basis(text: str | None) -> Basis | None:
    return None if text is None else _read_basis(text)


def _named(name: str, version: str) -> str:
    return f"{name} {version}"


def _shown(join: Joined, names: dict[str, str]) -> str:
    source, target = (names.get(end, end) for end in (join.source, join.target))
    return f"the relation {source} {join.type} {target}"
