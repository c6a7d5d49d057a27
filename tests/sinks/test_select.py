"""What a stranger's SELECT answers, and within which bounds. The ways out are tried in test_sql_doors.py."""

import duckdb
import pytest

from sinks.config import SqlSettings
from sinks.reading import open_for_reading
from sinks.select import TooSlow, select
from voc.errors import ConfigError, FatalError


def test_a_select_is_answered_with_its_columns(history):
    table = select(history, "SELECT verdict, count(*) AS n FROM signals_flat GROUP BY ALL ORDER BY n DESC, verdict;")
    assert table.columns == ["verdict", "n"]
    assert table.rows == [("broken", 3), ("exceeded", 1), ("kept", 1), ("mentioned", 1)]
    assert not table.more


def test_rows_past_the_limit_are_left_out_and_told(history):
    ten = SqlSettings(rows=10)
    table = select(history, "SELECT * FROM range(50)", ten)
    assert (len(table.rows), table.more) == (10, True)
    assert not select(history, "SELECT * FROM range(10)", ten).more


def test_rows_past_the_size_of_an_answer_are_left_out_and_told(history):
    table = select(history, "SELECT repeat('x', 1000) FROM range(50)", SqlSettings(bytes=10_000))
    assert (len(table.rows), table.more) == (9, True)


def test_many_short_rows_fill_an_answer_and_do_not_outgrow_what_is_read_of_it(history):
    bounds = SqlSettings(rows=1_000_000, bytes=4_194_304, seconds=20)
    table = select(history, "SELECT 10 FROM range(1_000_000)", bounds)
    assert (len(table.rows), table.more) == (4_194_304 // len("[10], "), True)


def test_a_row_larger_than_an_answer_may_be_is_refused(history):
    with pytest.raises(ConfigError, match=r"first row alone is larger than 10000 bytes"):
        select(history, "SELECT repeat('x', 20000)", SqlSettings(bytes=10_000))


def test_a_select_that_takes_too_long_is_stopped(history):
    with pytest.raises(TooSlow, match=r"longer than 0\.3 s"):
        select(history, "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b", SqlSettings(seconds=0.3))


def test_a_select_that_wants_more_memory_than_it_may_have_is_refused(history):
    with pytest.raises(ConfigError, match="needs more memory"):
        select(history, "SELECT list(range) FROM range(100_000_000)", SqlSettings(memory_limit="32MB"))


def test_values_that_json_has_no_type_for_are_text(history):
    table = select(
        history,
        "SELECT 1.50::DECIMAL(5,2), '\\xC3\\xA9'::BLOB, DATE '2026-01-05', TIMESTAMP '2026-01-05 12:00:00', [1, NULL], "
        "{'a': 1}, MAP {1: 'b'}, 170141183460469231731687303715884105727::HUGEINT, NULL, true",
    )
    big = "170141183460469231731687303715884105727"
    assert table.rows == [
        ("1.50", "w6k=", "2026-01-05", "2026-01-05T12:00:00", [1, None], {"a": 1}, {"1": "b"}, big, None, True)
    ]


def test_an_error_names_the_store_and_not_its_path(history):
    with pytest.raises(ConfigError) as refused:
        select(history, f"SELECT * FROM read_text('{history}')")
    assert str(history) not in str(refused.value).split("LINE 1")[0]


def test_the_store_can_be_opened_for_writing_afterwards(history):
    select(history, "SELECT 1")
    duckdb.connect(str(history)).close()


def test_a_store_that_is_not_there_or_damaged_is_told_apart_from_wrong_sql(tmp_path):
    with pytest.raises(ConfigError, match="there is no store here"):
        select(tmp_path / "none.duckdb", "SELECT 1")
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(b"no database" * 1000)
    with pytest.raises(FatalError):
        select(damaged, "SELECT 1")


@pytest.mark.parametrize("sql", ["DELETE FROM signals", "SET memory_limit = '9GB'", "COPY signals TO 'out.csv'"])
def test_the_connection_refuses_what_the_gate_would_let_through(history, sql):
    with open_for_reading(history) as connection, pytest.raises(duckdb.Error, match=r"read-only|locked|disabled"):
        connection.execute(sql)
