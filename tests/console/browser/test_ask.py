"""The page of questions in SQL."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.console.browser.conftest import WIDTHS

READER = "r" * 32
BY_VERDICT = "SELECT verdict, count(*) AS signals FROM signals GROUP BY verdict ORDER BY signals DESC, verdict"


def ask(page: Page, sql: str) -> None:
    page.get_by_label("Your question").fill(sql)
    page.get_by_label("Your question").press("Control+Enter")


@pytest.mark.parametrize("width", WIDTHS.values())
def test_an_answer_is_a_table_or_a_chart_and_a_link_holds_both(serve, visit, shoot, width):
    page = visit(f"{serve().address}/ask", width=width)
    ask(page, BY_VERDICT)
    expect(page.locator("#result-title")).to_contain_text("4 rows in")
    assert page.locator("#answer tbody tr").first.inner_text().split() == ["broken", "3"]
    shoot(page, "ask")
    page.get_by_role("button", name="Bars").click()
    expect(page.locator("#answer canvas")).to_have_attribute("aria-label", "signals by verdict")
    shoot(page, "ask-chart")
    page.reload()
    expect(page.get_by_label("Your question")).to_have_value(BY_VERDICT)
    expect(page.locator("[data-view=bar]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#result")).to_be_hidden()  # what a link holds is not asked until somebody says so


def test_every_example_is_answered(console, visit):
    page = visit(f"{console.address}/ask", dark=True)
    for example in page.locator("#examples button").all():
        with page.expect_response("**/api/sql") as answered:
            example.click()
        assert answered.value.ok, f"{example.inner_text()}: {answered.value.text()}"
        expect(page.locator("#answer tbody tr").first).to_be_visible()
    expect(page.locator("#asked button")).to_have_count(6)


def test_a_wrong_question_says_what_is_wrong(serve, visit):
    page = visit(f"{serve().address}/ask")
    ask(page, "SELECT nothing FROM nowhere")
    expect(page.get_by_role("alert")).to_contain_text("nowhere")
    ask(page, "DROP TABLE signals")
    expect(page.get_by_role("alert")).to_contain_text("SELECT")
    page.wrong.clear()  # the browser logs each 422


def test_a_saved_answer_is_no_formula(serve, visit, tmp_path: Path):
    page = visit(f"{serve().address}/ask")
    ask(page, """SELECT '=1+1' AS a, 'x,"y"' AS b, -1 AS c, NULL AS d""")
    expect(page.locator("#answer tbody tr")).to_have_count(1)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save CSV").click()
    saved.value.save_as(tmp_path / "answer.csv")
    assert (tmp_path / "answer.csv").read_bytes() == b'a,b,c,d\r\n\'=1+1,"x,""y""",-1,\r\n'


def test_columns_go_into_the_question_by_a_click(serve, visit):
    page = visit(f"{serve().address}/ask")
    page.get_by_text("Each customer text once").click()
    page.locator("#tables").get_by_role("button", name="event_time", exact=True).first.click()
    expect(page.get_by_label("Your question")).to_have_value("event_time")


def test_a_reader_is_told_why_there_is_no_question(serve, token_file, visit):
    served = serve(token_file=token_file)
    page = visit(f"{served.address}/sign-in?next=/ask")
    page.get_by_label("Your token").fill(READER)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask")
    expect(page.locator(".notice")).to_contain_text("Only operators ask in SQL")
    expect(page.locator("#tables")).to_contain_text("Each customer text once")
    expect(page.get_by_label("Your question")).to_have_count(0)
