"""Words that make a single complaint grave, and words that only look like them."""

import pytest

from nlp.gravity import gravity
from nlp.signals import severity
from voc.verdicts import Disconfirmation, Gravity

GRAVE = {
    Gravity.MEDICAL: (
        "My father was taken to the hospital after four hours without water.",
        "The label said nut free and I had an allergic reaction.",
        "We called an ambulance because nobody on board knew what to do.",
        "Half the wedding party got food poisoning.",
    ),
    Gravity.SAFETY: (
        "The charger caught fire on my bedside table.",
        "The kettle’s handle broke and it scalded my hand.",
        "The brakes on the stroller simply failed on a slope.",
        "The driver threatened me when I asked for the lift.",
        "We could have been killed.",
    ),
    Gravity.DISCRIMINATION: (
        "They made us wait because of my wheelchair.",
        "Your agent discriminated against my mother.",
        "The remark at the desk was plainly racist.",
    ),
    Gravity.LEGAL: (
        "You will hear from my lawyer on Monday.",
        "I am taking this to small claims court.",
        "I have reported the whole affair to the ombudsman.",
    ),
    Gravity.PRESS: (
        "If I get no answer by Friday I am going to the press.",
        "I'm a freelance journalist and this will be a column.",
        "We contacted the BBC about it.",
    ),
}
NOT_GRAVE = (
    "The parcel was three days late and nobody answered the phone.",
    "I dropped the flowers off at the hospital myself because you did not.",
    "The new app is on fire, and not in a good way.",
    "I could not tell the driver because I am deaf and the intercom is all there is.",
    "Nobody was rushed to hospital, but the soup was cold.",
    "It isn't racist, it is just rude.",
    "Press the button twice and the screen freezes.",
    "The media player stutters.",
    "My flight was cancelled and the court of public opinion will judge you.",
    "The queue nearly killed my mood.",
    "",
)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GRAVE.items() for text in texts])
def test_what_cannot_wait_is_told_from_its_words(kind: Gravity, text: str):
    assert gravity(text) is kind


@pytest.mark.parametrize("text", NOT_GRAVE)
def test_what_only_looks_like_it_is_not(text: str):
    assert gravity(text) is None


def test_grave_words_make_a_complaint_as_severe_as_can_be():
    assert severity(Disconfirmation.NEGATIVE, ()) == 2
    assert severity(Disconfirmation.NEGATIVE, (), Gravity.LEGAL) == 5
