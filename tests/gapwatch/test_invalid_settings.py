"""Each deliberately wrong settings file of configs/invalid is refused with its one message."""

import re
from pathlib import Path

import pytest

from gapwatch.settings import Settings, load_settings
from voc.errors import ConfigError

FOLDER = Path(__file__).parents[2] / "configs" / "invalid"

TOP_KEYS = (
    "catalogues, kafka, sources, model, store, http, sql, listener, floods, themes, alerts, privacy, dead_letters"
)
KAFKA_KEYS = (
    "bootstrap_servers, group_id, client_id, group_instance_id, auto_offset_reset, require_topics, "
    "session_timeout_ms, max_poll_interval_ms, metadata_max_age_ms, bootstrap_timeout_ms, fetch_min_bytes, "
    "fetch_max_wait_ms, fetch_max_bytes, max_partition_fetch_bytes, security_protocol, ssl_cafile, ssl_certfile, "
    "ssl_keyfile, ssl_check_hostname, sasl_mechanism, sasl_username, sasl_password, sasl_password_file"
)
SOURCE_KEYS = "holds, fields, max_record_bytes, brand, region, product, channel, kind, path, name"
FIELDS = "id, text, created_at, experienced_at, brand, region, product, channel, author, rating, language"
FUNCTIONS = (
    "abs, avg, ceil, contains, ends_with, floor, join, keys, length, map, max, max_by, merge, min, min_by, not_null, "
    "reverse, sort, sort_by, starts_with, sum, to_array, to_number, to_string, type, values"
)
QUOTE_IT = "is no text; allowed: a text; quote it if it looks like a number or true/false"
NO_KEY = "is no key here; allowed:"

# What follows the name of the file. The password and the secret of these files are "hunter2" and 20260110.
MESSAGES = {
    "bad_batch_seconds": "listener.batch_seconds: 90: is out of range; allowed: a number from 0 up to 60",
    "bad_bootstrap_servers": "kafka.bootstrap_servers: 'kafka:9092:9093' is no broker address; "
    "allowed: host:port, several with commas",
    "bad_group_instance_id": "kafka.group_instance_id: 'gap watch': can't be used; "
    "allowed: up to 249 of letters, digits, '.', '_' and '-'",
    "bad_holds": "sources[0].holds: 'call': is not known; allowed: review, ticket, post",
    "bad_jmespath": "sources[0].fields.text: 'ticket.[description' is no JMESPath expression: "
    "Invalid jmespath expression: Incomplete expression:",
    "bad_memory_limit": "store.memory_limit: 'plenty': is no size; "
    "allowed: a number with MB, MiB, GB or GiB, such as 256MB",
    "bad_port": "http.port: 86010: is out of range; allowed: a whole number from 0 up to 65535",
    "bad_proxy_address": "http.trusted_proxy.addresses[0]: '10.0.0.0/40' is no address; "
    "allowed: an IP address or a network such as 10.0.0.0/8",
    "bad_generation": "sources[0].generation: 0: is out of range; allowed: a whole number from 1 up to 1000000",
    "bad_topic": "sources[0].topic: 'customer reviews' is no topic name; "
    "allowed: up to 249 of letters, digits, '.', '_' and '-'",
    "bad_dead_letter_share": "dead_letters.most_share: 50: is out of range; allowed: a number above 0 up to 1",
    "broken_yaml": "line 2, column 8: is no YAML: expected ',' or ']', but got ':'",
    "catalogues_is_no_list": "catalogues: '../catalogues/shop.yaml': is no list; allowed: a list such as [a, b]",
    "certificate_without_ssl": "kafka: ssl_* needs security_protocol SSL or SASL_SSL",
    "dead_letter_topic_is_a_source": "dead_letters.topic: 'reviews' is the topic of a source, "
    "which would read them again",
    "dead_letter_topic_without_kafka": "dead_letters.topic is set, but there is no key kafka with bootstrap_servers",
    "empty_catalogues": "catalogues: is empty; allowed: at least one",
    "empty_file": f"holds no settings; allowed: the keys {TOP_KEYS}",
    "empty_sources": "sources: is empty; allowed: at least one",
    "flood_window_smaller_than_copies": "floods: window is smaller than copies, so that no flood could ever be seen",
    "group_id_is_a_number": f"kafka.group_id: 7: {QUOTE_IT}",
    "http_is_no_mapping": "http: 8601: is no mapping; allowed: keys with values",
    "kafka_source_without_kafka": "a source is of kind kafka, but there is no key kafka with bootstrap_servers",
    "key_stands_twice": "line 4, column 1: is no YAML: the key 'catalogues' stands twice",
    "no_answer_in_time": "sql.seconds: 0: is out of range; allowed: a number above 0 up to 3600",
    "no_bootstrap_servers": "kafka.bootstrap_servers: is missing",
    "no_catalogues": "catalogues: is missing",
    "no_holds": "sources[0].holds: is missing",
    "no_mapping": f"holds no settings; allowed: the keys {TOP_KEYS}",
    "no_sources": "sources: is missing",
    "no_text_field": "sources[0].fields: a mapping must say where the text is: text is missing",
    "not_utf8": "is no UTF-8 text (byte 17)",
    "password_is_a_number": f"kafka.sasl_password: {QUOTE_IT}",
    "password_without_sasl": "kafka: sasl_* needs security_protocol SASL_PLAINTEXT or SASL_SSL",
    "port_is_no_number": "http.port: 'eightsix': is no whole number; allowed: a whole number from 0 up to 65535",
    "queue_bytes_smaller_than_a_record": "listener.queue_bytes is smaller than the largest max_record_bytes (1048576)",
    "queue_smaller_than_batch": "listener: queue_records is smaller than batch_records, "
    "so that no batch could ever be full",
    "record_limit_too_high": "sources[0].max_record_bytes: 100000000: is out of range; "
    "allowed: a whole number from 1 up to 67108864",
    "revoke_seconds_is_nothing": "listener.revoke_seconds: 0: is out of range; allowed: a number above 0 up to 300",
    "open_to_everybody": "http: host 0.0.0.0 can be reached from other machines, so that it must be known who asks; "
    "allowed: token_file or trusted_proxy beside it, or host 127.0.0.1",
    "sasl_without_password": "kafka: SASL_SSL needs one of sasl_password and sasl_password_file",
    "sasl_without_user": "kafka: SASL_SSL needs sasl_mechanism and sasl_username",
    "source_without_kind": "sources[0].kind: is missing; allowed: kafka, jsonl",
    "sources_is_no_list": "sources: is no list; allowed: a list such as [a, b]",
    "stall_shorter_than_leaving": "listener: stall_seconds is no longer than revoke_seconds, "
    "so that leaving would pass for a stall",
    "switch_is_neither": "kafka.require_topics: 'perhaps': is neither true nor false; allowed: true, false",
    "tab_indented": "line 3, column 1: is no YAML: found character '\\t' that cannot start any token",
    "two_author_secrets": "privacy: give either author_secret or author_secret_file",
    "two_sources_with_one_name": "sources: each source has its own name; given twice: reviews",
    "two_sources_with_one_topic": "sources: each source has its own topic or path; given twice: voices",
    "unknown_field": f"sources[0].fields.customer: 'customer': is not known; allowed: {FIELDS}",
    "unknown_jmespath_function": "sources[0].fields.text: 'upper(ticket.description)' calls upper(), "
    "which JMESPath does not have; "
    f"allowed: {FUNCTIONS}",
    "unknown_key": f"retries: {NO_KEY} {TOP_KEYS}",
    "unknown_key_in_a_source": f"sources[0].hold: {NO_KEY} {SOURCE_KEYS}",
    "unknown_key_in_dead_letters": "dead_letters.most: 5: "
    f"{NO_KEY} most_in_a_row, most_share, window_records, topic, publish_seconds",
    "unknown_key_in_floods": f"floods.auhtors: 2: {NO_KEY} window, copies, authors",
    "unknown_key_in_http": f"http.prot: 9000: {NO_KEY} host, port, hosts, token_file, trusted_proxy",
    "unknown_key_in_kafka": f"kafka.password: {NO_KEY} {KAFKA_KEYS}",
    "unknown_key_in_listener": "listener.batch_size: 64: "
    f"{NO_KEY} batch_records, batch_bytes, batch_seconds, queue_records, queue_bytes, most_characters, cache_texts, "
    "revoke_seconds, stop_seconds, stall_seconds",
    "unknown_key_in_model": f"model.device: 'cuda': {NO_KEY} kind, threads, batch_size, min_confidence, folder",
    "unknown_key_in_privacy": f"privacy.author_sekret: {NO_KEY} author_secret, author_secret_file",
    "unknown_key_in_store": f"store.file: 'gapwatch.duckdb': {NO_KEY} kind, path, threads, memory_limit, backup_folder",
    "unknown_label_meaning": "model.labels.entailment: 'good': is not known; "
    "allowed: broken, kept, exceeded, mentioned, silent",
    "unknown_model_kind": "model.kind: 'gpt': is not known; allowed: minilm, transformers",
    "unknown_security_protocol": "kafka.security_protocol: 'TLS': is not known; "
    "allowed: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
    "unknown_source_kind": "sources[0].kind: 'rabbitmq': is not known; allowed: kafka, jsonl",
    "unknown_store_kind": "store.kind: 'postgres': is not known; allowed: duckdb",
}


