"""What is kept on disk under a key: that it cannot be read, and what becomes of it with another key or none."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import encryption
from services.configuration import load
from services.encryption import EncryptionError, admit, derived, keys, own_key_file
from services.settings import Settings
from tests.contents import contents
from tests.freeports import free_block, free_ports
from tests.stack import Stack, running_stack
from tests.test_subscribers import added, post, subscribing

SECRET = "planted-secret-7f3a91"
PLAIN = "plainly-readable-words"


def readable(data: Path, *texts: str) -> list[str]:
    """The files in the data folder in which one of the texts can be read, logs of processes included."""
    files = contents(data)
    assert {"nats.log", "gateway.log", "supervisord.log", "api.log"} <= {path.name for path in files}
    return [str(path) for path, inside in files.items() if any(text.encode() in inside for text in texts)]


def settings(data: Path, **more: str) -> Settings:
    return load({"LOOKOUT_DATA": str(data)} | more)


def key_file(path: Path) -> Path:
    path.write_text(secrets.token_hex(32) + "\n")
    return path


def record(stack: Stack, count: int) -> int:
    """Events with what must not be found, of all kinds; returns the seq of the last."""
    for number in range(count):
        post(stack, "shop", f"{PLAIN} {number}", password=SECRET, nested={"header": f"Bearer {SECRET}"})
    hook = {
        "hook_event_name": "PreToolUse",
        "session_id": PLAIN,
        "tool_name": "Bash",
        "tool_use_id": "toolu_1",
        "cwd": f"/home/{PLAIN}",
        "tool_input": {"command": f"echo {PLAIN} && export PASSWORD={SECRET}"},
    }
    assert stack.post("/hooks/claude-code", hook).status == 204
    answer = stack.post("/events", {"type": "last", "project": PLAIN, "session": PLAIN})
    return int(answer.json["events"][0]["seq"])


def folded(stack: Stack, seq: int) -> None:
    stack.until("/health", lambda health: health["seq"] >= seq)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return key_file(tmp_path / "key")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    # Short, for the paths of its sockets.
    folder = Path("/tmp") / f"lookout-{secrets.token_hex(4)}"
    yield folder
    shutil.rmtree(folder)


def test_nothing_that_was_recorded_can_be_read_in_the_data_folder_or_in_a_log(key: Path) -> None:
    with running_stack(LOOKOUT_ENCRYPTION_KEY_FILE=str(key), LOOKOUT_LOG_LEVEL="debug") as stack:
        folded(stack, record(stack, 300))
        assert len(stack.get(f"/events?q={PLAIN}")["events"]) > 0
        assert readable(stack.data, SECRET, PLAIN) == []
        stack.kill("nats")
        stack.kill("api")
        folded(stack, record(stack, 1200))
        assert readable(stack.data, SECRET, PLAIN) == []
        stack.stop()
        assert readable(stack.data, SECRET, PLAIN) == []
        own = key.read_text().strip()
        assert readable(stack.data, own, derived(own, "").log, derived(own, "").history) == []
        made = json.loads((stack.data / "secrets.json").read_text())
        assert made.keys() == {"ingest", "stream", "api", "access", "system", "gateway"}
        assert all(len(each) == 44 for each in made.values())
        for name in ("secrets.json", "encryption.mark"):
            assert (stack.data / name).stat().st_mode & 0o777 == 0o600


def test_the_same_can_be_read_where_there_is_no_key_but_for_the_secret() -> None:
    with running_stack() as stack:
        folded(stack, record(stack, 3))
        assert readable(stack.data, SECRET) == []
        assert any("jetstream" in each for each in readable(stack.data, PLAIN))


def test_a_plain_log_that_is_given_a_key_is_encrypted_whole_and_none_of_it_lost(key: Path, data: Path) -> None:
    port = free_block()
    plain = Stack(data, port, {})
    plain.start()
    seq = record(plain, 50)
    folded(plain, seq)
    plain.stop()
    assert readable(data, PLAIN) != []
    for environment in ({"LOOKOUT_ENCRYPTION_KEY_FILE": str(key)}, {"LOOKOUT_ENCRYPTION_KEY": key.read_text()}):
        stack = Stack(data, port, environment)
        stack.start()
        folded(stack, seq)
        assert stack.get(f"/events/{seq}")["event"] == "last"
        stack.stop()
        assert readable(data, PLAIN) == []


def test_without_its_key_or_with_another_it_does_not_start_and_nothing_is_touched(key: Path, data: Path) -> None:
    port = free_block()
    stack = Stack(data, port, {"LOOKOUT_ENCRYPTION_KEY_FILE": str(key)})
    stack.start()
    seq = record(stack, 3)
    folded(stack, seq)
    stack.stop()
    other = key_file(key.with_name("other"))
    refused = Stack(data, port, {"LOOKOUT_ENCRYPTION_KEY_FILE": str(other)}).cli("up")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"What is in {data} is encrypted with another key than the one given: give that one, or name another data "
        "folder.\n"
    )
    refused = Stack(data, port, {}).cli("up")
    assert refused.stderr == (
        f"What is in {data} is encrypted: give its key in LOOKOUT_ENCRYPTION_KEY or as encryption.key_file, or name "
        "another data folder.\n"
    )
    stack.start()
    assert stack.get(f"/events/{seq}")["event"] == "last"
    stack.stop()


async def test_the_key_can_be_changed_and_no_event_and_no_subscriber_is_lost(key: Path, data: Path) -> None:
    port = free_block()
    [nats] = free_ports(1)
    common = {"LOOKOUT_NATS_LISTEN": f"127.0.0.1:{nats}"}
    stack = Stack(data, port, common | {"LOOKOUT_ENCRYPTION_KEY_FILE": str(key)})
    stack.start()
    post(stack, "shop", "before")
    idle, busy = added(stack, "idle", "shop"), added(stack, "busy", "shop")
    for text in ("one", "two", "three"):
        post(stack, "shop", text)
    async with subscribing(stack, "busy", busy) as client:
        consumer = await client.jetstream().pull_subscribe_bind("busy", "EVENTS")
        for message in await consumer.fetch(2, timeout=5):
            await message.ack_sync()
    seq = record(stack, 20)
    new = key.with_name("new")
    refused = stack.cli("rekey", str(new))
    assert refused.returncode == 1
    assert "Lookout already runs on" in refused.stderr
    stack.stop()
    said = stack.cli("rekey", str(new))
    assert said.returncode == 0, said.stderr
    assert "set encryption.key_file to that file" in said.stdout
    assert new.stat().st_mode & 0o777 == 0o600
    assert "another key" in stack.cli("up").stderr
    again = Stack(data, port, common | {"LOOKOUT_ENCRYPTION_KEY_FILE": str(new)})
    again.start()
    folded(again, seq)
    assert again.get(f"/events/{seq}")["event"] == "last"
    texts = {}
    for name, seed in (("idle", idle), ("busy", busy)):
        async with subscribing(again, name, seed) as client:
            consumer = await client.jetstream().pull_subscribe_bind(name, "EVENTS")
            texts[name] = [json.loads(each.data)["data"]["text"] for each in await consumer.fetch(3, timeout=5)]
    assert texts["idle"] == ["one", "two", "three"]
    assert texts["busy"][0] == "three"
    again.stop()
    assert readable(data, PLAIN) == []


def test_a_team_has_a_key_without_asking_for_one_and_a_local_one_has_none(tmp_path: Path) -> None:
    assert admit(settings(tmp_path), {}) is None
    team = settings(tmp_path, LOOKOUT_SITE="monitor.example.com")
    made = admit(team, {})
    assert made is not None
    assert own_key_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert admit(team, {}) == made == keys(settings(tmp_path), {})
    moved = own_key_file(tmp_path).rename(tmp_path / "elsewhere")
    with pytest.raises(EncryptionError, match="is encrypted: give its key"):
        admit(team, {})
    assert admit(settings(tmp_path, LOOKOUT_ENCRYPTION_KEY_FILE=str(moved)), {}) == made
    assert admit(team, {encryption.VARIABLE: moved.read_text()}) == made


def test_keys_for_log_history_and_mark_are_different_and_say_nothing_of_one_another() -> None:
    made = derived("x" * 32, "here")
    assert len({made.log.removeprefix("k"), made.history, made.mark}) == 3
    assert derived("x" * 32 + "\n", "here") == made
    assert not set(derived("x" * 31 + "y", "here")) & set(made)


def test_a_key_that_is_too_short_or_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EncryptionError, match=r"^The encryption key in LOOKOUT_ENCRYPTION_KEY has 5 characters, but"):
        keys(settings(tmp_path), {encryption.VARIABLE: "short"})
    missing = tmp_path / "none"
    with pytest.raises(EncryptionError, match=rf"^The encryption key cannot be read from {missing}: make"):
        keys(settings(tmp_path, LOOKOUT_ENCRYPTION_KEY_FILE=str(missing)), {})
