"""What lies in deploy/ is whole: its commands are the command line's, its files are there, and the
worker that it describes does its work.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.snippets import ROOT
from tests.temporal_server import server

from tarl.interfaces.cli.invocation import Invocation
from tarl.interfaces.cli.main import cli

DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs/how-to/from-one-machine-to-many.md"
TARL = (sys.executable, "-P", "-m", "tarl.interfaces.cli.main")
IMAGE = "tarl-worker"


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return services


def manifests() -> dict[tuple[str, str], Any]:
    found = {}
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        for manifest in yaml.safe_load_all(path.read_text()):
            found[manifest["kind"], manifest["metadata"]["name"]] = manifest
    return found


def pod(manifest: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return spec


def commands() -> Iterator[list[str]]:
    """Every command of tarl's, without the program."""
    worker = compose()["worker"]
    yield worker["command"]
    yield worker["healthcheck"]["test"][2:]
    (container,) = pod(manifests()["Deployment", "tarl-worker"])["containers"]
    yield container["args"]
    yield container["readinessProbe"]["exec"]["command"][1:]
    texts = [GUIDE.read_text(), *(path.read_text() for path in DEPLOY.rglob("*.*"))]
    for text in texts:
        for found in re.finditer(r"^(?:\$ )?(?:TARL_\w+=\S+ )*tarl (.+)$", text, re.MULTILINE):
            yield shlex.split(found[1])
        for found in re.finditer(r"docker compose .*run --rm worker (.+)$", text, re.MULTILINE):
            yield shlex.split(found[1])


def test_every_command_is_one_of_the_command_line() -> None:
    seen = set()
    for words in commands():
        with cli.make_context("tarl", list(words), obj=Invocation()) as context:
            parse(context, [*context._protected_args, *context.args])
            seen.add(words[0])
    assert {"worker", "keys", "--quiet"} <= seen


def parse(context: Any, words: list[str]) -> None:
    """Refuse what the command line would refuse, without doing anything."""
    name, command, rest = context.command.resolve_command(context, words)
    with command.make_context(name, rest, parent=context) as inner:
        if hasattr(command, "resolve_command"):
            parse(inner, [*inner._protected_args, *inner.args])


def test_what_the_image_is_made_of_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        *sources, _ = line.split()
        assert all((ROOT / source).exists() for source in sources), line
    (extras,) = re.findall(r"/src\[(.+?)\]", text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras.split(",")) <= set(project["optional-dependencies"])


def test_what_refers_to_one_another_is_there() -> None:
    services = compose()
    assert set(services["worker"]["depends_on"]) <= set(services)
    for needed in services["worker"]["depends_on"]:
        assert services[needed]["healthcheck"]["test"][0] == "CMD"
    found = manifests()
    for (kind, name), manifest in found.items():
        if kind in ("Service", "PodDisruptionBudget"):
            chosen = manifest["spec"]["selector"]
            labels = chosen.get("matchLabels", chosen)
            assert any(
                each["spec"]["template"]["metadata"]["labels"] == labels
                for (other, _), each in found.items()
                if other in ("Deployment", "StatefulSet")
            ), (kind, name)
    worker = pod(found["Deployment", "tarl-worker"])
    volumes = {each["name"] for each in worker["volumes"]}
    for container in [*worker["initContainers"], *worker["containers"]]:
        assert container["image"] == IMAGE
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
    (address,) = [each for each in worker["containers"][0]["args"] if "--temporal=" in each]
    host, port = address.split("=")[1].split(":")
    ports = found["Service", host]["spec"]["ports"]
    assert int(port) in {each["port"] for each in ports}


@pytest.mark.e2e
def test_the_worker_does_its_work(tmp_path: Path) -> None:
    with server() as temporal:
        env = {**os.environ, "TARL_HOME": str(tmp_path / "home")}
        env |= {"TARL_DB": str(tmp_path / "tarl.db"), "TEMPORAL_ADDRESS": temporal.address}
        words = [
            temporal.address if word == "temporal:7233" else word
            for word in compose()["worker"]["command"]
        ]
        worker = subprocess.Popen([*TARL, *words], cwd=DEPLOY, env=env)
        try:
            done = subprocess.run(
                [sys.executable, "workflows.py", "Ada"],
                cwd=DEPLOY,
                env=env,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.stdout == "Hello, Ada\n", done.stderr
            probe = compose()["worker"]["healthcheck"]["test"][2:]
            assert subprocess.run([*TARL, *probe], env=env, check=False).returncode == 0
        finally:
            worker.terminate()
        assert worker.wait(timeout=40) == 0
