"""What is built from settings, where the parts have to fit each other."""

import signal
import threading
from pathlib import Path
from threading import Event

import pytest
from prometheus_client import CollectorRegistry

from gapwatch import wiring
from gapwatch.commands.run import listen
from gapwatch.settings import load_settings
from tests.gapwatch.command import write_lines, write_settings
from voc.errors import ConfigError

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def test_a_source_of_a_brand_that_no_catalogue_has_is_refused(tmp_path):
    settings = load_settings(CONFIGS / "gapwatch.yaml")
    book = wiring.build_book([CONFIGS / "catalogues" / "shop.yaml"])
    with pytest.raises(ConfigError) as error:
        wiring.refuse_unknown_brands(settings, book)
    assert str(error.value) == (
        "sources[0].brand: 'Northwind Air': no catalogue has this brand; allowed: Harbour & Pine"
    )


def test_the_brands_of_the_example_settings_are_in_their_catalogues():
    settings = load_settings(CONFIGS / "gapwatch.yaml")
    wiring.refuse_unknown_brands(settings, wiring.build_book(settings.catalogues))


def test_an_empty_author_secret_is_refused(monkeypatch):
    monkeypatch.setenv("GAPWATCH_PRIVACY__AUTHOR_SECRET", "")
    with pytest.raises(ConfigError, match=r"privacy\.author_secret: is empty"):
        wiring.author_secret(load_settings(CONFIGS / "gapwatch.yaml").privacy)


def test_a_listener_gives_the_signals_back_to_the_process_it_ran_in(tmp_path, costless):
    write_lines(tmp_path / "reviews.jsonl", {"text": "The sofa came a week late."})
    config = write_settings(tmp_path, "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]")
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    listen(load_settings(config))
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


@pytest.mark.parametrize("wanted", [True, False])
def test_themes_are_made_where_the_settings_want_them(tmp_path, wanted):
    source = "sources: [{kind: jsonl, path: in.jsonl, holds: post}]"
    path = write_settings(tmp_path, source, f"themes: {{enabled: {str(wanted).lower()}}}")
    settings, stop = load_settings(path), Event()
    with wiring.build_store(settings.store) as store, wiring.theming(settings, store, CollectorRegistry(), stop):
        assert ("themes" in {thread.name for thread in threading.enumerate()}) == wanted
        stop.set()
