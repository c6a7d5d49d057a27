"""The training corpus is read as it is written, and what is kept apart stays apart as it grows."""

import pytest

from nlp.training.corpus import Corpus, read_corpus, split_corpus
from voc.verdicts import Disconfirmation, Verdict


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus()


def test_brands_and_utterances_are_read_with_every_verdict(corpus: Corpus):
    of_brands = [text for brand in corpus.brands for text in brand.texts]
    for texts in (of_brands, corpus.utterances):
        assert {verdict for text in texts for verdict in text.verdicts.values()} == set(Verdict)
        assert {text.disconfirmation for text in texts} == set(Disconfirmation)


def test_nothing_is_both_trained_on_and_kept_apart_and_nothing_is_lost(corpus: Corpus):
    train, held = split_corpus(corpus)
    names, apart = ({brand.name for brand in part.brands} for part in (train, held))
    assert not names & apart
    assert names | apart == {brand.name for brand in corpus.brands}
    assert len(train.utterances) + len(held.utterances) == len(corpus.utterances)
    assert not {text.text for text in train.utterances} & {text.text for text in held.utterances}


def test_about_a_tenth_is_kept_apart(corpus: Corpus):
    _, held = split_corpus(corpus)
    assert 0.05 < len(held.brands) / len(corpus.brands) < 0.2
    assert 0.05 < len(held.utterances) / len(corpus.utterances) < 0.15


def test_a_corpus_that_grows_keeps_apart_what_it_kept_apart_before(corpus: Corpus):
    before = Corpus(corpus.brands[:40], corpus.utterances[:1000])
    (train, held), (later_train, later_held) = split_corpus(before), split_corpus(corpus)
    for part, later in ((train, later_train), (held, later_held)):
        assert {brand.name for brand in part.brands} <= {brand.name for brand in later.brands}
        assert {text.text for text in part.utterances} <= {text.text for text in later.utterances}
