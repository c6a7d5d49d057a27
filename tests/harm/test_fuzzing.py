"""Twenty thousand mutated records, and a fuzzer that would notice."""

import random
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from ingest import decoding
from tests.harm import subject
from tests.harm.fuzzing import fuzz
from tests.harm.mutants import Mutants
from tests.harm.samples import samples, sources
from tests.harm.subject import Subject

SEED = random.randrange(10_000)


def test_no_mutated_record_ends_the_listener_takes_long_or_goes_missing(tmp_path: Path):
    harms = fuzz(tmp_path, records=20_000, seed=SEED)
    assert sum(harm.times for harm in harms) == 20_000
    for harm in harms:
        assert (harm.lost, harm.duplicated) == (0, 0), harm


def test_every_sample_is_read_by_its_source(tmp_path: Path):
    fed = Subject(tmp_path / "gapwatch.duckdb", sources(), judge_every=0)
    for name, found in samples().items():
        for sample in found:
            fed.take(name, orjson.dumps(sample))
    tally = fed.finish()
    assert tally.dead == 0
    assert tally.judged == tally.stored == tally.taken > 60


def test_a_fuzzer_names_the_record_that_ends_the_listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(name: str, value: object, received: object) -> None:
        raise OverflowError

    monkeypatch.setattr(decoding, "_time", broken)
    fed = Subject(tmp_path / "gapwatch.duckdb", sources(), judge_every=0)
    with pytest.raises(AssertionError, match=r"can't be processed: posts: b'.*p-1"):
        fed.take("posts", orjson.dumps(samples()["posts"][0]))


def test_a_fuzzer_names_the_record_that_is_kept_only_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    fed = Subject(tmp_path / "gapwatch.duckdb", sources(), judge_every=0)
    fed.take("posts", b"{ spoiled")
    process = fed._processor.process
    monkeypatch.setattr(fed._processor, "process", lambda batch: process([replace(batch[0], value=b"{")]))
    with pytest.raises(AssertionError, match=r"not accounted for: posts: b'\{ spoiled'"):
        fed.take("posts", b"{ spoiled")


def test_a_fuzzer_names_the_record_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subject, "BOUND_SECONDS", 0.0)
    fed = Subject(tmp_path / "gapwatch.duckdb", sources(), judge_every=0)
    with pytest.raises(AssertionError, match=r"s for one record: posts: b'\{\}' "):
        fed.take("posts", b"{}")


def test_the_same_seed_spoils_records_in_the_same_way():
    found = samples()["posts"]
    some = [Mutants(found, 5) for _ in range(2)]
    assert [some[0].next() for _ in range(300)] == [some[1].next() for _ in range(300)]
