"""The commands that read a store, as a person and as a program call them."""

import base64
import json

import pytest
import typer
from typer.testing import CliRunner

from gapwatch.commands import dead_letters, export, scores, signals, sql, verbatim
from gapwatch.rendering import incident_panel, sparkline, terminal, visible
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.incidents import Incident
from tests.sinks.samples import BAGS, EVIDENCE, START, TEXT, batch, dead, judged, signal
from voc.errors import ConfigError

app = typer.Typer()
app.command("scores", epilog=scores.EPILOG)(scores.scores)
app.command("signals", epilog=signals.EPILOG)(signals.signals)
app.command("verbatim", epilog=verbatim.EPILOG)(verbatim.verbatim)
app.command("sql", epilog=sql.EPILOG)(sql.sql)
app.command("export", epilog=export.EPILOG)(export.export)
app.add_typer(dead_letters.app)

WIDE = {"COLUMNS": "200", "NO_COLOR": "1"}


@pytest.fixture
def call(history):
    """Calls a command on the store with the known history; returns (exit code, stdout, stderr)."""

    def invoke(*arguments, store=history):
        result = CliRunner().invoke(app, [*arguments, "--store", str(store)], env=WIDE)
        if isinstance(result.exception, Exception):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return invoke


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_the_board_shows_rate_interval_counts_and_weeks(call):
    code, out, _ = call("scores")
    [bags] = [line for line in out.splitlines() if "bags-on-time" in line]
    assert code == 0
    assert bags.split() == ["bags-on-time", "40", "%", "(12–77)", "5", "3", "1", "1", "▅▃"]


def test_silence_is_not_shown_as_keeping(call):
    _, out, _ = call("scores")
    [refund] = [line for line in out.splitlines() if "refund" in line]
    assert refund.split() == ["refund", "no", "verdicts", "yet", "0", "0", "0", "0"]


def test_the_board_by_region_has_a_line_each(call):
    _, out, _ = call("scores", "--by", "region", "--since", "2026-01-06")
    rows = [line.split()[:2] for line in out.splitlines() if "bags-on-time" in line]
    assert rows == [["bags-on-time", "EU"], ["bags-on-time", "US"]]


def test_scores_for_programs_have_rate_and_interval(call):
    _, out, _ = call("scores", "--json")
    bags, refund = lines(out)
    assert (bags["n"], bags["rate"], round(bags["low"], 2), round(bags["high"], 2)) == (5, 0.4, 0.12, 0.77)
    assert (refund["n"], refund["rate"], refund["low"]) == (0, None, None)


def test_the_board_of_an_unknown_brand_says_so(call):
    assert "No promises of nobody" in call("scores", "--brand", "nobody")[1]


def test_signals_are_one_line_each_with_the_words_they_rest_on(call):
    _, out, _ = call("signals", "--verdict", "broken", "--region", "US")
    [line] = out.splitlines()
    assert line.split()[:5] == ["2026-01-12", "12:00", "broken", "90%", "bags-on-time"]
    assert EVIDENCE in line


def test_signals_for_programs_are_json_lines(call):
    _, out, _ = call("signals", "--json", "--min-confidence", "0.8", "--limit", "2")
    assert [(row["verbatim_id"], row["verdict"]) for row in lines(out)] == [("r-0-5", "broken"), ("r-0-6", "exceeded")]


def test_following_shows_what_is_there_then_only_what_is_new(tmp_path):
    path = tmp_path / "store.duckdb"
    offsets = iter(range(3))

    def ask(after):
        with DuckDBStore(DuckDBSettings(path=path)) as store:
            store.write(batch([judged(next(offsets), signal())]))
            with store.reading() as connection:
                return signals.queries.signals(connection, after=after)

    found = list(signals.followed(ask, rounds=3, seconds=0))
    assert [[one.verbatim_id for one in page] for page in found] == [["r-0-0"], ["r-0-1"], ["r-0-2"]]


def test_following_waits_while_the_store_is_held_and_says_so_once(capsys):
    answers = iter([signals.StoreHeld("held by process 7"), signals.StoreHeld("held by process 7"), []])

    def ask(after):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert list(signals.followed(ask, rounds=3, seconds=0)) == []
    assert capsys.readouterr().err.count("waiting: held by process 7") == 1


def test_a_verbatim_is_shown_with_promise_redactions_and_model(call):
    _, out, _ = call("verbatim", "r-0-0")
    for part in (TEXT, BAGS.statement, "EMAIL_ADDRESS", "test-judge 0123abcd", "promised 20 min, got 2 h"):
        assert part in out


def test_a_verbatim_in_a_language_not_read_says_so(call):
    assert "Not judged" in call("verbatim", "r-0-7")[1]


