"""A running listener finds themes by what the words of a search mean, by the encoder that judges."""

import httpx
import pytest
from prometheus_client import CollectorRegistry

from gapwatch import doors, wiring
from gapwatch.settings import load_settings
from nlp.encoder import Encoder
from sinks.theme_rows import FoundTheme, Shape, add_themes
from tests.gapwatch.command import write_settings
from tests.gapwatch.parts import WaitingJudge
from tests.gapwatch.test_theming import said
from tests.sinks.samples import START, batch


@pytest.mark.parametrize("reads", [True, False])
def test_a_search_finds_what_is_near_in_meaning_where_the_model_has_vectors(tmp_path, reads):
    settings = load_settings(write_settings(tmp_path, "sources: [{kind: jsonl, path: in.jsonl, holds: post}]"))
    luggage, noise = Encoder().encode_whole(["My suitcase was lost at the airport.", "Loud music all night long."])
    judge = wiring.build_judge() if reads else WaitingJudge()
    with wiring.build_store(settings.store) as store:
        store.write(batch(said(0, range(2))))
        with store.changing() as connection:
            shapes = [Shape("t1", "baggage", [], [], luggage.tolist()), Shape("t2", "music", [], [], noise.tolist())]
            found = [FoundTheme(s, None, [(f"reviews/0/{n}", 0.9)]) for n, s in enumerate(shapes)]
            add_themes(connection, found, START)
        always = {"healthy": lambda: True, "ready": lambda: True}
        with doors.opened(settings, store, CollectorRegistry(), judge=judge, **always) as address:
            answer = httpx.get(f"{address}/api/v1/themes", params={"search": "lost luggage"})
    assert [theme["theme_id"] for theme in answer.json()["themes"]] == (["t1"] if reads else [])
