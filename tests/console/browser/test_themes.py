"""The theme explorer and the page of one theme: found, read, put right, taken along as files."""

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest
from playwright.sync_api import Page, expect

from benchmarks.store import fill
from nlp.encoder import Encoder
from tests.console.browser.conftest import WIDTHS
from tests.console.serving import Served, served

READER = "r" * 32


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With themes that emerge and fade, lying where the encoder puts what is said in them, and a search by meaning."""
    encoder = Encoder()
    with ExitStack() as stack:
        yield served(
            stack,
            tmp_path_factory.mktemp("console") / "gapwatch.duckdb",
            {
                "filled": lambda store: fill(store, signals=5_000, encode=encoder.encode_whole),
                "meaning": lambda words: [float(value) for value in encoder.encode_whole([words])[0]],
                "sql": {"snapshot_seconds": 0},
            },
        )


def _themes(console: Served, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = console.get("/api/v1/themes", params=asked).json()["themes"]
    return found


def _theme(console: Served, name: str) -> str:
    (found,) = [theme for theme in _themes(console, state="all") if theme["name"] == name]
    return str(found["theme_id"])


def _names(page: Page) -> list[str]:
    page.locator("#list:not([aria-busy=true])").wait_for()
    return page.locator(".theme a.name").all_inner_texts()


def _asked(page: Page) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(page.url).query).items()}


def _saved(page: Page, press: Callable[[], None], path: Path) -> Path:
    with page.expect_download() as waiting:
        press()
    waiting.value.save_as(path)
    return path


@pytest.mark.parametrize("width", WIDTHS.values())
def test_the_explorer_lists_themes_with_their_figures_and_the_share_of_none(console, visit, shoot, width):
    page = visit(f"{console.address}/themes", width=width)
    answer = console.get("/api/v1/themes").json()
    assert _names(page) == [theme["name"] for theme in answer["themes"]]
    share = f"{answer['unassigned_share'] * 100:.1f} % of {answer['tried']:,} negative verbatims belong to no theme"
    expect(page.locator("#share")).to_contain_text(share)
    for theme in answer["themes"][::6]:
        row = page.locator(f"[data-theme-id='{theme['theme_id']}']")
        expect(row.locator(".size")).to_have_text(f"{theme['verbatims']} verbatim{'s' * (theme['verbatims'] != 1)}")
        if theme["promise_id"] is None:
            expect(row.locator(".of")).to_contain_text("never promised")
        expect(row.locator(".lately")).to_contain_text(f"{theme['recent']} last week")
    assert "muted" not in page.locator("#list").inner_text()
    shoot(page, "themes")


def test_themes_are_found_by_words_and_by_what_words_mean(console, visit):
    page = visit(f"{console.address}/themes")
    page.get_by_label("Search, by words").fill("REFUND half")
    expect(page.locator("#found")).to_contain_text("found by words, then by meaning")
    expect(page.locator(".theme").first).to_contain_text("half of the refund")
    expect(page.locator(".theme").first).to_contain_text("has these words")
    page.get_by_label("Search, by words").fill("my luggage did not come")
    suitcase = page.locator(".theme", has_text="suitcase left behind")
    expect(suitcase).to_contain_text("near in meaning")
    assert _asked(page) == {"search": "my luggage did not come"}


def test_a_link_holds_the_whole_state_and_back_goes_back(console, visit):
    page = visit(f"{console.address}/themes")
    page.get_by_role("button", name="Never promised").click()
    expect(page.locator("#of-hint")).to_contain_text("nobody promised")
    assert set(_names(page)) == {theme["name"] for theme in _themes(console, unpromised=True)}
    page.get_by_label("Brand").select_option("Northwind Air")
    page.get_by_label("Period").select_option("8")
    page.get_by_label("Region").select_option("EU")
    expect(page.locator("#share")).to_contain_text("of Northwind Air, EU of the last 8 weeks")
    page.get_by_label("Draw wi-fi on board in the chart").check()
    expect(page.locator("#chart-hint")).to_contain_text("1 theme picked")
    state = {"of": "never", "brand": "Northwind Air", "weeks": "8", "region": "EU"}
    wifi = _theme(console, "wi-fi on board")
    assert _asked(page) == state | {"chart": wifi}
    listed = [theme["name"] for theme in _themes(console, unpromised=True, brand="Northwind Air", weeks=8, region="EU")]
    other = visit(page.url)
    assert _names(other) == _names(page) == listed
    expect(other.get_by_label("Draw wi-fi on board in the chart")).to_be_checked()
    assert (other.get_by_role("link", name="wi-fi on board").get_attribute("href") or "").endswith("?region=EU")
    other.get_by_label("Period").select_option("")
    expect(other.locator("#share")).not_to_contain_text("weeks")
    other.go_back()
    expect(other.get_by_label("Period")).to_have_value("8")
    assert _names(other) == listed


def test_the_chart_has_the_weeks_of_the_themes_that_are_picked(console, visit):
    belt, refund = _theme(console, "suitcase left behind"), _theme(console, "half of the refund")
    page = visit(f"{console.address}/themes?chart={belt},{refund}&state=muted")
    page.locator("#chart summary").click()
    rows = page.locator("#chart tbody tr")
    there = {theme["theme_id"]: theme["weeks"] for theme in _themes(console, state="all")}
    expect(rows).to_have_count(len(there[belt]))
    expect(rows.last.locator("td")).to_have_text([str(there[belt][-1]), str(there[refund][-1])])
    expect(page.locator("#chart th[scope=col]")).to_have_text(
        ["Week up to", "suitcase left behind", "half of the refund"]
    )


def test_a_fault_is_told_and_may_be_tried_again(console, visit):
    page = visit(f"{console.address}/themes?state=loud")
    expect(page.get_by_role("alert")).to_contain_text("state")
    page.wrong.clear()  # the browser logs the 422
    page.goto(f"{console.address}/themes?search=zzzz%20qqqq")
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator(".theme").first).to_be_visible()


def test_the_list_is_taken_along_as_it_is_filtered(console, visit, tmp_path):
    page = visit(f"{console.address}/themes?of=never&brand=Northwind%20Air")
    names = _names(page)
    export = page.get_by_role("button", name="Export Parquet")
    file = _saved(page, export.click, tmp_path / "themes.parquet")
    assert [name for (name,) in duckdb.read_parquet(str(file)).select("name").fetchall()] == names
    expect(page.locator("#toasts")).to_contain_text(f"{len(names)} rows saved, as of")
    picture = _saved(page, page.get_by_role("button", name="Save PNG").click, tmp_path / "chart.png")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_emerges_is_one_press_away(console, visit):
    emerging = [theme["name"] for theme in _themes(console, state="emerging")]
    page = visit(f"{console.address}/themes")
    page.get_by_role("button", name=f"{len(emerging)} emerging").click()
    expect(page.get_by_label("Show", exact=True)).to_have_value("emerging")
    expect(page.locator(".theme")).to_have_count(len(emerging))
    assert _names(page) == emerging != []
    assert _asked(page) == {"state": "emerging"}


@pytest.mark.parametrize(("width", "dark"), [(WIDTHS["wide"], True), (WIDTHS["narrow"], False)])
def test_one_theme_shows_its_promise_its_words_and_where_they_come_from(console, visit, shoot, width, dark):
    theme = _theme(console, "suitcase left behind")
    answer = console.get(f"/api/v1/themes/{theme}").json()
    page = visit(f"{console.address}/themes/{theme}", width=width, dark=dark)
    expect(page.get_by_role("heading", level=1)).to_have_text("suitcase left behind")
    expect(page.locator("#head .wording")).to_have_text(answer["theme"]["statement"])
    assert (
        page.get_by_role("link", name="Bags on time").get_attribute("href") == "/promises/Northwind%20Air/bags-on-time"
    )
    expect(page.locator("#stands .verbatim")).to_have_count(len(answer["representatives"]))
    expect(page.locator("#stands .verbatim").first).to_contain_text(
        f"similarity {answer['representatives'][0]['similarity']:.2f}"
    )
    expect(page.locator("#history")).to_contain_text("Found in")
    page.locator("#split summary").click()
    most = answer["split"]["region"][0]
    expect(page.locator("#split tbody tr").first).to_contain_text(f"{most['part']}{most['verbatims']}")
    page.locator("#split summary").click()
    shoot(page, "theme")


def test_the_trend_of_a_theme_goes_on_where_nobody_speaks_of_it_any_more(console, visit):
    theme = _theme(console, "shipping on the last page")
    answer = console.get(f"/api/v1/themes/{theme}").json()
    assert answer["theme"]["recent"] == 0
    page = visit(f"{console.address}/themes/{theme}?step=day&span=30")
    page.locator("#trend summary").click()
    expect(page.locator("#trend tbody tr")).to_have_count(30)
    expect(page.locator("#trend tbody tr").last).to_have_text("Nov 240")


def test_verbatims_are_read_page_by_page_and_by_part(console, visit, tmp_path):
    theme = _theme(console, "wi-fi on board")
    page = visit(f"{console.address}/themes/{theme}")
    expect(page.locator("#head .notice")).to_contain_text("Never promised")
    cards = page.locator("#verbatims .verbatim")
    expect(cards).to_have_count(20)
    page.get_by_role("button", name="Show more verbatims").click()
    expect(cards).to_have_count(40)
    assert _asked(page) == {"show": "40"}
    page.get_by_label("Kind").select_option("review")
    of_kind = console.get(f"/api/v1/themes/{theme}/verbatims", params={"kind": "review", "limit": 1000}).json()
    expect(page.locator("#verbatims .verbatim footer").filter(has_not_text="review")).to_have_count(0)
    assert _asked(page) == {"kind": "review"}
    file = _saved(page, page.get_by_role("button", name="Export CSV").click, tmp_path / "said.csv")
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["text"] for row in rows] == [one["text"] for one in of_kind["verbatims"]]


def test_a_bar_that_is_pressed_shows_its_verbatims(console, visit):
    theme = _theme(console, "wi-fi on board")
    most = console.get(f"/api/v1/themes/{theme}").json()["split"]["region"][0]
    page = visit(f"{console.address}/themes/{theme}")
    expect(page.locator("#verbatims .verbatim")).to_have_count(20)
    page.locator("#split canvas").click(position={"x": 150, "y": 20})
    expect(page.locator("#region")).to_have_value(most["part"])
    expect(page.locator("#verbatims .verbatim footer").filter(has_not_text=most["part"])).to_have_count(0)
    assert _asked(page) == {"region": most["part"]}


def test_a_theme_is_renamed_in_place_and_it_stands_in_its_history(console, visit):
    theme = _theme(console, "mails without a reply")
    page = visit(f"{console.address}/themes/{theme}")
    page.get_by_role("button", name="Rename").click()
    name = page.get_by_label("Name of the theme")
    expect(name).to_be_focused()
    name.fill("   ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="characters")).to_be_visible()
    page.wrong.clear()  # the browser logs the 422
    name.fill("No reply to <b>mails</b>")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("No reply to <b>mails</b>")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    expect(page.locator("#history li").first).to_contain_text("Renamed to “No reply to <b>mails</b>”by local")
    assert _theme(console, "No reply to <b>mails</b>") == theme


def test_a_theme_is_muted_and_unmuted_after_saying_what_that_means(console, visit, shoot):
    theme = _theme(console, "shipping on the last page")
    page = visit(f"{console.address}/themes/{theme}")
    page.get_by_role("button", name="Mute").click()
    expect(page.get_by_role("dialog")).to_contain_text("remembered whenever themes are rebuilt")
    shoot(page, "theme-mute")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Mute")).to_be_focused()
    assert not console.get(f"/api/v1/themes/{theme}").json()["theme"]["muted"]
    page.get_by_role("button", name="Mute").click()
    page.get_by_role("dialog").get_by_role("button", name="Mute").click()
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    expect(page.locator("#history li").first).to_contain_text("Muted")
    assert theme not in [one["theme_id"] for one in _themes(console)]
    page.get_by_role("button", name="Unmute").click()
    page.get_by_role("dialog").get_by_role("button", name="Unmute").click()
    expect(page.locator("#history li").first).to_contain_text("Unmuted")
    assert theme in [one["theme_id"] for one in _themes(console)]


def test_a_theme_is_merged_into_one_that_is_searched_for(console, visit):
    one, other = _theme(console, "price fell after buying"), _theme(console, "price match refused")
    sizes = {theme["theme_id"]: theme["verbatims"] for theme in _themes(console, state="all")}
    page = visit(f"{console.address}/themes/{one}")
    page.get_by_role("button", name="Merge into…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Find the other theme")).to_be_focused()
    dialog.get_by_role("button", name="Merge").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose the theme")
    dialog.get_by_label("Find the other theme").fill("match refused")
    dialog.get_by_role("radio", name="price match refused").check()
    dialog.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("price match refused")
    assert urlsplit(page.url).path == f"/themes/{other}"
    expect(page.locator("#history li").first).to_contain_text("Merged took in price fell after buying")
    merged = console.get(f"/api/v1/themes/{one}").json()["theme"]
    assert (merged["theme_id"], merged["verbatims"]) == (other, sizes[one] + sizes[other])
    page.goto(f"{console.address}/themes/{one}")
    page.wait_for_url(f"{console.address}/themes/{other}")


def test_a_theme_is_split_and_the_new_ones_are_linked(console, visit):
    theme = _theme(console, "advertising mails")
    page = visit(f"{console.address}/themes/{theme}")
    page.get_by_role("button", name="Split…").click()
    page.get_by_role("dialog").get_by_role("button", name="Split").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=30_000)
    entry = page.locator("#history li").first
    expect(entry).to_contain_text("Split")
    entry.get_by_role("link").first.click()
    expect(page.locator("#history li").first).to_contain_text("Found a part of")
    expect(page.locator(f"#history li a[href='/themes/{theme}']")).to_be_visible()


def test_readers_are_offered_nothing_that_they_may_not(serve, token_file, visit):
    served = serve(token_file=token_file, filled=lambda store: fill(store, signals=600))
    page = visit(f"{served.address}/sign-in?next=%2Fthemes")
    page.get_by_label("Your token").fill(READER)
    page.keyboard.press("Enter")
    page.locator(".theme a.name").first.click()
    expect(page.locator("#verbatims .verbatim").first).to_be_visible()
    for name in ("Rename", "Merge", "Split…", "Pin", "Mute"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("button", name="Export CSV")).to_be_visible()


def test_without_themes_it_is_said_when_there_will_be_some(serve, visit, shoot):
    page = visit(f"{serve().address}/themes", width=WIDTHS["narrow"])
    expect(page.locator("#list")).to_contain_text("No theme yet")
    expect(page.locator("#share")).to_contain_text("No negative verbatim")
    expect(page.locator("#moving")).to_be_empty()
    shoot(page, "themes-empty")


def test_a_theme_that_is_not_there_is_told(console, visit):
    page = visit(f"{console.address}/themes/none")
    expect(page.get_by_role("alert")).to_contain_text("there is no such theme")
    page.wrong.clear()  # the browser logs the 404
