"""The field mapping: which JMESPath expression finds each of our fields in somebody else's record."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import AfterValidator

FieldName = Literal[
    "id",
    "text",
    "created_at",
    "experienced_at",
    "brand",
    "region",
    "product",
    "channel",
    "author",
    "rating",
    "language",
]


def _checked(expression: str) -> str:
    """The expression, if it can be compiled and calls only functions that exist."""
    try:
        parsed = jmespath.compile(expression).parsed
    except JMESPathError as bad:
        first_line = str(bad).partition("\n")[0].removesuffix(", for expression:")
        raise ValueError(f"{expression!r} is no JMESPath expression: {first_line}") from bad
    unknown = sorted(_functions_of(parsed) - set(Functions.FUNCTION_TABLE))
    if unknown:
        known = ", ".join(sorted(Functions.FUNCTION_TABLE))
        raise ValueError(f"{expression!r} calls {', '.join(unknown)}(), which JMESPath does not have; allowed: {known}")
    return expression


def _functions_of(node: Mapping[str, Any]) -> set[str]:
    own = {node["value"]} if node["type"] == "function_expression" else set()
    return own.union(*(_functions_of(child) for child in node["children"] if isinstance(child, dict)))


Expression = Annotated[str, AfterValidator(_checked)]


def _has_text(fields: dict[FieldName, str]) -> dict[FieldName, str]:
    if "text" not in fields:
        raise ValueError("a mapping must say where the text is: text is missing")
    return fields


Fields = Annotated[dict[FieldName, Expression], AfterValidator(_has_text)]
"""Our field name -> JMESPath expression. A field that is not named is not read from the record."""
