"""People at the console: each opens one page after the other, and so makes the API calls that the page makes.

``python -m benchmarks.clicking ADDRESS PEOPLE SECONDS THINKING`` prints a JSON object: seconds of each call by page. It
is a process of its own, so that what it takes is not taken from the listener's interpreter.
"""

import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx
import orjson

_SQL: Final = "SELECT promise_id, verdict, count(*) AS n FROM signals GROUP BY ALL ORDER BY n DESC"


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a page; ``name`` is shown in place of the path, where that differs between stores."""

    path: str
    sql: str | None = None
    name: str = ""


def pages(client: httpx.Client) -> dict[str, list[Call]]:
    """What each page asks when it is opened, for an alert, a promise and a theme that are there; without those pages
    whose routes are not."""
    found = {
        "live": [Call("/api/v1/alerts?state=open,acknowledged,snoozed&limit=200")],
        "promises": [Call("/api/v1/promises"), Call("/api/v1/promises?by=region"), Call("/api/v1/journey")],
        "themes": [
            Call("/api/v1/themes/scopes"),
            Call("/api/v1/themes?limit=100"),
            Call("/api/v1/themes?search=refund&limit=100"),
        ],
        "pipeline": [Call("/api/v1/pipeline")],
        "ask": [Call("/api/v1/tables")],
        "sql": [Call("/api/sql", sql=_SQL)],
        "scores": [Call("/api/v1/scores"), Call("/api/v1/signals?limit=100")],
        **dict(_of_one(client)),
    }
    return {page: calls for page, calls in found.items() if all(_ask(client, one).status_code == 200 for one in calls)}


def _of_one(client: httpx.Client) -> Iterator[tuple[str, list[Call]]]:
    """The pages of single alerts, promises and themes."""
    alerts, promises, themes = (_get(client, name) for name in ("alerts", "promises", "themes"))
    for alert in alerts[:1]:
        yield "alert", [Call(f"/api/v1/alerts/{alert['alert_id']}", name="/api/v1/alerts/ID")]
    for promise in sorted(promises, key=lambda one: -one["n"])[:1]:
        own = f"{quote(promise['brand'], safe='')}/{promise['promise_id']}"
        asked = f"?brand={quote(promise['brand'])}&promise={promise['promise_id']}&state=all&limit=10"
        yield (
            "promise",
            [
                Call(f"/api/v1/promises/{own}?by=region", name="/api/v1/promises/BRAND/ID"),
                Call(f"/api/v1/promises/{own}/verbatims", name="/api/v1/promises/BRAND/ID/verbatims"),
                Call(f"/api/v1/alerts{asked}", name="/api/v1/alerts of a promise"),
            ],
        )
    for theme in themes[:1]:
        own = f"/api/v1/themes/{theme['theme_id']}"
        verbatims = Call(f"{own}/verbatims?limit=20", name="/api/v1/themes/ID/verbatims")
        yield "theme", [Call(own, name="/api/v1/themes/ID"), verbatims]


def click(address: str, *, people: int, seconds: float, thinking: float) -> dict[str, Any]:
    """Seconds of each call by page and path, and how many failed."""
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        found = pages(client)
    until = time.monotonic() + seconds
    taken: dict[str, dict[str, list[float]]] = {page: defaultdict(list) for page in found}
    failed: list[str] = []

    def person(number: int) -> None:
        chance = random.Random(number)
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            while time.monotonic() < until:
                page = chance.choice(list(found))
                for call in found[page]:
                    started = time.perf_counter()
                    answer = _ask(client, call)
                    taken[page][call.name or call.path].append(time.perf_counter() - started)
                    if answer.status_code != 200:
                        failed.append(f"{call.name or call.path} {answer.status_code}")
                time.sleep(chance.uniform(0.5, 1.5) * thinking)

    with ThreadPoolExecutor(people) as pool:
        list(pool.map(person, range(people)))
    return {"taken": taken, "failed": failed}


def _ask(client: httpx.Client, call: Call) -> httpx.Response:
    return client.get(call.path) if call.sql is None else client.post(call.path, json={"sql": call.sql})


def _get(client: httpx.Client, name: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/{name}")
    return list(answer.json()[name]) if answer.status_code == 200 else []


if __name__ == "__main__":
    made = click(sys.argv[1], people=int(sys.argv[2]), seconds=float(sys.argv[3]), thinking=float(sys.argv[4]))
    sys.stdout.buffer.write(orjson.dumps(made))
