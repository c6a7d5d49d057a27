"""What each fault of the command line ends with: 2 for what the caller must mend, 1 for a fault while running."""

import os
import random
import signal
import socket
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gapwatch.settings import Settings
from tests.gapwatch.command import gapwatch, holding, rows, write_lines, write_settings
from tests.gapwatch.listening import Listener

SOURCE = "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]"

NOT_THERE = "gapwatch: {}: can't be read: No such file or directory\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_lines(tmp_path / "reviews.jsonl", {"text": "The parcel was late."}, {"text": "The lamp is lovely."})
    return write_settings(tmp_path, SOURCE)


def test_a_file_that_is_read_to_its_end_ends_the_listener_with_0(costless, command, config):
    assert command("run", "--config", config).code == 0
    assert rows(config.parent / "gapwatch.duckdb", "SELECT count(*) FROM verbatims") == [(2,)]


def test_the_console_script_ends_with_2_and_one_line_on_wrong_settings(tmp_path: Path):
    done = gapwatch("run", "--config", write_settings(tmp_path, "retries: 3", SOURCE))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"gapwatch: {tmp_path / 'gapwatch.yaml'}: retries: is no key here; "
        f"allowed: {', '.join(Settings.model_fields)}\n"
    )


def test_settings_that_are_not_there_end_with_2(command, tmp_path: Path):
    ended = command("run", "--config", tmp_path / "none.yaml")
    assert (ended.code, ended.err) == (2, NOT_THERE.format(tmp_path / "none.yaml"))


def test_a_catalogue_that_is_not_there_ends_with_2(command, config, tmp_path: Path):
    ended = command("run", "--config", write_settings(tmp_path, SOURCE, catalogues=[tmp_path / "none.yaml"]))
    assert (ended.code, ended.err) == (2, NOT_THERE.format(tmp_path / "none.yaml"))
    assert not (tmp_path / "gapwatch.duckdb").exists(), "nothing is made before the catalogues are read"


def test_a_source_file_that_is_not_there_ends_with_2(costless, command, config, tmp_path: Path):
    (tmp_path / "reviews.jsonl").unlink()
    ended = command("run", "--config", config)
    assert ended.code == 2
    assert "sources.reviews.path" in ended.err and "No such file or directory" in ended.err


def test_a_port_in_use_ends_with_2(costless, command, config):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = command("run", "--config", config, "--port", port)
    assert ended.code == 2
    assert f"gapwatch: http: '127.0.0.1:{port}': can't be listened on: Address already in use\n" in ended.err


def test_an_option_that_does_not_exist_ends_with_2(command):
    ended = command("run", "--confg", "gapwatch.yaml")
    assert ended.code == 2
    assert "No such option" in ended.err


def test_a_held_store_ends_with_1_and_names_the_process_that_holds_it(costless, command, config, tmp_path: Path):
    with holding(tmp_path / "gapwatch.duckdb") as holder:
        ended = command("run", "--config", config)
    assert ended.code == 1
    assert f"held by process {holder}" in ended.err
    assert ended.err.count("\n") == 1


def test_heads_that_can_not_be_read_end_with_1(command, config, tmp_path: Path):
    (tmp_path / "adapted").mkdir()
    (tmp_path / "adapted" / "card.json").write_text("{}")
    (tmp_path / "adapted" / "heads.npz").write_bytes(b"PK\x03\x04 and then nothing")
    write_settings(tmp_path, SOURCE, "model: {kind: minilm, folder: adapted}")
    ended = command("run", "--config", config)
    assert ended.code == 1
    assert str(tmp_path / "adapted" / "heads.npz") in ended.err
    assert ended.err.count("\n") == 1


def test_a_model_that_is_not_there_ends_with_1(command, config, tmp_path: Path):
    write_settings(tmp_path, SOURCE, "model: {kind: minilm, folder: adapted}")
    ended = command("run", "--config", config)
    assert ended.code == 1
    assert f"gapwatch: {tmp_path / 'adapted'}: the model can't be read: " in ended.err
    assert ended.err.count("\n") == 1


