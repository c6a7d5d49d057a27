"""Every setting and every command as the code declares it, in the words of the documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import typer.main
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from alerts.config import AlertmanagerSettings, AlertSettings, TopicSettings, WebhookSettings
from console.config import HttpSettings, TrustedProxy
from gapwatch.cli import app
from gapwatch.settings import DeadLetterSettings, ListenerSettings, PrivacySettings, Settings
from ingest.config import JsonlSource, KafkaSettings, KafkaSource
from nlp.config import FloodSettings, MiniLMSettings, ThemeSettings, TransformersSettings
from sinks.config import DuckDBSettings, SqlSettings


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the settings and the heading it has in docs/SETTINGS.md."""

    title: str
    model: type[BaseModel]


SECTIONS = (
    Section("Top level", Settings),
    Section("kafka", KafkaSettings),
    Section("sources[] of kind kafka", KafkaSource),
    Section("sources[] of kind jsonl", JsonlSource),
    Section("model, kind minilm", MiniLMSettings),
    Section("model, kind transformers", TransformersSettings),
    Section("store", DuckDBSettings),
    Section("http", HttpSettings),
    Section("http.trusted_proxy", TrustedProxy),
    Section("sql", SqlSettings),
    Section("listener", ListenerSettings),
    Section("floods", FloodSettings),
    Section("themes", ThemeSettings),
    Section("alerts", AlertSettings),
    Section("alerts.notifiers[] of kind alertmanager", AlertmanagerSettings),
    Section("alerts.notifiers[] of kind webhook", WebhookSettings),
    Section("alerts.notifiers[] of kind kafka", TopicSettings),
    Section("privacy", PrivacySettings),
    Section("dead_letters", DeadLetterSettings),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One setting."""

    key: str
    kind: str
    default: str
    description: str | None


def rows_of(section: Section) -> Iterator[Row]:
    """The settings of a section, in their order."""
    for key, field in section.model.model_fields.items():
        # where a kind tells models apart, the file must name it, though the model has it as a default
        required = field.is_required() or (key == "kind" and "kind" in section.title)
        default = "required" if required else "" if key == "name" else _shown(field.default)
        yield Row(key, _kind(field.annotation, field), default, field.description)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, BaseModel):
        return "as below"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        return "`{" + ", ".join(f"{key}: {meaning}" for key, meaning in value.items()) + "}`"
    return f"`{value}`"


def _kind(annotation: Any, field: FieldInfo) -> str:
    names = {str: "text", SecretStr: "secret", Path: "path", bool: "true/false"}
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if annotation in (int, float):
        found = [(name, bound) for bound in field.metadata for name in ("ge", "gt", "le") if hasattr(bound, name)]
        bounds = {name: getattr(bound, name) for name, bound in found}
        low = bounds.get("ge", f"over {bounds.get('gt')}")
        return f"{'whole number' if annotation is int else 'number'}, {low} to {bounds['le']}"
    if annotation in names:
        return names[annotation]
    if get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return "one of"
    if get_origin(annotation) is list:
        return "list of paths" if parts == [Path] else "list"
    if get_origin(annotation) is dict or any(isinstance(p, type) and issubclass(p, BaseModel) for p in parts):
        return "keys"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "keys"
    return _kind(parts[0], field) if get_origin(annotation) is Union or parts else str(annotation)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its whole name, such as ``dead-letters replay``."""
    yield from _commands(typer.main.get_command(app), "")


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from _commands(one, f"{path} {name}".strip())


def options(command: Any) -> list[str]:
    """The long names of a command's options, and its arguments as ``--help`` shows them."""
    named = [option for one in command.params for option in (*one.opts, *one.secondary_opts) if option.startswith("--")]
    return named + [one.metavar or one.name for one in command.params if one.param_type_name == "argument"]


def examples(command: Any) -> list[str]:
    """The examples that ``--help`` ends with."""
    return [line for line in (command.epilog or "").splitlines() if "gapwatch " in line]
