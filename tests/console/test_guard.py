"""What holds for every request and every answer: names, sizes, kinds, headers, patience."""

import socket
import time
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from console import guard, server
from console.guard import MOST_BODY_BYTES
from tests.console.conftest import Serve, Served


def _connected(served: Served) -> socket.socket:
    where = urlsplit(served.address)
    return socket.create_connection((where.hostname, where.port), timeout=30)


def _posted(body: bytes) -> bytes:
    head = b"POST /api/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]", "localhost.evil", "[", "[x]:80"]
)
def test_a_name_that_is_not_the_servers_own_is_refused(serve: Serve, host: str):
    refused = serve().get("/api/v1/scores", headers={"Host": host})
    assert refused.status_code == 421
    assert refused.json()["allowed"] == "127.0.0.1, ::1, localhost"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8601", "127.0.0.1:1", "[::1]:8601", "[0:0::1]", "Gap.example:80"]
)
def test_the_servers_own_names_are_let_in(serve: Serve, host: str):
    assert serve(hosts=["gap.example"]).get("/api/v1/scores", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_of_another_site_can_send_is_refused(serve: Serve, kind: str):
    served = serve()
    refused = served.client.post("/api/sql", content=b'{"sql": "SELECT 1"}', headers={"Content-Type": kind})
    assert (refused.status_code, refused.json()["allowed"]) == (415, "application/json")
    assert served.log() == []


def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(serve: Serve):
    served = serve()
    large = b'{"sql": "SELECT 1' + b" " * MOST_BODY_BYTES + b'"}'
    json = {"Content-Type": "application/json"}
    for content in (large, iter([large[:70_000], large[70_000:]])):
        refused = served.client.post("/api/sql", content=content, headers=json)
        assert (refused.status_code, refused.json()["allowed"]) == (413, f"at most {MOST_BODY_BYTES} bytes")
    assert served.sql("SELECT 1" + " " * 90_000).status_code == 200


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Host: localhost\r\nContent-Type: application/json", 413),
        ("Host: localhost\r\nContent-Type: text/plain", 415),
        ("Host: evil.example\r\nContent-Type: application/json", 421),
    ],
)
@pytest.mark.parametrize("length", ["Content-Length: 500000", "Transfer-Encoding: chunked"])
def test_a_refused_client_that_is_still_sending_gets_its_answer(serve: Serve, head: str, status: int, length: str):
    piece = b" " * 10_000
    if "chunked" in length:
        piece = b"%x\r\n%s\r\n" % (len(piece), piece)
    with closing(_connected(serve())) as connection:
        connection.sendall(f"POST /api/sql HTTP/1.1\r\n{head}\r\n{length}\r\n\r\n".encode())
        for _ in range(50):
            time.sleep(0.002)
            connection.sendall(piece)
        connection.sendall(b"0\r\n\r\n" if "chunked" in length else b"")
        assert connection.makefile("rb").read().startswith(f"HTTP/1.1 {status} ".encode())


def test_a_client_that_asks_before_it_sends_is_refused_without_its_body(serve: Serve):
    head = b"POST /api/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n"
    with closing(_connected(serve())) as connection:
        connection.sendall(head + b"Content-Length: 1000\r\n\r\n")
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 415 ")


def test_no_answer_may_be_cached_framed_or_taken_for_something_else(serve: Serve):
    served = serve()
    for answer in (served.get("/api/v1/scores"), served.get("/nothing"), served.get("/healthz", headers={"Host": "x"})):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_headers_that_are_too_large_end_the_connection(serve: Serve, monkeypatch):
    monkeypatch.setattr(server, "_HEAD_SECONDS", 60)  # which would end it as well
    with closing(_connected(serve())) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000)
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 400 "), "and then the end"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: loc",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /",
    ],
    ids=["nothing", "half a request", "half a second request"],
)
def test_a_client_that_does_not_go_on_is_let_go(serve: Serve, monkeypatch, sent: bytes):
    monkeypatch.setattr(server, "_HEAD_SECONDS", 0.2)
    with closing(_connected(serve())) as connection:
        connection.sendall(sent)
        while connection.recv(10_000):
            pass  # until the server ends it


def test_a_client_that_does_not_go_on_after_an_answer_longer_than_the_patience_is_let_go(serve: Serve, monkeypatch):
    monkeypatch.setattr(server, "_HEAD_SECONDS", 0.5)
    with closing(_connected(serve())) as connection:
        connection.sendall(_posted(b'{"sql": "SELECT sleep_ms(700)"}'))
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200")
        with suppress(ConnectionError):  # on a slow machine it is let go before it says this
            connection.sendall(b"GET /")
            while connection.recv(10_000):
                pass


def test_a_body_that_does_not_come_is_not_waited_for(serve: Serve, monkeypatch):
    monkeypatch.setattr(guard, "_BODY_SECONDS", 0.2)
    with closing(_connected(serve())) as connection:
        connection.sendall(_posted(b'{"sql": "SELECT 1"}')[:-1])
        assert b" 408 " in connection.recv(10_000)


def test_a_client_that_does_not_take_its_answer_is_let_go(serve: Serve, monkeypatch):
    monkeypatch.setattr(server, "_TAKE_SECONDS", 0.2)
    served = serve(sql={"bytes": 50_000_000, "rows": 1_000_000})
    body = b'{"sql": "SELECT repeat(\'x\', 1000000) FROM range(40)"}'
    with closing(_connected(served)) as connection:
        connection.sendall(_posted(body))
        assert connection.recv(15).startswith(b"HTTP/1.1 200")
        while served.server._server.server_state.connections:
            time.sleep(0.02)  # until the server ends it, though nothing is taken
