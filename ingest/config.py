"""The settings of this room: where Kafka is, and which sources are read.

To add a source kind, write ``ingest/<kind>.py`` and add its settings to ``SourceSettings``.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from ingest.mapping import Fields
from voc.records import VerbatimKind

MIB = 1024 * 1024
MOST_PORT = 65_535
STDIN = "-"

# hide_input_in_errors: the input of an error about the whole section would show the password
_STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _addresses(servers: str) -> str:
    for address in servers.split(","):
        found = re.fullmatch(r"\s*(\[[0-9A-Fa-f:.]+\]|[^\s:,\[\]]+)(?::(\d{1,5}))?\s*", address)
        if found is None or not _is_host(found[1]) or not 0 < int(found[2] or 1) <= MOST_PORT:
            raise ValueError(f"{address.strip()!r} is no broker address; allowed: host:port, several with commas")
    return servers


def _is_host(name: str) -> bool:
    """Whether it can be looked up; Python itself fails at an empty or endless part of a name."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def _topic(name: str) -> str:
    if name in (".", "..") or not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name):
        raise ValueError(f"{name!r} is no topic name; allowed: up to 249 of letters, digits, '.', '_' and '-'")
    return name


TopicName = Annotated[str, AfterValidator(_topic)]


class KafkaSettings(BaseModel):
    """The top-level key ``kafka``: the broker, the consumer group, and how to sign in."""

    model_config = _STRICT

    bootstrap_servers: Annotated[str, AfterValidator(_addresses)]
    group_id: str = Field("gapwatch", min_length=1)
    client_id: str = Field("gapwatch", min_length=1)
    group_instance_id: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]{1,249}$")
    auto_offset_reset: Literal["earliest", "latest"] = "earliest"
    require_topics: bool = False
    session_timeout_ms: int = Field(45_000, ge=1_000, le=1_800_000)
    max_poll_interval_ms: int = Field(300_000, ge=1_000, le=86_400_000)
    metadata_max_age_ms: int = Field(30_000, ge=500, le=3_600_000)
    bootstrap_timeout_ms: int = Field(3_000, ge=100, le=600_000)
    fetch_min_bytes: int = Field(1, ge=1, le=16 * MIB)
    fetch_max_wait_ms: int = Field(500, ge=0, le=10_000)
    fetch_max_bytes: int = Field(16 * MIB, ge=1024, le=256 * MIB)
    max_partition_fetch_bytes: int = Field(MIB, ge=1024, le=64 * MIB)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_check_hostname: bool = True
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    sasl_password_file: Path | None = None

    @property
    def heartbeat_interval_ms(self) -> int:
        """Three heartbeats fit in a session, as Kafka advises; never slower than its default of 3 s."""
        return min(3_000, self.session_timeout_ms // 3)

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> Self:
        if self.security_protocol.startswith("SASL"):
            if self.sasl_mechanism is None or self.sasl_username is None:
                raise ValueError(f"{self.security_protocol} needs sasl_mechanism and sasl_username")
            if (self.sasl_password is None) == (self.sasl_password_file is None):
                raise ValueError(f"{self.security_protocol} needs one of sasl_password and sasl_password_file")
        elif any((self.sasl_mechanism, self.sasl_username, self.sasl_password, self.sasl_password_file)):
            raise ValueError("sasl_* needs security_protocol SASL_PLAINTEXT or SASL_SSL")
        return self

    @model_validator(mode="after")
    def _encryption_is_whole(self) -> Self:
        files = (self.ssl_cafile, self.ssl_certfile, self.ssl_keyfile)
        if any(files) and not self.security_protocol.endswith("SSL"):
            raise ValueError("ssl_* needs security_protocol SSL or SASL_SSL")
        if self.ssl_keyfile is not None and self.ssl_certfile is None:
            raise ValueError("ssl_keyfile needs ssl_certfile")
        return self


class _AnySource(BaseModel):
    """What every source says: which kind of text it holds, how to read a record, what a record need not repeat."""

    model_config = _STRICT

    holds: VerbatimKind
    fields: Fields | None = None
    max_record_bytes: int = Field(MIB, ge=1, le=64 * MIB)
    brand: str | None = None
    region: str | None = None
    product: str | None = None
    channel: str | None = None


class KafkaSource(_AnySource):
    """A Kafka topic. ``name`` is what logs, labels and tables call it: the topic unless told.

    ``generation`` tells a topic that was deleted and made again from those that bore its name before.
    """

    kind: Literal["kafka"] = "kafka"
    topic: TopicName
    generation: int = Field(1, ge=1, le=1_000_000)
    name: str = Field("", max_length=249)

    @property
    def stored_topic(self) -> str:
        """What the store calls the topic, in record ids and offsets; no topic of Kafka's can bear a ``~``."""
        return self.topic if self.generation == 1 else f"{self.topic}~{self.generation}"

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: object) -> object:
        return _with_name(data, lambda given: str(given.get("topic", "")))


def _stem(path: str) -> str:
    return "stdin" if path == STDIN else Path(path).name.removesuffix(".gz").removesuffix(".jsonl")


class JsonlSource(_AnySource):
    """A file of one JSON object a line; ``.gz`` is gunzipped, ``-`` is standard input."""

    kind: Literal["jsonl"] = "jsonl"
    path: str = Field(min_length=1)
    name: str = Field("", max_length=249)

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: object) -> object:
        return _with_name(data, lambda given: _stem(str(given.get("path", ""))))


def _with_name(data: object, name: Callable[[dict[str, Any]], str]) -> object:
    """The settings as given, named after their place where they bear no name."""
    if isinstance(data, dict) and not data.get("name"):
        return {**data, "name": name(data)}
    return data


SourceSettings = Annotated[KafkaSource | JsonlSource, Field(discriminator="kind")]


def _distinct(sources: list[SourceSettings]) -> list[SourceSettings]:
    names = [source.name for source in sources]
    places = [source.topic if isinstance(source, KafkaSource) else source.path for source in sources]
    for what, values in (("name", names), ("topic or path", places)):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"each source has its own {what}; given twice: {', '.join(twice)}")
    return sources


Sources = Annotated[list[SourceSettings], Field(min_length=1), AfterValidator(_distinct)]
"""The top-level key ``sources``."""
