"""The language of a text, or the record's hint where the text is too short to tell."""

import pytest

from nlp.language import UNKNOWN, detect


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The suitcase came an hour late and nobody at the desk could tell us why."),
        ("de", "Der Koffer kam eine Stunde zu spät, und am Schalter wusste niemand Bescheid."),
        ("fr", "La valise est arrivée avec une heure de retard et personne ne savait pourquoi."),
        ("es", "La maleta llegó una hora tarde y nadie en el mostrador sabía decirnos por qué."),
        ("it", "La valigia è arrivata con un'ora di ritardo e nessuno sapeva spiegarci il perché."),
        ("nl", "De koffer kwam een uur te laat aan en niemand aan de balie wist waarom."),
        ("ja", "スーツケースが一時間遅れて届き、誰も理由を説明できませんでした。"),
        ("ar", "وصلت الحقيبة متأخرة ساعة كاملة ولم يعرف أحد السبب."),
    ],
)
def test_a_sentence_is_enough(language: str, text: str):
    assert detect(text) == language
    assert detect(text, "pt") == language  # a record's hint is often the phone's language, not the text's


@pytest.mark.parametrize("text", ["ok", "👍👍", "Top!", "12345", ""])
def test_too_short_to_tell(text: str):
    assert detect(text) == UNKNOWN
    assert detect(text, "") == UNKNOWN
    assert detect(text, "de") == "de"


@pytest.mark.parametrize(("hint", "expected"), [("en-GB", "en"), ("en_US", "en"), (" EN ", "en"), ("fil-PH", "fil")])
def test_a_hint_may_be_a_whole_locale(hint: str, expected: str):
    assert detect("ok", hint) == expected
