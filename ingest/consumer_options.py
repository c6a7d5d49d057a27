"""Our Kafka settings in the words of kafka-python."""

import logging
import ssl
from typing import Any

import structlog
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from ingest.config import KafkaSettings
from voc.errors import ConfigError

_OF_ANY_CLIENT = (
    "bootstrap_servers",
    "client_id",
    "metadata_max_age_ms",
    "bootstrap_timeout_ms",
    "security_protocol",
)
_OF_A_CONSUMER = (
    "group_id",
    "group_instance_id",
    "session_timeout_ms",
    "heartbeat_interval_ms",
    "max_poll_interval_ms",
    "fetch_min_bytes",
    "fetch_max_wait_ms",
    "fetch_max_bytes",
    "max_partition_fetch_bytes",
)

# They log what goes over the wire, were anybody to turn their debug level on, and with it the password
_WIRE_LOGS = ("kafka.net.connection", "kafka.protocol.parser")
# As Kafka's own clients have it: kafka-python may wait up to 30 s more once a broker that was away is back
_RECONNECT_MS = 1_000

log = structlog.get_logger(__name__)


def connection_options(settings: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments of any client of kafka-python: where the broker is and how to sign in.

    Raises ConfigError for files that can't be read; never shows a secret.
    """
    return {
        **{name: getattr(settings, name) for name in _OF_ANY_CLIENT},
        "reconnect_backoff_max_ms": _RECONNECT_MS,
        **_sign_in(settings),
        **_encryption(settings),
    }


def consumer_options(settings: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments of ``KafkaConsumer``. Raises what ``connection_options`` raises."""
    return {
        **connection_options(settings),
        **{name: getattr(settings, name) for name in _OF_A_CONSUMER},
        "enable_auto_commit": False,
        "allow_auto_create_topics": False,
        "isolation_level": "read_committed",
        "partition_assignment_strategy": (CooperativeStickyAssignor,),
        # KafkaFeed applies settings.auto_offset_reset itself: it logs where it starts anew, and a position that
        # only the group committed is never taken for one that the store has
        "auto_offset_reset": "none",
        "metrics_enabled": False,
    }


def _sign_in(settings: KafkaSettings) -> dict[str, Any]:
    if settings.sasl_mechanism is None:
        return {}
    for name in _WIRE_LOGS:
        logging.getLogger(name).setLevel(logging.INFO)
    if settings.security_protocol == "SASL_PLAINTEXT" and settings.sasl_mechanism == "PLAIN":
        log.warning(
            "password_in_the_clear", broker=settings.bootstrap_servers, mend="kafka.security_protocol: SASL_SSL"
        )
    return {
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": _password(settings),
    }


def _password(settings: KafkaSettings) -> str:
    if settings.sasl_password is not None:
        return settings.sasl_password.get_secret_value()
    path = settings.sasl_password_file
    assert path is not None, "KafkaSettings holds one of the two"
    try:
        return path.read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as bad:
        raise ConfigError(f"can't be read: {bad}", key="kafka.sasl_password_file", value=str(path)) from bad


def _encryption(settings: KafkaSettings) -> dict[str, Any]:
    """A context made here: a wrong certificate file is named at once, where kafka-python tries until its timeout."""
    if not settings.security_protocol.endswith("SSL"):
        return {}
    try:
        key, path = "kafka.ssl_cafile", settings.ssl_cafile
        context = ssl.create_default_context(cafile=path)  # with a file the system's authorities are not trusted
        context.check_hostname = settings.ssl_check_hostname
        key, path = "kafka.ssl_certfile", settings.ssl_certfile
        if path is not None:
            # a password, if only an empty one: OpenSSL would ask for that of a locked key on the terminal
            context.load_cert_chain(path, settings.ssl_keyfile, password="")
    except OSError as bad:  # ssl.SSLError is one
        raise ConfigError(f"no usable PEM file: {bad}", key=key, value=str(path)) from bad
    return {"ssl_context": context}
