"""Durations, money, percentages, counts and times of day are read out of what customers write."""

import random

import pytest

from nlp.quantities import Quantity, find
from nlp.quantity_words import Kind

MIN, HOUR, DAY = 60, 3600, 86400


def one(text: str) -> Quantity:
    (quantity,) = find(text)
    return quantity


@pytest.mark.parametrize(
    ("text", "stated", "seconds"),
    [
        ("We stood there for two hours.", "two hours", 2 * HOUR),
        ("45 mins on hold", "45 mins", 45 * MIN),
        ("waited 45mins", "45mins", 45 * MIN),
        ("it took an hour and a half", "an hour and a half", 90 * MIN),
        ("after one and a half hours", "one and a half hours", 90 * MIN),
        ("after 1 1/2 hours", "1 1/2 hours", 90 * MIN),
        ("after 1½ hrs", "1½ hrs", 90 * MIN),
        ("there in 1/2 hour", "1/2 hour", 30 * MIN),
        ("3 and 1/2 hours", "3 and 1/2 hours", 210 * MIN),
        ("1h20 at the gate", "1h20", 80 * MIN),
        ("1h 20m at the gate", "1h 20m", 80 * MIN),
        ("1 hr 50 behind", "1 hr 50", 110 * MIN),
        ("an hour and ten late", "an hour and ten", 70 * MIN),
        ("an hour and twenty minutes", "an hour and twenty minutes", 80 * MIN),
        ("2 hours 15 minutes", "2 hours 15 minutes", 135 * MIN),
        ("two hours fifty before a truck came", "two hours fifty", 170 * MIN),
        ("3 weeks late", "3 weeks", 21 * DAY),
        ("half an hour", "half an hour", 30 * MIN),
        ("a half-hour queue", "a half-hour", 30 * MIN),
        ("a good half hour", "a good half hour", 30 * MIN),
        ("three quarters of an hour", "three quarters of an hour", 45 * MIN),
        ("three-quarters of an hour", "three-quarters of an hour", 45 * MIN),
        ("a quarter of an hour", "a quarter of an hour", 15 * MIN),
        ("a couple of days", "a couple of days", 2 * DAY),
        ("a couple weeks", "a couple weeks", 14 * DAY),
        ("a whole fortnight", "a whole fortnight", 14 * DAY),
        ("forty-five minutes", "forty-five minutes", 45 * MIN),
        ("Forty five minutes", "Forty five minutes", 45 * MIN),
        ("twenty-odd minutes", "twenty-odd minutes", 20 * MIN),
        ("a 90-minute wait", "90-minute", 90 * MIN),
        ("2.5 hours", "2.5 hours", 150 * MIN),
        ("1,5 hours", "1,5 hours", 90 * MIN),
        ("somebody came within the hour", "the hour", HOUR),
        ("18 months", "18 months", 540 * DAY),
        ("2 yrs", "2 yrs", 730 * DAY),
        ("60 s", "60 s", 60),
        ("one hundred and twenty seconds", "one hundred and twenty seconds", 120),
        ("Ordered from 12.10 to 12.48", "from 12.10 to 12.48", 38 * MIN),
        ("from 11:50 to 1:10", "from 11:50 to 1:10", 80 * MIN),
        ("from 23:50 until 00:20", "from 23:50 until 00:20", 30 * MIN),
        ("from 9am to 11am", "from 9am to 11am", 2 * HOUR),
        ("from 1:45 to 2:00pm", "from 1:45 to 2:00pm", 15 * MIN),
        ("from the 3rd until the 9th", "from the 3rd until the 9th", 6 * DAY),
    ],
)
def test_a_duration_is_in_seconds(text: str, stated: str, seconds: float):
    quantity = one(text)
    assert (quantity.kind, text[quantity.start : quantity.end]) == (Kind.DURATION, stated)
    assert (quantity.value, quantity.most, quantity.unit) == (seconds, seconds, "s")


@pytest.mark.parametrize("text", ["5 working days", "five business days", "a 5-working-day wait"])
def test_working_days_are_a_unit_of_their_own(text: str):
    assert (one(text).value, one(text).unit) == (5, "working day")


@pytest.mark.parametrize(
    ("text", "least", "most", "unit"),
    [
        ("2-3 hours", 2 * HOUR, 3 * HOUR, "s"),
        ("two to three days", 2 * DAY, 3 * DAY, "s"),
        ("20 or 30 minutes", 20 * MIN, 30 * MIN, "s"),
        ("£20-30", 20, 30, "GBP"),
        ("£20 - £30", 20, 30, "GBP"),
        ("3 to 4 euros", 3, 4, "EUR"),
    ],
)
def test_a_range_has_two_ends(text: str, least: float, most: float, unit: str):
    assert (one(text).value, one(text).most, one(text).unit) == (least, most, unit)


