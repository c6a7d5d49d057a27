"""The demo's pages, at the address that it prints."""

import pytest
from playwright.sync_api import expect

from tests.console.browser.conftest import WIDTHS
from tests.gapwatch.test_console import serving

PAGES = {
    "live": ("/", "Alerts as they happen"),
    "promises": ("/promises", "The promise board"),
    "themes": ("/themes", "What customers complain of"),
    "pipeline": ("/pipeline", "How the pipeline does"),
    "ask": ("/ask", "Ask the store"),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving("demo", "--store", tmp_path_factory.mktemp("demo") / "demo.duckdb", "--serve") as served:
        yield served


@pytest.mark.parametrize("width", WIDTHS.values())
@pytest.mark.parametrize("page", PAGES)
def test_each_page_of_the_demo_is_there_at_the_address_it_prints(address, visit, shoot, page, width):
    path, heading = PAGES[page]
    opened = visit(f"{address}{path}", width=width)
    expect(opened.get_by_role("heading", level=1)).to_have_text(heading)
    expect(opened.locator("main [aria-busy=true]")).to_have_count(0)
    expect(opened.get_by_role("alert")).to_have_count(0)
    shoot(opened, f"demo-{page}")
