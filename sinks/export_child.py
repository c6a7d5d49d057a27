"""The process that writes an export: reads what is wanted on standard input, says how it went on standard output, ends.

DuckDB's memory is that of a whole process: what an export takes of it is given back with the process.
"""

import json
import os
import resource
import shutil
import sys
from pathlib import Path

from sinks.exporting import Export, ExportFormat, write
from sinks.reading import open_for_reading
from voc.errors import GapwatchError

_NICENESS = 10  # the listener's threads come first


def main() -> None:
    """Write one file."""
    asked = json.loads(sys.stdin.buffer.read())
    out = Path(asked["out"])
    os.nice(_NICENESS)
    room = shutil.disk_usage(out.parent).free // 2  # the listener must be able to go on writing
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        with open_for_reading(
            Path(asked["path"]), may_write_files=True, memory_limit=asked["memory_limit"], threads=1
        ) as connection:
            wanted = Export(asked["sql"], asked["parameters"])
            answer: dict[str, object] = {"rows": write(connection, wanted, out, ExportFormat(asked["format"]))}
    except GapwatchError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