@pytest.mark.parametrize(
    ("text", "stated", "amount", "currency"),
    [
        ("charged me £40 for it", "£40", 40, "GBP"),
        ("£ 7.50", "£ 7.50", 7.5, "GBP"),
        ("$1,200.50 gone", "$1,200.50", 1200.5, "USD"),
        ("1.200,50 €", "1.200,50 €", 1200.5, "EUR"),
        ("1 000 euros", "1 000 euros", 1000, "EUR"),
        ("40 quid", "40 quid", 40, "GBP"),
        ("12 euros", "12 euros", 12, "EUR"),
        ("twelve pounds", "twelve pounds", 12, "GBP"),
        ("a pound fifty", "a pound fifty", 1.5, "GBP"),
        ("a tenner", "a tenner", 10, "GBP"),
        ("fifty pence", "fifty pence", 0.5, "GBP"),
        ("a hundred and fifty dollars", "a hundred and fifty dollars", 150, "USD"),
        ("two thousand five hundred dollars", "two thousand five hundred dollars", 2500, "USD"),
        ("40 EUR", "40 EUR", 40, "EUR"),
        ("EUR 40", "EUR 40", 40, "EUR"),
        ("300 CHF", "300 CHF", 300, "CHF"),
    ],
)
def test_money_has_its_currency(text: str, stated: str, amount: float, currency: str):
    quantity = one(text)
    assert (quantity.kind, text[quantity.start : quantity.end]) == (Kind.MONEY, stated)
    assert (quantity.value, quantity.unit) == (pytest.approx(amount), currency)


@pytest.mark.parametrize(
    ("text", "kind", "value", "unit"),
    [
        ("99.9% uptime", Kind.PERCENT, 99.9, "%"),
        ("fifty per cent off", Kind.PERCENT, 50, "%"),
        ("20 percent", Kind.PERCENT, 20, "%"),
        ("three bags missing", Kind.COUNT, 3, "bag"),
        ("4 people in front of me", Kind.COUNT, 4, "person"),
        ("twenty-five emails", Kind.COUNT, 25, "email"),
        ("at 9pm", Kind.TIME, 21 * HOUR, "s"),
        ("it is 9.30 pm", Kind.TIME, 21.5 * HOUR, "s"),
        ("12am", Kind.TIME, 0, "s"),
        ("at 14:05", Kind.TIME, 14 * HOUR + 5 * MIN, "s"),
    ],
)
def test_percentages_counts_and_times_are_told_apart(text: str, kind: Kind, value: float, unit: str):
    assert (one(text).kind, one(text).value, one(text).unit) == (kind, value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "My bag never came.",
        "a few hours, several days, ages",
        "open 24/7",
        "a second bag",
        "in the 90s, a 3d film",
        "I'd go again",
        "ten to one, half past three",
        "on 12.10.2024",
        "it cost them £2m",
        "Order 7729-AB-1",
        "call 0800 123 4567 890",
        "half a dozen calls",
        "they rang twice a week",
    ],
)
def test_what_is_no_plain_quantity_is_not_found(text: str):
    assert find(text) == []


def test_a_rate_is_no_duration():
    assert [quantity.unit for quantity in find("£3 a month, £20 an hour, 7 days a week")] == ["GBP", "GBP", "s"]


def test_two_figures_side_by_side_are_two_numbers():
    assert [(quantity.value, quantity.unit) for quantity in find("in 2023 3 bags")] == [(3, "bag")]


def test_a_number_of_something_else_is_no_tail():
    assert [quantity.unit for quantity in find("2 hours and 3 people, 3 hours 20 calls")] == [
        "s",
        "person",
        "s",
        "call",
    ]


def test_only_the_part_asked_for_is_read():
    text = "An hour. Then two hours. Then 3 hours."
    start, end = text.index("Then two"), text.index(" Then 3")
    (quantity,) = find(text, start, end)
    assert text[quantity.start : quantity.end] == "two hours"


PIECES = (
    "one two ten twenty-five ſix hundred thousand and a an the half quarter couple of to - – or from 12.10 12:48 9 am"
    " pm 1/2 ½ 3 3.5 1,200.50 1.2.3 ٣:٤ 99:99 00 1 000 £ $ € gbp pounds tenner hours hour h m s d min days week"
    " working good per cent % st th people bags us . , ' İ ß 😀 within twice late"
).split()


def test_quantities_lie_in_order_inside_the_text_whatever_it_is():
    dice = random.Random(1)
    for _ in range(3000):
        text = "".join(dice.choice(PIECES) + dice.choice(("", " ", " ")) for _ in range(dice.randrange(14)))
        start = dice.randrange(len(text) + 1)
        end = dice.randrange(start, len(text) + 1)
        at = start
        for quantity in find(text, start, end):
            assert at <= quantity.start < quantity.end <= end, text
            assert 0 <= quantity.value <= quantity.most, text
            at = quantity.end


def test_a_quantity_alone_is_read_as_in_its_text():
    dice = random.Random(2)
    for _ in range(500):
        number, unit = dice.randrange(2, 60), dice.choice(("minutes", "hours", "days", "quid", "bags", "%"))
        text = f"Well, {number} {unit} it was."
        assert one(text).value == one(f"{number} {unit}").value
        assert text[one(text).start : one(text).end] == f"{number} {unit}"


def test_a_text_of_nothing_but_number_words_is_read_in_time_that_grows_with_it():
    assert len(find("one " * 5000)) == 0
