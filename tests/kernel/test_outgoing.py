"""Addresses that a person types and the server calls lead into no network of ours, however they are written."""

import socket

import pytest

from commanda.kernel.outgoing import BadAddress, checked_origin

# What the system's own resolver makes of these is tried for real.
WRITTEN = (
    *("https://127.0.0.1", "https://localhost", "https://0.0.0.0", "https://10.1.2.3", "https://192.168.1.1:8443"),
    *("https://169.254.169.254", "https://100.64.0.1", "https://172.16.0.9", "https://224.0.0.1", "https://240.0.0.1"),
    *("https://2130706433", "https://0x7f000001", "https://0177.0.0.1", "https://017700000001", "https://127.1"),
    *("https://[::1]", "https://[::]", "https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[fe80::1]"),
    *("https://[fc00::1]", "https://[ff02::1]", "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]"),
    *("https://[2001:0:7f00:1::]", "https://[fe80::1%25eth0]", "https://127。0。0。1", "https://①②⑦.⓪.⓪.①"),
)
SHAPES = (
    *("http://sheets.example.com", "ftp://sheets.example.com", "https://", "https:///path", "sheets.example.com"),
    *("https://sheets.example.com/path", "https://sheets.example.com?a=1", "https://sheets.example.com#a"),
    *("https://me@sheets.example.com", "https://me:pass@sheets.example.com", "https://sheets.example.com:99999"),
    *("https://sheets.example.com\\@127.0.0.1", "https://[::1", f"https://{'a' * 300}.example.com", ""),
    *("javascript:alert(1)", "file:///etc/passwd", "https://exa mple.com", "https://\x00.example.com"),
)


@pytest.fixture
def names(monkeypatch):
    """Names of the test's own; everything else is asked as usual."""
    ask, known = socket.getaddrinfo, {}

    def answer(host, port, *args, **options):
        if host not in known:
            return ask(host, port, *args, **options)
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in known[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


@pytest.mark.parametrize("address", WRITTEN)
def test_own_network_is_refused_however_it_is_written(address):
    with pytest.raises(BadAddress):
        checked_origin(address)


@pytest.mark.parametrize("address", SHAPES)
def test_anything_but_a_plain_origin_is_refused(names, address):
    names["sheets.example.com"] = ["93.184.216.34"]
    with pytest.raises(BadAddress):
        checked_origin(address)


@pytest.mark.parametrize(
    "found",
    [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"], ["64:ff9b::a00:1"]],
)
def test_name_that_leads_home_is_refused(names, found):
    names["sheets.example.com"] = found
    with pytest.raises(BadAddress):
        checked_origin("https://sheets.example.com")


@pytest.mark.parametrize("found", [["93.184.216.34"], ["2606:2800:220:1::1"], ["93.184.216.34", "2606:2800:220:1::1"]])
def test_public_server_is_let_through(names, found):
    names["sheets.example.com"] = found
    assert checked_origin(" https://sheets.example.com:8443/ ") == "https://sheets.example.com:8443"


def test_server_of_the_installation_is_let_through_and_nothing_beside_it():
    assert checked_origin("http://127.0.0.1:9", trusted="http://127.0.0.1:9/") == "http://127.0.0.1:9"
    for other in ("http://127.0.0.1:90", "http://127.0.0.1:9@127.0.0.1:8", "http://127.0.0.1:9/x"):
        with pytest.raises(BadAddress):
            checked_origin(other, trusted="http://127.0.0.1:9/")
