from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.configuration import ENVIRONMENT, explain, flatten, load
from services.settings import Settings, SettingsError


def written(folder: Path, text: str, **variables: str) -> dict[str, str]:
    file = folder / "configuration.yaml"
    file.write_text(text)
    return {"LOOKOUT_CONFIG": str(file), **variables}


def mistake(environment: dict[str, str], overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(SettingsError) as raised:
        load(environment, overrides)
    sentence = str(raised.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_without_anything_the_promised_defaults_hold() -> None:
    settings = load({"LOOKOUT_CONFIG": "there-is-none.yaml"})
    assert settings == Settings()
    assert settings.url == "http://localhost:5000"
    assert settings.monitoring.websocket.max_connections == 1000


def test_the_promised_block_is_read(tmp_path: Path) -> None:
    environment = written(
        tmp_path,
        """
monitoring:
  enabled: true
  port: 5010
  host: localhost
  websocket: {enabled: true, max_connections: 50}
  metrics: {enabled: true, interval: 10}
  logging: {level: debug}
""",
    )
    monitoring = load(environment).monitoring
    assert (monitoring.port, monitoring.websocket.max_connections) == (5010, 50)
    assert (monitoring.metrics.interval, monitoring.logging.level) == (10.0, "debug")


def test_a_variable_beats_the_file_and_a_flag_beats_both_and_each_is_named(tmp_path: Path) -> None:
    environment = written(
        tmp_path, "monitoring: {port: 5001, host: 127.0.0.1}\ndata: a", LOOKOUT_PORT="5002", LOOKOUT_DATA="b"
    )
    settings, origins = explain(environment, {"monitoring.port": None, "data": "c"})
    assert (settings.port, settings.monitoring.host, settings.data) == (5002, "127.0.0.1", "c")
    file = environment["LOOKOUT_CONFIG"]
    assert origins == {"monitoring.host": file, "monitoring.port": "LOOKOUT_PORT", "data": "--data"}


def test_every_variable_reaches_its_key() -> None:
    values = {
        "LOOKOUT_HOST": "127.0.0.1",
        "LOOKOUT_PORT": "5009",
        "LOOKOUT_DATA": "elsewhere",
        "LOOKOUT_SITE": "monitor.example.com",
        "LOOKOUT_INTERNAL_BIND": "0.0.0.0",
        "LOOKOUT_INTERNAL_NATS": "nats",
        "LOOKOUT_INTERNAL_INGEST": "ingest",
        "LOOKOUT_OIDC_ISSUER": "https://login.example.com",
        "LOOKOUT_OIDC_CLIENT_ID": "lookout",
        "LOOKOUT_OIDC_NAME": "Example",
        "LOOKOUT_OIDC_ROLE": "viewer",
        "LOOKOUT_BIND": "10.0.0.5",
        "LOOKOUT_HTTPS_PORT": "8443",
        "LOOKOUT_HTTP_PORT": "8080",
        "LOOKOUT_EVENTS_PER_SECOND": "20.5",
        "LOOKOUT_BYTES_PER_SECOND": "5000.5",
        "LOOKOUT_NATS_LISTEN": "0.0.0.0:4222",
        "LOOKOUT_NATS_CERTIFICATE": "a.pem",
        "LOOKOUT_NATS_KEY": "a.key",
        "LOOKOUT_ENCRYPTION_KEY_FILE": "key",
        "LOOKOUT_MAX_CONNECTIONS": "7",
        "LOOKOUT_METRICS_INTERVAL": "0.5",
        "LOOKOUT_LOG_LEVEL": "warning",
        "LOOKOUT_LOG_MAX_AGE_DAYS": "2.5",
        "LOOKOUT_LOG_MAX_BYTES": "99999999",
        "LOOKOUT_FORWARD_TO": "https://monitor.example.com",
        "LOOKOUT_FORWARD_KEY_FILE": "key",
        "LOOKOUT_FORWARD_CA": "root.crt",
        "LOOKOUT_FORWARD_LISTEN": "127.0.0.1:9000",
        "LOOKOUT_FORWARD_SPOOL": "spool",
        "LOOKOUT_FORWARD_MAX_BYTES": "77777777",
    }
    assert values.keys() == ENVIRONMENT.keys()
    flat = flatten(msgspec.to_builtins(load(values)))
    assert {name: str(flat[key]) for name, key in ENVIRONMENT.items()} == values


def test_a_section_whose_keys_are_commented_out_means_the_defaults(tmp_path: Path) -> None:
    environment = written(tmp_path, "monitoring:\n  websocket:\n    # max_connections: 5\n", LOOKOUT_PORT="5001")
    assert load(environment).port == 5001


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("monitoring: {prt: 1}", "monitoring.prt is no setting; monitoring knows enabled, port, host, "),
        (
            "loging: {}",
            "Lookout knows monitoring, log, sessions, data, team, forward, limits, nats, encryption, oidc, internal.",
        ),
        ("monitoring: {port: x}", "monitoring.port is 'x', but must be a whole number."),
        ("monitoring: {port: '5001'}", "monitoring.port is '5001', but must be a whole number."),
        ("monitoring: {port: 70000}", "monitoring.port is 70000, but must be a whole number of at most 65535."),
        ("monitoring: 5000", "monitoring is 5000, but must be a section with keys of its own."),
        ("monitoring: {logging: {level: loud}}", "level is 'loud', but must be debug, info, warning or error."),
        ("monitoring: {metrics: {interval: 0}}", "interval is 0, but must be a number above 0.0."),
        ("sessions: {context_thresholds: [1, 2]}", "context_thresholds is [1, 2], but must be a list of length 3."),
        ("sessions: {context_thresholds: [1, x, 2]}", "context_thresholds[1] is 'x', but must be a number."),
        ("a: 1\nb: [1", "line 2 is not YAML: expected ',' or ']'"),
        ("- 1", "holds no keys; it should look like `monitoring:` and below it `port: 5000`."),
        ("1: 2", "Expected str - at key in the file."),
        ("a\x01", "cannot be read: unacceptable character"),
    ],
)
def test_a_mistake_in_the_file_names_file_key_and_remedy(tmp_path: Path, text: str, sentence: str) -> None:
    told = mistake(written(tmp_path, text))
    assert told.startswith(str(tmp_path / "configuration.yaml"))
    assert sentence in told


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    assert mistake({"LOOKOUT_CONFIG": str(tmp_path)}).startswith(f"{tmp_path} cannot be read:")


