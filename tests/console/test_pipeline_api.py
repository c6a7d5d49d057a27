"""How the pipeline does and what its tables have, by HTTP."""

from prometheus_client import Gauge

from sinks.metrics import LAG
from tests.console.conftest import Serve


def test_the_pipeline_tells_what_became_of_what_came_in(serve: Serve):
    served = serve()
    told = served.get("/api/v1/pipeline").json()
    assert sum(told["outcomes"].values()) == 6
    assert sum(told["dead_letters"].values()) == 1
    assert (told["alerts"], told["lag"], told["unassigned_share"]) == ({}, {}, None)
    assert told["per_second"] == 6 / 300, "all six were stored in the last five minutes"
    assert [(one["brand"], one["promises"]) for one in told["catalogues"]] == [("northwind", 2)]
    assert len(told["models"]) == 1
    assert (told["listens"], told["ready"], told["healthy"]) == (True, False, True)
    assert sum(minute["verbatims"] for minute in told["course"]) == 6
    assert sum(minute["dead_letters"] for minute in told["course"]) == 1
    assert [one["record_id"] for one in told["newest"]] == [f"reviews/0/{offset}" for offset in (5, 4, 3, 2, 1, 0)]
    assert {one["signals"] for one in told["newest"]} == {1} and "text" not in told["newest"][0]
    assert served.log() == []


def test_the_pipeline_tells_the_lag_of_each_partition(serve: Serve):
    served = serve()
    Gauge(LAG.name, LAG.meaning, LAG.labels, registry=served.registry).labels("reviews", "0").set(7)
    assert served.get("/api/v1/pipeline").json()["lag"] == {"reviews/0": 7.0}


def test_the_tables_are_described_as_sql_may_ask_them(serve: Serve):
    served = serve()
    tables = served.get("/api/v1/tables").json()["tables"]
    assert [table["name"] for table in tables[:2]] == ["verbatims", "signals"]
    for table in tables:
        names = ", ".join(f'"{column["name"]}"' for column in table["columns"])
        assert served.sql(f'SELECT {names} FROM "{table["name"]}" LIMIT 1').status_code == 200, table["name"]
    told = {table["name"] for table in tables if table["meaning"]}
    assert {"verbatims", "signals", "promises", "alerts", "themes", "dead_letters"} <= told
