"""A real browser on a real server over a made-up store: what it logs as an error or asks other hosts fails the test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from benchmarks.store import fill
from tests.console.serving import Served, served

WIDTHS = {"wide": 1440, "narrow": 390}
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SCREENSHOTS = Path(__file__).parents[3] / "out" / "screenshots"

Open = Callable[..., Page]

expect.set_options(timeout=30_000)  # a busy machine takes its time


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A console over 3,000 made-up signals with alerts and themes, for all tests of a file."""
    with ExitStack() as stack:
        yield served(
            stack,
            tmp_path_factory.mktemp("console") / "gapwatch.duckdb",
            {"filled": lambda store: fill(store, signals=3_000)},
        )


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """``visit(address, width=1440, dark=False)``: a page of its own, watched; nothing may go wrong in it."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def opened(address: str, *, width: int = WIDTHS["wide"], dark: bool = False, expect: int = 200) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        host = address.split("/")[2]
        page.on("console", lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(_strange(request, host)))
        answer = page.goto(address)
        assert answer is not None and answer.status == expect, answer
        page.wrong = wrong  # type: ignore[attr-defined]  # a test that provokes a fault takes it out again
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [line for line in wrong if line] == []


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """``shoot(page, "live")``: keep a picture of it as out/screenshots/live-1440.png, and see that nothing sticks out
    of the page and that axe-core finds nothing that keeps people out."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def shot(page: Page, name: str) -> None:
        width = page.viewport_size["width"]
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} pixels"
        found = Axe().run(page, options=AXE)
        assert found.violations_count == 0, found.generate_report()

    return shot


def _strange(request: Request, host: str) -> str:
    near = request.url.startswith((f"http://{host}/", "data:", "blob:"))
    return "" if near else f"asked another host: {request.url}"
