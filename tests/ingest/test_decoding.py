"""Records become verbatims, or dead letters with the right reason; nothing else ever comes out."""

import json
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.config import KafkaSource
from ingest.decoding import Decoder
from voc.errors import RecordError
from voc.records import DeadLetterReason, Position, Record, Verbatim, VerbatimKind

RECEIVED = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
PLAIN = Decoder(KafkaSource(topic="reviews", holds="review"))
MAPPED = Decoder(
    KafkaSource(topic="reviews", holds="review", fields={"id": "a.b", "text": "t[*].c", "rating": "sum(r)"})
)


def record(value: bytes | None) -> Record:
    return Record(Position("reviews", "reviews", 2, 41), value, RECEIVED)


def decoded(document: object, decoder: Decoder = PLAIN) -> Verbatim:
    return decoder.decode(record(orjson.dumps(document)))


def refusal(value: object, decoder: Decoder = PLAIN) -> tuple[DeadLetterReason, str]:
    with pytest.raises(RecordError) as refused:
        decoder.decode(record(value if isinstance(value, bytes | None) else orjson.dumps(value)))
    return refused.value.reason, refused.value.detail


def test_a_record_in_our_own_words_becomes_a_verbatim_whole():
    verbatim = decoded(
        {
            "id": "r-1",
            "text": "Two hours for a bag.",
            "created_at": "2026-03-09T18:30:00+02:00",
            "experienced_at": "2026-03-08",
            "brand": "northwind-air",
            "region": "EU",
            "product": "economy",
            "channel": "web",
            "author": "u-77",
            "rating": 2,
            "language": "en",
            "something_else": [1],
        }
    )
    assert verbatim == Verbatim(
        position=Position("reviews", "reviews", 2, 41),
        id="r-1",
        kind=VerbatimKind.REVIEW,
        brand="northwind-air",
        text="Two hours for a bag.",
        created_at=datetime(2026, 3, 9, 16, 30, tzinfo=UTC),
        experienced_at=datetime(2026, 3, 8, tzinfo=UTC),
        region="EU",
        product="economy",
        channel="web",
        author="u-77",
        rating=2.0,
        language_hint="en",
    )


