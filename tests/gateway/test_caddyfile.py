"""Real Caddy with the real Caddyfile: who is let in, where requests go, and that a restart behind it does not show."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import BIN, wait_for_port
from tests.freeports import free_ports

SERVICES = ("ingest", "stream", "api")


class Echo(BaseHTTPRequestHandler):
    """Answers with its own name and what reached it."""

    # One request a connection: a server that is shut down goes on answering on the connections it has.
    protocol_version = "HTTP/1.0"
    name = ""

    def answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.rfile.read(length)
        extensions = self.headers.get("sec-websocket-extensions", "none")
        body = f"{self.name} {self.command} {self.path} extensions={extensions}".encode()
        self.send_response(200)
        self.send_header("Server", "tells too much")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def serve(name: str, port: int) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Named", (Echo,), {"name": name}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Gateway:
    def __init__(self, port: int, upstreams: dict[str, ThreadingHTTPServer]) -> None:
        self.port = port
        self.upstreams = upstreams

    def ask(
        self, method: str, path: str, host: str = "", address: str = "127.0.0.1", **headers: str
    ) -> tuple[int, str]:
        answer, body = self.exchange(method, path, host, address, **headers)
        return answer.status, body

    def exchange(
        self, method: str, path: str, host: str = "", address: str = "127.0.0.1", **headers: str
    ) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection(address, self.port, timeout=20)
        fields = {"Host": host or f"localhost:{self.port}"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=b"{}" if method == "POST" else None, headers=fields)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    page = tmp_path_factory.mktemp("page")
    (page / "index.html").write_text("<!doctype html>the page")
    (page / "assets").mkdir()
    (page / "assets" / "index-abc.js").write_text("1")
    port, *ports = free_ports(4)
    upstreams = {name: serve(name, at) for name, at in zip(SERVICES, ports, strict=True)}
    process = start_caddy(port, dict(zip(SERVICES, ports, strict=True)), page)
    yield Gateway(port, upstreams)
    process.terminate()
    process.wait()
    for server in upstreams.values():
        server.shutdown()
        server.server_close()


def start_caddy(port: int, ports: dict[str, int], page: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "GATEWAY_PORT": str(port),
        "GATEWAY_BIND": "127.0.0.1 ::1",
        "GATEWAY_PAGE": str(page),
        "XDG_DATA_HOME": str(page.parent),
        "XDG_CONFIG_HOME": str(page.parent),
        **{f"GATEWAY_{name.upper()}": f"127.0.0.1:{at}" for name, at in ports.items()},
    }
    with (page.parent / "caddy.log").open("wb") as log:
        process = subprocess.Popen(
            [BIN / "caddy", "run", "--config", "gateway/Caddyfile", "--adapter", "caddyfile"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    wait_for_port(port)
    return process


@pytest.mark.parametrize(
    ("method", "path", "service"),
    [
        ("POST", "/events", "ingest"),
        ("POST", "/hooks/claude-code", "ingest"),
        ("POST", "/api/events", "ingest"),
        ("GET", "/ws", "stream"),
        ("GET", "/socket.io", "stream"),
        ("GET", "/socket.io/", "stream"),
        ("GET", "/events", "api"),
        ("GET", "/events?q=type:prompt", "api"),
        ("GET", "/events/12", "api"),
        ("GET", "/events/histogram", "api"),
        ("GET", "/health", "api"),
        ("GET", "/status", "api"),
        ("GET", "/agents", "api"),
        ("GET", "/sessions", "api"),
        ("GET", "/sessions/abc", "api"),
        ("GET", "/files", "api"),
        ("GET", "/tools", "api"),
        ("GET", "/state?at=3", "api"),
        ("GET", "/metrics", "api"),
        ("GET", "/openapi.json", "api"),
        ("GET", "/docs", "api"),
        ("POST", "/demo", "api"),
    ],
)
def test_a_request_goes_to_the_service_that_answers_it(gateway: Gateway, method: str, path: str, service: str) -> None:
    assert gateway.ask(method, path) == (200, f"{service} {method} {path} extensions=none")


def test_everything_else_is_the_page_or_not_found(gateway: Gateway) -> None:
    assert gateway.ask("GET", "/") == (200, "<!doctype html>the page")
    assert gateway.ask("GET", "/?view=agents") == (200, "<!doctype html>the page")
    status, body = gateway.ask("GET", "/nothing")
    assert status == 404
    assert body == '{"title":"Not Found","status":404,"detail":"Nothing is at this address."}'


@pytest.mark.parametrize(
    "path", ["/../caddy.log", "/%2e%2e/caddy.log", "/assets/..%2f..%2fcaddy.log", "/..\\caddy.log"]
)
def test_nothing_outside_the_page_is_served(gateway: Gateway, path: str) -> None:
    # Caddy writes that file into the folder above the page.
    assert gateway.ask("GET", path)[0] == 404


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_every_name_of_this_machine_is_let_in(gateway: Gateway, host: str) -> None:
    address = "::1" if host == "[::1]" else "127.0.0.1"
    assert gateway.ask("GET", "/health", host=f"{host}:{gateway.port}", address=address)[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:5000", "127.0.0.1.nip.io"])
def test_a_foreign_name_for_this_machine_is_refused(gateway: Gateway, host: str) -> None:
    for method, path in (("GET", "/health"), ("GET", "/"), ("POST", "/events"), ("GET", "/ws")):
        status, body = gateway.ask(method, path, host=host)
        assert status == 403
        assert f"http://localhost:{gateway.port}" in body


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost", "http://localhost.evil.example"]
)
def test_a_page_of_another_origin_can_neither_post_nor_open_a_websocket(gateway: Gateway, origin: str) -> None:
    for method, path in (
        ("POST", "/events"),
        ("POST", "/hooks/claude-code"),
        ("POST", "/api/events"),
        ("PUT", "/events"),
        ("GET", "/ws"),
        ("GET", "/socket.io/"),
    ):
        assert gateway.ask(method, path, Origin=origin)[0] == 403, (method, path)


@pytest.mark.parametrize("path", ["//ws", "/./ws", "/%2e/ws", "/%77s", "/WS", "/assets/../ws", "//socket.io/"])
def test_no_other_spelling_of_a_path_lets_a_foreign_page_in(gateway: Gateway, path: str) -> None:
    assert gateway.ask("GET", path, Origin="https://evil.example")[0] == 403


def test_a_request_that_names_no_host_is_refused(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.0 403 ")


def test_the_own_page_can_do_both(gateway: Gateway) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        origin = f"http://{host}:{gateway.port}"
        assert gateway.ask("POST", "/events", Origin=origin)[0] == 200
        assert gateway.ask("GET", "/ws", Origin=origin)[0] == 200


def test_a_websocket_is_not_compressed(gateway: Gateway) -> None:
    _, body = gateway.ask("GET", "/ws", Sec_WebSocket_Extensions="permessage-deflate")
    assert body.endswith("extensions=none")


@pytest.mark.parametrize("path", ["/", "/health", "/nothing"])
def test_every_answer_has_the_security_headers_and_names_no_server(gateway: Gateway, path: str) -> None:
    answer, _ = gateway.exchange("GET", path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Server" not in answer.headers
    assert "Via" not in answer.headers


def test_hashed_files_are_kept_for_ever_and_the_page_is_asked_for_again(gateway: Gateway) -> None:
    assert "immutable" in gateway.exchange("GET", "/assets/index-abc.js")[0].headers["Cache-Control"]
    assert gateway.exchange("GET", "/")[0].headers["Cache-Control"] == "no-cache"


def test_a_service_that_restarts_is_waited_for(gateway: Gateway) -> None:
    old = gateway.upstreams["api"]
    port = old.server_address[1]
    old.shutdown()
    old.server_close()
    answers: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answers.append(gateway.ask("GET", "/health")))
    asking.start()
    asking.join(0.5)
    assert not answers
    gateway.upstreams["api"] = serve("api", port)
    asking.join(15)
    assert answers == [(200, "api GET /health extensions=none")]
