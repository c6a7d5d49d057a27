"""What the operator is told when a broker lets us in no further: which broker, which setting, what is allowed.

None of it repeats what was sent to sign in, or what the broker wrote about it.
"""

import ssl

from ingest.config import KafkaSettings
from voc.errors import ConfigError

# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH
_OTHER_NAME = (62, 64)


def sign_in_refused(address: str, settings: KafkaSettings) -> ConfigError:
    """The user is unknown, or the password wrong: a broker does not say which."""
    return ConfigError(
        f"{address} refused to let {settings.sasl_username!r} sign in",
        key="kafka.sasl_mechanism",
        value=settings.sasl_mechanism,
        allowed="the user (kafka.sasl_username) and password (kafka.sasl_password or kafka.sasl_password_file) "
        "that the broker knows for this mechanism",
    )


def mechanism_refused(address: str, settings: KafkaSettings, mechanisms: tuple[str, ...]) -> ConfigError:
    """The broker does not take this way of signing in, or, where it has none, any."""
    if not mechanisms:
        without = settings.security_protocol.removeprefix("SASL_")
        return _other_protocol(
            f"nobody signs in at {address}",
            settings,
            f"{without} without kafka.sasl_*, or the address of a listener with sign-in",
        )
    return ConfigError(
        f"{address} does not take this way of signing in",
        key="kafka.sasl_mechanism",
        value=settings.sasl_mechanism,
        allowed=", ".join(mechanisms),
    )


def wants_sign_in(address: str, settings: KafkaSettings) -> ConfigError:
    """The listener is for those who sign in."""
    return _other_protocol(
        f"{address} hangs up on a client that does not sign in",
        settings,
        f"SASL_{settings.security_protocol} with kafka.sasl_*, or the address of a listener without sign-in",
    )


def broker_does_not_know_us(address: str, settings: KafkaSettings) -> ConfigError:
    """SCRAM is mutual: this broker could not prove that it has our password, so it may be somebody else."""
    return _other_address(
        f"{address} did not prove that it knows the password of {settings.sasl_username!r}",
        settings,
        "the address of the broker that you mean",
    )


def broker_not_trusted(address: str, settings: KafkaSettings, error: ssl.SSLCertVerificationError) -> ConfigError:
    """The broker's certificate is of an authority that we don't trust, for another host, or out of date."""
    if error.verify_code in _OTHER_NAME:
        return _other_address(
            f"{address} shows a certificate for another host ({error.verify_message})",
            settings,
            "a host name that the broker's certificate has, or kafka.ssl_check_hostname: false",
        )
    return ConfigError(
        f"{address} shows a certificate that we don't trust ({error.verify_message})",
        key="kafka.ssl_cafile",
        value=str(settings.ssl_cafile) if settings.ssl_cafile else None,
        allowed="a file with the authority that signed the broker's certificate; it must be in date",
    )


def certificate_refused(address: str, settings: KafkaSettings, error: ssl.SSLError) -> ConfigError:
    """The broker broke off TLS: as a rule it wants a certificate, or another one."""
    ours = "our certificate" if settings.ssl_certfile else "a client without a certificate"
    return ConfigError(
        f"{address} refused {ours} ({(error.reason or '').lower().replace('_', ' ')})",
        key="kafka.ssl_certfile",
        value=str(settings.ssl_certfile) if settings.ssl_certfile else None,
        allowed="a certificate of an authority that the broker trusts, with its key in kafka.ssl_keyfile",
    )


def encrypted(address: str, settings: KafkaSettings) -> ConfigError:
    """The port speaks TLS, we don't."""
    return _other_protocol(
        f"{address} is an encrypted listener",
        settings,
        "SSL or SASL_SSL, or the address of a listener without encryption",
    )


def not_encrypted(address: str, settings: KafkaSettings) -> ConfigError:
    """We speak TLS, the port does not."""
    return _other_protocol(
        f"{address} is a listener without encryption",
        settings,
        "PLAINTEXT or SASL_PLAINTEXT, or the address of an encrypted listener",
    )


def no_broker(address: str, settings: KafkaSettings) -> ConfigError:
    """Something answers at the port, but not as Kafka does, or not as a broker: a controller, say."""
    return _other_address(
        f"what answers at {address} is no Kafka broker", settings, "the address of a broker's listener"
    )


def _other_protocol(problem: str, settings: KafkaSettings, allowed: str) -> ConfigError:
    return ConfigError(problem, key="kafka.security_protocol", value=settings.security_protocol, allowed=allowed)


def _other_address(problem: str, settings: KafkaSettings, allowed: str) -> ConfigError:
    return ConfigError(problem, key="kafka.bootstrap_servers", value=settings.bootstrap_servers, allowed=allowed)
