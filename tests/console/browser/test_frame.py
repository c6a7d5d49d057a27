"""What every page has: signing in and out, light and dark, keys, faults."""

import pytest
from playwright.sync_api import expect

from tests.console.browser.conftest import WIDTHS

READER = "r" * 32


@pytest.mark.parametrize("width", WIDTHS.values())
def test_people_sign_in_by_their_token_and_come_where_they_wanted(serve, token_file, visit, shoot, width):
    address = serve(token_file=token_file).address
    page = visit(f"{address}/pipeline?x=1", width=width)
    assert page.url == f"{address}/sign-in?next=%2Fpipeline%3Fx%3D1"
    shoot(page, "sign-in")
    page.get_by_label("Your token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("this token is not known")
    page.wrong.clear()  # the browser logs the 401
    page.get_by_label("Your token").fill(READER)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/pipeline?x=1")
    assert page.evaluate("document.cookie") == "", "scripts can't read the session"
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{address}/sign-in")
    page.goto(f"{address}/themes")
    assert page.url.startswith(f"{address}/sign-in")


def test_after_signing_in_no_other_site_is_gone_to(serve, token_file, visit):
    address = serve(token_file=token_file).address
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)", "\\\\example.org"):
        page = visit(f"{address}/sign-in?next={elsewhere}")
        page.get_by_label("Your token").fill(READER)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")


def test_light_and_dark_are_as_the_system_has_it_until_a_person_chooses(console, visit):
    page = visit(f"{console.address}/pipeline", dark=True)
    assert page.evaluate("document.documentElement.dataset.appearance") == "dark"
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.appearance") == "light"


def test_keys_lead_from_page_to_page_and_are_listed(console, visit):
    page = visit(f"{console.address}/ask")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Go to Themes")
    page.keyboard.press("Escape")
    page.keyboard.type("gt")
    page.wait_for_url(f"{console.address}/themes")


def test_a_page_that_is_not_there_says_so(console, visit):
    page = visit(f"{console.address}/nothing", expect=404)
    expect(page.get_by_role("heading", name="Not Found")).to_be_visible()
    page.wrong.clear()  # the browser logs the 404


def test_pages_take_scripts_and_styles_from_here_alone(console):
    for path in ("/", "/promises", "/themes", "/pipeline", "/ask"):
        answer = console.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy and "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
    library = console.get("/static/charts/Chart.bundle.js")
    assert "Chart.js" in library.text[:200] and library.headers["content-encoding"] == "gzip"
    again = console.get("/static/charts/Chart.bundle.js", headers={"If-None-Match": library.headers["etag"]})
    assert again.status_code == 304, "a browser that has it is not sent it again"
