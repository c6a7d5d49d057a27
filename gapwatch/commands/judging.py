"""Options of the commands that judge a few texts by a model of the caller's choice."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from nlp.config import MiniLMSettings, ModelSettings
from voc.errors import ConfigError
from voc.promises import Promise

ModelFolder = Annotated[
    Path | None, typer.Option("--model", metavar="FOLDER", help="A model made by train or adapt; else the settings'.")
]
MinConfidence = Annotated[
    float | None, typer.Option(min=0, max=1, help="Give no signal below this; the settings' by default.")
]


def model_settings(
    config: Path | None, folder: Path | None = None, min_confidence: float | None = None
) -> ModelSettings:
    """The model of the settings, or the shipped one, with what the options change of it."""
    settings: ModelSettings = MiniLMSettings()
    if config is not None:
        from gapwatch.settings import load_settings  # only here: it loads every room's settings

        settings = load_settings(config).model
    changes: dict[str, Any] = {} if min_confidence is None else {"min_confidence": min_confidence}
    if folder is not None:
        if not isinstance(settings, MiniLMSettings):
            raise ConfigError("the settings name a model already", key="--model", value=str(folder), allowed="one")
        if not folder.is_dir():
            raise ConfigError(
                "is no folder", key="--model", value=str(folder), allowed="a model made by train or adapt"
            )
        changes["folder"] = folder
    return settings.model_copy(update=changes)


def newest_wordings(promises: Iterable[Promise]) -> list[Promise]:
    """One wording of each promise, the newest, in the order of the catalogue."""
    newest: dict[str, Promise] = {}
    for promise in promises:
        if promise.id not in newest or newest[promise.id].version < promise.version:
            newest[promise.id] = promise
    return list(newest.values())
