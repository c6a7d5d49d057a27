"""The live page: alerts as they happen, what stands behind them, and what people do about them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from sinks import alerts
from sinks.alert_rows import write_alert, write_change
from sinks.duckdb import DuckDBStore
from tests.console.browser.conftest import WIDTHS
from tests.console.serving import Served
from tests.kafka.proxy import Proxy
from tests.sinks.samples import BAGS, EVIDENCE, REFUND, START, batch, judged, signal
from voc.alerts import Alert, AlertAction, AlertChange, AlertKind, AlertState, ScopeCount

READER, OPERATOR = "r" * 32, "o" * 32


def an_alert(number: int, *, severity: int = 3, region: str = "EU", kind: AlertKind = AlertKind.BURST) -> Alert:
    at = START + timedelta(minutes=number)
    nothing = dict.fromkeys(("theme_id", "source", "product", "channel", "assignee", "snoozed_until", "resolved_at"))
    return Alert(
        **nothing,
        alert_id=f"a{number:04d}",
        kind=kind,
        cause=f"{kind}/{number}",
        state=AlertState.OPEN,
        severity=severity,
        title=f"Bags are late, case {number}",
        brand=BAGS.brand,
        promise_id=BAGS.id,
        region=region,
        says="brand-marketing",
        does="ground-operations",
        signals=13,
        expected=2.1,
        figures={"window_hours": 3, "broken": 13, "verbatims": 40, "share": 0.325, "share_before": 0.05, "odds": 1e-9},
        worst=("reviews/0/0",),
        scopes=(ScopeCount("region", region, 13),),
        first_event=at,
        last_event=at,
        opened_at=at,
        updated_at=at,
        resolved_by=None,
        reopened=0,
    )


def raise_alerts(store: DuckDBStore, *raised: Alert) -> None:
    with store.changing() as connection:
        for one in raised:
            write_alert(connection, one)
            write_change(connection, one.alert_id, AlertChange.OPENED, who="gapwatch", detail="", now=datetime.now(UTC))


def of(number: int):
    """A store with so many alerts on the first of six texts."""

    def fill(store: DuckDBStore) -> None:
        store.remember_promises([replace(BAGS, says="brand-marketing", does="ground-operations"), REFUND])
        store.write(batch([judged(i, signal()) for i in range(6)]))
        raise_alerts(store, *(an_alert(i, severity=1 + i % 5, region="EU" if i % 3 else "US") for i in range(number)))

    return fill


def ids(page: Page) -> list[str]:
    return page.eval_on_selector_all("[data-alert-id]", "all => all.map(one => one.dataset.alertId)")


def live(page: Page) -> Page:
    expect(page.locator("#connection")).to_have_text("live")
    return page


@pytest.mark.parametrize("width", WIDTHS.values())
def test_alerts_stand_by_what_they_are_worth_and_open_with_wording_and_words(serve, visit, shoot, width):
    served = serve(filled=of(12))
    page = live(visit(f"{served.address}/", width=width, dark=width > 600))
    assert ids(page)[:3] == ["a0009", "a0004", "a0008"], "the gravest first, then the newest"
    expect(page).to_have_title("(12) Live · gapwatch")
    shoot(page, "live")
    page.get_by_role("button", name="case 9").click()
    detail = page.locator("#detail")
    expect(detail.locator(".wording")).to_have_text(BAGS.statement)
    expect(detail.locator("mark")).to_have_text(EVIDENCE)  # an emoji stands before it
    expect(detail).to_contain_text("Ground operations")
    expect(detail).to_contain_text("13 of 40 texts in 3 hours")
    assert page.url.endswith("/?alert=a0009")
    shoot(page, "live-alert")
    page.go_back()
    expect(detail).to_be_hidden()


def test_what_happens_is_seen_without_a_reload_one_element_for_one_alert(serve, visit):
    served = serve(filled=of(1000))
    page = live(visit(f"{served.address}/"))
    assert len(ids(page)) == 1000
    page.evaluate(
        """() => { window.changes = 0; new MutationObserver(seen => { for (const one of seen)
        window.changes += one.addedNodes.length; }).observe(document.getElementById("alerts"), {childList: true}); }"""
    )
    raise_alerts(served.store, an_alert(2000, severity=5))
    row = page.locator("[data-alert-id=a2000]")
    expect(row).to_contain_text("new")
    expect(page.locator("#heard")).to_have_text("New: Bags are late, case 2000")
    assert ids(page)[0] == "a2000" and page.evaluate("window.changes") == 1
    with served.store.changing() as connection:
        alerts.act(connection, "a2000", AlertAction.ACKNOWLEDGE, who="rita", now=datetime.now(UTC))
    expect(row).to_contain_text("acknowledged")
    assert page.evaluate("window.changes") == 2, "nothing else is drawn anew"


def test_after_a_lost_connection_nothing_is_missed(serve, visit):
    served: Served = serve(filled=of(2))
    with Proxy(int(served.address.rsplit(":", 1)[1])) as way:
        page = live(visit(f"http://127.0.0.1:{way.port}/"))
        with way.refusing():  # and what is open is cut
            expect(page.locator("#connection")).to_contain_text("connection lost")
            raise_alerts(served.store, an_alert(70), an_alert(71))
        for number in (70, 71):
            expect(page.locator(f"[data-alert-id=a00{number}]")).to_contain_text("new")
        live(page)
        page.wrong.clear()  # the browser logs what was cut
        page.context.close()


def test_an_operator_acts_by_buttons_and_keys_and_the_store_has_it(serve, visit):
    served = serve(filled=of(3))
    page = live(visit(f"{served.address}/?alert=a0001"))
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("[data-alert-id=a0001]")).to_contain_text("acknowledged")
    page.keyboard.press("s")
    page.get_by_label("To whom").fill("sam")
    page.get_by_role("dialog").get_by_role("button", name="Assign").click()
    expect(page.locator("[data-alert-id=a0001]")).to_contain_text("with sam")
    page.keyboard.press("r")
    page.get_by_label("Why").fill("belt mended")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.locator("[data-alert-id=a0001]")).to_have_count(0)
    expect(page.locator("#detail .history")).to_contain_text("belt mended")
    with served.store.reading() as connection:
        after, lines = alerts.alert(connection, "a0001"), alerts.history(connection, "a0001")
    assert (after.state, after.assignee, after.resolved_by) == (AlertState.RESOLVED, "sam", "local")
    assert [line.change.value for line in lines] == ["opened", "acknowledged", "assigned", "resolved"]


def test_keys_move_from_alert_to_alert_and_open_them(serve, visit):
    page = live(visit(f"{serve(filled=of(3)).address}/"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#detail-title")).to_have_text("Bags are late, case 1")
    page.keyboard.press("x")
    expect(page.locator("#detail")).to_be_hidden()


def test_filters_stand_in_the_address(serve, visit):
    served = serve(filled=of(9))
    page = live(visit(f"{served.address}/"))
    page.get_by_label("Region").select_option("US")
    expect(page.locator("[data-alert-id]")).to_have_count(3)
    assert page.url.endswith("/?region=US")
    page.reload()
    expect(page.locator("[data-alert-id]")).to_have_count(3)
    raise_alerts(served.store, an_alert(50, region="EU"), an_alert(51, region="US"))
    expect(page.locator("[data-alert-id=a0051]")).to_be_visible()
    assert "a0050" not in ids(page)
    page.get_by_label("Show").select_option("resolved")
    expect(page.locator("#rest")).to_contain_text("No alert fits these filters")


def test_a_reader_sees_all_and_changes_nothing(serve, token_file, visit):
    served = serve(token_file=token_file, filled=of(2))
    page = visit(f"{served.address}/sign-in?next=/%3Falert=a0001")
    page.get_by_label("Your token").fill(READER)
    page.keyboard.press("Enter")
    expect(page.locator("#detail .wording")).to_be_visible()
    expect(page.locator("#buttons button")).to_have_count(0)
    page.keyboard.press("a")
    page.keyboard.press("x")  # handled after it
    expect(page.locator("#detail")).to_be_hidden()
    with served.store.reading() as connection:
        assert [line.change.value for line in alerts.history(connection, "a0001")] == ["opened"]


def test_nothing_open_says_so(serve, visit):
    served = serve(filled=of(1))
    with served.store.changing() as connection:
        alerts.act(connection, "a0000", AlertAction.RESOLVE, who="rita", now=datetime.now(UTC))
    page = live(visit(f"{served.address}/"))
    expect(page.locator("#rest")).to_contain_text("Nothing is open. The last alert was raised")
