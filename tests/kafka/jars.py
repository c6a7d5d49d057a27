"""The broker's jars: copied once from Maven Central into a cache outside the work tree, mended when damaged."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
FOLDER = "kafka-4.3.1"
MARKER = "complete.json"  # written last: what the folder must hold, so that a half copy is seen and mended


class BrokerUnavailable(Exception):
    """Java or Maven is missing, or the jars could not be fetched."""


def cache_folder() -> Path:
    """Where the jars are kept: ``GAPWATCH_CACHE``, else ``~/.cache/gapwatch``."""
    return Path(os.environ.get("GAPWATCH_CACHE") or Path.home() / ".cache" / "gapwatch") / FOLDER


def broker_jars() -> Path:
    """The folder of jars, fetched if it is not there whole. Needs no network when it is."""
    folder = cache_folder()
    if not _is_whole(folder):
        _fetch(folder)
    return folder


def _contents(folder: Path) -> dict[str, object]:
    sizes = {jar.name: jar.stat().st_size for jar in sorted(folder.glob("*.jar"))}
    return {"pom": hashlib.sha256(POM.read_bytes()).hexdigest(), "jars": sizes}


def _is_whole(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / MARKER).read_text()) == _contents(folder))
    except (OSError, ValueError):
        return False


def _fetch(folder: Path) -> None:
    """Copy into a neighbour first, then put it in place in one step: two runs at once don't mix."""
    if shutil.which("mvn") is None:
        raise BrokerUnavailable("mvn is missing: apt-get install maven (the jars of Kafka are fetched once with it)")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{FOLDER}.", dir=folder.parent))
    try:
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"]
        done = subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BrokerUnavailable(f"mvn could not fetch the jars of Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
        (fresh / MARKER).write_text(json.dumps(_contents(fresh)))
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    except OSError:
        if not _is_whole(folder):  # another run that put the folder in place first is as good
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
