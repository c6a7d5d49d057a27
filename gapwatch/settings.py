"""The settings of a listener: a YAML file, overridden by the environment, overridden by flags."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ingest.config import KafkaSettings, Sources
from nlp.config import MiniLMSettings, ModelSettings
from promises.faults import key_path
from promises.yamlfile import read_yaml
from sinks.config import DuckDBSettings, StoreSettings
from voc.errors import ConfigError

_ENVIRONMENT: Final = "GAPWATCH_"


class HttpSettings(BaseModel):
    """Where /metrics, /healthz and /readyz are served."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to bind; loopback unless you know better")
    port: int = Field(default=8601, ge=0, le=65535, description="0 takes a free port")


class ListenerSettings(BaseModel):
    """The bounds of the pipeline loop."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    batch_records: int = Field(default=512, ge=1, le=20_000, description="records judged and stored together")
    batch_seconds: float = Field(default=0.5, ge=0, le=60, description="a smaller batch waits this long for more")
    queue_records: int = Field(default=2048, ge=1, le=200_000, description="records held before sources are paused")
    revoke_seconds: float = Field(default=20, gt=0, le=300, description="longest wait for a batch when leaving")


class PrivacySettings(BaseModel):
    """What is done about personal data beyond redaction, which is always on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    author_secret: SecretStr | None = Field(
        default=None, description="secret under which author ids become keys; without one they are dropped"
    )
    author_secret_file: Path | None = Field(default=None, description="a file that holds the secret")


class Settings(BaseSettings):
    """All settings; one top-level key a room. Paths are relative to the file that names them."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=_ENVIRONMENT, env_nested_delimiter="__", hide_input_in_errors=True
    )

    catalogues: list[Path] = Field(min_length=1, description="promise catalogues")
    kafka: KafkaSettings | None = Field(default=None, description="the broker, where a source is of kind kafka")
    sources: Sources = Field(description="what to listen to")
    model: ModelSettings = Field(default=MiniLMSettings(), description="what judges")
    store: StoreSettings = Field(default=DuckDBSettings(), description="where verbatims and signals are kept")
    http: HttpSettings = Field(default=HttpSettings(), description="metrics and health")
    listener: ListenerSettings = Field(default=ListenerSettings(), description="bounds of the loop")
    privacy: PrivacySettings = Field(default=PrivacySettings(), description="personal data")

    @model_validator(mode="after")
    def _kafka_is_there(self) -> "Settings":
        if self.kafka is None and any(source.kind == "kafka" for source in self.sources):
            raise ValueError("a source is of kind kafka, but there is no key kafka with bootstrap_servers")
        return self


def load_settings(path: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read and check a settings file. ``overrides`` are flags: nested mappings as in the file.

    Raises ConfigError for the first fault, naming file, key, value and what is allowed.
    """
    file_values = read_yaml(path)
    if not isinstance(file_values, dict):
        raise ConfigError("is no mapping", file=str(path), allowed="keys with values")

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
        raise _config_error(path, error, file_values) from None
    return _beside(read, path.resolve().parent)


def _config_error(path: Path, error: ValidationError, file_values: Mapping[str, Any]) -> ConfigError:
    fault = error.errors()[0]
    loc = fault["loc"]
    allowed = fault.get("ctx", {}).get("expected_tags") or fault.get("ctx", {}).get("expected")
    if fault["type"] == "extra_forbidden":
        return ConfigError("is no key here", file=str(path), key=key_path(loc), allowed=_siblings(loc))
    # the tag of a union stands in the path ("sources[0].kafka.topic") though not in the file
    shown = tuple(part for i, part in enumerate(loc) if not (i and isinstance(loc[i - 1], int) and part in _TAGS))
    value = None if _is_secret(loc) else _value_at(file_values, shown)
    problem = fault["msg"].removeprefix("Value error, ")
    return ConfigError(problem, file=str(path), key=key_path(shown) or None, value=value, allowed=allowed)


_TAGS: Final = {"kafka", "jsonl", "minilm", "transformers", "duckdb"}


def _is_secret(loc: tuple[int | str, ...]) -> bool:
    return any("password" in str(part) or "secret" in str(part) for part in loc)


def _value_at(values: object, loc: tuple[int | str, ...]) -> object:
    """The plain value in the file at a key path; None where the path leads nowhere or to more keys."""
    for part in loc:
        try:
            values = values[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return None if isinstance(values, dict | list) else values


def _siblings(loc: tuple[int | str, ...]) -> str | None:
    """The keys allowed beside an unknown one."""
    models: dict[str, type[BaseModel]] = {
        "kafka": KafkaSettings,
        "http": HttpSettings,
        "listener": ListenerSettings,
        "privacy": PrivacySettings,
    }
    if len(loc) == 1:
        return ", ".join(Settings.model_fields)
    found = models.get(str(loc[0]))
    return ", ".join(found.model_fields) if found and len(loc) == 2 else None


def _beside(settings: Settings, folder: Path) -> Settings:
    """The same settings with paths made absolute, relative ones taken from the settings file's folder."""
    sources = [
        source.model_copy(update={"path": str(folder / source.path)})
        if source.kind == "jsonl" and source.path != "-"
        else source
        for source in settings.sources
    ]
    secret_file = settings.privacy.author_secret_file
    return settings.model_copy(
        update={
            "catalogues": [folder / path for path in settings.catalogues],
            "sources": sources,
            "store": settings.store.model_copy(update={"path": folder / settings.store.path}),
            "privacy": settings.privacy.model_copy(
                update={"author_secret_file": folder / secret_file if secret_file else None}
            ),
        }
    )
