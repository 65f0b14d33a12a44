"""JSON Schemas of what goes into an agent and comes out of it (draft 2020-12, or as they say)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tarl.errors import Invalid
from tarl.kernel import guard

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


class Schema:
    """A JSON Schema that was itself checked; no reference leads out of it.

    Args:
        document: The schema.
        what: What it describes, for the messages.

    Raises:
        Invalid: it is no JSON Schema (``schema.invalid``).
    """

    def __init__(self, document: dict[str, Any], *, what: str = "the value") -> None:
        self.document = document
        self.what = what
        self._validator  # noqa: B018 (refuses what is no schema now, not when it is used)

    @cached_property
    def _validator(self) -> Validator:
        with guard.suspended():  # the library reads its own files
            from jsonschema.exceptions import SchemaError
            from jsonschema.validators import Draft202012Validator, validator_for
            from referencing import Registry

            kind = validator_for(self.document, default=Draft202012Validator)
            try:
                kind.check_schema(self.document)
            except SchemaError as error:
                raise Invalid(
                    f"the schema of {self.what} is none: {error.message}",
                    code="schema.invalid",
                    next_step="give a JSON Schema, draft 2020-12",
                ) from None
            return kind(self.document, registry=Registry())

    def check(self, value: Any) -> None:
        """Refuse a value that does not fit, with the place where it does not.

        Raises:
            Invalid: ``schema.mismatch``.
        """
        with guard.suspended():
            from jsonschema.exceptions import best_match
            from referencing.exceptions import Unresolvable

            try:
                error = best_match(self._validator.iter_errors(value))
            except Unresolvable as missing:
                raise Invalid(
                    f"the schema of {self.what} refers to {missing.ref!r}, which it does not have",
                    code="schema.invalid",
                ) from None
        if error is not None:
            raise Invalid(
                f"{self.what} does not fit its schema at {error.json_path}: {error.message[:300]}",
                code="schema.mismatch",
                next_step="see the schema that was declared",
                path=error.json_path,
            )
