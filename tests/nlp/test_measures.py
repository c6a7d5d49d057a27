"""What a customer states is held against the bound of a promise, and only where it is plain."""

import random

import pytest

from nlp.measures import compare, measured
from tests.nlp.samples import promise
from voc.promises import Measure
from voc.verdicts import Verdict

BROKEN, KEPT, EXCEEDED = Verdict.BROKEN, Verdict.KEPT, Verdict.EXCEEDED
BAGS = Measure("duration", at_most="20 min")
REFUND = Measure("duration", at_most="7 days")
CLAIM = Measure("duration", at_most="5 working days")
BATTERY = Measure("duration", at_least="10 h")
FEE = Measure("money", at_most="£5")
BUMPED = Measure("money", at_least="400")


def outcome(measure: Measure, text: str) -> tuple[str, Verdict] | None:
    found = compare(measure, text, 0, len(text))
    return found and (found.experienced, found.verdict)


@pytest.mark.parametrize(
    ("measure", "text", "experienced", "verdict"),
    [
        (BAGS, "Our bags took two hours.", "2 h", BROKEN),
        (BAGS, "You say 20 minutes but it took two hours", "2 h", BROKEN),
        (BAGS, "It took 45 mins instead of the 20 minutes you promise.", "45 min", BROKEN),
        (BAGS, "Promised within 20 minutes, waited an hour and a half.", "90 min", BROKEN),
        (BAGS, "we waited over 20 minutes", "20 min", BROKEN),
        (BAGS, "waited 2-3 hours for a suitcase", "2 h", BROKEN),
        (BAGS, "50 minutes at the belt", "50 min", BROKEN),
        (BAGS, "still no suitcase three days after landing", "3 days", BROKEN),
        (BAGS, "The bags were 40 minutes late.", "40 min", BROKEN),
        (BAGS, "nearly an hour", "1 h", BROKEN),
        (BAGS, "a 90-minute wait at the belt", "90 min", BROKEN),
        (BAGS, "We waited 50 minutes for one bag and 70 minutes for the other.", "50 min", BROKEN),
        (BAGS, "We stood there from 12.10 to 12.48.", "38 min", BROKEN),
        (BAGS, "The bags were on the belt in 18 minutes.", "18 min", KEPT),
        (BAGS, "Had them within 20 minutes, as promised.", "20 min", KEPT),
        (BAGS, "Bags came in about fifteen minutes.", "15 min", KEPT),
        (BAGS, "It only took 15 minutes.", "15 min", KEPT),
        (BAGS, "The bags came out five minutes after landing.", "5 min", EXCEEDED),
        (BAGS, "Three minutes later we had our cases.", "3 min", EXCEEDED),
        (REFUND, "I waited six weeks for my money", "42 days", BROKEN),
        (REFUND, "The refund took 5 days.", "5 days", KEPT),
        (REFUND, "Money was back in two days when I had been told to expect seven", "2 days", EXCEEDED),
        (CLAIM, "it took eleven working days", "11 working days", BROKEN),
        (CLAIM, "it took three weeks", "21 days", BROKEN),
        (CLAIM, "settled within 4 days", "4 days", KEPT),
        (BATTERY, "The battery lasted 6 hours.", "6 h", BROKEN),
        (BATTERY, "it died after 90 minutes", "90 min", BROKEN),
        (BATTERY, "it lasts a good 12 hours", "12 h", KEPT),
        (BATTERY, "it lasted two days", "2 days", EXCEEDED),
        (FEE, "They charged me £7.50 for delivery", "7.50 GBP", BROKEN),
        (FEE, "Quoted £5 on the page, charged £12 at the end", "12 GBP", BROKEN),
        (FEE, "delivery cost £4", "4 GBP", KEPT),
        (BUMPED, "all I got was a 20 euro voucher", "20 EUR", BROKEN),
        (BUMPED, "they gave me 400 dollars on the spot", "400 USD", KEPT),
        (BUMPED, "we received 800 euros", "800 EUR", EXCEEDED),
        (Measure("count", at_most="4 people"), "there were eleven people in the class", "11 persons", BROKEN),
        (Measure("percent", at_least="50 %"), "I only got 20% back", "20 %", BROKEN),
    ],
)
def test_a_plain_experience_is_compared(measure: Measure, text: str, experienced: str, verdict: Verdict):
    assert outcome(measure, text) == (experienced, verdict)


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        # nothing to compare
        (BAGS, ""),
        (BAGS, "The bags took ages."),
        (BAGS, "It cost £40 and three bags were lost."),
        (BAGS, "We landed at 12.10."),
        # the promise itself
        (BAGS, "You promise 20 minutes."),
        (BAGS, "within the 20 minutes you promise"),
        (BAGS, "The bags were supposed to be there in 20 minutes"),
        (BAGS, "it should be 20 minutes"),
        (BAGS, "the sign said 45 minutes"),
        (BAGS, "the 2 hour delivery slot"),
        (BAGS, 'they say "about 40 minutes"'),
        # another thing
        (BAGS, "I flew with you 2 years ago"),
        (BAGS, "my son is 3 years old"),
        (BAGS, "for the last 3 years"),
        (BAGS, "a customer of 10 years"),
        (BAGS, "after a 3-hour flight"),
        (BAGS, "we arrived two hours before departure"),
        (BAGS, "there is a shuttle every 40 minutes"),
        (BAGS, "I gave them two weeks' notice"),
        (BAGS, "they have a 24-hour desk"),
        (BAGS, "the hotel is five minutes from the airport"),
        (BAGS, "We stayed three days and had a ball."),
        (BAGS, "I am away for a week."),
        (REFUND, "I paid in 3 instalments of 40 euros"),
        (BAGS, "it took two hours, " * 20),
        # only thought of
        (BAGS, "if it takes an hour I will miss my train"),
        (BAGS, "it could take an hour"),
        (BAGS, "it will take another two hours"),
        (BAGS, "Will it be there in 10 minutes?"),
        (BAGS, "is it there in 20 minutes also on bank holidays"),
        # not plain
        (BAGS, "I was on hold for 15 minutes and then cut off"),
        (BAGS, "We waited 15 minutes."),
        (BAGS, "not there after 15 minutes"),
        (BAGS, "never waited more than 25 minutes"),
        (BAGS, "no more than half an hour"),
        (BAGS, "over 10 minutes"),
        (BAGS, "in less than an hour"),
        (BAGS, "in 15 to 25 minutes"),
        (BAGS, "The case took two hours and the pushchair came in ten minutes."),
        (BAGS, "A great crew, the time flew, it took two hours."),
        (BAGS, "ten minutes late"),
        (CLAIM, "it took eight days"),
        (Measure("duration", at_most="24 months"), "it took 2 years"),
        (BATTERY, "I charged it for 2 hours"),
        (BATTERY, "the flight took 6 hours"),
        (FEE, "the sofa was £800"),
        (FEE, "I paid £800 for the sofa"),
        (FEE, "They charged me 7 euros"),
        (BUMPED, "I had paid 300 euros for that seat"),
        (Measure("percent", at_least="50 %"), "I 100% recommend it"),
        # no bound to compare with
        (Measure("time", at_most="10 pm"), "it came at 11 pm"),
        (Measure("duration", at_most="soon"), "it took two hours"),
        (Measure("duration", at_most="7"), "it took two hours"),
        (Measure("miles", at_least="2,500"), "we got 100 miles"),
    ],
)
def test_what_is_not_plain_is_not_compared(measure: Measure, text: str):
    assert outcome(measure, text) is None


