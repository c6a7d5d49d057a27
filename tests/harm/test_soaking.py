"""What counts as growing, and what the table of chaos says."""

import json
from pathlib import Path

from rich.console import Console

from tests.harm import drawing
from tests.harm.report import Failure, show, unharmed, write_json
from tests.harm.result import Harm
from tests.harm.soaking import Sample, growing

FLAT = [Sample(60.0 * n, 400 + n % 3, 17 + n % 2, 14, n) for n in range(60)]


def test_what_wavers_does_not_grow():
    assert growing(FLAT) == []


def test_what_fills_up_first_and_then_stays_does_not_grow():
    assert growing([one._replace(memory=min(400, 100 + 20 * n)) for n, one in enumerate(FLAT)]) == []


def test_a_leak_of_memory_of_handles_or_of_threads_is_told():
    leaks = {"memory": lambda n: 400 + 0.6 * n, "handles": lambda n: 17 + n // 20, "threads": lambda n: 14 + n // 20}
    for name, value in leaks.items():
        [found] = growing([one._replace(**{name: value(n)}) for n, one in enumerate(FLAT)])
        assert found.startswith(f"{name} GREW")


def test_a_run_in_which_caches_still_fill_is_not_judged():
    assert growing([Sample(one.seconds / 3, 100.0 + n, 17, 14, n) for n, one in enumerate(FLAT)]) == []


def test_a_series_is_drawn_and_printed(tmp_path: Path):
    console = Console(record=True, width=100)
    drawing.show(FLAT, console)
    drawing.draw(FLAT, tmp_path / "soak.svg")
    assert "400" in console.export_text()
    assert "<svg" in (tmp_path / "soak.svg").read_text()


def test_one_lost_record_or_one_failure_is_harm(tmp_path: Path):
    whole, lost = Harm("kill -9", 10, 0, 0, 3.2), Harm("kill -9", 10, 1, 0, 3.2)
    failure = Failure("network 1", "it did not rejoin")
    assert unharmed([whole], [])
    assert not unharmed([whole, lost], [])
    assert not unharmed([whole], [failure])
    console = Console(record=True, width=120)
    show([whole], [failure], console)
    assert "FAILED: it did not rejoin" in console.export_text()
    write_json([whole], [failure], tmp_path / "out" / "chaos.json", seed=1)
    assert json.loads((tmp_path / "out" / "chaos.json").read_text())["harms"][0]["fault"] == "kill -9"
