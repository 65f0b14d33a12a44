"""Where a setting's value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tarl.errors import Invalid
from tarl.interfaces.cli.invocation import Invocation
from tarl.interfaces.cli.settings import SETTINGS, Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config" / "tarl").mkdir(parents=True)
    return tmp_path


def environ(directory: Path, **values: str) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(directory / "config"), **values}


def test_without_anything_every_setting_is_its_default(directory: Path) -> None:
    settings = Settings({}, environ(directory))
    assert {name: value.origin for name, value in settings.items()} == {
        setting.name: "default" for setting in SETTINGS
    }
    assert settings["db"].value == "tarl.db"
    assert settings["home"].value == str(Path("~/.tarl").expanduser())


def test_the_stronger_origin_wins(directory: Path) -> None:
    def origin(environ_values: dict[str, str], flags: dict[str, str]) -> tuple[str, str]:
        value = Settings(flags, environ(directory, **environ_values))["db"]
        return value.value, value.origin

    user = directory / "config" / "tarl" / "config.toml"
    user.write_text('[tarl]\ndb = "user.db"\n')
    assert origin({}, {}) == ("user.db", str(user))
    (directory / "pyproject.toml").write_text('[tool.tarl]\ndb = "pyproject.db"\n')
    assert origin({}, {}) == ("pyproject.db", "pyproject.toml")
    (directory / "tarl.toml").write_text('[tarl]\ndb = "project.db"\n')
    assert origin({}, {}) == ("project.db", "tarl.toml")
    variable = {"TARL_DB": "environment.db"}
    assert origin(variable, {}) == ("environment.db", "environment TARL_DB")
    assert origin(variable, {"db": "flag.db"}) == ("flag.db", "flag --db")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("modules", "a.b, c", ["a.b", "c"]),
        ("synchronous", "normal", "NORMAL"),
        ("history_events_max", "10", 10),
        ("sealed", "TRUE", True),
        ("home", "~/x", str(Path("~/x").expanduser())),
        ("engine", "temporal", "temporal"),
        ("temporal", "temporal.example:7233", "temporal.example:7233"),
        ("temporal", "[::1]:7233", "[::1]:7233"),
        ("temporal_ca_file", "~/ca.pem", str(Path("~/ca.pem").expanduser())),
    ],
)
def test_values_are_read_from_text(directory: Path, name: str, text: str, value: object) -> None:
    settings = Settings({}, environ(directory, **{f"TARL_{name.upper()}": text}))
    assert settings[name].value == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("synchronous", "off"), ("history_events_max", "0"), ("history_events_max", "٣"),
     ("sealed", "maybe"), ("engine", "both"), ("temporal", "temporal.example"),
     ("temporal", ":7233"), ("temporal", "host:0"), ("temporal", "host:65536"),
     ("temporal", "http://host:7233"), ("temporal", "::1:7233"), ("temporal", "host:٣")],
)  # fmt: skip
def test_values_of_another_type_are_refused_with_their_origin(
    directory: Path, name: str, text: str
) -> None:
    with pytest.raises(Invalid, match=f"environment TARL_{name.upper()}") as caught:
        Settings({}, environ(directory, **{f"TARL_{name.upper()}": text}))
    assert caught.value.code == "settings.type"


def test_a_misspelt_setting_is_named_with_the_nearest_one(directory: Path) -> None:
    (directory / "tarl.toml").write_text("[tarl]\nsynchronus = 'FULL'\n")
    with pytest.raises(Invalid) as caught:
        Settings({}, environ(directory))
    assert caught.value.next_step == "did you mean synchronous?"


def test_other_tools_tables_are_left_alone(directory: Path) -> None:
    (directory / "pyproject.toml").write_text("[tool.other]\ndb = 1\n")
    assert Settings({}, environ(directory))["db"].origin == "default"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    for setting in SETTINGS:
        assert f"| `{setting.name}` | `{setting.variable}` |" in page


def test_what_the_command_line_said_travels_to_another_process() -> None:
    here, there = Invocation(), Invocation()
    for option, value in (("db", "a.db"), ("as_tenant", "acme"), ("temporal", "there:1")):
        here.take(option, value)
    for option, value in here.flags.items():
        there.take(option, value)
    assert there.flags == here.flags
    assert (there.tenant, there.settings["temporal"].value) == ("acme", "there:1")
