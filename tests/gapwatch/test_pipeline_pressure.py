"""More and larger records than a slow part can take: bounded in bytes, polled on, all stored once."""

import json
import time
from pathlib import Path
from threading import Thread

import pytest

from ingest.config import JsonlSource
from ingest.jsonl import PIECE, PIECES_A_POLL, JsonlFeed
from sinks import replaying
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.upkeep.check import check
from tests.gapwatch.parts import TOPIC, Listening, ScriptedSource, WaitingJudge, giving, offsets, record
from tests.sinks.samples import batch, judged

MB = 1_000_000


def text_of(size: int, offset: int) -> bytes:
    words = f"Bag {chr(97 + offset % 26)} came after an hour. "  # no digits, which redaction looks at closely
    return json.dumps({"text": words * (size // len(words))}).encode()


def test_bytes_pause_the_sources_until_half_of_them_are_free(store):
    judge = WaitingJudge()
    judge.go.clear()
    source = ScriptedSource(*[giving(record(n, text_of(1000, n))) for n in range(20)])
    kept = store()
    listening = Listening(kept, source, judge=judge, batch_bytes=1000, queue_bytes=4000)

    def release_once_paused_for_a_while() -> None:
        while sum(paused for *_, paused in source.polls) < 3:
            time.sleep(0.005)
        judge.go.set()

    helper = Thread(target=release_once_paused_for_a_while, daemon=True)
    helper.start()
    listening.run()
    helper.join()
    assert source.pauses >= 1 and source.resumes >= 1
    assert offsets(kept.rows()) == list(range(20))
    assert set(judge.batches) == {1}, "each text is as large as a batch may be"


def test_a_slow_store_pauses_the_sources_and_polling_goes_on(store):
    source = ScriptedSource(*[giving(record(n, text_of(1000, n))) for n in range(20)])
    kept = store()
    polls_while_storing: list[int] = []

    def be_slow_once() -> None:
        if kept.tries == 1:
            while sum(paused for *_, paused in source.polls) < 3:
                time.sleep(0.005)
            polls_while_storing.append(len(source.polls))

    kept.before_write = be_slow_once
    Listening(kept, source, batch_bytes=1000, queue_bytes=4000).run()
    assert polls_while_storing[0] >= 3
    assert offsets(kept.rows()) == list(range(20))


def test_a_file_of_long_lines_comes_in_bounded_polls(store, tmp_path: Path):
    """What is asked for is a number of lines; of what they weigh the inbox learns only afterwards."""
    file = tmp_path / "long.jsonl"
    file.write_bytes(b"\n".join(text_of(MB, n) for n in range(40)))
    judge = WaitingJudge()
    judge.go.clear()
    feed = JsonlFeed(JsonlSource(path=str(file), name=TOPIC, holds="review"))
    listening = Listening(store(), feed, judge=judge, queue_bytes=4 * MB, batch_bytes=MB)
    most, turns = 0, set()

    def watch_until_it_is_full_and_some_turns_longer() -> None:
        nonlocal most
        while len(turns) < 5:
            most = max(most, int(listening.count("gapwatch_inbox_bytes")))
            if most >= 4 * MB:
                turns.add(listening.pipeline.last_turn)
            time.sleep(0.005)
        judge.go.set()

    helper = Thread(target=watch_until_it_is_full_and_some_turns_longer, daemon=True)
    helper.start()
    listening.run()
    helper.join()
    assert most <= 4 * MB + PIECE * PIECES_A_POLL
    assert listening.count("gapwatch_records_total", source=TOPIC, outcome="stored") == 40


def test_hundreds_of_texts_of_a_megabyte_fit_a_store_of_default_settings(tmp_path: Path):
    records = [record(n, text_of(MB, n)) for n in range(100)]
    with DuckDBStore(DuckDBSettings(path=tmp_path / "gapwatch.duckdb")) as kept:
        Listening(kept, ScriptedSource(giving(*records))).run()
        with kept.reading() as connection:
            found = connection.execute("SELECT count(*), min(length(text)), min(cut_from) FROM verbatims").fetchone()
    assert found is not None and found[0] == 100
    assert 15_000 < found[1] <= 16_000 < 0.9 * MB < found[2]


@pytest.mark.parametrize(("text", "width"), [("行李一小时后才到。" * 1770, 3), ("🧳🛬😤🛄" * 3990, 4)])
def test_texts_of_the_greatest_length_fit_a_store_of_default_settings_in_any_script(
    tmp_path: Path, text: str, width: int
):
    """DuckDB holds 2,048 rows at once when it writes a table out."""
    text = json.dumps({"text": text}, ensure_ascii=False).encode()
    records = [record(n, text) for n in range(2100)]
    with DuckDBStore(DuckDBSettings(path=tmp_path / "gapwatch.duckdb")) as kept:
        Listening(kept, ScriptedSource(giving(*records))).run()
        with kept.reading() as connection:
            found = connection.execute("SELECT count(*), min(octet_length(encode(text))) FROM verbatims").fetchone()
    assert found is not None and found[0] == 2100
    assert found[1] > width * 15_900


def test_hundreds_of_dead_letters_of_a_megabyte_fit_a_store_of_default_settings(tmp_path: Path):
    """DuckDB could not write 180 of them out, were each one value, and could not open the file again."""
    path = tmp_path / "gapwatch.duckdb"
    sent = {f"reviews/0/{n}": bytes((0xFF, n % 256)) * (MB // 2) + bytes([n // 256]) for n in range(400)}
    with DuckDBStore(DuckDBSettings(path=path)) as kept:
        Listening(kept, ScriptedSource(giving(*(record(n, value) for n, value in enumerate(sent.values()))))).run()
    with DuckDBStore(DuckDBSettings(path=path)) as kept:
        with kept.reading() as connection:
            ids = replaying.matching(connection)
            for first in range(0, len(ids), 50):
                for letter in replaying.records(connection, ids[first : first + 50])[0]:
                    assert letter.value == sent.pop(letter.position.record_id)
        assert not sent, "each came back once"
        assert kept.replay(batch([judged(7)])).verbatims == {("reviews", "judged"): 1}
        with kept.reading() as connection:
            assert replaying.records(connection, ["reviews/0/7"]) == ([], [])
    found = check(path)
    assert found.told() == ""
    assert (found.rows["dead_letters"], found.rows["dead_letter_parts"]) == (399, 399 * 30)
