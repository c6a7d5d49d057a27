"""The settings of a listener: a YAML file, overridden by the environment, overridden by flags."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from alerts.config import AlertSettings
from console.config import HttpSettings
from ingest.config import MIB, STDIN, JsonlSource, KafkaSettings, KafkaSource, Sources, TopicName
from nlp.config import FloodSettings, MiniLMSettings, ModelSettings, ThemeSettings
from promises.faults import first_fault
from promises.yamlfile import read_yaml
from sinks.config import DuckDBSettings, SqlSettings, StoreSettings
from voc.errors import ConfigError

_ENVIRONMENT: Final = "GAPWATCH_"
_NESTED: Final = "__"

Section = TypeVar("Section", bound=BaseModel)


class ListenerSettings(BaseModel):
    """The bounds of the pipeline loop."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    batch_records: int = Field(default=512, ge=1, le=20_000, description="records judged and stored together")
    batch_bytes: int = Field(default=8 * MIB, ge=1, le=256 * MIB, description="bytes of a batch, a larger record aside")
    batch_seconds: float = Field(default=0.5, ge=0, le=60, description="a smaller batch waits this long for more")
    queue_records: int = Field(default=2048, ge=1, le=200_000, description="records held before sources are paused")
    queue_bytes: int = Field(default=64 * MIB, ge=1, le=4096 * MIB, description="bytes held before they are paused")
    most_characters: int = Field(
        default=16_000, ge=100, le=1_000_000, description="a longer text is cut at the last sentence end before"
    )
    cache_texts: int = Field(
        default=10_000, ge=0, le=1_000_000, description="texts whose judgement is kept for identical ones; 0 keeps none"
    )
    revoke_seconds: float = Field(default=20, gt=0, le=300, description="longest wait for a batch when leaving")
    stop_seconds: float = Field(default=6, gt=0, le=300, description="longest wait for batches when told to stop")
    stall_seconds: float = Field(default=60, gt=0, le=3600, description="a loop that stands still for so long is ill")

    @model_validator(mode="after")
    def _a_batch_fits(self) -> Self:
        for what in ("records", "bytes"):
            if getattr(self, f"queue_{what}") < getattr(self, f"batch_{what}"):
                raise ValueError(f"queue_{what} is smaller than batch_{what}, so that no batch could ever be full")
        return self

    @model_validator(mode="after")
    def _leaving_is_no_stall(self) -> Self:
        if self.stall_seconds <= self.revoke_seconds:
            raise ValueError("stall_seconds is no longer than revoke_seconds, so that leaving would pass for a stall")
        return self


class DeadLetterSettings(BaseModel):
    """How many records of a source may be dead letters before the listener stops, and where else they go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    most_in_a_row: int | None = Field(
        default=1000, ge=1, le=1_000_000, description="of one source, one after the other; null is no limit"
    )
    most_share: float | None = Field(
        default=0.5, gt=0, le=1, description="share of the window that may be dead letters; null is no limit"
    )
    window_records: int = Field(
        default=2000, ge=10, le=1_000_000, description="last records of a source that the share is taken of, once there"
    )
    topic: TopicName | None = Field(default=None, description="Kafka topic that gets every dead letter as well")
    publish_seconds: float = Field(
        default=30, ge=1, le=300, description="longest wait until the topic has them; then the listener stops"
    )


class PrivacySettings(BaseModel):
    """What is done about personal data beyond redaction, which is always on."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    author_secret: SecretStr | None = Field(
        default=None, description="secret under which author ids become keys; without one they are dropped"
    )
    author_secret_file: Path | None = Field(default=None, description="a file that holds the secret")

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.author_secret is not None and self.author_secret_file is not None:
            raise ValueError("give either author_secret or author_secret_file")
        return self


