"""Workflows from files and modules: loaded when a command needs them, remembered by no journal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Conflict, Invalid, Missing, TarlError

if TYPE_CHECKING:
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.kernel.definition import Workflow

OWN = {
    "model_proxy": "tarl.interfaces.model_proxy.replaying",
    "plan": "tarl.planning.execution.replaying",
}
"""Workflows of tarl's own, and the modules that declare them."""

code_option = click.option(
    "--code",
    "code",
    multiple=True,
    metavar="FILE",
    help="Load the workflows of this file (may be repeated).",
)


def load_all(invocation: Invocation, files: Iterable[str]) -> list[ModuleType]:
    """Load the code that ``--code`` and the setting ``modules`` name; the modules."""
    invocation.keep_stdout_for_data()
    named = invocation.settings["modules"]
    return [
        *(load_file(Path(file)) for file in files),
        *(_load_module(name, named.origin) for name in named.value),
    ]


def find_workflow(invocation: Invocation, name: str, *, retry: Sequence[str]) -> Workflow[..., Any]:
    """A loaded workflow by its wire name; ``retry`` is the command to repeat with its code.

    Raises:
        Missing: it is not loaded (``workflow.unknown``).
    """
    from tarl.kernel.definition import DECLARED

    load_own(name)
    try:
        return DECLARED.find(name)
    except Missing as error:
        raise with_code_hint(invocation, error, retry=retry) from None


def load_own(name: str) -> None:
    """Load the code of a workflow that is tarl's own, to look at its runs."""
    from importlib import import_module

    if name in OWN:
        import_module(OWN[name])


def with_code_hint(invocation: Invocation, error: Missing, *, retry: Sequence[str]) -> Missing:
    """The same error, naming the command that would load the code."""
    if error.code != "workflow.unknown":
        return error
    command = f"{invocation.command(*retry)} --code FILE"
    return Missing(
        error.message,
        code=error.code,
        next_step=f"{command}, where FILE defines it; or list its module under [tarl] modules",
        **error.facts,
    )


def workflow_at(invocation: Invocation, place: str) -> tuple[Workflow[..., Any], Path]:
    """The workflow that ``FILE`` defines, or the one of ``FILE:NAME``.

    Raises:
        Missing: no such file (``code.missing``) or workflow (``workflow.unknown``).
        Conflict: the file has several and none is named (``workflow.unnamed``).
        Invalid: the file cannot be loaded (``code.*``).
    """
    invocation.keep_stdout_for_data()
    path, name = Path(place), ""
    if not path.exists() and ":" in place:
        before, _, name = place.rpartition(":")
        path = Path(before)
    defined = workflows_in(load_file(path))
    if name:
        chosen = [w for attribute, w in defined.items() if name in (attribute, w.name)]
    else:
        chosen = list(dict.fromkeys(defined.values()))
    names = sorted({w.name for w in defined.values()})
    if not chosen:
        what = f"no workflow named {name!r}" if name else "no workflow"
        raise Missing(
            f"{path} defines {what}",
            code="workflow.unknown",
            next_step=f"name one of: {', '.join(names)}"
            if names
            else "decorate one with @workflow",
            path=str(path),
            defined=names,
        )
    if len(chosen) > 1:
        raise Conflict(
            f"{path} defines {len(chosen)} workflows: {', '.join(names)}",
            code="workflow.unnamed",
            next_step=f"say which: {path}:{names[0]}",
            path=str(path),
            defined=names,
        )
    return chosen[0], path


def workflows_in(module: ModuleType) -> dict[str, Workflow[..., Any]]:
    """The workflows that a module defines itself, by attribute; else those that it imports."""
    from tarl.kernel.definition import Workflow

    found = {name: v for name, v in vars(module).items() if isinstance(v, Workflow)}
    own = {n: w for n, w in found.items() if w.fn.__module__ == module.__name__}
    return own or found


def load_file(path: Path) -> ModuleType:
    """Execute a file as the module of its stem, once; its directory is importable, as for a script.

    Raises:
        Missing: no such file (``code.missing``).
        Invalid: it is no Python file, or fails to load (``code.not_python``, ``code.load``).
        Conflict: another module has that name (``code.name``).
    """
    from importlib.util import module_from_spec, spec_from_file_location

    if not path.is_file():
        raise Missing(
            f"no file {path}",
            code="code.missing",
            next_step="check the path; FILE:NAME names a workflow in a file",
            path=str(path),
        )
    name, place = path.stem, path.resolve()
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(place):
        return loaded
    if loaded is not None or name in sys.stdlib_module_names:
        raise Conflict(
            f"{path} would be the module {name!r}, which is another one",
            code="code.name",
            next_step="rename the file",
            path=str(path),
        )
    spec = spec_from_file_location(name, place)
    if spec is None or spec.loader is None:
        raise Invalid(
            f"{path} is not a Python file",
            code="code.not_python",
            next_step="name a .py file",
            path=str(path),
        )
    module = module_from_spec(spec)
    sys.modules[name] = module
    if str(place.parent) not in sys.path:
        sys.path.insert(0, str(place.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, TarlError | KeyboardInterrupt):
            raise
        raise _not_loaded(error, str(path)) from error
    return module


def _load_module(name: str, origin: str) -> ModuleType:
    from importlib import import_module

    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return import_module(name)
    except (TarlError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise _not_loaded(error, f"module {name} (setting modules, {origin})") from error


def _not_loaded(error: BaseException, what: str) -> Invalid:
    """A person's own mistake in their own file: the line, not the traceback."""
    line = None
    if isinstance(error, SyntaxError):
        line = error.lineno
    else:
        trace = error.__traceback__
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if not file.startswith("<frozen") and file != __file__:
                line = trace.tb_lineno
                break
            trace = trace.tb_next
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    at = f" at line {line}" if line else ""
    return Invalid(
        f"{what} cannot be loaded{at}: {type(error).__name__}: {message}",
        code="code.load",
        next_step="mend it; --debug shows the traceback",
        line=line,
    )
