"""How long after its record's arrival an alert is to be seen in a browser that shows the live page."""

import shutil
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Final

import orjson
from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import TimeoutError as NotSeen

from benchmarks.report import Measure

GOAL: Final = 2.0
_NAME: Final = "live alert in the browser"
_PATIENCE_MS: Final = 20_000
_BRAND: Final = "Northwind Air"
# Grave cases, each an alert at once: the promise is of the highest severity.
_TEXT: Final = "I am blind, and I was left alone at the gate for forty minutes after boarding had started. Case {}."
_MARK: Final = "[data-alert-id]"


def live_alerts(address: str, send: Callable[[Sequence[bytes]], None], *, number: int) -> list[Measure]:
    """Send grave cases, one after the other, and wait for each in the browser."""
    goal = f"< {GOAL:.0f} s"
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Measure(_NAME, "there is no chromium here", goal)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        answer = page.goto(address)
        if answer is None or not answer.ok:
            return [Measure(_NAME, "there is no live page", goal)]
        try:
            page.wait_for_selector(_MARK, timeout=_PATIENCE_MS)
            seconds = [_seen_after(page, send, case) for case in range(number)]
        except NotSeen:
            return [Measure(_NAME, f"not seen in {_PATIENCE_MS // 1000} s", goal, False)]
        finally:
            browser.close()
    middle = median(seconds)
    value = f"{middle:.1f} s (median of {number}, slowest {max(seconds):.1f} s)"
    return [Measure(_NAME, value, goal, middle < GOAL, {"seconds": seconds})]


def _seen_after(page: Page, send: Callable[[Sequence[bytes]], None], case: int) -> float:
    """Seconds until the page shows an alert that it did not show before."""
    known = page.eval_on_selector_all(_MARK, "all => all.map(one => one.dataset.alertId)")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"id": f"live-{case}", "text": _TEXT.format(case), "created_at": now, "brand": _BRAND, "region": "EU"}
    started = time.perf_counter()
    send([orjson.dumps(record)])
    page.wait_for_function(
        "known => [...document.querySelectorAll('[data-alert-id]')].some(one => !known.includes(one.dataset.alertId))",
        arg=known,
        polling=50,
        timeout=_PATIENCE_MS,
    )
    return time.perf_counter() - started