class Settings(BaseSettings):
    """All settings; one top-level key a room. Paths are relative to the file that names them."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=_ENVIRONMENT,
        env_nested_delimiter=_NESTED,
        hide_input_in_errors=True,
    )

    catalogues: list[Path] = Field(min_length=1, description="promise catalogues")
    kafka: KafkaSettings | None = Field(default=None, description="the broker, where a source is of kind kafka")
    sources: Sources = Field(description="what to listen to")
    model: ModelSettings = Field(default=MiniLMSettings(), description="what judges")
    store: StoreSettings = Field(default=DuckDBSettings(), description="where verbatims and signals are kept")
    http: HttpSettings = Field(default=HttpSettings(), description="the HTTP API, metrics and health")
    sql: SqlSettings = Field(default=SqlSettings(), description="what a SELECT may take")
    listener: ListenerSettings = Field(default=ListenerSettings(), description="bounds of the loop")
    floods: FloodSettings = Field(default=FloodSettings(), description="texts that repeat others")
    themes: ThemeSettings = Field(default=ThemeSettings(), description="what people complain of")
    alerts: AlertSettings = Field(default=AlertSettings(), description="what people must hear of, and who tells them")
    privacy: PrivacySettings = Field(default=PrivacySettings(), description="personal data")
    dead_letters: DeadLetterSettings = Field(
        default=DeadLetterSettings(), description="records that could not be processed"
    )

    @model_validator(mode="after")
    def _kafka_is_there(self) -> Self:
        if self.kafka is None and any(source.kind == "kafka" for source in self.sources):
            raise ValueError("a source is of kind kafka, but there is no key kafka with bootstrap_servers")
        return self

    @model_validator(mode="after")
    def _dead_letters_have_a_topic_of_their_own(self) -> Self:
        topic = self.dead_letters.topic
        if topic is not None and self.kafka is None:
            raise ValueError("dead_letters.topic is set, but there is no key kafka with bootstrap_servers")
        if any(isinstance(source, KafkaSource) and source.topic == topic for source in self.sources):
            raise ValueError(f"dead_letters.topic: {topic!r} is the topic of a source, which would read them again")
        return self

    @model_validator(mode="after")
    def _alerts_have_a_broker_for_their_topic(self) -> Self:
        topics = [one.topic for one in self.alerts.notifiers if one.kind == "kafka"]
        if topics and self.kafka is None:
            raise ValueError("a notifier is of kind kafka, but there is no key kafka with bootstrap_servers")
        if any(isinstance(source, KafkaSource) and source.topic in topics for source in self.sources):
            raise ValueError("a notifier's topic is the topic of a source, which would read alerts as verbatims")
        return self

    @model_validator(mode="after")
    def _the_largest_record_fits(self) -> Self:
        largest = max(source.max_record_bytes for source in self.sources)
        if self.listener.queue_bytes < largest:
            raise ValueError(f"listener.queue_bytes is smaller than the largest max_record_bytes ({largest})")
        return self


def load_settings(path: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read and check a settings file. ``overrides`` are flags: nested mappings as in the file.

    Raises ConfigError for the first fault, naming file, key, value and what is allowed.
    """
    file_values = read_yaml(path)
    if not isinstance(file_values, dict):
        raise ConfigError("holds no settings", file=str(path), allowed=f"the keys {', '.join(Settings.model_fields)}")

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, lambda: file_values  # type: ignore[return-value]

    try:
        read = FromFile(**(overrides or {}))
    except ValidationError as error:
        fault = first_fault(Settings, error)
        raise fault.in_file(_place_of(fault.path, path, overrides or {})) from None
    except SettingsError as error:
        raise _not_json(error) from None
    return _beside(read, path.resolve().parent)


def _place_of(key: tuple[int | str, ...], path: Path, overrides: Mapping[str, Any]) -> str:
    """Where the value of a key came from: a flag, the environment, or the file."""
    names = [str(part) for part in key]
    if names and names[-1] in overrides.get(names[0], {}):
        return f"flag for {path}"
    given = {name.upper() for name in os.environ}
    for length in range(len(names), 0, -1):
        variable = (_ENVIRONMENT + _NESTED.join(names[:length])).upper()
        if variable in given:
            return f"environment variable {variable}"
    return str(path)


def _not_json(error: SettingsError) -> ConfigError:
    """A list or a section in the environment is JSON; pydantic-settings names the field only in its message."""
    field = str(error).split('"')[1]
    return ConfigError(
        "is no JSON",
        file=f"environment variable {_ENVIRONMENT}{field.upper()}",
        allowed=f"JSON, or one variable a key such as {_ENVIRONMENT}STORE{_NESTED}PATH",
    )


def _beside(settings: Settings, folder: Path) -> Settings:
    """The same settings with paths made absolute, relative ones taken from the settings file's folder."""
    placed = _placed(settings, folder)
    sources = [
        source.model_copy(update={"path": str(folder / source.path)})
        if isinstance(source, JsonlSource) and source.path != STDIN
        else source
        for source in placed.sources
    ]
    return placed.model_copy(update={"sources": sources})


def _placed(section: Section, folder: Path) -> Section:
    """A section whose every path, however deep, is taken from ``folder``."""
    update: dict[str, Any] = {}
    for name, value in section:
        if isinstance(value, BaseModel):
            update[name] = _placed(value, folder)
        elif isinstance(value, Path):
            update[name] = folder / value
        elif isinstance(value, list) and all(isinstance(one, Path) for one in value):
            update[name] = [folder / one for one in value]
        elif isinstance(value, list) and all(isinstance(one, BaseModel) for one in value):
            update[name] = [_placed(one, folder) for one in value]
    return section.model_copy(update=update)
