"""`gapwatch digest`: what it tells, what it leaves out, and that its page needs nobody."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from benchmarks.store import UNTIL, fill
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.gapwatch.command import gapwatch, rows, write_lines, write_settings
from tests.gapwatch.listening import Listener
from tests.kafka.broker import free_port
from tests.sinks.samples import BAGS, REFUND, START, TEXT, batch, judged, signal
from voc.verdicts import Verdict

NASTY = "<script>alert(1)</script> [click](http://evil.example) www.evil.example\n# Big\n> two hours"


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "filled.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        fill(store, signals=15_000, seed=3)
    return path


@pytest.fixture
def filled(filled_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(filled_once, tmp_path))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two weeks: of the bags 4 kept and 1 broken, then 3 kept and 2 broken; of the refund nothing."""
    path = tmp_path / "small.duckdb"
    week, kept, broken = timedelta(weeks=1), Verdict.KEPT, Verdict.BROKEN
    verdicts = [(START, v) for v in (kept, kept, kept, kept, broken)]
    verdicts += [(START + week, v) for v in (kept, kept, kept, broken, broken)]
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        store.remember_promises([BAGS, REFUND])
        store.write(batch([judged(i, signal(verdict=v), at=at) for i, (at, v) in enumerate(verdicts)]))
    return path


def _written(command, store: Path, *arguments: object) -> tuple[str, str]:
    """The page and the Markdown."""
    page, text = store.parent / "digest.html", store.parent / "digest.md"
    done = command("digest", "--store", store, "--out", page, "--markdown", text, "--force", *arguments)
    assert done.code == 0, done.err
    return page.read_text("utf-8"), text.read_text("utf-8")


def test_what_got_worse_is_told_first_with_where_and_both_rates(command, filled: Path):
    _, text = _written(command, filled)
    worse = next(line for line in text.splitlines() if line.startswith("- Worse:"))
    assert "Your checked bags reach the belt within 20 minutes" in worse
    assert re.search(r"was kept in \d+ % \(\d+–\d+\), before in \d+ % \(\d+–\d+\); above all in EU", worse)
    to_do = text.split("## What to do")[1].split("## ")[1]
    assert to_do.startswith("ground-operations"), "the owner of what got worse has the first task"


def test_a_change_that_may_be_chance_is_not_told_as_one(command, small: Path):
    _, text = _written(command, small)
    assert "No promise was kept clearly more or less often" in text
    assert "Worse" not in text.split("---")[0]
    assert "60 % (23–88), n = 5; before 80 % (38–96), n = 5" in text


def test_a_promise_nobody_spoke_of_is_named_and_not_called_kept(command, small: Path):
    _, text = _written(command, small)
    assert "Nobody spoke of these, which does not say that they are kept: “Refunds within 7 days.”" in text


def test_days_without_a_text_say_so_and_when_the_last_one_came(command, small: Path):
    page, text = _written(command, small, "--until", "2026-03-01")
    assert "Nobody wrote in these 7 days. That says nothing of how promises were kept." in text
    assert "The last text in the store is of 12 January 2026." in page
    assert "%" not in text.split("---")[0], "no rate of nothing"


def test_an_empty_store_makes_a_page_too(command, tmp_path: Path):
    with DuckDBStore(DuckDBSettings(path=tmp_path / "empty.duckdb")):
        pass
    page, _ = _written(command, tmp_path / "empty.duckdb")
    assert "There is no text in the store at all." in page


def test_evidence_is_marked_inside_the_customers_words(command, small: Path):
    page, text = _written(command, small)
    assert "<mark>We waited two hours for our bags.</mark> Write to [EMAIL_ADDRESS]." in page
    assert "**We waited two hours for our bags.**" in text


def test_customers_words_are_text_and_nothing_else(command, tmp_path: Path):
    path = tmp_path / "nasty.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        store.remember_promises([BAGS])
        store.write(batch([judged(0, signal(), text=f"{TEXT} {NASTY}")]))
    page, text = _written(command, path)
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<script" not in text.replace("\\<", "")
    assert not re.search(r"(?<!\\)(\]\(|://|\[click)|www\.evil|^# Big|^> two", text, re.MULTILINE)


def test_each_audience_gets_its_own_tasks(command, filled: Path):
    _, says = _written(command, filled, "--for", "says")
    _, does = _written(command, filled, "--for", "does")
    for text, told, not_told in (
        (says, "Word it so that it holds", "Bring it back"),
        (does, "Bring it back", "Word it so"),
    ):
        assert told in text
        assert not_told not in text
    assert "### ground-operations" in does
    assert "### ground-operations" not in says


