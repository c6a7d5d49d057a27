"""The process that runs a stranger's SELECT: reads a question on standard input, answers on standard output, ends.

Each lock alone has a way round, so there are many. The file is opened read-only, without access to other files or the
network and with its settings locked; the text must be one SELECT; it runs in a read-only transaction (a DELETE inside
WITH is a SELECT by its statement type); a clock interrupts it. Beneath DuckDB the kernel holds the process to little
memory and processor time, lets it write to no file, and from the moment the store is open, open nothing more: neither
a file nor a socket.
"""

import base64
import json
import math
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb

from sinks.reading import open_for_reading
from voc.errors import ConfigError, GapwatchError, TransientError

TOO_SLOW: Final = 75  # exit code when DuckDB did not react to its clock
_ROWS_AT_ONCE: Final = 64
_BETWEEN: Final = ", "  # rows of an answer
_NICENESS: Final = 10  # the listener's threads come first
_INT64: Final = 1 << 63
_HEADROOM_BYTES: Final = 256 << 20  # address space beside DuckDB's memory: rows in Python, the allocator's own
_UNITS: Final = {"MB": 10**6, "MiB": 1 << 20, "GB": 10**9, "GiB": 1 << 30}

_TOO_MUCH_MEMORY: Final = "this SELECT needs more memory than it may have; ask for fewer rows or columns, or aggregate"

# What DuckDB's client imports when it first meets such a value; nothing can be imported once the doors are shut.
_FOR_VALUES: Final = ("decimal", "uuid")
_ZONES: Final = tuple(ZoneInfo(name) for name in ("UTC", "Etc/UTC"))  # kept, so that none is read from a file later

Question = Mapping[str, Any]


class TooSlow(TransientError):
    """A SELECT that was stopped by the clock."""


def main() -> None:
    """Answer the question on standard input by one JSON object."""
    asked = json.loads(sys.stdin.buffer.read())
    _give_way(asked["seconds"])
    for name in _FOR_VALUES:
        import_module(name)
    try:
        with open_for_reading(
            Path(asked["path"]), memory_limit=asked["memory_limit"], threads=1, may_spill=False
        ) as connection:
            _shut_the_doors(asked["memory_limit"])
            answer = _answer(connection, asked)
    except MemoryError:
        answer = _refusal(ConfigError(_TOO_MUCH_MEMORY))
    except GapwatchError as error:
        answer = _refusal(error)
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to be tidied, and an exhausted DuckDB may not come to an end


def _refusal(error: GapwatchError) -> bytes:
    return json.dumps({"error": type(error).__name__, "message": str(error)}).encode("utf-8", "replace")


def _give_way(seconds: float) -> None:
    """Take the last place in line for processor and memory, and write nowhere."""
    os.nice(_NICENESS)
    with suppress(OSError):  # not Linux, or a sandbox without /proc
        Path("/proc/self/oom_score_adj").write_text("1000")
    for what, most in (
        (resource.RLIMIT_CPU, math.ceil(seconds) + 5),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _shut_the_doors(memory_limit: str) -> None:
    """Bound the memory by what is used now; open no file and no socket from here on."""
    number, unit = memory_limit.rstrip("MGiB ").strip(), memory_limit.lstrip("0123456789. ")
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else None
    if pages is not None:
        most = pages * resource.getpagesize() + 2 * int(float(number) * _UNITS[unit]) + _HEADROOM_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # every number below the limit is in use already, or is taken by a copy of standard input, which is at its end
    highest = max((int(name) for name in os.listdir("/proc/self/fd")), default=2) if pages is not None else 64
    while (taken := os.dup(0)) < highest:
        pass
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken, taken))


def _answer(connection: duckdb.DuckDBPyConnection, asked: Question) -> bytes:
    _refuse_all_but_one_select(connection, asked["sql"])
    try:
        with _interrupted_after(connection, asked["seconds"]):
            connection.execute("BEGIN TRANSACTION READ ONLY")
            result = connection.execute(asked["sql"])
            columns = [column[0] for column in result.description or ()]
            rows, more = _bounded(result, asked)
    except duckdb.InterruptException as error:
        raise TooSlow(f"the SELECT took longer than {asked['seconds']:g} s and was stopped") from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise ConfigError(_TOO_MUCH_MEMORY) from error
    except (duckdb.Error, ValueError, OverflowError, OSError, ImportError) as error:
        # beside DuckDB's: Python has no such date, or would open a file for a time zone
        raise ConfigError(_explained(error, asked["path"])) from error
    head = json.dumps({"columns": columns, "more": more}, ensure_ascii=False)
    return f'{head[:-1]}, "rows": [{_BETWEEN.join(rows)}]}}'.encode("utf-8", "replace")


def _bounded(result: duckdb.DuckDBPyConnection, asked: Question) -> tuple[list[str], bool]:
    """Rows as JSON, up to the bounds; DuckDB computes them as they are fetched. And whether there are more."""
    rows: list[str] = []
    room = asked["bytes"]
    while fetched := result.fetchmany(_ROWS_AT_ONCE):
        for row in fetched:
            text = json.dumps([_plain(value) for value in row], ensure_ascii=False)
            room -= len(text.encode("utf-8", "replace")) + len(_BETWEEN)
            if room < 0 and not rows:
                raise ConfigError(f"the first row alone is larger than {asked['bytes']} bytes; ask for less of it")
            if room < 0 or len(rows) == asked["rows"]:
                return rows, True
            rows.append(text)
    return rows, False


def _explained(error: Exception, path: str) -> str:
    text = str(error).replace(path, "the store")
    if "pytz" in text:  # DuckDB 1.5 makes Python times with a zone by that package, which is not installed
        text = "it answers a TIMESTAMP WITH TIME ZONE; write now()::TIMESTAMP or now()::VARCHAR instead"
    if "duckdb_temp" in text or "temporary directory" in text:
        return _TOO_MUCH_MEMORY
    return f"this SELECT can't be answered: {text}"


def _refuse_all_but_one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise ConfigError(f"this is no SQL that DuckDB understands: {error}") from error
    except UnicodeError as error:
        raise ConfigError("this is no SQL that DuckDB understands: it is no Unicode text") from error
    if "\0" in sql:
        raise ConfigError("this is no SQL: it holds a NUL character, at which DuckDB would end it")
    kinds = [_kind(statement) for statement in statements]
    if kinds != ["SELECT"]:
        raise ConfigError(f"only one SELECT is answered, and this is {', '.join(kinds) or 'nothing'}")


def _kind(statement: duckdb.Statement) -> str:
    try:
        return statement.type.name
    except ValueError:  # DuckDB 2's client has no name for some kinds
        return "a statement of another kind"


@contextmanager
def _interrupted_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """By DuckDB where it looks at its clock, by the end of the process where it does not."""
    clocks = (Timer(seconds, connection.interrupt), Timer(seconds + 1, lambda: os._exit(TOO_SLOW)))
    for clock in clocks:
        clock.daemon = True
        clock.start()
    try:
        yield
    finally:
        for clock in clocks:
            clock.cancel()


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever a SELECT answers
    """A value in JSON's types; what JSON has no type for is text, bytes are base64."""
    match value:
        case None | bool() | str() | float():
            return value
        case int():
            return value if -_INT64 <= value < _INT64 else str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case datetime() | date() | time():
            return value.isoformat()
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return str(value)


if __name__ == "__main__":
    main()
