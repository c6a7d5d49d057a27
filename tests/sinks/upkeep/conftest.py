"""A sound store of some megabytes, made once, and a copy of it that a test may damage."""

import shutil
from pathlib import Path

import pytest

from tests.sinks import damage


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Closed, with all of its rows in the file; not to be changed."""
    path = tmp_path_factory.mktemp("sound") / "store.duckdb"
    damage.fill(path).close()
    return path


@pytest.fixture
def store(sound: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return Path(shutil.copy(sound, tmp_path / "store.duckdb"))
