"""Where pydantic's path to a fault leads: through lists, optional parts, mappings and unions told apart by a kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, SecretStr


@dataclass(frozen=True, slots=True)
class Place:
    """``path`` is the path as it stands in the file; ``around`` is the model that has its last key, ``annotation``
    and ``metadata`` are what was declared for it (None for a key that nobody declared)."""

    path: tuple[int | str, ...]
    around: type[BaseModel]
    annotation: object
    metadata: Sequence[Any] = ()

    @property
    def models(self) -> list[type[BaseModel]]:
        """The models that may stand here; several where a kind tells them apart."""
        return list(_models_in(self.annotation))

    @property
    def secret(self) -> bool:
        """Whether what stands here must not be shown, as declared or by its name. An unknown key beside secrets
        may be a misspelt one."""
        named = any(word in str(self.path[-1:]).lower() for word in ("password", "secret", "token"))
        beside = self.annotation is None and bool(self.around.model_config.get("hide_input_in_errors"))
        return named or beside or SecretStr in _types_in(self.annotation)


def find(model: type[BaseModel], loc: Sequence[int | str]) -> Place:
    """The place in ``model`` that a fault's ``loc`` names."""
    place = Place((), model, model)
    for part in loc:
        if part == "[key]":  # the key itself is at fault, not what it holds
            break
        place = _step(place, part)
    return place


def key_path(loc: Sequence[int | str]) -> str:
    """``("promises", 3, "valid", "from")`` as ``promises[3].valid.from``."""
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _step(place: Place, part: int | str) -> Place:
    models = place.models
    path = (*place.path, part)
    if isinstance(part, int) or not models:
        return Place(path, place.around, place.annotation, place.metadata)
    if len(models) > 1:  # pydantic puts the kind into the path, though it stands elsewhere in the file
        chosen = next(model for model in models if part in kinds(model))
        return Place(place.path, chosen, chosen)
    around = models[0]
    for name, field in around.model_fields.items():
        if part in (name, field.alias):
            return Place(path, around, field.annotation, field.metadata)
    return Place(path, around, None)


def kinds(model: type[BaseModel]) -> tuple[object, ...]:
    """The values of ``kind`` by which a model of a union is known."""
    field = model.model_fields.get("kind")
    return get_args(field.annotation) if field else ()


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    for inner in _types_in(annotation):
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield inner


def _types_in(annotation: object) -> Iterator[object]:
    yield annotation
    for inner in get_args(annotation):
        yield from _types_in(inner)