def test_a_wrong_variable_or_flag_is_named() -> None:
    assert mistake({"LOOKOUT_PORT": "many"}) == "LOOKOUT_PORT: monitoring.port is 'many', but must be a whole number."
    assert mistake({}, {"monitoring.port": 0}).startswith("--port: monitoring.port is 0, but must be")


def test_a_variable_that_no_setting_has_is_refused_with_those_there_are() -> None:
    told = mistake({"LOOKOUT_PROT": "5001"})
    assert told.startswith("LOOKOUT_PROT is no setting of Lookout; it knows LOOKOUT_HOST, LOOKOUT_PORT,")


def test_listening_beyond_this_machine_is_refused() -> None:
    assert "localhost" in mistake({"LOOKOUT_HOST": "0.0.0.0"})


@pytest.mark.parametrize("listen", ["4222", ":4222", "0.0.0.0:", "0.0.0.0:x", "0.0.0.0:70000"])
def test_an_address_for_subscribers_that_is_none_is_refused(listen: str) -> None:
    told = mistake({"LOOKOUT_NATS_LISTEN": listen})
    assert told == f"nats.listen is {listen!r}, but must be an address and a port, as in 0.0.0.0:4222."


@pytest.mark.parametrize(
    "issuer", ["http://login.example.com", "login.example.com", "http://localhost.example", "http://["]
)
def test_a_provider_is_believed_by_tls_or_on_this_machine_alone(issuer: str) -> None:
    given = {"LOOKOUT_OIDC_CLIENT_ID": "lookout"}
    assert load(given | {"LOOKOUT_OIDC_ISSUER": "http://localhost:9000"}).oidc.issuer
    with pytest.raises(SettingsError, match=r"believed by https://, as in https://login\.example\.com\.$"):
        load(given | {"LOOKOUT_OIDC_ISSUER": issuer})


def test_a_certificate_without_its_key_is_refused() -> None:
    assert "name both files, or neither" in mistake({"LOOKOUT_NATS_CERTIFICATE": "a.pem"})


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("", ("127.0.0.1", 5004)),
        ("0.0.0.0:4222", ("127.0.0.1", 4222)),
        ("[::]:4222", ("[::1]", 4222)),
        ("192.0.2.1:4222", ("192.0.2.1", 4222)),
    ],
)
def test_services_reach_the_log_where_subscribers_do(listen: str, address: tuple[str, int]) -> None:
    assert load({"LOOKOUT_NATS_LISTEN": listen}).nats_address == address


def test_the_internal_ports_follow_the_public_one_and_have_to_fit() -> None:
    settings = load({"LOOKOUT_PORT": "6000"})
    assert [settings.internal_port(name) for name in ("ingest", "nats")] == [6001, 6004]
    assert "65532" in mistake({"LOOKOUT_PORT": "65532"})


@given(st.text(), st.sampled_from(sorted(ENVIRONMENT)))
def test_any_text_in_a_variable_is_taken_or_is_a_mistake_in_words(text: str, variable: str) -> None:
    with suppress(SettingsError):
        assert isinstance(load({variable: text}), Settings)
