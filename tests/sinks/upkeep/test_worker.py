"""The process that looks into a store takes more memory where it must, and tells where that is too little."""

import pytest

from sinks.upkeep import worker
from sinks.upkeep.worker import Worker
from tests.sinks import damage


@pytest.fixture
def opened(store):
    """A function from steps of memory to what the process answers to a question that takes some 100 MB."""

    def answer(*memory: str) -> dict[str, object]:
        looking = Worker(memory)
        looking.open(str(store))
        count = "SELECT len(list(range)) FROM range(4_000_000)"  # a list can't go to a temporary file
        return worker._answer(
            lambda: looking._count(count, []) and looking.size("verbatims"),
            str(store),
            more_memory=looking.take_more_memory,
        )

    return answer


def test_a_question_that_has_too_little_memory_is_asked_again_with_more(opened):
    assert opened("16MB", "32MB", "1GB") == {"answer": damage.RECORDS * 49 // 50}


def test_where_all_memory_is_too_little_that_is_told_and_no_damage(opened):
    told = opened("16MB", "32MB")
    assert "takes more memory than DuckDB may have: Out of Memory Error" in str(told["failed"])
