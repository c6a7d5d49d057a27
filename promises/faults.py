"""From pydantic's list of faults to one ConfigError that says file, key, value and what is allowed."""

from collections.abc import Iterator, Sequence
from typing import Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from voc.errors import ConfigError

_NO_TEXT: Final = ("is empty", "a text")
# pydantic's type of fault -> what is wrong, and what is allowed where that is not in the fault itself
_WORDS: Final = {
    "string_type": ("is no text", "a text; quote it if it looks like a number or true/false"),
    "string_too_short": _NO_TEXT,
    "tuple_type": ("is no list", "a list such as [a, b]"),
    "too_short": ("is empty", "at least one"),
    "model_type": ("is no mapping", "keys with values"),
    "missing": ("is missing", None),
}
_PATTERNS: Final = {
    "A-Za-z0-9": ("is no id", "letters, digits, - and _, beginning with a letter or digit"),
    "https": ("is no web address", "http://… or https://…"),
}


def config_error(file: str, model: type[BaseModel], error: ValidationError) -> ConfigError:
    """The first fault of ``error`` as a ConfigError. ``model`` is what was validated: it knows the keys."""
    fault = error.errors()[0]
    problem, allowed = _explain(model, fault)
    # The value of a missing key is the whole mapping around it, and a long value hides the message.
    value = None if fault["type"] == "missing" or isinstance(fault["input"], dict | list) else fault["input"]
    return ConfigError(problem, file=file, key=key_path(fault["loc"]) or None, value=value, allowed=allowed)


def key_path(loc: Sequence[int | str]) -> str:
    """``("promises", 3, "valid", "from")`` as ``promises[3].valid.from``."""
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _explain(model: type[BaseModel], fault: ErrorDetails) -> tuple[str, str | None]:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "catalogue":
        return context["problem"], context["allowed"]
    if kind == "extra_forbidden":
        return "is no key here", _keys(_model_at(model, fault["loc"][:-1]))
    if kind == "enum":
        return "is not known", context["expected"].replace("'", "").replace(" or ", ", ")
    if kind == "string_pattern_mismatch":
        return next(words for mark, words in _PATTERNS.items() if mark in context["pattern"])
    if kind in _WORDS:
        return _WORDS[kind]
    return fault["msg"], None


def _keys(model: type[BaseModel]) -> str:
    return ", ".join(field.alias or name for name, field in model.model_fields.items())


def _model_at(model: type[BaseModel], loc: Sequence[int | str]) -> type[BaseModel]:
    """The model that a key path leads to, through lists and optional parts."""
    for part in loc:
        if isinstance(part, str):
            field = next(f for name, f in model.model_fields.items() if part in (name, f.alias))
            model = next(_models_in(field.annotation))
    return model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
