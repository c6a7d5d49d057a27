"""The cookie of a browser that signed in."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from console.sessions import COOKIE, LASTS, begun, owner
from console.tokens import read_tokens

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
READER, OPERATOR = "r" * 32, "o" * 32


def test_a_session_is_its_owners_until_it_is_over(token_file):
    tokens = read_tokens(token_file).all
    header = f"other=1; {COOKIE}={begun(tokens[0], now=NOW)}"
    assert owner(tokens, header, now=NOW) == tokens[0]
    assert owner(tokens, header, now=NOW + LASTS - timedelta(seconds=1)) == tokens[0]
    assert owner(tokens, header, now=NOW + LASTS) is None


def test_a_session_ends_with_its_token(token_file):
    before = read_tokens(token_file).all
    cookie = f"{COOKIE}={begun(before[0], now=NOW)}"
    token_file.write_text(f"rita reader {'x' * 32}\nolga operator {OPERATOR}\n")
    assert owner(read_tokens(token_file).all, cookie, now=NOW) is None
    assert owner(before[1:], cookie, now=NOW) is None


def test_made_up_sessions_are_nobodys(token_file):
    tokens = read_tokens(token_file).all
    good = begun(tokens[0], now=NOW)
    raised = urlsafe_b64encode(f"olga {int((NOW + LASTS).timestamp())}".encode()).decode()
    for value in ("", ".", "a.b", good[:-1] + "0" * (good[-1] != "0"), f"{raised}.{good.split('.')[1]}", good + ".x"):
        assert owner(tokens, f"{COOKIE}={value}", now=NOW) is None, value
    assert owner(tokens, "", now=NOW) is None
    assert owner(tokens, ";;;=\x00", now=NOW) is None


def test_the_cookie_asks_the_api_and_signing_out_takes_it_away(serve, token_file):
    client = serve(token_file=token_file).client
    assert client.get("/api/v1/who").status_code == 401
    assert client.post("/api/v1/sign-in", json={"token": "w" * 32}).status_code == 401
    answer = client.post("/api/v1/sign-in", json={"token": OPERATOR})
    assert answer.json() == {"name": "olga", "role": "operator"}
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "max-age=43200" in cookie
    assert client.get("/api/v1/who").json() == {"name": "olga", "role": "operator"}
    client.post("/api/v1/sign-out", json={})
    assert client.get("/api/v1/who").status_code == 401


def test_a_token_in_the_header_goes_before_the_session(serve, token_file):
    client = serve(token_file=token_file).client
    client.post("/api/v1/sign-in", json={"token": OPERATOR})
    assert client.get("/api/v1/who", headers={"Authorization": f"Bearer {READER}"}).json()["name"] == "rita"
    assert client.get("/api/v1/who", headers={"Authorization": "Bearer wrong"}).status_code == 401
