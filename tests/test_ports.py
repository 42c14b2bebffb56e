from __future__ import annotations

import os
import socket

import pytest

from services.configuration import load
from services.ports import PortError, check_ports
from services.settings import Settings
from tests.freeports import free_block, free_ports


def at(port: int, **variables: str) -> Settings:
    return load({"LOOKOUT_PORT": str(port), **variables})


def refusal(settings: Settings) -> str:
    with pytest.raises(PortError) as refused:
        check_ports(settings)
    return str(refused.value)


@pytest.mark.parametrize("above", range(5))
def test_a_port_that_is_taken_is_named_with_who_holds_it_and_another_that_is_free(above: int) -> None:
    port = free_block()
    with socket.create_server(("127.0.0.1", port + above)):
        said = refusal(at(port))
    assert said.startswith(f"Port {port + above} is taken by ")
    assert f"(process {os.getpid()})" in said
    other = int(said.partition("make up PORT=")[2].partition("`")[0])
    check_ports(at(other))


def test_a_port_that_only_ipv6_has_taken_is_named_too() -> None:
    port = free_block()
    with socket.create_server(("::1", port), family=socket.AF_INET6):
        assert refusal(at(port)).startswith(f"Port {port} is taken by ")
    check_ports(at(port))


def test_a_team_needs_its_own_ports_and_not_the_one_of_the_page() -> None:
    port, (https, http) = free_block(), free_ports(2)
    team = at(port, LOOKOUT_SITE="lookout.test", LOOKOUT_HTTPS_PORT=str(https), LOOKOUT_HTTP_PORT=str(http))
    with socket.create_server(("127.0.0.1", port)):
        check_ports(team)
    with socket.create_server(("127.0.0.1", https)):
        assert refusal(team).startswith(f"Port {https} is taken by ")


def test_an_address_for_subscribers_that_is_not_this_machines_is_named() -> None:
    said = refusal(at(free_block(), LOOKOUT_NATS_LISTEN="203.0.113.5:4222"))
    assert said.startswith("nats.listen is 203.0.113.5:4222, where Lookout cannot listen (")
