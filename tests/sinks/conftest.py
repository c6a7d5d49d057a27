"""A store with a small known history, closed, so that a test or a command can open it."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.sinks.samples import BAGS, REFUND, START, batch, dead, judged, signal
from voc.records import VerbatimKind
from voc.verdicts import Verdict


@pytest.fixture
def history(written_once: Path, tmp_path: Path) -> Path:
    """Bags: 3 broken (2 EU, 1 US), 1 kept, 1 exceeded, 1 mentioned, over two weeks. Refund: never spoken of."""
    return Path(shutil.copy(written_once, tmp_path))


@pytest.fixture(scope="session")
def written_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``history`` copies."""
    path = tmp_path_factory.mktemp("written") / "history.duckdb"
    week = timedelta(weeks=1)
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        store.remember_promises([BAGS, REFUND])
        store.write(
            batch(
                [
                    judged(0, signal(verdict=Verdict.BROKEN, confidence=0.6)),
                    judged(1, signal(verdict=Verdict.KEPT)),
                    judged(2, signal(verdict=Verdict.MENTIONED)),
                ],
                [dead(3)],
            )
        )
        store.write(
            batch(
                [
                    judged(4, signal(verdict=Verdict.BROKEN), at=START + week),
                    judged(5, signal(verdict=Verdict.BROKEN), at=START + week, region="US"),
                    judged(6, signal(verdict=Verdict.EXCEEDED), at=START + week, kind=VerbatimKind.TICKET),
                    judged(7, at=START + week, read=False),
                ]
            )
        )
    return path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)
