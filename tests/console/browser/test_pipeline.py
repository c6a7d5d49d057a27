"""The pipeline page."""

import pytest
from playwright.sync_api import expect
from prometheus_client import Gauge

from sinks.metrics import LAG
from tests.console.browser.conftest import WIDTHS
from tests.sinks.samples import batch, dead, judged


@pytest.mark.parametrize("width", WIDTHS.values())
def test_the_pipeline_is_shown_in_words_and_figures(serve, visit, shoot, width):
    served = serve(ready=True)
    gauge = Gauge(LAG.name, LAG.meaning, LAG.labels, registry=served.registry)
    gauge.labels("reviews", "0").set(12)
    page = visit(f"{served.address}/pipeline", width=width)
    expect(page.locator("#verdict")).to_have_text("It keeps up")
    expect(page.locator("#why")).to_have_text("12 records wait.")
    figures = page.locator("#figures")
    expect(figures).to_contain_text("6texts in all")
    expect(figures).to_contain_text("1dead letters")
    expect(page.locator("#newest tbody tr")).to_have_count(6)
    expect(page.locator("#course canvas")).to_have_count(1)
    shoot(page, "pipeline")


def test_what_stands_still_is_said(serve, visit, shoot):
    served = serve()
    page = visit(f"{served.address}/pipeline", dark=True)
    expect(page.locator("#verdict")).to_have_text("It is not ready")
    shoot(page, "pipeline-dark")


@pytest.mark.parametrize(
    ("filled", "why"), [(None, "the last record came just now"), (lambda store: None, "Nothing was ever stored here.")]
)
def test_a_console_alone_says_that_no_listener_runs(serve, visit, filled, why):
    page = visit(f"{serve(listens=False, filled=filled).address}/pipeline")
    expect(page.locator("#verdict")).to_have_text("No listener runs here")
    expect(page.locator("#why")).to_contain_text(why)


def test_what_comes_in_is_shown_without_a_reload(serve, visit):
    served = serve(ready=True)
    page = visit(f"{served.address}/pipeline")
    expect(page.locator("#newest tbody tr")).to_have_count(6)
    served.store.write(batch([judged(7)], [dead(8)]))
    expect(page.locator("#newest tbody tr").first).to_contain_text("reviews/0/7", timeout=30_000)
    expect(page.locator("#figures")).to_contain_text("2dead letters")


def test_dead_letters_are_read_when_somebody_looks_and_not_before(serve, visit):
    served = serve(ready=True)
    page = visit(f"{served.address}/pipeline")
    page.get_by_text("The last ten").wait_for()
    assert served.log() == []
    page.get_by_text("The last ten").click()
    expect(page.locator("#dead li")).to_contain_text("reviews/0/6")
    assert [action for _, _, action, _ in served.log()] == ["dead_letters"]


def test_a_server_that_does_not_answer_is_told_of_and_asked_again(serve, visit):
    served = serve(ready=True)
    page = visit(f"{served.address}/pipeline")
    page.locator("#verdict").wait_for()
    page.route("**/api/v1/pipeline", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text("gapwatch does not answer", timeout=30_000)
    page.wrong.clear()  # the browser logs what was not answered
    page.unroute("**/api/v1/pipeline")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.wrong.clear()
