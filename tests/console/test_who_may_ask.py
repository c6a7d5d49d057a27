"""Who is let in, in which role, and what is told of those who are not."""

import pytest
import structlog
from prometheus_client import CollectorRegistry

from console.callers import Caller, Callers
from console.config import HttpSettings
from console.refusals import Reason, Refusals
from sinks.access_log import Role
from tests.console.conftest import OPERATOR, READER, Serve

AS_READER = {"Authorization": f"Bearer {READER}"}
AS_OPERATOR = {"Authorization": f"Bearer {OPERATOR}"}
FOR_READERS = ["/metrics", "/api/v1/signals", "/api/v1/scores", "/api/v1/dead-letters", "/api/v1/verbatims/reviews/0/0"]
PROXY = {"addresses": ["127.0.0.0/8"], "user_header": "X-User", "operators": ["olga"]}


def test_without_tokens_whoever_is_on_this_machine_is_an_operator_called_local(serve: Serve):
    served = serve()
    assert served.sql("SELECT 1").status_code == 200
    assert served.log() == [("local", "operator", "sql", "SELECT 1")]


@pytest.mark.parametrize("path", [*FOR_READERS, "/api/v1/access-log"])
def test_with_tokens_nothing_is_shown_to_who_has_none(serve: Serve, token_file, path: str):
    served = serve(token_file=token_file)
    refused = served.get(path)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json() == {
        "error": "who asks must be known",
        "allowed": "the header Authorization: Bearer TOKEN",
    }
    assert served.log() == []


def test_with_tokens_the_probes_are_open_to_everybody(serve: Serve, token_file):
    served = serve(token_file=token_file)
    assert [served.get(path).text for path in ("/healthz", "/readyz")] == ["ok\n", "not yet\n"]


@pytest.mark.parametrize("header", ["Bearer " + "x" * 32, "Bearer", f"Basic {READER}", f"Bearer {READER}x", READER])
def test_a_wrong_token_is_refused(serve: Serve, token_file, header: str):
    refused = serve(token_file=token_file).get("/api/v1/scores", headers={"Authorization": header})
    assert (refused.status_code, refused.json()["error"]) == (401, "this token is not known")


def test_a_reader_reads_and_does_no_more(serve: Serve, token_file):
    served = serve(token_file=token_file)
    assert [served.get(path, headers=AS_READER).status_code for path in FOR_READERS] == [200] * len(FOR_READERS)
    before = served.log()
    assert served.sql("SELECT 1", headers=AS_READER).status_code == 403
    assert served.get("/api/v1/access-log", headers=AS_READER).json() == {
        "error": "rita is a reader",
        "allowed": "an operator",
    }
    backup = served.client.post("/api/v1/store/backup", json={"to": "copy.duckdb"}, headers=AS_READER)
    assert backup.status_code == 403
    assert served.log() == before


def test_an_operator_asks_by_sql_and_is_logged_by_name(serve: Serve, token_file):
    served = serve(token_file=token_file)
    assert served.sql("SELECT 1", headers=AS_OPERATOR).status_code == 200
    assert served.log() == [("olga", "operator", "sql", "SELECT 1")]


def test_the_user_that_a_trusted_proxy_names_is_let_in(serve: Serve):
    served = serve(trusted_proxy=PROXY)
    assert served.get("/api/v1/signals", headers={"X-User": "rita"}).status_code == 200
    assert served.sql("SELECT 1", headers={"X-User": "rita"}).status_code == 403
    assert served.sql("SELECT 1", headers={"X-User": "olga"}).status_code == 200
    assert [row[:3] for row in served.log()] == [
        ("rita", "reader", "verbatims"),
        ("olga", "operator", "sql"),
    ]


@pytest.mark.parametrize("user", [None, "", "a" * 300, b"ri\xadta"], ids=["none", "empty", "too long", "unprintable"])
def test_a_trusted_proxy_must_name_a_user(serve: Serve, user: str | bytes | None):
    headers = {} if user is None else {"X-User": user}
    assert serve(trusted_proxy=PROXY).get("/api/v1/scores", headers=headers).status_code == 401


def test_a_proxy_on_ipv4_is_known_where_the_server_listens_on_ipv6():
    settings = HttpSettings(host="::", trusted_proxy=PROXY)
    assert Callers(settings).known("::ffff:127.0.0.1", {"x-user": "rita"}) == Caller("rita", Role.READER)


def test_nobody_but_the_proxy_is_believed_to_be_a_user(serve: Serve, token_file):
    elsewhere = PROXY | {"addresses": ["192.0.2.1"]}
    forged = {"X-User": "olga", "X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
    served = serve(trusted_proxy=elsewhere, token_file=token_file)
    assert served.get("/api/v1/scores", headers=forged).status_code == 401
    assert served.get("/api/v1/scores", headers=AS_READER).status_code == 200


def test_who_is_not_the_only_proxy_is_told_so(serve: Serve):
    refused = serve(trusted_proxy=PROXY | {"addresses": ["192.0.2.1"]}).get("/api/v1/scores", headers=AS_OPERATOR)
    assert (refused.status_code, "proxy" in refused.json()["error"]) == (401, True)


def test_those_turned_away_are_counted_by_reason_and_logged_without_what_they_gave(serve: Serve, token_file):
    served = serve(token_file=token_file)
    with structlog.testing.capture_logs() as logged:
        served.get("/api/v1/scores")
        served.get("/api/v1/scores", headers={"Authorization": "Bearer hunter2-hunter2"})
        served.sql("SELECT 1", headers=AS_READER)
        served.get("/healthz", headers={"Host": "evil.example"})
    counted = {
        reason: served.registry.get_sample_value("gapwatch_http_refused_total", {"reason": reason})
        for reason in ("no_token", "wrong_token", "role", "host", "no_user")
    }
    assert counted == {"no_token": 1, "wrong_token": 1, "role": 1, "host": 1, "no_user": 0}
    assert [line["reason"] for line in logged] == ["no_token", "wrong_token", "role", "host"]
    assert "hunter2" not in str(logged)
    assert READER not in str(logged) + served.get("/metrics", headers=AS_READER).text


def test_who_knocks_without_end_is_counted_each_time_and_logged_once_a_second():
    now = [0.0]
    registry = CollectorRegistry()
    refusals = Refusals(registry, clock=lambda: now[0])
    with structlog.testing.capture_logs() as logged:
        for tenth in range(25):
            now[0] = tenth / 10
            refusals(Reason.NO_TOKEN, peer="192.0.2.1", path="/")
    assert registry.get_sample_value("gapwatch_http_refused_total", {"reason": "no_token"}) == 25
    assert len(logged) == 3


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gapwatch.example", "10.0.0.1"])
def test_an_address_that_others_reach_needs_to_know_who_asks(host: str, token_file):
    with pytest.raises(ValueError, match="can be reached from other machines"):
        HttpSettings(host=host)
    assert not HttpSettings(host=host, token_file=token_file).is_open
    assert not HttpSettings(host=host, trusted_proxy=PROXY).is_open


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_token(host: str):
    assert HttpSettings(host=host).is_open
