"""YAML for catalogues: plain, without the surprises of YAML 1.1."""

import re
from pathlib import Path

import yaml

from voc.errors import ConfigError

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_BOOL = "tag:yaml.org,2002:bool"


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that leaves dates as they are written and refuses a key that stands twice.

    Dates are left to the schema, so that 2026-02-30 is a fault with a key and not a crash; and only true and
    false are booleans, so that the region NO stays Norway.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012  (PyYAML's own class attribute)
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_TIMESTAMP, _BOOL}]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    yaml_constructors = {  # noqa: RUF012  (and so is this one)
        tag: construct for tag, construct in yaml.SafeLoader.yaml_constructors.items() if tag != _TIMESTAMP
    }

    # PyYAML's type stubs take the anchor, a name or None, for a dict.
    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:  # type: ignore[override]
        """As PyYAML does it, but a key that stands twice is a fault, where PyYAML lets the last one win."""
        node = super().compose_mapping_node(anchor)  # type: ignore[arg-type]
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"the key {key.value!r} stands twice"
                raise yaml.composer.ComposerError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return node


_PlainLoader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(path: Path) -> object:
    """What a file holds. Raises ConfigError for a file that can't be read, is no UTF-8 or is no YAML."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_PlainLoader)
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror}", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is no UTF-8 text (byte {error.start})", file=str(path)) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else None
        raise ConfigError(f"is no YAML: {error.problem or error.context}", file=str(path), key=where) from error
    # PyYAML does not wrap what its own constructors trip over, such as !!bool maybe or !!int x.
    except (yaml.YAMLError, ValueError, LookupError, RecursionError) as error:
        problem = next(iter(str(error).splitlines()), type(error).__name__)
        raise ConfigError(f"is no YAML: {problem}", file=str(path)) from error
