"""Tools: activities that a model may ask for, with the schema that it is told.

A tool's digest covers its name, its description and its schemas: what a model was told is what
must still be there when the tool is used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from inspect import Parameter, cleandoc
from typing import Any

import msgspec

from tarl.agents.model import ToolSchema
from tarl.agents.schema import Schema
from tarl.errors import Invalid
from tarl.kernel.definition import Activity
from tarl.values.canonical import encode
from tarl.values.plain import plain

ARGUMENTS_BYTES_MAX = 1_048_576
"""Of a tool call, as the model wrote it."""


class Tool:
    """An activity with what a model is told about it.

    Args:
        activity: What is called, with the arguments by name.
        name: The tool's name; the last part of the activity's when left out.
        description: What it does; the function's docstring when left out.
        parameters: JSON Schema of the arguments; derived from the annotations when left out.
    """

    def __init__(
        self,
        activity: Activity[..., Any],
        *,
        name: str | None = None,
        description: str | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        self.activity = activity
        self.name = name or activity.name.rpartition(".")[2]
        text = activity.fn.__doc__ if description is None else description
        self.description = cleandoc(text or "")
        self.parameters = _parameters(activity) if parameters is None else parameters
        self._schema = Schema(self.parameters, what=f"the arguments of {self.name}")

    @cached_property
    def schema(self) -> ToolSchema:
        """What a model is told."""
        return ToolSchema(name=self.name, description=self.description, parameters=self.parameters)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what a model is told, in hex."""
        return sha256(encode(plain(self.schema))).hexdigest()

    def read(self, arguments: str) -> dict[str, Any]:
        """A model's arguments.

        Raises:
            Invalid: no JSON object, larger than ``ARGUMENTS_BYTES_MAX``, or outside the schema
                (``tool.arguments``).
        """
        if len(arguments) > ARGUMENTS_BYTES_MAX:
            raise _unfit(self.name, f"they have more than {ARGUMENTS_BYTES_MAX} characters")
        try:
            read = msgspec.json.decode(arguments or "{}")
            encode(read)
        except (msgspec.DecodeError, UnicodeEncodeError, Invalid) as error:
            raise _unfit(self.name, f"they are no JSON: {error}") from None
        if not isinstance(read, dict):
            raise _unfit(self.name, "they are no JSON object")
        try:
            self._schema.check(read)
        except Invalid as error:
            raise _unfit(self.name, error.message) from None
        return read


def tool(
    activity: Activity[..., Any] | Callable[..., Any],
    *,
    name: str | None = None,
    description: str | None = None,
    parameters: dict[str, Any] | None = None,
) -> Tool:
    """An activity, or a function at the top level of a module, as a tool.

    Raises:
        Invalid: neither.
    """
    if not isinstance(activity, Activity):
        activity = Activity(activity)
    return Tool(activity, name=name, description=description, parameters=parameters)


def _parameters(activity: Activity[..., Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    types = {p.name: p.annotation for p in activity.signature.parameters.values()}
    known = {name: Any if kind is Parameter.empty else kind for name, kind in types.items()}
    schemas, definitions = msgspec.json.schema_components(
        tuple(known.values()), ref_template="#/$defs/{name}"
    )
    for parameter, schema in zip(activity.signature.parameters.values(), schemas, strict=True):
        properties[parameter.name] = schema
        if parameter.default is Parameter.empty:
            required.append(parameter.name)
    whole: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    if definitions:
        whole["$defs"] = definitions
    return whole


def _unfit(name: str, why: str) -> Invalid:
    return Invalid(
        f"the arguments of tool {name} cannot be used: {why}",
        code="tool.arguments",
        next_step="give a JSON object that fits the tool's schema",
        tool=name,
    )
