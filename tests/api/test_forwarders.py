"""Which forwarders are listed, to whom and for how long."""

from __future__ import annotations

import time

from services.api.forwarders import FORGOTTEN, MOST, Forwarders
from services.forwarders import Heard
from tests.api.conftest import Api
from tests.ingest.test_forwarders import forwarder


def spools(known: Forwarders, at: float, *projects: str) -> list[str]:
    return [each.forwarder.spool for each in known.known(at, frozenset(projects) if projects else None)]


def test_each_is_listed_as_it_was_heard_last() -> None:
    known = Forwarders()
    known.heard(Heard(forwarder("a", sent=1)), 10)
    known.heard(Heard(forwarder("a", sent=2)), 20)
    [status] = known.known(25)
    assert (status.age, status.forwarder.sent) == (5, 2)


def test_one_that_is_silent_stays_for_a_week() -> None:
    known = Forwarders()
    known.heard(Heard(forwarder("a")), 0)
    assert spools(known, FORGOTTEN) == ["a"]
    assert spools(known, FORGOTTEN + 1) == []


def test_of_too_many_the_longest_silent_is_forgotten() -> None:
    known = Forwarders()
    for number in range(MOST):
        known.heard(Heard(forwarder(f"{number}")), number)
    known.heard(Heard(forwarder("0")), MOST)
    known.heard(Heard(forwarder("new")), MOST)
    listed = spools(known, MOST)
    assert len(listed) == MOST
    assert {"0", "new"} < set(listed)
    assert "1" not in listed


def test_a_spool_of_the_same_name_is_another_by_another_key_or_on_another_host() -> None:
    known = Forwarders()
    for sender, host in (("key k_1", "desk"), ("key k_2", "desk"), ("key k_1", "laptop"), ("key k_1", "desk")):
        known.heard(Heard(forwarder("a", host=host), None, sender), 0)
    listed = [(each.forwarder.host, each.sender) for each in known.known(0)]
    assert listed == [("desk", "key k_1"), ("desk", "key k_2"), ("laptop", "key k_1")]


def test_a_key_that_makes_names_up_pushes_out_none_but_its_own() -> None:
    known = Forwarders()
    known.heard(Heard(forwarder("calm"), None, "key calm"), 0)
    for number in range(2 * MOST):
        known.heard(Heard(forwarder(f"{number}"), None, "key loud"), 0)
    listed = known.known(0)
    assert len(listed) == MOST
    assert "key calm" in {each.sender for each in listed}


def test_who_may_read_one_project_sees_the_forwarders_of_that_project() -> None:
    known = Forwarders()
    known.heard(Heard(forwarder("everywhere"), None), 0)
    known.heard(Heard(forwarder("shop"), ["shop"]), 0)
    known.heard(Heard(forwarder("other"), ["other"]), 0)
    assert spools(known, 0, "shop") == ["shop"]
    assert set(spools(known, 0)) == {"everywhere", "shop", "other"}


async def test_status_lists_them(api: Api) -> None:
    assert (await api.get("/status"))["forwarders"] == []
    api.known.heartbeats.forwarders.heard(Heard(forwarder("a", waiting=7, lost=1)), time.monotonic())
    [listed] = (await api.get("/status"))["forwarders"]
    assert listed["age"] < 60
    assert (listed["forwarder"]["host"], listed["forwarder"]["waiting"], listed["forwarder"]["lost"]) == ("büro", 7, 1)


async def test_their_figures_are_told_to_prometheus_whatever_a_host_is_called(api: Api) -> None:
    told = forwarder("a", host='desk"\n', waiting=7, sent=12, lost=1)
    api.known.heartbeats.forwarders.heard(Heard(told, None, "key k_1"), time.monotonic())
    lines = (await api.client.get("/metrics")).text.splitlines()
    labels = r'{host="desk\"\n",spool="a",sender="key k_1"}'
    for figure in ("waiting_events", "sent_total", "lost_total"):
        assert [line for line in lines if line.startswith(f"lookout_forwarder_{figure}{labels} ")]
    assert f"lookout_forwarder_lost_total{labels} 1" in lines
    assert lines.count("# TYPE lookout_forwarder_lost_total counter") == 1
