"""Settings of the sinks. To add a kind of store, write ``sinks/<kind>.py`` and add its settings to the union below."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class DuckDBSettings(BaseModel):
    """A DuckDB file, held by this process alone while it is open.

    ``memory_limit`` bounds the pages DuckDB keeps in memory ("256MB"); what does not fit is read again from the
    file, so the listener's memory stays flat however large the store grows. Two ``threads`` are plenty for
    writing: a batch is one transaction on one connection.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["duckdb"] = "duckdb"
    path: Path = Path("gapwatch.duckdb")
    threads: int = Field(default=2, ge=1, le=256)
    memory_limit: str = Field(default="256MB", pattern=r"^\d+(\.\d+)? ?(MB|MiB|GB|GiB)$")


# A second kind makes this ``Annotated[DuckDBSettings | OtherSettings, Field(discriminator="kind")]``.
StoreSettings = DuckDBSettings
