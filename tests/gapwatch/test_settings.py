"""Settings that are right: where values come from, and where paths lead."""

from pathlib import Path

import pytest

from gapwatch.settings import load_settings
from voc.errors import ConfigError

SOURCES = "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]\n"
PLAIN = "catalogues: [promises.yaml]\n" + SOURCES


@pytest.fixture
def settings_file(tmp_path: Path):
    """``settings_file(more)``: a settings file with the lines that every one needs, and more."""

    def write(more: str = "", *, start: str = PLAIN) -> Path:
        path = tmp_path / "gapwatch.yaml"
        path.write_text(start + more)
        return path

    return write


def test_flags_win_over_the_environment_that_over_the_file_and_that_over_defaults(settings_file, monkeypatch):
    assert load_settings(settings_file()).http.port == 8601
    written = settings_file("http: {port: 1001, host: 127.0.0.2}\n")
    assert load_settings(written).http.port == 1001
    monkeypatch.setenv("GAPWATCH_HTTP__PORT", "1002")
    assert load_settings(written).http.port == 1002
    flagged = load_settings(written, {"http": {"port": 1003}}).http
    assert (flagged.port, flagged.host) == (1003, "127.0.0.2"), "the other keys of a section stay as written"


def test_the_store_can_be_moved_by_the_environment(settings_file, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("GAPWATCH_STORE__PATH", str(tmp_path / "elsewhere.duckdb"))
    assert load_settings(settings_file("store: {path: here.duckdb}\n")).store.path == tmp_path / "elsewhere.duckdb"


def test_a_password_can_come_from_the_environment_and_is_not_shown(settings_file, monkeypatch):
    monkeypatch.setenv("GAPWATCH_KAFKA__SASL_PASSWORD", "hunter2")
    kafka = (
        "kafka: {bootstrap_servers: 'kafka:9092', security_protocol: SASL_SSL, sasl_mechanism: PLAIN, "
        "sasl_username: gapwatch}\n"
    )
    settings = load_settings(settings_file(kafka))
    assert settings.kafka is not None and settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)


def test_a_fault_in_the_environment_names_the_variable(settings_file, monkeypatch):
    monkeypatch.setenv("GAPWATCH_HTTP__PORT", "eightsix")
    with pytest.raises(ConfigError) as refused:
        load_settings(settings_file())
    assert str(refused.value) == (
        "environment variable GAPWATCH_HTTP__PORT: http.port: 'eightsix': is no whole number; "
        "allowed: a whole number from 0 up to 65535"
    )


def test_a_list_in_the_environment_that_is_no_json_names_the_variable(settings_file, monkeypatch):
    monkeypatch.setenv("GAPWATCH_CATALOGUES", "promises.yaml")
    with pytest.raises(ConfigError) as refused:
        load_settings(settings_file())
    assert str(refused.value) == (
        "environment variable GAPWATCH_CATALOGUES: is no JSON; "
        "allowed: JSON, or one variable a key such as GAPWATCH_STORE__PATH"
    )


def test_a_fault_in_a_flag_is_not_blamed_on_the_file(settings_file):
    path = settings_file()
    with pytest.raises(ConfigError) as refused:
        load_settings(path, {"http": {"port": 99_999}})
    assert str(refused.value).startswith(f"flag for {path}: http.port: 99999: is out of range")


def test_variables_that_a_cluster_sets_for_a_service_of_our_name_do_no_harm(settings_file, monkeypatch):
    monkeypatch.setenv("GAPWATCH_PORT", "tcp://10.0.0.1:8601")
    monkeypatch.setenv("GAPWATCH_SERVICE_HOST", "10.0.0.1")
    assert load_settings(settings_file()).http.port == 8601


def test_every_path_is_taken_from_the_folder_of_the_settings_file(settings_file, tmp_path: Path, monkeypatch):
    monkeypatch.chdir("/")
    settings = load_settings(
        settings_file(
            "kafka: {bootstrap_servers: 'kafka:9092', security_protocol: SSL, ssl_cafile: tls/ca.pem}\n"
            "model: {kind: minilm, folder: adapted}\n"
            "privacy: {author_secret_file: /run/secrets/author}\n"
        )
    )
    assert settings.catalogues == [tmp_path / "promises.yaml"]
    assert [source.path for source in settings.sources if source.kind == "jsonl"] == [str(tmp_path / "reviews.jsonl")]
    assert settings.store.path == tmp_path / "gapwatch.duckdb"
    assert settings.kafka is not None and settings.kafka.ssl_cafile == tmp_path / "tls" / "ca.pem"
    assert settings.model.kind == "minilm" and settings.model.folder == tmp_path / "adapted"
    assert settings.privacy.author_secret_file == Path("/run/secrets/author")


def test_standard_input_is_no_path(settings_file):
    stdin = "catalogues: [promises.yaml]\nsources: [{kind: jsonl, path: '-', holds: post}]\n"
    [source] = load_settings(settings_file(start=stdin)).sources
    assert source.kind == "jsonl" and (source.path, source.name) == ("-", "stdin")


def test_the_commented_example_is_right():
    example = Path(__file__).parents[2] / "configs" / "gapwatch.yaml"
    settings = load_settings(example)
    assert [(source.name, source.holds.value) for source in settings.sources] == [
        ("app-reviews", "review"),
        ("support-tickets", "ticket"),
        ("posts", "post"),
        ("complaints", "ticket"),
    ]
    assert all(path.is_file() for path in settings.catalogues)
