"""A model is a folder: what is damaged in it is named, and what it lacks by design is the shipped model's."""

import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import orjson
import pytest

from nlp.encoder import Encoder
from nlp.heads import Heads, load, save
from nlp.model_files import CARD, ENCODER, HEADS, SHIPPED, TOKENIZER, ModelFiles, find_model
from nlp.model_writing import write_heads
from voc.errors import FatalError


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A folder with all files of the shipped model."""
    return shutil.copytree(SHIPPED, tmp_path / "whole")


@pytest.fixture
def heads_only(heads: Heads, tmp_path: Path) -> Path:
    """A folder as `gapwatch adapt` writes it."""
    write_heads(heads, tmp_path / "only", {"brand": "Inn"})
    return tmp_path / "only"


def test_the_shipped_model_is_found_and_is_what_its_card_says():
    files = find_model()
    assert (files.encoder, files.heads, files.tokenizer) == (SHIPPED / ENCODER, SHIPPED / HEADS, SHIPPED / TOKENIZER)
    named = files.card["sha256"]
    assert named == {name: hashlib.sha256((SHIPPED / name).read_bytes()).hexdigest() for name in named}
    assert set(named) == {ENCODER, HEADS, TOKENIZER}


def test_a_whole_folder_has_its_own_files(whole: Path):
    files = find_model(whole)
    assert {files.encoder.parent, files.heads.parent, files.tokenizer.parent} == {whole}
    assert files.version == find_model().version, "which is made of what the files hold, not of where they are"


def test_a_folder_of_heads_alone_has_the_shipped_encoder(heads_only: Path):
    assert {path.name for path in heads_only.iterdir()} == {HEADS, CARD}
    files = find_model(heads_only)
    assert (files.encoder, files.tokenizer) == (SHIPPED / ENCODER, SHIPPED / TOKENIZER)
    assert files.heads == heads_only / HEADS
    named = {HEADS: heads_only / HEADS, ENCODER: SHIPPED / ENCODER, TOKENIZER: SHIPPED / TOKENIZER}
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}
    assert files.card == {"brand": "Inn", "sha256": hashes}
    one, other = Encoder(threads=1, files=files).encode_whole(["Late."]), Encoder(threads=1).encode_whole(["Late."])
    np.testing.assert_array_equal(one, other)


def test_heads_that_were_learnt_beside_another_encoder_are_refused(heads_only: Path):
    """As after an update that brings another model."""
    card = orjson.loads((heads_only / CARD).read_bytes())
    card["sha256"][ENCODER] = hashlib.sha256(b"another").hexdigest()
    (heads_only / CARD).write_bytes(orjson.dumps(card))
    with pytest.raises(FatalError) as refused:
        find_model(heads_only)
    assert str(refused.value) == (
        f"{heads_only}: it was learnt beside another encoder than the shipped one; adapt again"
    )


@pytest.mark.parametrize("name", [ENCODER, HEADS])
def test_the_version_is_another_when_encoder_or_heads_are(whole: Path, name: str):
    before = find_model(whole).version
    with (whole / name).open("ab") as file:
        file.write(b"\0")
    assert find_model(whole).version != before


def test_the_version_says_nothing_of_the_card(heads_only: Path):
    before = find_model(heads_only)
    write_heads(load(before.heads), heads_only, {"brand": "Another"})
    after = find_model(heads_only)
    assert (after.version, after.card["brand"]) == (before.version, "Another")
    assert re.fullmatch(r"[0-9a-f]{12}", after.version)


def test_the_card_of_a_whole_folder_names_all_its_files(heads: Heads, whole: Path):
    write_heads(heads, whole, {})
    assert set(find_model(whole).card["sha256"]) == {ENCODER, HEADS, TOKENIZER}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    missing = tmp_path / "none"
    with pytest.raises(FatalError, match=rf"^{missing}: the model can't be read: .*No such file"):
        find_model(missing)


@pytest.mark.parametrize("name", [HEADS, CARD])
def test_a_missing_file_is_named_with_its_folder(heads_only: Path, name: str):
    (heads_only / name).unlink()
    with pytest.raises(FatalError, match=rf"^{heads_only}: the model can't be read: .*{re.escape(name)}"):
        find_model(heads_only)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"a card"', b"\xff"])
def test_a_card_that_is_none_is_named_with_its_folder(heads_only: Path, content: bytes):
    (heads_only / CARD).write_bytes(content)
    with pytest.raises(FatalError, match=rf"^{heads_only}: the model can't be read: "):
        find_model(heads_only)


@pytest.mark.parametrize("content", [b"", b"no graph", (SHIPPED / ENCODER).read_bytes()[:200_000]])
def test_a_damaged_encoder_is_named(whole: Path, content: bytes):
    (whole / ENCODER).write_bytes(content)
    with pytest.raises(FatalError, match=rf"^{whole / ENCODER}: the encoder can't be loaded: "):
        Encoder(files=find_model(whole))


@pytest.mark.parametrize("content", [b"", b"{}", (SHIPPED / TOKENIZER).read_bytes()[:1000]])
def test_a_damaged_tokenizer_is_named(whole: Path, content: bytes):
    (whole / TOKENIZER).write_bytes(content)
    with pytest.raises(FatalError, match=rf"^{whole / TOKENIZER}: the tokenizer can't be loaded: "):
        Encoder(files=find_model(whole))


def test_heads_are_written_into_a_folder_that_is_not_there_yet(heads: Heads, tmp_path: Path):
    write_heads(heads, tmp_path / "deep" / "model", {})
    assert isinstance(find_model(tmp_path / "deep" / "model"), ModelFiles)


def test_the_same_heads_and_card_are_the_same_bytes(heads: Heads, tmp_path: Path):
    for name in ("one", "other"):
        write_heads(heads, tmp_path / name, {"brand": "Inn", "texts": 3})
    for name in (HEADS, CARD):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    save(heads, tmp_path / HEADS)
    assert (tmp_path / HEADS).read_bytes() == (tmp_path / "one" / HEADS).read_bytes()
    assert orjson.loads((tmp_path / "one" / CARD).read_bytes())["texts"] == 3
