"""The benchmarks' texts: the same each time, each with its own id, as long as customers write."""

from statistics import median

import orjson

from benchmarks.generate import text_of, verbatims


def test_the_same_seed_gives_the_same_records_and_another_seed_gives_others():
    first = list(verbatims(50, seed=3))
    assert first == list(verbatims(50, seed=3))
    assert first != list(verbatims(50, seed=4))


def test_every_record_has_an_id_of_its_own_also_between_seeds():
    records = [*verbatims(300, seed=1), *verbatims(300, seed=2)]
    assert len({orjson.loads(record)["id"] for record in records}) == 600


def test_texts_are_as_long_as_customers_write():
    words = [len(text_of(record).split()) for record in verbatims(2_000)]
    assert 22 <= median(words) <= 32
    assert min(words) < 10 and max(words) > 60
