"""The passwords of the services at NATS."""

from __future__ import annotations

from pathlib import Path

from services.passwords import NATS_USERS, gateway_secret, nats_password, nats_passwords


def test_passwords_are_made_once_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    passwords = nats_passwords(tmp_path)
    assert passwords.keys() == set(NATS_USERS)
    assert len(set(passwords.values())) == len(NATS_USERS)
    assert nats_passwords(tmp_path) == passwords
    assert nats_password(tmp_path, "api") == passwords["api"]
    assert gateway_secret(tmp_path) == gateway_secret(tmp_path) not in passwords.values()
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_no_password_can_be_read_as_a_number_by_nats_server(tmp_path: Path) -> None:
    assert all(password[0].isalpha() for password in nats_passwords(tmp_path).values())


def test_a_user_that_a_later_version_adds_gets_a_password_and_the_others_keep_theirs(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"ingest": "kept"}')
    passwords = nats_passwords(tmp_path)
    assert passwords["ingest"] == "kept"
    assert passwords.keys() == set(NATS_USERS)
    assert [each.name for each in tmp_path.iterdir()] == ["secrets.json"]
