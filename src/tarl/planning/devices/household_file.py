"""A home in a YAML file: the fields of ``Household``, and ``sources`` for what is known elsewhere;
read and written.

1. The file is data alone: no tags, no anchors (a few lines of them can stand for gigabytes), no key
   twice. Text is what YAML 1.2 calls text: ``on``, ``no`` and ``22:00`` stay as they are written.
2. Every refusal names the line, where there is one.
3. What is written is read as the same home, or nothing is written.

Needs ``tarl[planning]``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from tarl.errors import Invalid, Missing, Unavailable
from tarl.planning.household import Household, household_from, refuse_unknown_kinds

try:
    import yaml
except ImportError as error:
    raise Unavailable(
        "the library that reads YAML is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[planning]'",
    ) from error

FILE_BYTES_MAX = 1024 * 1024
"""Room for more devices than a home may have."""

SOURCES_MAX = 64

_PLACE = re.compile(r"at `\$([^`]*)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


class _Loader(yaml.SafeLoader):
    """YAML's core schema, without anchors, and with every key once."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 (as the library declares it)

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.get_event()  # type: ignore[no-untyped-call]  # it has no types
            raise _at(event.start_mark.line, "anchors and aliases are not taken")
        event = self.peek_event()  # type: ignore[no-untyped-call]  # it has no types
        if event.anchor is not None or event.tag is not None:
            raise _at(event.start_mark.line, "anchors and tags are not taken")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key.start_mark.line, "a key is not a word")
            if key.value in seen:
                raise _at(key.start_mark.line, f"the key {key.value!r} stands here a second time")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,17})$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]{1,18}\.[0-9]{1,18})(?:[eE][-+]?[0-9]{1,2})?$"),
    list("-+0123456789"),
)


def load(path: Path) -> tuple[Household, list[dict[str, Any]]]:
    """The home in a file, and where what is known elsewhere comes from, as it is written there.

    Raises:
        Missing: ``household.no_file``.
        Invalid: ``household.file``, and those of :func:`tarl.planning.household.household_from`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Missing(
            f"{path} cannot be read: {error.strerror}",
            code="household.no_file",
            next_step="name the file that describes the home",
            path=str(path),
        ) from error
    return parse(data, name=str(path))


def parse(data: bytes, *, name: str) -> tuple[Household, list[dict[str, Any]]]:
    """As :func:`load`, of bytes; ``name`` is what messages call them.

    Raises:
        Invalid: As there.
    """
    root, content = _read(data, name)
    if not isinstance(content, dict):
        raise _file(name, None, "it is not a list of fields and their values")
    sources = content.pop("sources", None) or []
    if (
        not isinstance(sources, list)
        or len(sources) > SOURCES_MAX
        or not all(isinstance(source, dict) for source in sources)
    ):
        raise _file(
            name,
            _line_of(root, ("sources",)),
            f"sources are a list of at most {SOURCES_MAX}, each with fields",
        )
    try:
        home = household_from(content)
        refuse_unknown_kinds(home)
        return home, sources
    except Invalid as error:
        line = _line_behind(error, root)
        raise Invalid(
            f"{name}{f', line {line}' if line else ''}: {error.message}",
            code=error.code,
            next_step=error.next_step,
            **{**error.facts, **({"line": line} if line else {})},
        ) from error


def written(household: Household, sources: list[dict[str, Any]]) -> bytes:
    """A home as a file that :func:`parse` reads as the same home.

    Raises:
        Invalid: ``household.file``: it would be too large, or holds what such a file cannot.
    """
    encoded = msgspec.json.encode(household)
    content = msgspec.json.decode(encoded)
    for noun in ("floors", "areas", "people"):
        for item in content.get(noun, ()):
            for name in [name for name, value in item.items() if value is None or value == []]:
                del item[name]
    if sources:
        content["sources"] = sources
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    data = text.encode()
    read, its_sources = parse(data, name="the file")
    if msgspec.json.encode(read) != encoded or its_sources != sources:
        raise _file("the file", None, "it would not be read as the home that it describes")
    return data


class _Dumper(yaml.SafeDumper):
    """Without anchors; what is no plain word is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _quoted(dumper: _Dumper, text: str) -> Any:
    style = None if _PLAIN.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_PLAIN = re.compile(r"[^\W\d][\w ./-]*")
_Dumper.add_representer(str, _quoted)


def _read(data: bytes, name: str) -> tuple[Any, Any]:
    """The document's nodes, which know their lines, and its values."""
    if len(data) > FILE_BYTES_MAX:
        raise _file(name, None, f"it has more than {FILE_BYTES_MAX} bytes")
    try:
        loader = _Loader(data.decode())
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    except _Odd as error:
        raise _file(name, error.line, str(error)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _file(name, mark.line + 1 if mark else None, f"{error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise _file(name, None, f"it is not YAML in UTF-8: {error}") from error
    except RecursionError:
        raise _file(name, None, "it is nested too deeply") from None


class _Odd(Exception):
    """YAML that is not taken here, and its line."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.line = line


def _at(line: int, text: str) -> _Odd:
    return _Odd(text, line + 1)


def _file(name: str, line: int | None, problem: str) -> Invalid:
    return Invalid(
        f"{name}{f', line {line}' if line else ''}: {problem}",
        code="household.file",
        next_step="compare it with the example in docs/reference/planning-devices.md",
        path=name,
        **({"line": line} if line else {}),
    )


def _line_behind(error: Invalid, root: Any) -> int | None:
    """Where what a refusal is about stands: its path, or the last place of the id that it names."""
    if isinstance(error.__cause__, msgspec.ValidationError):
        place = _PLACE.search(str(error.__cause__))
        steps = _STEP.findall(place[1]) if place else []
        path = tuple(int(at) if at else word for word, at in steps)
        unknown = _UNKNOWN.search(str(error.__cause__))
        return (_line_of_field(root, path, unknown[1]) if unknown else 0) or _line_of(root, path)
    for fact in ("id", "program", "value", "device", "area", "floor"):
        if fact in error.facts and (lines := _lines_with(root, str(error.facts[fact]))):
            return lines[-1]
    return None


def _line_of(node: Any, path: tuple[str | int, ...]) -> int:
    """The line of the node at a path, or of the last one on the way that there is."""
    for step in path:
        if isinstance(step, int) and isinstance(node, yaml.SequenceNode) and step < len(node.value):
            node = node.value[step]
            continue
        if not isinstance(node, yaml.MappingNode):
            break
        values = [value for key, value in node.value if key.value == step]
        if not values:
            break
        node = values[0]
    return int(node.start_mark.line) + 1


def _line_of_field(root: Any, path: tuple[str | int, ...], field: str) -> int:
    """The line of a field of the node at a path; 0 where there is none."""
    node, lines = root, []
    for step in path:
        inside = node.value if isinstance(node, yaml.CollectionNode) else []
        if isinstance(step, int):
            node = inside[step] if isinstance(node, yaml.SequenceNode) else None
        else:
            node = next((value for key, value in inside if key.value == step), None)
        if node is None:
            return 0
    if isinstance(node, yaml.MappingNode):
        lines = [int(key.start_mark.line) + 1 for key, _ in node.value if key.value == field]
    return lines[0] if lines else 0


def _lines_with(node: Any, word: str) -> list[int]:
    if isinstance(node, yaml.ScalarNode):
        return [int(node.start_mark.line) + 1] if node.value == word else []
    if isinstance(node, yaml.SequenceNode):
        return [line for item in node.value for line in _lines_with(item, word)]
    return [line for _, value in node.value for line in _lines_with(value, word)]