def test_a_comparison_gives_the_ratio_and_the_place():
    text = "Hello. You say 20 minutes but it took two hours."
    found = compare(BAGS, text, 7, len(text))
    assert found is not None
    assert (found.promised, found.ratio, text[found.start : found.end]) == ("20 min", 6.0, "two hours")


def test_only_the_evidence_is_read():
    text = "It took two hours. The crew was fine."
    bags = promise("bags", "Your bags reach the belt within 20 minutes.", measure=BAGS)
    assert measured(bags, text, (0, 18)) is not None
    assert measured(bags, text, (19, len(text))) is None


def test_a_promise_without_a_measure_is_not_compared():
    assert measured(promise("kind", "Our crew is kind."), "it took two hours", (0, 17)) is None


def test_the_time_a_customer_has_to_act_in_is_no_duration_to_have():
    text = "The kettle broke after eighteen months"
    guarantee = promise(
        "two-years", "If it fails within 2 years, we repair it.", measure=Measure("duration", None, "2 years")
    )
    assert compare(Measure("duration", None, "2 years"), text, 0, len(text)) is not None
    assert measured(guarantee, text, (0, len(text))) is None


def test_how_late_it_was_is_not_how_long_the_news_took():
    notice = promise("notice", "When your flight is delayed, you hear it within 15 minutes.", measure=BAGS)
    late, news = "The flight was three hours late.", "It took an hour to tell us."
    assert measured(notice, late, (0, len(late))) is None
    assert measured(notice, news, (0, len(news))) is not None


PIECES = (
    *"we waited took it they you say promised but and not in within after over nearly for 20 two half an hour".split(),
    *"minutes hours days weeks late later ago great £40 charged got , . ? - lasted only".split(),
    *("in 15 minutes", "lasted 12 hours"),
)


def test_a_comparison_lies_in_the_evidence_and_its_verdict_follows_from_the_ratio():
    dice = random.Random(3)
    seen = set()
    for _ in range(4000):
        text = " ".join(dice.choice(PIECES) for _ in range(dice.randrange(2, 12)))
        measure = dice.choice((BAGS, REFUND, BATTERY, FEE, BUMPED))
        found = compare(measure, text, 0, len(text))
        if found is None:
            continue
        seen.add(found.verdict)
        assert 0 <= found.start < found.end <= len(text)
        beyond = found.ratio >= 1 if measure.at_most else found.ratio < 1
        assert (found.verdict is BROKEN) == beyond or found.ratio == 1, text
    assert seen == {BROKEN, KEPT, EXCEEDED}
