"""Records of other systems are read through a mapping, without a producer of ours."""

from datetime import UTC, datetime

import orjson
import pytest
from pydantic import ValidationError

from ingest.config import KafkaSource
from ingest.decoding import Decoder
from voc.errors import RecordError
from voc.records import DeadLetterReason, Position, Record

RECEIVED = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

TICKET = {
    "fields": {
        "id": "ticket.id",
        "text": "ticket.comments[?author_id==`9001`].body",
        "created_at": "ticket.created_at",
        "author": "ticket.requester.id",
        "channel": "ticket.via.channel",
        "product": "ticket.custom_fields[?name=='product'].value | [0]",
    },
    "record": {
        "ticket": {
            "id": 35436,
            "created_at": "2026-03-09T08:15:00Z",
            "requester": {"id": 9001},
            "via": {"channel": "email"},
            "custom_fields": [{"name": "product", "value": "express"}, {"name": "tier", "value": 2}],
            "comments": [
                {"author_id": 9001, "body": "My parcel never came."},
                {"author_id": 12, "body": "We are looking into it."},
                {"author_id": 9001, "body": "It is five days late now."},
            ],
        }
    },
    "expected": {
        "id": "35436",
        "text": "My parcel never came.\nIt is five days late now.",
        "created_at": datetime(2026, 3, 9, 8, 15, tzinfo=UTC),
        "author": "9001",
        "channel": "email",
        "product": "express",
    },
}
APP_REVIEW = {
    "fields": {
        "id": "reviewId",
        "text": "[title, content]",
        "created_at": "at",
        "rating": "score",
        "region": "country",
        "language": "lang",
    },
    "record": {
        "reviewId": "gp:AOqp",
        "title": None,
        "content": "Crashes when I check in.",
        "at": 1773043200,
        "score": 1,
        "country": "de",
        "lang": "en",
    },
    "expected": {
        "id": "gp:AOqp",
        "text": "Crashes when I check in.",
        "created_at": datetime(2026, 3, 9, 8, 0, tzinfo=UTC),
        "rating": 1.0,
        "region": "de",
        "language_hint": "en",
    },
}
POST = {
    "fields": {
        "id": "data.id",
        "text": "data.note.text || data.text",
        "created_at": "data.created_at",
        "author": "data.author_id",
        "language": "data.lang",
    },
    "record": {
        "data": {"id": "1901", "text": "cut…", "note": {"text": "The whole long post."}, "created_at": 1773043200123},
    },
    "expected": {
        "id": "1901",
        "text": "The whole long post.",
        "created_at": datetime(2026, 3, 9, 8, 0, 0, 123_000, tzinfo=UTC),
        "author": None,
    },
}
CHANGE = {
    "fields": {
        "id": "payload.after.id",
        "text": "payload.after.body",
        "created_at": "payload.after.created_us",
        "brand": "payload.after.brand",
    },
    "record": {
        "schema": {"type": "struct"},
        "payload": {
            "op": "u",
            "before": {"id": 5, "body": "Fine"},
            "after": {"id": 5, "body": "Not fine", "created_us": 1773043200000000, "brand": "acme"},
            "source": {"table": "reviews"},
        },
    },
    "expected": {
        "id": "5",
        "text": "Not fine",
        "created_at": datetime(2026, 3, 9, 8, 0, tzinfo=UTC),
        "brand": "acme",
    },
}


def decode(fields: dict[str, str], value: object):
    decoder = Decoder(KafkaSource(topic="t", holds="ticket", fields=fields))
    raw = value if value is None else orjson.dumps(value)
    return decoder.decode(Record(Position("t", "t", 0, 7), raw, RECEIVED))


@pytest.mark.parametrize("case", [TICKET, APP_REVIEW, POST, CHANGE], ids=["ticket", "app review", "post", "change"])
def test_records_of_other_systems_are_read(case):
    verbatim = decode(case["fields"], case["record"])
    assert {name: getattr(verbatim, name) for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"payload": {"op": "d", "before": {"id": 5, "body": "Fine"}, "after": None}},
        {"op": "d", "before": {"id": 5, "body": "Fine"}, "after": None},
    ],
    ids=["tombstone", "delete with schema", "delete"],
)
def test_a_deleted_row_is_an_empty_record(value):
    with pytest.raises(RecordError) as refused:
        decode(CHANGE["fields"], value)
    assert refused.value.reason is DeadLetterReason.EMPTY


@pytest.mark.parametrize(
    ("fields", "document", "reason"),
    [
        ({"text": "body"}, {"text": "not looked for"}, "no_text"),
        ({"text": "comments[*].body"}, {"comments": []}, "no_text"),
        ({"text": "comments[*].body"}, {"comments": [{"body": "a"}, {"body": 5}]}, "bad_field"),
        ({"text": "body", "rating": "avg(scores)"}, {"body": "x", "scores": ["secret"]}, "bad_field"),
        ({"text": "body", "id": "keys(body)"}, {"body": "x"}, "bad_field"),
        ({"text": "body", "author": "&body"}, {"body": "x"}, "bad_field"),
    ],
)
def test_a_record_that_the_mapping_does_not_fit_says_why(fields, document, reason):
    with pytest.raises(RecordError) as refused:
        decode(fields, document)
    assert refused.value.reason is DeadLetterReason(reason)
    assert "secret" not in refused.value.detail


def test_a_field_that_the_mapping_does_not_name_is_not_read():
    assert decode({"text": "text"}, {"text": "x", "id": "r-1", "brand": "acme"}).id == "t/0/7"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "a", "txt": "b"}, "Input should be 'id', 'text', 'created_at'"),
        ({"text": "a["}, "'a[' is no JMESPath expression: Invalid jmespath expression: Incomplete expression:"),
        ({"text": ""}, "'' is no JMESPath expression: Invalid JMESPath expression: cannot be empty."),
        ({"text": "a", "region": "upper(b)"}, "'upper(b)' calls upper(), which JMESPath does not have; allowed: abs"),
        ({"id": "a"}, "a mapping must say where the text is: text is missing"),
    ],
)
def test_a_mapping_that_can_not_work_is_refused_with_what_is_allowed(fields, message):
    with pytest.raises(ValidationError) as refused:
        KafkaSource(topic="t", holds="review", fields=fields)
    assert any(message in error["msg"] for error in refused.value.errors())
