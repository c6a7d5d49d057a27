"""Alerts in a real Alertmanager: listed, grouped and silenced by its own API, and gone when they are resolved."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from alerts.alertmanager import AlertmanagerNotifier
from alerts.config import AlertmanagerSettings
from tests.sinks.test_alerts import ANOTHER, ONE
from voc.alerts import AlertChange, AlertState, Change, Notice
from voc.errors import TransientError

CONFIG = """
route: {receiver: nobody, group_by: [brand, does], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: nobody}]
"""


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        pytest.skip("there is no Alertmanager here")
    folder: Path = tmp_path_factory.mktemp("alertmanager")
    (folder / "config.yml").write_text(CONFIG)
    address = f"127.0.0.1:{free_port()}"
    options = [f"--config.file={folder}/config.yml", f"--storage.path={folder}/data", "--cluster.listen-address="]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [program, *options, f"--web.listen-address={address}"], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until(lambda: answers(f"http://{address}/-/ready"))
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def notifier(alertmanager: str) -> Iterator[AlertmanagerNotifier]:
    notifier = AlertmanagerNotifier(
        AlertmanagerSettings(kind="alertmanager", url=alertmanager), console_url="http://console.test"
    )
    yield notifier
    notifier.close()


def asked(alertmanager: str, path: str) -> list[dict]:
    return httpx.get(f"{alertmanager}/api/v2/{path}").raise_for_status().json()


def test_it_lists_groups_and_silences_our_alerts_and_forgets_those_that_are_resolved(
    alertmanager: str, notifier: AlertmanagerNotifier
):
    now = datetime.now(UTC)
    change = Change(1, "a1", now, AlertChange.OPENED, "gapwatch", "")
    notifier.tell([Notice(change, ONE)])
    notifier.remind([ONE, ANOTHER])
    until(lambda: len(asked(alertmanager, "alerts")) == 2)
    found = {one["labels"]["alert_id"]: one for one in asked(alertmanager, "alerts")}
    assert found["a1"]["labels"]["alertname"] == "gapwatch_burst"
    assert found["a1"]["labels"]["promise_id"] == "bags"
    assert found["a1"]["annotations"]["summary"] == ONE.title
    assert found["a1"]["generatorURL"] == "http://console.test/?alert=a1"
    until(lambda: [len(one["alerts"]) for one in asked(alertmanager, "alerts/groups")] == [2])
    assert asked(alertmanager, "alerts/groups")[0]["labels"] == {"brand": "northwind", "does": "ground"}

    silence = {
        "matchers": [{"name": "alert_id", "value": "a2", "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "rita",
        "comment": "known",
    }
    httpx.post(f"{alertmanager}/api/v2/silences", json=silence).raise_for_status()
    until(lambda: [one["labels"]["alert_id"] for one in asked(alertmanager, "alerts?silenced=false")] == ["a1"])

    over = replace(ONE, state=AlertState.RESOLVED, resolved_at=datetime.now(UTC), resolved_by="rita")
    notifier.tell([Notice(replace(change, change=AlertChange.RESOLVED), over)])
    until(lambda: [one["labels"]["alert_id"] for one in asked(alertmanager, "alerts")] == ["a2"])


def test_one_that_is_down_or_refuses_is_told_again_later(alertmanager: str):
    for url in (f"http://127.0.0.1:{free_port()}", f"{alertmanager}/nowhere"):
        notifier = AlertmanagerNotifier(AlertmanagerSettings(kind="alertmanager", url=url))
        with pytest.raises(TransientError):
            notifier.remind([ONE])
        notifier.close()
