"""From pydantic's list of faults to one ConfigError that says file, key, value and what is allowed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from promises.places import Place, find, key_path, kinds
from voc.errors import ConfigError

_NO_TEXT: Final = ("is empty", "a text")
_NO_LIST: Final = ("is no list", "a list such as [a, b]")
_NO_MAPPING: Final = ("is no mapping", "keys with values")
_NO_SWITCH: Final = ("is neither true nor false", "true, false")
# pydantic's type of fault -> what is wrong, and what is allowed where that is not in the fault itself
_WORDS: Final = {
    "string_type": ("is no text", "a text; quote it if it looks like a number or true/false"),
    "string_too_short": _NO_TEXT,
    "tuple_type": _NO_LIST,
    "list_type": _NO_LIST,
    "too_short": ("is empty", "at least one"),
    "model_type": _NO_MAPPING,
    "model_attributes_type": _NO_MAPPING,
    "dict_type": _NO_MAPPING,
    "bool_type": _NO_SWITCH,
    "bool_parsing": _NO_SWITCH,
    "path_type": ("is no path", "a text that names a file"),
    "missing": ("is missing", None),
}
_NUMBERS: Final = ("int_type", "int_parsing", "int_from_float", "float_type", "float_parsing", "finite_number")
_LIMITS: Final = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_PATTERNS: Final = {
    "{1,249}": ("can't be used", "up to 249 of letters, digits, '.', '_' and '-'"),
    "A-Za-z0-9": ("is no id", "letters, digits, - and _, beginning with a letter or digit"),
    "https": ("is no web address", "http://… or https://…"),
    "MiB": ("is no size", "a number with MB, MiB, GB or GiB, such as 256MB"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in our own words; ``value`` is None where it is not known, too long to show or a secret."""

    path: tuple[int | str, ...]
    problem: str
    allowed: str | None
    value: object

    def in_file(self, file: str) -> ConfigError:
        """The fault as an error about ``file``."""
        return ConfigError(
            self.problem, file=file, key=key_path(self.path) or None, value=self.value, allowed=self.allowed
        )


def config_error(file: str, model: type[BaseModel], error: ValidationError) -> ConfigError:
    """The first fault of ``error`` as a ConfigError. ``model`` is what was validated: it knows the keys."""
    return first_fault(model, error).in_file(file)


def first_fault(model: type[BaseModel], error: ValidationError) -> Fault:
    """The fault to mend first: an unknown key, since another that is then missing may be the same one misspelt;
    else the first."""
    details = min(error.errors(), key=lambda details: details["type"] != "extra_forbidden")
    place = find(model, details["loc"])
    problem, allowed = _explain(place, details)
    return Fault(_path(place, details), problem, allowed, _value(place, details, problem))


def _path(place: Place, details: ErrorDetails) -> tuple[int | str, ...]:
    return (*place.path, "kind") if details["type"].startswith("union_tag") else place.path


def _value(place: Place, details: ErrorDetails, problem: str) -> object:
    if details["type"] == "union_tag_invalid":
        return details["ctx"]["tag"]
    value = place.path[-1] if details["loc"][-1:] == ("[key]",) else details["input"]
    # The value of a missing key is the whole mapping around it, and a long value hides the message.
    hidden = details["type"] == "missing" or isinstance(value, dict | list) or place.secret
    return None if hidden or repr(value) in problem else value


def _explain(place: Place, details: ErrorDetails) -> tuple[str, str | None]:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "catalogue":
        return context["problem"], context["allowed"]
    if kind == "value_error":
        problem, _, allowed = str(context["error"]).partition("; allowed: ")
        return problem, allowed or None
    if kind == "extra_forbidden":
        return "is no key here", _keys(place.around)
    if kind == "union_tag_not_found":
        return "is missing", ", ".join(str(kind) for model in place.models for kind in kinds(model))
    if kind in ("enum", "literal_error", "union_tag_invalid"):
        return "is not known", _names(context.get("expected_tags") or context["expected"])
    if kind == "string_pattern_mismatch":
        return next(words for mark, words in _PATTERNS.items() if mark in context["pattern"])
    if kind in _NUMBERS:
        return ("is no whole number" if place.annotation is int else "is no number"), _range(place)
    if kind in _LIMITS:
        return "is out of range", _range(place)
    return _WORDS.get(kind) or (details["msg"], None)


def _names(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")


def _range(place: Place) -> str:
    number = "a whole number" if place.annotation is int else "a number"
    return " ".join((number, *_bounds(place)))


def _bounds(place: Place) -> Iterator[str]:
    for bound in place.metadata:
        match bound:
            case annotated_types.Ge(ge):
                yield f"from {ge}"
            case annotated_types.Gt(gt):
                yield f"above {gt}"
            case annotated_types.Le(le):
                yield f"up to {le}"


def _keys(model: type[BaseModel]) -> str:
    return ", ".join(field.alias or name for name, field in model.model_fields.items())
