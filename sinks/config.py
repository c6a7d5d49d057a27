"""Settings of the sinks. To add a kind of store, write ``sinks/<kind>.py`` and add its settings to the union below."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

_SIZE: Final = r"^\d+(\.\d+)? ?(MB|MiB|GB|GiB)$"


class DuckDBSettings(BaseModel):
    """A DuckDB file, held by this process alone while it is open.

    ``memory_limit`` bounds the pages DuckDB keeps in memory ("256MB"); what does not fit is read again from the
    file, so the listener's memory stays flat however large the store grows. Two ``threads`` are plenty for
    writing: a batch is one transaction on one connection.

    Backups that are asked for by HTTP go to ``backup_folder`` or the file's own folder, and nowhere else.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["duckdb"] = "duckdb"
    path: Path = Path("gapwatch.duckdb")
    threads: int = Field(default=2, ge=1, le=256)
    memory_limit: str = Field(default="192MB", pattern=_SIZE)
    backup_folder: Path | None = None

    @property
    def backup_folders(self) -> tuple[Path, ...]:
        """Where backups may lie; a bare file name goes to the first."""
        beside = self.path.absolute().parent
        return (beside,) if self.backup_folder is None else (self.backup_folder.absolute(), beside)


class SqlSettings(BaseModel):
    """What one SELECT by HTTP or ``gapwatch sql`` may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=30, gt=0, le=3600, description="a SELECT that takes longer is stopped")
    rows: int = Field(default=1000, ge=1, le=1_000_000, description="rows answered at most")
    bytes: int = Field(default=4_194_304, ge=1024, le=268_435_456, description="size of an answer at most")
    memory_limit: str = Field(default="256MB", pattern=_SIZE, description="memory that a SELECT may use")
    snapshot_seconds: float = Field(
        default=60, ge=0, le=86_400, description="the listener answers from a copy of the store no older than this"
    )


# A second kind makes this ``Annotated[DuckDBSettings | OtherSettings, Field(discriminator="kind")]``.
StoreSettings = DuckDBSettings
