"""Functions with their syntax trees, as they stand in their files."""

from __future__ import annotations

import ast
import functools
import inspect
import threading
import types
from typing import Any, NamedTuple

from tarl.kernel.definition import Workflow

FUNCTIONS_MAX = 200
"""Functions followed from one workflow: more is not a workflow's own code."""

WRAPPERS_MAX = 100
"""Decorators around one function: more is a cycle."""

TEXT_CHARS_MAX = 80

TREES_MAX = 16
"""Files whose trees are remembered: workflows of one file, and runtimes opened again and again,
find it parsed.
"""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Source(NamedTuple):
    """A function and its tree, whose line numbers are the file's."""

    function: types.FunctionType
    node: FunctionNode
    file: str


_PARSING = threading.Lock()
"""Two threads must not build trees at once: CPython 3.11 counts their depth in one place (CPython
issue 106905), and fails with a SystemError."""


@functools.lru_cache(maxsize=TREES_MAX)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


class Sources:
    """Finds functions in their files; nobody changes the trees, which are shared."""

    def __init__(self) -> None:
        self._trees: dict[str, ast.Module | None] = {}

    def find(self, function: types.FunctionType) -> Source | None:
        """The function's source, or None: typed at a prompt, or no longer what its file says."""
        code = function.__code__
        tree = self._tree(function)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, FunctionNode) and node.name == code.co_name:
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                if first == code.co_firstlineno:
                    return Source(function, node, code.co_filename)
        return None

    def _tree(self, function: types.FunctionType) -> ast.Module | None:
        file = function.__code__.co_filename
        if file not in self._trees:
            try:
                lines, _ = inspect.findsource(function)
                with _PARSING:
                    self._trees[file] = _parsed("".join(lines))
            except (OSError, TypeError, SyntaxError, ValueError):
                self._trees[file] = None
        return self._trees[file]


def plain_function(value: Any) -> types.FunctionType | None:
    """The Python function behind a definition, a cache or decorators that name what they wrap."""
    if issubclass(type(value), Workflow):
        value = value.fn
    elif type(value) is functools._lru_cache_wrapper:
        value = value.__wrapped__
    value = unwrapped(value)
    return value if type(value) is types.FunctionType else None


def unwrapped(value: Any) -> Any:
    """What a decorated function or method says that it wraps; other values as they are.

    Looks at types alone: a proxy's ``__class__`` or ``__getattr__`` would run.
    """
    for _ in range(WRAPPERS_MAX):
        function = value.__func__ if type(value) is types.MethodType else value
        if type(function) is not types.FunctionType or "__wrapped__" not in vars(function):
            break
        value = vars(function)["__wrapped__"]
    return value


def shown(node: ast.AST) -> str:
    """The text of a piece of code, in one line and shortened."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= TEXT_CHARS_MAX else text[: TEXT_CHARS_MAX - 1] + "…"
