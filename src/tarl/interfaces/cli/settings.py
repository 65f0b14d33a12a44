"""Settings, each with its origin.

The strongest first: flag, environment, project file, user file, default.

The project file is ``tarl.toml`` (table ``[tarl]``) in the current directory, or ``[tool.tarl]`` in
its ``pyproject.toml``; the user file is ``tarl/config.toml`` under ``$XDG_CONFIG_HOME`` (default
``~/.config``). Secrets are never settings; they lie in key files under the home.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tarl.errors import Invalid
from tarl.governance.environment import ENVIRONMENTS


class Setting(NamedTuple):
    """A setting: how it is read from text and from a file, and what it is without either."""

    name: str
    meaning: str
    default: Any
    parse: Callable[[Any], Any]
    flag: str | None = None

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"TARL_{self.name.upper()}"


class Value(NamedTuple):
    """A setting's value and where it comes from."""

    value: Any
    origin: str


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw:
        raise ValueError("a text that is not empty")
    return raw


def _tenant(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    raise ValueError("a tenant's id, or nothing")


def _path_or_nothing(raw: Any) -> str:
    return _path(raw) if raw else ""


def _path(raw: Any) -> str:
    return os.path.expanduser(_text(raw))


def _place(raw: Any) -> str:
    from tarl.journal.place import is_database

    text = _text(raw)
    return text if is_database(text) else os.path.expanduser(text)


def _synchronous(raw: Any) -> str:
    if isinstance(raw, str) and raw.upper() in ("FULL", "NORMAL"):
        return raw.upper()
    raise ValueError("FULL or NORMAL")


def _modules(raw: Any) -> list[str]:
    names = raw.split(",") if isinstance(raw, str) else raw
    if isinstance(names, list) and all(isinstance(n, str) for n in names):
        return [name.strip() for name in names if name.strip()]
    raise ValueError("a list of module names")


def _environment(raw: Any) -> str:
    if raw in ("", *ENVIRONMENTS):
        return str(raw)
    raise ValueError(f"{', '.join(ENVIRONMENTS)}, or empty")


def _taint(raw: Any) -> str:
    if raw in ("", "deny", "watch", "off"):
        return str(raw)
    raise ValueError("deny, watch, off, or empty; tarl taint set --mode hold names who is asked")


def _switch(raw: Any) -> bool:
    if isinstance(raw, str) and raw.lower() in ("true", "false", "1", "0"):
        return raw.lower() in ("true", "1")
    if isinstance(raw, bool):
        return raw
    raise ValueError("true or false")


def _engine(raw: Any) -> str:
    if raw in ENGINES:
        return str(raw)
    raise ValueError(" or ".join(ENGINES))


def _address(raw: Any) -> str:
    """``HOST:PORT``; an IPv6 address in brackets."""
    if isinstance(raw, str):
        host, _, port = raw.strip().rpartition(":")
        is_bare = ":" not in host or (host.startswith("[") and host.endswith("]"))
        is_port = port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65_536
        if host and is_bare and is_port and not set(host) & set("/@ "):
            return raw.strip()
    raise ValueError("HOST:PORT, as localhost:7233")


def _count(raw: Any) -> int:
    if isinstance(raw, str) and raw.isascii() and raw.isdigit():
        raw = int(raw)
    if type(raw) is int and raw > 0:
        return raw
    raise ValueError("a whole number above 0")


ENGINES = ("tarl", "temporal")
"""Who drives runs."""

SETTINGS = (
    Setting(
        "db",
        "The journal: a file, or a database's URL (postgresql://...).",
        "tarl.db",
        _place,
        flag="--db",
    ),
    Setting("home", "Where keys lie.", "~/.tarl", _path),
    Setting(
        "synchronous",
        "FULL: every acknowledged result survives power loss. NORMAL: the last ones may not.",
        "FULL",
        _synchronous,
    ),
    Setting(
        "tenant",
        "For whom commands act, seeing nothing of other tenants; empty: the operator, for all.",
        "",
        _tenant,
        flag="--as-tenant",
    ),
    Setting(
        "environment",
        "Where this is: dev, stage or prod; empty: the policies of all environments count.",
        "",
        _environment,
    ),
    Setting(
        "taint",
        "What becomes of side effects that nobody endorses once something untrusted has entered a"
        " run, in tenants that do not say themselves: deny, watch or off; empty: deny after what"
        " was declared untrusted, watch after what is only assumed to be.",
        "",
        _taint,
    ),
    Setting("sealed", "Whether new content is encrypted with its tenant's key.", False, _switch),
    Setting(
        "modules",
        "Modules whose workflows are loaded, besides --code (in the environment: with commas).",
        [],
        _modules,
    ),
    Setting(
        "household",
        "The file that describes the home that is planned for; empty: household.yaml here, else"
        " the demonstration's home.",
        "",
        _path_or_nothing,
        flag="--household",
    ),
    Setting(
        "engine",
        "Who drives runs: tarl itself, or a Temporal server (temporal).",
        "tarl",
        _engine,
        flag="--engine",
    ),
    Setting(
        "temporal",
        "The Temporal server, as HOST:PORT.",
        "localhost:7233",
        _address,
        flag="--temporal",
    ),
    Setting("temporal_namespace", "Its namespace.", "default", _text, flag="--namespace"),
    Setting(
        "task_queue",
        "Its task queue, whose workers run what is started.",
        "tarl",
        _text,
        flag="--task-queue",
    ),
    Setting(
        "temporal_tls",
        "Whether TLS is spoken to it; naming one of the next four files says so too.",
        False,
        _switch,
    ),
    Setting(
        "temporal_ca_file",
        "The certificates (PEM) that the server's is checked against; empty: the system's.",
        "",
        _path_or_nothing,
    ),
    Setting(
        "temporal_cert_file",
        "The certificate (PEM) that is shown to the server; empty: none.",
        "",
        _path_or_nothing,
    ),
    Setting(
        "temporal_key_file", "The private key (PEM) of that certificate.", "", _path_or_nothing
    ),
    Setting(
        "temporal_api_key_file",
        "The file of the key that the server knows the caller by; empty: none.",
        "",
        _path_or_nothing,
    ),
    Setting(
        "temporal_tracing",
        "Whether runs there are spans of OpenTelemetry, by the provider that the process has.",
        False,
        _switch,
    ),
    Setting(
        "history_events_max", "Events of one run; a run that has more stops.", 1_000_000, _count
    ),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The settings of one command.

    Raises:
        Invalid: a file or a value is malformed (``settings.*``), naming where.
    """

    def __init__(self, flags: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self._values: dict[str, Value] = {}
        for setting in SETTINGS:
            default = setting.parse(setting.default)
            self._values[setting.name] = Value(default, "default")
        for file, table in _files(environ):
            self._take_file(file, table)
        for setting in SETTINGS:
            self._take_outer(setting, flags, environ)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def items(self) -> list[tuple[str, Value]]:
        """Every setting with its value, in the order of ``SETTINGS``."""
        return list(self._values.items())

    def _take_file(self, file: Path, table: Mapping[str, Any]) -> None:
        for name, raw in table.items():
            setting = _BY_NAME.get(name)
            if setting is None:
                raise _unknown(name, file)
            self._values[name] = Value(_parsed(setting, raw, str(file)), str(file))

    def _take_outer(
        self, setting: Setting, flags: Mapping[str, Any], environ: Mapping[str, str]
    ) -> None:
        raw = environ.get(setting.variable)
        if raw:
            origin = f"environment {setting.variable}"
            self._values[setting.name] = Value(_parsed(setting, raw, origin), origin)
        if flags.get(setting.name) is not None:
            origin = f"flag {setting.flag}"
            self._values[setting.name] = Value(
                _parsed(setting, flags[setting.name], origin), origin
            )


def user_file(environ: Mapping[str, str]) -> Path:
    """Where a person's own settings lie."""
    base = environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(base) / "tarl" / "config.toml"


def _files(environ: Mapping[str, str]) -> list[tuple[Path, Mapping[str, Any]]]:
    """The tables of settings that exist, the weakest first."""
    found = []
    for file, place in (
        (user_file(environ), ("tarl",)),
        (Path("pyproject.toml"), ("tool", "tarl")),
        (Path("tarl.toml"), ("tarl",)),
    ):
        if file.is_file():
            table = _table(file, place)
            if table:
                found.append((file, table))
    return found


def _table(file: Path, place: tuple[str, ...]) -> Mapping[str, Any]:
    import tomllib

    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{file} is not TOML: {error}",
            code="settings.malformed",
            next_step="mend the file, or move it away",
            path=str(file),
        ) from None
    except OSError as error:
        raise Invalid(
            f"{file} cannot be read: {error.strerror}", code="settings.unreadable", path=str(file)
        ) from None
    for name in place:
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise Invalid(
                f"[{'.'.join(place)}] in {file} is not a table",
                code="settings.type",
                path=str(file),
            )
    found: dict[str, Any] = table
    return found


def _parsed(setting: Setting, raw: Any, origin: str) -> Any:
    try:
        return setting.parse(raw)
    except ValueError as error:
        raise Invalid(
            f"{setting.name} is {raw!r} in {origin}; it must be {error}",
            code="settings.type",
            next_step="tarl doctor --config shows every setting and where it comes from",
            setting=setting.name,
            origin=origin,
        ) from None


def _unknown(name: str, file: Path) -> Invalid:
    from difflib import get_close_matches

    near = get_close_matches(name, _BY_NAME, n=1)
    hint = f"did you mean {near[0]}?" if near else f"settings are: {', '.join(_BY_NAME)}"
    return Invalid(
        f"{file} sets {name!r}, which is not a setting",
        code="settings.unknown",
        next_step=hint,
        setting=name,
        path=str(file),
    )
