"""The metrics: what they count, that they are all there from the start, and that promtool has no complaint."""

import shutil
import subprocess

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from console.refusals import Refusals
from sinks import metrics
from sinks.alert_metrics import AlertMetrics
from sinks.metrics import Metric
from sinks.prometheus import PipelineMetrics
from sinks.theme_metrics import ThemeMetrics
from tests.sinks.samples import BAGS, MODEL, REFUND
from voc.ports import Written
from voc.records import Partition
from voc.verdicts import Verdict

WRITTEN = Written(
    {("reviews", "judged"): 5, ("reviews", "not_judged"): 1},
    {("northwind", "bags-on-time", Verdict.BROKEN): 2},
    {("reviews", "not_json"): 3},
    4,
)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def pipeline(registry) -> PipelineMetrics:
    return PipelineMetrics(registry, promises=[BAGS, REFUND], sources=["reviews", "tickets"], model=MODEL)


def series(registry) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    return {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_inserted_rows_are_counted_by_what_they_are(registry, pipeline):
    pipeline.count(WRITTEN, records=13)
    pipeline.count(WRITTEN, records=13)

    def value(name, **labels):
        return registry.get_sample_value(name, labels)

    assert value("gapwatch_records_total", source="reviews", outcome="stored") == 12
    assert value("gapwatch_records_total", source="reviews", outcome="dead") == 6
    assert value("gapwatch_records_repeated_total") == 8
    assert value("gapwatch_verbatims_total", source="reviews", language_status="not_judged") == 2
    assert value("gapwatch_signals_total", brand="northwind", promise="bags-on-time", verdict="broken") == 4
    assert value("gapwatch_signals_total", brand="northwind", promise="refund", verdict="broken") == 0
    assert value("gapwatch_dead_letters_total", source="reviews", reason="not_json") == 6
    assert value("gapwatch_batch_records_sum") == 26
    assert value("gapwatch_last_batch_timestamp_seconds") > 0


def test_every_series_is_there_before_the_first_record(registry, pipeline):
    before = series(registry)
    pipeline.count(WRITTEN, records=13)
    with pipeline.stage("judge"):
        pass
    pipeline.commit_failed()
    pipeline.rebalanced()
    assert series(registry) == before


def test_a_stage_that_fails_is_timed_too(registry, pipeline):
    with pytest.raises(ValueError, match="no"), pipeline.stage("store"):
        raise ValueError("no")
    assert registry.get_sample_value("gapwatch_stage_seconds_count", {"stage": "store"}) == 1


def test_the_lag_of_a_partition_given_away_is_not_shown_any_more(registry, pipeline):
    pipeline.lag({Partition("reviews", 0): 5, Partition("reviews", 1): 7})
    pipeline.lag({Partition("reviews", 1): 3})
    name = "gapwatch_consumer_lag_records"
    assert registry.get_sample_value(name, {"topic": "reviews", "partition": "1"}) == 3
    assert registry.get_sample_value(name, {"topic": "reviews", "partition": "0"}) is None


def test_all_metrics_of_the_table_are_exposed_and_no_others(registry, pipeline):
    Refusals(registry)  # the metric of the HTTP side
    AlertMetrics(registry)
    ThemeMetrics(registry)
    table = {entry.name for entry in vars(metrics).values() if isinstance(entry, Metric)}
    exposed = {f"{family.name}_total" if family.type == "counter" else family.name for family in registry.collect()}
    assert exposed == table


def test_promtool_finds_nothing_to_mend(registry, pipeline):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    pipeline.count(WRITTEN, records=13)
    pipeline.lag({Partition("reviews", 0): 5})
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=generate_latest(registry), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