def test_training_without_torch_ends_with_2_and_says_what_to_install(command, tmp_path: Path, monkeypatch):
    missing = ("torch", "safetensors")
    monkeypatch.setattr("gapwatch.commands.train.find_spec", lambda name: None if name in missing else object())
    ended = command("train", "--out", tmp_path / "model")
    assert ended.code == 2
    install = "pip install -c constraints.txt -e '.[train]'"
    assert ended.err == f"gapwatch: gapwatch train: needs torch, safetensors: {install}\n"
    assert not (tmp_path / "model").exists()


def test_training_into_what_is_no_folder_ends_with_2_before_any_work(command, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("gapwatch.commands.train.find_spec", lambda name: object())
    (tmp_path / "taken").write_text("a file")
    ended = command("train", "--out", tmp_path / "taken")
    assert ended.code == 2
    assert ended.err == f"gapwatch: --out: '{tmp_path / 'taken'}': can't be written: File exists\n"


def test_a_transformers_model_that_is_not_there_ends_without_a_traceback(command, config, tmp_path: Path):
    write_settings(tmp_path, SOURCE, "model: {kind: transformers, model: nowhere/at-all}")
    ended = command("run", "--config", config)
    assert ended.code in (1, 2)
    assert "nowhere/at-all" in ended.err or "torch" in ended.err


def test_a_damaged_archive_ends_with_1_once_its_lines_are_stored(costless, command, tmp_path: Path):
    import gzip

    whole = gzip.compress(b'{"text": "The parcel was late."}\n' * 3000, compresslevel=0)
    (tmp_path / "reviews.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    ended = command("run", "--config", write_settings(tmp_path, SOURCE.replace(".jsonl", ".jsonl.gz")))
    assert ended.code == 1
    assert "damaged or cut off after line" in ended.err
    [(stored,)] = rows(tmp_path / "gapwatch.duckdb", "SELECT count(*) FROM verbatims")
    assert f"after line {stored}" in ended.err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own of 8 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a disk can be mounted by root only")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_ends_with_1_and_a_restart_with_room_completes(small_disk: Path, tmp_path: Path, costless, command):
    ballast = small_disk / "ballast"
    total = 1500
    texts = ({"text": "".join(random.choices(string.ascii_letters + " ", k=2000))} for _ in range(total))
    write_lines(tmp_path / "reviews.jsonl", *texts)
    ballast.write_bytes(bytes(6_000_000))
    store = small_disk / "gapwatch.duckdb"
    config = write_settings(tmp_path, SOURCE, f"store: {{path: {store}}}", "listener: {batch_records: 100}")
    ended = command("run", "--config", config)
    assert ended.code == 1
    assert f"gapwatch: {store}: the disk is full; nothing of this batch was stored\n" in ended.err
    ballast.unlink()
    [(before,)] = rows(store, "SELECT count(*) FROM verbatims")
    assert before % 100 == 0 and before < total, "whole batches only"
    assert rows(store, "SELECT next_offset FROM kafka_offsets") == ([(before,)] if before else [])
    assert command("run", "--config", config).code == 0
    assert rows(store, 'SELECT count(*), count(DISTINCT "offset") FROM verbatims') == [(total, total)]


def test_ctrl_c_ends_the_listener_in_good_order(tmp_path: Path):
    """A pipe that never ends keeps it listening."""
    os.mkfifo(tmp_path / "reviews.jsonl")
    writer = os.open(tmp_path / "reviews.jsonl", os.O_RDWR)
    try:
        with Listener(write_settings(tmp_path, SOURCE)).started() as listener:
            os.write(writer, b'{"text": "The parcel was late."}\n')
            listener.until_records(1)
            assert listener.stop(by=signal.SIGINT) == 0
    finally:
        os.close(writer)
