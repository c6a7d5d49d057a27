"""How long after its record's arrival an alert is to be seen in a browser that shows the live page."""

import shutil
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Final

import httpx
import orjson
from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import TimeoutError as NotSeen

from benchmarks.report import Measure

GOAL: Final = 2.0
_NAME: Final = "live alert in the browser"
_PATIENCE_MS: Final = 20_000
_BRAND: Final = "Northwind Air"
# Grave cases, each an alert at once, by the promise or by the words. Each says something else: a text that repeats
# another raises nothing.
_TEXTS: Final = (
    "I am blind, and I was left alone at the gate for forty minutes after boarding had started.",
    "You will hear from my lawyer about the way your staff treated us at check-in.",
    "The overhead locker fell open and the bag injured my head, and nobody brought ice.",
    "Your gate agent made a racist remark about my headscarf in front of everybody.",
    "My husband had a seizure on board and nobody called for a doctor, shame on you.",
    "We smelled burning, there was smoke coming from the panel above row nine, and no word from the crew.",
    "My mother's wheelchair never came, and two men dragged her out of her seat by the arms.",
    "I am going to the press with this: passengers slept on the floor while you kept silent.",
)
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
            seconds = []
            for case in range(number):
                _settle(address)
                seconds.append(_seen_after(page, send, case))
        except NotSeen:
            return [Measure(_NAME, f"not seen in {_PATIENCE_MS // 1000} s", goal, False)]
        finally:
            browser.close()
    middle = median(seconds)
    value = f"{middle:.1f} s (median of {number}, slowest {max(seconds):.1f} s)"
    return [Measure(_NAME, value, goal, middle < GOAL, {"seconds": seconds})]


def _settle(address: str) -> None:
    """Resolve the grave cases that are open: more than a few of a promise would gather in one alert."""
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        asked = {"kind": "grave_case", "brand": _BRAND, "limit": 1000}
        for alert in client.get("/api/v1/alerts", params=asked).raise_for_status().json()["alerts"]:
            client.post(f"/api/v1/alerts/{alert['alert_id']}/resolve", json={}).raise_for_status()


def _seen_after(page: Page, send: Callable[[Sequence[bytes]], None], case: int) -> float:
    """Seconds until the page shows an alert that it did not show before."""
    known = page.eval_on_selector_all(_MARK, "all => all.map(one => one.dataset.alertId)")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = {
        "id": f"live-{case}",
        "text": _TEXTS[case % len(_TEXTS)],
        "created_at": now,
        "brand": _BRAND,
        "region": "EU",
    }
    started = time.perf_counter()
    send([orjson.dumps(record)])
    page.wait_for_function(
        "known => [...document.querySelectorAll('[data-alert-id]')].some(one => !known.includes(one.dataset.alertId))",
        arg=known,
        polling=50,
        timeout=_PATIENCE_MS,
    )
    return time.perf_counter() - started
