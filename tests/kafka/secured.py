"""A broker with every door that our settings can open: passwords with and without encryption, and certificates."""

from pathlib import Path
from types import TracebackType

from tests.kafka.broker import HOST, Broker, Door
from tests.kafka.certificates import Authority

USER = "listener"
PASSWORD = "correct-horse-battery"
DOORS = {"PASSWORDS": "SASL_SSL", "CLEAR": "SASL_PLAINTEXT", "CERTIFICATES": "SSL", "MISNAMED": "SSL"}

ELSEWHERE = "elsewhere.example"  # a host name that the broker does not have


class SecuredBroker:
    """A context manager. ``address`` of a door is where a client goes; ``plain`` lets anybody in, for producers.

    ``USER`` signs in with ``PASSWORD``, by PLAIN and by SCRAM-SHA-512. The certificates' door takes clients of
    ``authority`` only. ``misnamed`` is a door with a certificate for another host.
    """

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "authority")
        self.stranger = Authority(folder / "stranger")
        doors = [Door(name, protocol) for name, protocol in DOORS.items()]
        self._broker = Broker(doors=doors, properties=self._properties(), users={USER: PASSWORD})
        self.plain = self._broker.bootstrap_servers
        self.controller_port = self._broker.controller_port
        self.passwords, self.clear, self.certificates, self.misnamed = (f"{HOST}:{door.port}" for door in doors)

    def __enter__(self) -> "SecuredBroker":
        self._broker.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self._broker.stop()

    def create_topic(self, name: str, partitions: int = 1) -> None:
        """Create a topic and return when it is there."""
        self._broker.create_topic(name, partitions)

    def _properties(self) -> dict[str, str]:
        login = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        right, wrong = self.authority.key_store(HOST, "localhost"), self.authority.key_store(ELSEWHERE)
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(right),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.ca),
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.certificates.ssl.client.auth": "required",
            "listener.name.misnamed.ssl.keystore.type": "PEM",
            "listener.name.misnamed.ssl.keystore.location": str(wrong),
            **{
                f"listener.name.{door}.{mechanism}.sasl.jaas.config": module
                for door in ("passwords", "clear")
                for mechanism, module in (("plain", login), ("scram-sha-512", scram))
            },
        }
