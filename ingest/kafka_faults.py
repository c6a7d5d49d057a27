"""kafka-python's errors, named after what the operator does about them."""

import kafka.errors as kafka_errors

from ingest.config import KafkaSettings
from ingest.kafka_refusals import sign_in_refused
from voc.errors import ConfigError, FatalError, GapwatchError, TransientError

_SIGN_IN = (
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.UnsupportedSaslMechanismError,
    kafka_errors.IllegalSaslStateError,
)


def named(error: kafka_errors.KafkaError, settings: KafkaSettings) -> GapwatchError:
    """The error of ours that an error of kafka-python means. Broker texts about signing in are left out: they may
    repeat what was sent."""
    broker = settings.bootstrap_servers
    if isinstance(error, _SIGN_IN):
        return sign_in_refused(broker, settings)
    if isinstance(error, kafka_errors.TopicAuthorizationFailedError):
        return ConfigError(f"{broker} does not permit to read this", key="sources", value=_topics(error))
    if isinstance(error, kafka_errors.AuthorizationError):
        return ConfigError(f"{broker} does not permit this: {error}", key="kafka.group_id", value=settings.group_id)
    if isinstance(error, kafka_errors.InvalidSessionTimeoutError):
        return ConfigError(
            f"{broker} does not permit this session",
            key="kafka.session_timeout_ms",
            value=settings.session_timeout_ms,
            allowed="the broker's group.min.session.timeout.ms to group.max.session.timeout.ms",
        )
    if isinstance(error, kafka_errors.KafkaConfigurationError):
        return ConfigError(str(error), key="kafka")
    if isinstance(error, kafka_errors.FencedInstanceIdError):
        return FatalError(f"another listener runs as kafka.group_instance_id {settings.group_instance_id!r}")
    if isinstance(error, kafka_errors.RetriableError):
        return TransientError(f"Kafka at {broker} does not answer: {_text(error)}")
    return FatalError(f"Kafka at {broker}: {_text(error)}")


def _topics(error: Exception) -> str:
    """kafka-python hands over a set of them, from some places one name."""
    named = error.args[0] if error.args else ()
    return ", ".join([named] if isinstance(named, str) else sorted(named))


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__
