"""How close promises are to a text, as the match head reads it."""

import numpy as np

from nlp.encoder import Encoder
from nlp.heads import load
from nlp.matching import FEATURES, match, phrasings, promise_vectors
from nlp.sentences import split
from tests.nlp.samples import promise

WORDINGS = [
    ["Your bags reach the belt within 20 minutes.", "bags on time", "We waited an hour for our suitcase."],
    ["Breakfast is served until noon."],
    ["You get your refund within 7 days.", "prompt refund"],
]
COLUMN = {name: number for number, name in enumerate(FEATURES)}


def matched(encoder: Encoder, text: str, wordings: list[list[str]]):
    (encoded,) = encoder.encode([text], [split(text)])
    return match(encoded, promise_vectors(encoder, wordings, load().background))


def test_a_row_of_features_for_each_promise_and_its_closest_clause(encoder: Encoder):
    text = "The refund came after two days. Our luggage took forever though!"
    features, closest = matched(encoder, text, WORDINGS)
    assert features.shape == (3, len(FEATURES))
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert (closest[0], closest[2]) == (1, 0)


def test_the_promise_spoken_about_leads_and_the_others_trail(encoder: Encoder):
    features, _ = matched(encoder, "Our suitcase took an hour to reach the belt.", WORDINGS)
    lead = features[:, COLUMN["lead"]]
    assert lead[0] > 0 > max(lead[1:])
    scores = features[:, COLUMN["centre_z"]]
    assert lead[0] == np.float32(scores[0] - np.delete(scores, 0).max())
    assert features[0, COLUMN["best"]] > features[1:, COLUMN["best"]].max() + 0.2


def test_a_lone_promise_has_no_lead(encoder: Encoder):
    features, _ = matched(encoder, "Our suitcase took an hour.", WORDINGS[:1])
    assert features[0, COLUMN["lead"]] == 0


def test_a_promise_keeps_its_other_features_whatever_else_is_in_force(encoder: Encoder):
    text = "Our suitcase took an hour. The breakfast was cold."
    together, _ = matched(encoder, text, WORDINGS)
    alone, _ = matched(encoder, text, WORDINGS[:1])
    others = [number for name, number in COLUMN.items() if name != "lead"]
    np.testing.assert_allclose(together[0, others], alone[0, others], atol=1e-4)


def test_a_text_without_clauses_is_read_as_one(encoder: Encoder):
    features, closest = matched(encoder, "", WORDINGS)
    assert features.shape == (3, len(FEATURES))
    assert np.isfinite(features).all()
    assert closest.tolist() == [0, 0, 0]


def test_a_promise_is_matched_by_its_statement_its_name_and_its_examples():
    named = promise("quiet-rooms_at-night", "Quiet rooms.", broken_examples=("noisy",), exceeded_examples=("bliss",))
    assert phrasings(named) == ["Quiet rooms.", "quiet rooms at night", "noisy", "bliss"]
