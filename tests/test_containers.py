"""The stack in containers, as far as it shows without an engine: the files, and their commands run outside of one."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
import yaml
from compose_spec import PyCompose

from services.configuration import ENVIRONMENT, load
from services.settings import ROOT
from tests.conftest import BIN, wait_for_port
from tests.freeports import free_block
from tests.test_watch import switch_off

LOCAL, TEAM = "compose.yaml", "deploy/team.yaml"
OURS = ("api", "ingest", "stream")


def interpolated(text: str, values: Mapping[str, str]) -> str:
    """As the compose specification has it: ${NAME}, ${NAME:-default} and ${NAME:?message}."""

    def value(found: re.Match[str]) -> str:
        if found[1] in values:
            return values[found[1]]
        assert found[2] != ":?", found[3]
        return found[3] or ""

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, text)


def filled(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {name: filled(each, values) for name, each in node.items()}
    if isinstance(node, list):
        return [filled(each, values) for each in node]
    return interpolated(node, values) if isinstance(node, str) else node


def compose(file: str, **values: str) -> dict[str, Any]:
    document: dict[str, Any] = filled(yaml.safe_load((ROOT / file).read_text()), values)
    return document


@pytest.mark.parametrize("file", [LOCAL, TEAM])
def test_the_file_keeps_to_the_compose_specification(file: str) -> None:
    PyCompose.from_yaml(yaml.safe_dump(compose(file, LOOKOUT_SITE="monitor.example.com")))


def test_team_mode_asks_for_the_name_of_the_site() -> None:
    with pytest.raises(AssertionError, match="set it to the name by which the team reaches this machine"):
        compose(TEAM)


def test_the_services_look_for_one_another_where_they_are() -> None:
    services = compose(LOCAL)["services"]
    environment = {name: value for name, value in services["api"]["environment"].items() if name in ENVIRONMENT}
    internal = load({"LOOKOUT_CONFIG": "none", **environment, "LOOKOUT_HTTPS_PORT": "443"}).internal
    assert {internal.nats, internal.ingest} <= services.keys()
    assert all(services[name]["environment"] == services["api"]["environment"] for name in OURS)


def test_local_mode_is_published_to_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in compose(LOCAL)["services"].items() if "ports" in service}
    assert published == {"gateway": ["127.0.0.1:5000:5000"]}


@pytest.mark.parametrize("name", ["prepare", "nats", "api", "ingest", "stream", "watch", "gateway"])
def test_every_container_has_no_more_rights_than_it_needs(name: str) -> None:
    service = compose(LOCAL)["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "image" in service
    if service["image"] != "lookout":
        assert service["user"] == "10001:10001"
    if name != "gateway":
        assert service["security_opt"] == ["no-new-privileges:true"]
    if name != "prepare":
        assert service["deploy"]["resources"]["limits"]["memory"]
        assert service["restart"] == "unless-stopped"
    if name in (*OURS, "gateway"):
        assert service["healthcheck"]["test"][0] == "CMD"


def test_the_image_has_all_that_it_copies_and_the_page_all_that_it_imports() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    copied = [shlex.split(line)[:-1] for line in re.findall(r"^COPY (?!--from)(.*)$", dockerfile, re.M)]
    named = {path for paths in copied for path in paths}
    assert all((ROOT / path).exists() for path in named)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert all(f"!{path.split('/')[0]}" in ignored for path in named)
    for source in (ROOT / "web" / "src").rglob("*.ts*"):
        if ".test." not in source.name:
            for outside in re.findall(r'from "([^"]*\.json)"', source.read_text()):
                path = (source.parent / outside).resolve().relative_to(ROOT)
                assert path.parts[0] == "web" or str(path) in named, f"{source} imports {path}"
    assert "USER 10001:10001" in dockerfile


@pytest.mark.parametrize("unit", sorted((ROOT / "deploy" / "systemd").iterdir()), ids=lambda unit: unit.name)
def test_a_unit_sets_what_lookout_knows(unit: Path) -> None:
    text = unit.read_text()
    assert set(re.findall(r"^Environment=(LOOKOUT_\w+)=", text, re.M)) <= ENVIRONMENT.keys()
    [command] = re.findall(r"^ExecStart=\S+/lookout (\w+)$", text, re.M)
    assert subprocess.run([BIN / "lookout", command, "--help"], capture_output=True, check=False).returncode == 0


@contextmanager
def process(*command: str | Path, **environment: str) -> Iterator[None]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    with subprocess.Popen(command, env=inherited | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as it:
        try:
            yield
        finally:
            it.terminate()
            it.communicate(timeout=30)


@pytest.mark.parametrize("team", [False, True], ids=["local", "team"])
def test_the_commands_of_the_containers_make_one_lookout(tmp_path: Path, team: bool) -> None:
    services = compose(LOCAL)["services"]
    port = free_block()
    run, page = tmp_path / "run", tmp_path / "page"
    gateway = tmp_path / "gateway"
    for folder in (run, gateway):
        folder.mkdir()
    names = {
        "/run/lookout": str(run),
        "/run/gateway": str(gateway),
        "/page": str(page),
        "/etc/lookout": str(ROOT / "gateway"),
    }
    given = services["api"]["environment"] | {
        "LOOKOUT_PORT": str(port),
        "LOOKOUT_DATA": str(tmp_path / "data"),
        "LOOKOUT_INTERNAL_BIND": "127.0.0.1",
        "LOOKOUT_INTERNAL_NATS": "127.0.0.1",
        "LOOKOUT_INTERNAL_INGEST": "127.0.0.1",
        "LOOKOUT_METRICS_INTERVAL": "1",
    }
    if team:
        services["gateway"] |= compose(TEAM, LOOKOUT_SITE="localhost")["services"]["gateway"]
        given |= {"LOOKOUT_SITE": "localhost", "LOOKOUT_ENCRYPTION_KEY_FILE": str(run / "encryption.key")}

    def arguments(name: str) -> list[str]:
        words = [str(word) for word in services[name]["command"]]
        for inside, here in names.items():
            words = [word.replace(inside, here) for word in words]
        return words

    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    subprocess.run([BIN / "lookout", *arguments("prepare")], env=inherited | given, check=True)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*run.iterdir(), *gateway.iterdir()])
    assert (page / "index.html").exists()
    variables = (gateway / "gateway.env").read_text()
    for name in OURS:
        variables = variables.replace(f'"{name}:', '"127.0.0.1:')
    variables = variables.replace('"8443"', f'"{port + 5}"').replace('"8080"', f'"{port + 6}"')
    variables = (
        variables.replace('"0.0.0.0"', '"127.0.0.1"').replace('="/page"', f'="{page}"').replace("/tmp", str(run))
    )
    (gateway / "gateway.env").write_text(variables)
    with ExitStack() as running:
        running.enter_context(process(BIN / "nats-server", *arguments("nats")))
        for name in (*OURS, "watch"):
            running.enter_context(process(BIN / "lookout", *arguments(name), **given))
        _, *caddy = arguments("gateway")
        running.enter_context(process(BIN / "caddy", *caddy, XDG_DATA_HOME=str(tmp_path / "caddy")))
        for name in OURS:
            test = services[name]["healthcheck"]["test"][1:]
            check = [word.replace("500", f"{port // 10}", 1) if ":500" in word else word for word in test]
            until_zero(["python3", *check[1:]])
        add = [str(BIN / "lookout"), "subscriber", "add", "alerts", "--project", "*"]
        added = subprocess.run(add, env=inherited | given, check=True, capture_output=True, text=True)
        assert asyncio.run(is_let_in(f"nats://127.0.0.1:{port + 4}", added.stdout.strip()))
        switch_off(load(inherited | given))
        until_zero(["python3", "-c", f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port + 1}/readyz')"])
        if team:
            wait_for_port(port + 5)
            assert "STORE_KEY" in (run / "nats.conf").read_text()
        else:
            wait_for_port(port)
            with urllib.request.urlopen(f"http://localhost:{port}/health", timeout=10) as answer:
                assert answer.status == 200


async def is_let_in(url: str, seed: str) -> bool:
    client = await nats.connect(url, nkeys_seed_str=seed, allow_reconnect=False, inbox_prefix=b"_INBOX.alerts")
    await client.close()
    return True


def until_zero(command: list[str], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while (done := subprocess.run(command, capture_output=True, check=False)).returncode:
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.2)
