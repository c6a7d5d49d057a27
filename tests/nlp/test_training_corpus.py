"""The corpus that the heads are trained on is whole and labelled in its own terms."""

import pytest

from nlp.training.corpus import Brand, brands, plain_utterances
from voc.verdicts import Disconfirmation, Verdict


@pytest.fixture(scope="module")
def corpus() -> list[Brand]:
    return brands()


def test_thirty_brands_and_their_promises(corpus: list[Brand]):
    assert len({brand.name for brand in corpus}) == 30
    assert sum(len(brand.phrasings) for brand in corpus) == 240
    assert all(phrases and all(phrases) for brand in corpus for phrases in brand.phrasings.values())


def test_labels_name_the_brands_own_promises(corpus: list[Brand]):
    for brand in corpus:
        for text in brand.texts:
            assert set(text.verdicts) <= set(brand.phrasings), text.text


def test_evidence_stands_in_its_text(corpus: list[Brand]):
    texts = [text for brand in corpus for text in brand.texts] + plain_utterances()
    astray = [text.text for text in texts if not all(part in text.text for part in text.evidence.values())]
    assert astray == []


def test_every_text_is_there_once(corpus: list[Brand]):
    texts = [text.text for brand in corpus for text in brand.texts]
    assert len(texts) == len(set(texts))


def test_plain_utterances_have_every_verdict():
    assert {verdict for text in plain_utterances() for verdict in text.verdicts.values()} == set(Verdict)


def test_a_pleased_text_counts_as_positive(corpus: list[Brand]):
    for brand in corpus:
        for text in brand.texts:
            verdicts = set(text.verdicts.values())
            if verdicts & {Verdict.KEPT, Verdict.EXCEEDED} and Verdict.BROKEN not in verdicts:
                assert text.disconfirmation is not Disconfirmation.NEUTRAL
