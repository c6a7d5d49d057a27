"""Certificates of a made-up authority, as PEM files: what clients read, and what Kafka reads."""

from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key


class Files(NamedTuple):
    """A certificate and its private key."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates and keeps them in a folder; ``ca`` is the file to trust it by."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder, self._authority = folder, trustme.CA()
        self.ca = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca))

    def issue(self, *names: str) -> Files:
        """A certificate for host names or addresses."""
        made = self._authority.issue_cert(*names)
        files = Files(self._folder / f"{names[0]}.pem", self._folder / f"{names[0]}.key.pem")
        files.certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        files.key.write_bytes(made.private_key_pem.bytes())
        return files

    def key_store(self, *names: str) -> Path:
        """The same in the one file that Kafka wants: the key in PKCS 8, then the certificate."""
        files = self.issue(*names)
        key = load_pem_private_key(files.key.read_bytes(), None)
        store = self._folder / f"{names[0]}.store.pem"
        unencrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        store.write_bytes(unencrypted + files.certificate.read_bytes())
        return store
