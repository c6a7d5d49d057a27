"""The promise board and the page of one promise."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.console.browser.conftest import WIDTHS


def board(console, **asked):
    return {
        (one["brand"], one["promise_id"]): one
        for one in console.get("/api/v1/promises", params=asked).json()["promises"]
    }


def percent(share: float) -> str:
    return f"{share * 100:.0f} %"


@pytest.mark.parametrize("width", WIDTHS.values())
def test_the_board_shows_each_rate_with_interval_and_n_the_worst_first(console, visit, shoot, width):
    page = visit(f"{console.address}/promises", width=width)
    page.locator(".promise").first.wait_for()
    told = board(console)
    spoken = [one for one in told.values() if one["n"]]
    expect(page.locator(".promise")).to_have_count(len(spoken))
    worst = min(
        spoken, key=lambda one: one["budget"]["left"] if one["budget"] and one["budget"]["left"] is not None else 9
    )
    first = page.locator(".promise").first
    expect(first).to_have_attribute("data-promise-id", worst["promise_id"])
    for text in (percent(worst["rate"]), percent(worst["low"]), percent(worst["high"]), f"n {worst['n']:,}"):
        expect(first.locator(".rate-words")).to_contain_text(text)
    silent = [one for one in told.values() if not one["n"]]
    expect(page.locator("#silent li")).to_have_count(len(silent))
    shoot(page, "promises")


def test_filters_order_and_split_stand_in_the_address(console, visit):
    page = visit(f"{console.address}/promises")
    page.get_by_label("Brand").select_option("Northwind Air")
    page.get_by_label("Split by").select_option("region")
    page.get_by_label("In the order of").select_option("spoken")
    page.get_by_label("Period").select_option("30")
    expect(page.locator(".promise .parts").first).to_be_visible()
    address = page.url
    assert all(part in address for part in ("brand=Northwind", "by=region", "sort=spoken", "period=30"))
    page.reload()
    page.locator(".promise").first.wait_for()
    assert set(page.eval_on_selector_all(".promise", "all => all.map(one => one.dataset.brand)")) == {"Northwind Air"}
    last = max(day["day"] for one in board(console).values() for day in one["trend"])
    expect(page.locator("#as-of")).to_contain_text("the last day that anything was said on")
    since = str(date.fromisoformat(last) - timedelta(days=29))
    told = board(console, brand="Northwind Air", since=since, by="region")
    most = max(told.values(), key=lambda one: one["n"])
    expect(page.locator(".promise").first).to_have_attribute("data-promise-id", most["promise_id"])
    part = next(one for one in most["parts"] if one["n"])
    expect(page.locator(".promise").first.locator(".parts")).to_contain_text(
        f"{percent(part['rate'])} of {part['n']:,}"
    )


def test_the_journey_has_all_twelve_steps_and_says_where_nobody_spoke(console, visit):
    page = visit(f"{console.address}/promises")
    expect(page.locator(".heat thead th")).to_have_count(13)
    cell = console.get("/api/v1/journey").json()["cells"]
    told = [one for one in cell if one["journey_step"]]
    expect(page.locator(".heat td.told")).to_have_count(len(told))
    expect(page.locator(".heat td.none").first).to_have_text("nobody spoke")


@pytest.mark.parametrize("width", WIDTHS.values())
def test_one_promise_has_wording_versions_claim_advice_and_words(console, visit, shoot, width):
    address = "/promises/Northwind%20Air/bags-on-time"
    told = console.get(f"/api/v1{address}").json()
    page = visit(f"{console.address}{address}", width=width, dark=width > 600)
    expect(page.get_by_role("heading", level=1)).to_have_text(told["statement"])
    expect(page.locator("#claim")).to_contain_text(told["claim"]["text"])
    expect(page.locator("#advice")).to_contain_text(told["advice"]["why"])
    expect(page.locator("#versions li")).to_have_count(len(told["versions"]))
    expect(page.locator("#course canvas")).to_have_count(1)
    expect(page.locator("#themes li")).to_have_count(len(told["themes"]))
    expect(page.locator("#said mark").first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    shoot(page, "promise")


def test_what_is_said_is_shown_by_verdict_and_page_by_page(console, visit):
    address = "/promises/Northwind%20Air/bags-on-time"
    told = console.get(f"/api/v1{address}").json()
    page = visit(f"{console.address}{address}?verdict=kept")
    expect(page.locator("#said .verdict-kept").first).to_be_visible()
    expect(page.locator("#said .verdict-broken")).to_have_count(0)
    page.get_by_role("button", name="Broken").click()
    expect(page.locator("#said .verdict-broken")).to_have_count(min(told["broken"], 20))
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#said .verdict-broken")).to_have_count(min(told["broken"], 40))
    records = page.eval_on_selector_all("#said .verbatim", "all => all.map(one => one.dataset.recordId)")
    assert len(set(records)) == len(records)
    page.get_by_label("Split by").select_option("channel")
    expect(page.locator("#split dt").first).to_be_visible()
    assert "by=channel" in page.url


def test_a_promise_that_is_not_there_is_said(console, visit):
    page = visit(f"{console.address}/promises/Northwind%20Air/nothing")
    expect(page.get_by_role("alert")).to_contain_text("there is no such promise")
    page.wrong.clear()  # the browser logs the 404