def test_an_owner_reads_of_their_own_promises_only(command, filled: Path):
    _, text = _written(command, filled, "--for", "does", "--owner", "refunds-desk")
    assert re.findall(r"^#### (.+)$", text, re.MULTILINE) == [
        "When we owe you a refund, it is on its way to your card within 7 days."
    ]
    assert "never promised" not in text


def test_an_owner_of_nothing_is_refused_with_those_who_own_something(command, filled: Path):
    done = command("digest", "--store", filled, "--out", filled.parent / "x.html", "--owner", "nobody")
    assert done.code == 2
    assert "ground-operations" in done.err


def test_alerts_that_are_not_resolved_and_unpromised_expectations_are_listed(command, filled: Path):
    _, text = _written(command, filled)
    titles = rows(filled, "SELECT title FROM alerts WHERE state <> 'resolved'")
    assert titles
    assert [title for (title,) in titles if title not in text.replace("\\", "")] == []
    assert "wi-fi on board" in text.split("## What customers expect that we never promised")[1]


@pytest.mark.parametrize("since", ["7", "0d", "7h", "2026-13-01", "2027-01-01", "400d"])
def test_a_span_that_is_none_is_refused(command, small: Path, since: str):
    done = command("digest", "--store", small, "--out", small.parent / "x.html", "--since", since)
    assert done.code == 2
    assert not (small.parent / "x.html").exists()


def test_a_span_ends_with_the_last_event_or_before_the_day_given(command, filled: Path):
    last = f"{UNTIL - timedelta(days=1):%-d %B %Y}"
    assert f", 18 to {last}\n" in _written(command, filled)[1]
    assert ", 28 October to 24 November 2026\n" in _written(command, filled, "--since", "4w")[1]
    assert ", 1 to 9 October 2026\n" in _written(command, filled, "--since", "2026-10-01", "--until", "2026-10-10")[1]


def test_a_file_that_is_there_stays_without_force(command, small: Path):
    page = small.parent / "there.html"
    page.write_text("mine")
    done = command("digest", "--store", small, "--out", page)
    assert done.code == 2
    assert page.read_text() == "mine"


def test_the_reading_is_noted_with_where_it_went(command, small: Path):
    page = small.parent / "digest.html"
    command("digest", "--store", small, "--out", page, "--for", "does")
    assert rows(small, "SELECT action, detail FROM access_log") == [("export", f"digest 7d for does to {page}")]


def test_a_store_that_a_listener_holds_is_read_from_a_copy_that_goes_again(tmp_path: Path):
    write_lines(tmp_path / "reviews.jsonl", {"id": "1", "text": "Late again.", "created_at": "2026-03-01T12:00:00Z"})
    settings = write_settings(
        tmp_path,
        "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}, {kind: kafka, topic: none, holds: post}]",
        f"kafka: {{bootstrap_servers: '127.0.0.1:{free_port()}'}}",
    )
    settings.write_text(settings.read_text().replace("http: {port: 0}", f"http: {{port: {free_port()}}}"))
    page = tmp_path / "digest.html"
    with Listener(settings) as listener:
        listener.started()
        held = gapwatch("digest", "--store", tmp_path / "gapwatch.duckdb", "--out", page)
        assert (held.returncode, "with --config the listener is asked for a copy" in held.stderr) == (1, True)
        done = gapwatch("digest", "--config", settings, "--out", page)
        assert done.returncode == 0, done.stderr
        assert listener.stop() == 0
    assert "What customers told us" in page.read_text("utf-8")
    assert [one.name for one in tmp_path.glob("digest-for*")] == []
    [(action, detail)] = rows(tmp_path / "gapwatch.duckdb", "SELECT action, detail FROM access_log")
    assert (action, detail.startswith("digest-for-all-")) == ("backup", True)


class _Addresses(HTMLParser):
    """Collects whatever a page could fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset", "action", "data"}]
        self.found += [tag] * (tag in {"script", "link", "iframe", "object", "form"})


def test_the_page_has_nothing_to_fetch_or_to_run(command, filled: Path):
    parser = _Addresses()
    parser.feed(_written(command, filled)[0])
    assert parser.found == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        yield context.new_page()


def test_the_page_reads_on_a_phone_without_a_word_on_the_browsers_console(command, filled: Path, page: Page):
    _written(command, filled)
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("request", lambda request: noise.append(request.url) if not request.url.startswith("file:") else None)
    page.goto((filled.parent / "digest.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("mark").first.is_visible()
    assert page.locator("svg[role=img]").count() > 10
    assert noise == []