@pytest.mark.parametrize("fault", MESSAGES)
def test_wrong_settings_are_refused_with_their_message(fault: str):
    path = FOLDER / f"settings_{fault}.yaml"
    with pytest.raises(ConfigError) as refused:
        load_settings(path)
    assert str(refused.value) == f"{path}: {MESSAGES[fault]}"


def test_every_wrong_settings_file_has_its_message_here():
    faults = {path.stem.removeprefix("settings_") for path in FOLDER.glob("settings_*")}
    assert faults == set(MESSAGES)


def test_no_message_shows_a_password_or_a_secret():
    secrets = re.compile(r"hunter2|20260110")
    holders = [path for path in FOLDER.glob("settings_*.yaml") if secrets.search(path.read_text("latin-1"))]
    assert len(holders) >= 6
    for path in holders:
        with pytest.raises(ConfigError) as refused:
            load_settings(path)
        shown = [str(refused.value), repr(refused.value), str(refused.value.__cause__), repr(refused.value.__dict__)]
        assert not secrets.search(" ".join(shown)), path.name


def test_an_unknown_key_is_told_before_the_key_it_was_meant_to_be(tmp_path: Path):
    path = tmp_path / "gapwatch.yaml"
    path.write_text("catalog: [promises.yaml]\nsources: [{kind: jsonl, path: a.jsonl, holds: review}]\n")
    with pytest.raises(ConfigError) as refused:
        load_settings(path)
    assert str(refused.value) == f"{path}: catalog: {NO_KEY} {', '.join(Settings.model_fields)}"


def test_settings_that_are_not_there_are_named(tmp_path: Path):
    with pytest.raises(ConfigError) as refused:
        load_settings(tmp_path / "gapwatch.yaml")
    assert str(refused.value) == f"{tmp_path / 'gapwatch.yaml'}: can't be read: No such file or directory"