def test_a_verbatim_for_programs_has_its_signals(call):
    [row] = lines(call("verbatim", "reviews/0/0", "--json")[1])
    assert row["verbatim"]["redactions"] == [{"start": 47, "end": 65, "kind": "EMAIL_ADDRESS"}]
    assert row["signals"][0]["evidence"] == EVIDENCE


def test_an_unknown_id_ends_with_1(call):
    assert call("verbatim", "nobody") == (1, "", "no verbatim has the id nobody\n")
    assert call("dead-letters", "show", "reviews/0/99") == (1, "", "no dead letter has the record reviews/0/99\n")


def test_sql_prints_a_table_or_json_lines(call):
    query = "SELECT verdict, count(*) AS n FROM signals GROUP BY ALL ORDER BY ALL"
    assert "broken" in call("sql", query)[1]
    assert lines(call("sql", query, "--json")[1])[0] == {"verdict": "broken", "n": 3}


def test_sql_tells_when_rows_are_left_out(call):
    assert "only the first 2 rows" in call("sql", "SELECT * FROM verbatims", "--limit", "2")[2]


def test_sql_that_changes_anything_is_refused(call):
    with pytest.raises(ConfigError, match="only one SELECT is answered, and this is DELETE"):
        call("sql", "DELETE FROM signals")


def test_export_tells_the_rows_and_where_they_are(call, tmp_path):
    out = tmp_path / "signals.csv"
    code, _, told = call("export", "--format", "csv", "--table", "signals", "--out", str(out))
    assert code == 0
    assert f"6 rows of signals in {out}" in told
    assert len(out.read_text().splitlines()) == 7


def test_dead_letters_are_listed_and_shown_with_their_bytes(call):
    assert "not_utf8" in call("dead-letters", "list")[1]
    assert "\\xff␀{" in call("dead-letters", "show", "reviews/0/3")[1]
    [row] = lines(call("dead-letters", "show", "reviews/0/3", "--json")[1])
    assert base64.b64decode(row["raw"]) == b"\xff\x00{"


def test_of_a_large_dead_letter_all_bytes_are_counted_and_shown(call, tmp_path):
    path, value = tmp_path / "store.duckdb", bytes(range(256)) * 400
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        store.write(batch(dead=[dead(0, value=value), dead(1, value=None)]))
    listed = call("dead-letters", "list", store=path)[1].splitlines()
    assert [line.split()[-1] for line in listed if "reviews/0/" in line] == ["102400", "0"]
    for command in (("list",), ("show", "reviews/0/0")):
        row = lines(call("dead-letters", *command, "--json", store=path)[1])[0]
        assert (base64.b64decode(row["raw"]), row["size"]) == (value, 102_400)
    assert "… 98304 more bytes" in call("dead-letters", "show", "reviews/0/0", store=path)[1]


def test_a_dead_letter_can_not_steer_the_terminal(call, tmp_path):
    path = tmp_path / "store.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        store.write(batch([judged(0, signal(), text="\x1b[2J" + TEXT)], [dead(1, value=b"\x1b[2Jgone [bold]x[/bold]")]))
    out = call("dead-letters", "show", "reviews/0/1", store=path)[1]
    assert "\x1b" not in out and "␛[2Jgone [bold]x[/bold]" in out
    assert "\x1b" not in call("verbatim", "r-0-0", store=path)[1]


def test_a_store_that_is_not_there_is_a_fault_of_the_arguments(call, tmp_path):
    with pytest.raises(ConfigError, match="there is no store here"):
        call("scores", store=tmp_path / "none.duckdb")


@pytest.mark.parametrize(
    "command", ["scores", "signals", "verbatim", "sql", "export", "dead-letters list", "dead-letters show"]
)
def test_help_has_an_example_and_the_exit_codes(command):
    text = " ".join(CliRunner().invoke(app, [*command.split(), "--help"], env=WIDE).stdout.split())
    assert f"gapwatch {command}" in text
    assert "Exits with 0 if all is well" in text


def test_a_week_without_verdicts_is_a_dot():
    assert sparkline([0.0, None, 0.5, 1.0]) == "▁·▅█"


def test_visible_keeps_the_length_of_a_text():
    text = "a\x1b\x07\x9b\r\n\tz"
    assert len(visible(text)) == len(text)
    assert visible("tab\tand\nline") == "tab\tand\nline"


def test_an_incident_says_what_rose_where_and_since_when(capsys):
    day = START.date()
    terminal().print(incident_panel(Incident("northwind", "bags-on-time", "EU", day, day, 22, 1.0, 0.05, 0.55, 1e-9)))
    out = capsys.readouterr().out
    for part in ("bags-on-time, EU", "22 broken", "2026-01-05", "1.0 a day", "55%", "5.0%"):
        assert part in out
