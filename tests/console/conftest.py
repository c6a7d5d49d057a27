"""Servers for tests, and the tokens of two people."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.console.serving import Served, served

READER, OPERATOR = "r" * 32, "o" * 32


Serve = Callable[..., Served]


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """A reader's and an operator's token."""
    path = tmp_path / "tokens"
    path.write_text(f"# who may ask\nrita reader {READER}\n\nolga operator {OPERATOR}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """``serve(token_file=…)``: a server with these settings on a store with six signals and a dead letter,
    or with what ``filled`` puts there."""
    with ExitStack() as stack:
        yield lambda **settings: served(stack, tmp_path / "gapwatch.duckdb", settings)