def test_what_a_record_does_not_say_comes_from_its_position_and_its_source():
    source = KafkaSource(topic="t", holds="post", brand="acme", region="US", product="app", channel="store")
    verbatim = decoded({"text": "ok", "brand": "", "id": None, "created_at": ""}, Decoder(source))
    assert (verbatim.id, verbatim.created_at, verbatim.kind) == ("reviews/2/41", RECEIVED, VerbatimKind.POST)
    assert (verbatim.brand, verbatim.region, verbatim.product, verbatim.channel) == ("acme", "US", "app", "store")
    assert verbatim.experienced_at is verbatim.author is verbatim.rating is verbatim.language_hint is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b'{"text": "caf\xe9"}', "not_utf8"),
        ('{"text": "wide"}'.encode("utf-16"), "not_utf8"),
        (b"\x89PNG\r\n\x1a\n", "not_utf8"),
        (b"plain words", "not_json"),
        (b'{"text": "cut', "not_json"),
        (b'["text"]', "not_json"),
        (b"12", "not_json"),
        (b'{"text": "x", "rating": NaN}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"a":' * 100_000, "not_json"),
        (b'{"text": "x", "rating": ' + b"9" * 5_000 + b"}", "not_json"),
        (b'{"text": "' + b"x" * 1024 * 1024 + b'"}', "too_large"),
        (b"{}", "no_text"),
        (b'{"text": null}', "no_text"),
        (b'{"text": " \\n\\u00a0"}', "no_text"),
        (b'{"text": 5}', "bad_field"),
        (b'{"text": ["a"]}', "bad_field"),
        (b'{"text": "x", "id": {}}', "bad_field"),
        (b'{"text": "x", "brand": true}', "bad_field"),
        (b'{"text": "x", "id": 123456789012345678901234567890}', "bad_field"),
        (b'{"text": "x", "rating": "good"}', "bad_field"),
        (b'{"text": "x", "rating": false}', "bad_field"),
        (b'{"text": "x", "rating": "inf"}', "bad_field"),
        (b'{"text": "x", "created_at": "yesterday"}', "bad_field"),
        (b'{"text": "x", "created_at": true}', "bad_field"),
        (b'{"text": "x", "created_at": [2026]}', "bad_field"),
        (b'{"text": "x", "created_at": 1e300}', "bad_field"),
        (b'{"text": "x", "created_at": ' + b"9" * 400 + b"}", "bad_field"),
        (b'{"text": "x", "created_at": "9999-12-31T23:59:59-12:00"}', "bad_field"),
        (b'{"text": "x", "created_at": 0}', "bad_field"),
        (b'{"text": "x", "experienced_at": "1987-01-01"}', "bad_field"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_record_that_can_not_be_used_says_why(value, reason):
    assert refusal(value)[0] is DeadLetterReason(reason)


def test_a_clock_far_in_the_future_is_told_by_how_much():
    assert refusal({"text": "x", "created_at": (RECEIVED + timedelta(days=40)).isoformat()}) == (
        DeadLetterReason.BAD_FIELD,
        "created_at: 40 days after the record was received: a clock far in the future",
    )
    assert decoded({"text": "x", "created_at": (RECEIVED + timedelta(hours=23)).isoformat()})


def test_the_detail_of_a_dead_letter_repeats_nothing_of_the_record():
    for field in ("created_at", "experienced_at", "rating"):
        assert "jane@example.org" not in refusal({"text": "x", field: "jane@example.org"})[1]
    assert "jane" not in refusal(b'{"text": jane}')[1]


def test_characters_that_stores_refuse_are_replaced_one_for_one():
    verbatim = PLAIN.decode(record(b'{"text": "a\\u0000b\\ud83dc\\ude00", "author": "\\ud83d"}'))
    assert verbatim.text == "a\ufffdb\ufffdc\ufffd"
    assert verbatim.author == "\ufffd"


def test_a_byte_order_mark_is_no_fault():
    assert PLAIN.decode(record(b'\xef\xbb\xbf{"text": "x"}')).text == "x"


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_record_error(value):
    for decoder in (PLAIN, MAPPED):
        try:
            decoder.decode(record(value))
        except RecordError as refused:
            assert refused.reason in DeadLetterReason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=3), children, max_size=4),
    max_leaves=10,
)
OUR_KEYS = ["id", "text", "created_at", "experienced_at", "brand", "author", "rating", "language", "a", "t", "r", "op"]


@given(st.dictionaries(st.sampled_from(OUR_KEYS), JSON, max_size=8))
def test_no_values_raise_anything_but_a_record_error(document):
    value = json.dumps(document).encode("utf-8", "surrogatepass")
    for decoder in (PLAIN, MAPPED):
        try:
            decoder.decode(record(value)).text.encode()
        except RecordError as refused:
            assert refused.reason in DeadLetterReason


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).map(str.strip)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(2000, 1, 2), datetime(2026, 3, 10), timezones=ZONES)  # noqa: DTZ001  zones are drawn


@given(
    text=WORDS.filter(bool),
    created=TIMES,
    experienced=st.none() | TIMES,
    words=st.tuples(*[st.none() | WORDS.filter(bool)] * 6),
    rating=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
def test_what_is_written_in_our_words_is_read_again(text, created, experienced, words, rating):
    names = ("brand", "region", "product", "channel", "author", "language")
    document = {
        "id": "7",
        "text": text,
        "created_at": created.isoformat(),
        "experienced_at": experienced and experienced.isoformat(),
        "rating": rating,
        **dict(zip(names, words, strict=True)),
    }
    read = decoded(document)._asdict()
    read["language"] = read.pop("language_hint")
    assert {name: read[name] for name in ("id", "text", "rating", *names)} == {
        name: document[name] for name in ("id", "text", "rating", *names)
    }
    assert read["created_at"] == created and read["created_at"].tzinfo is UTC
    assert read["experienced_at"] == experienced
