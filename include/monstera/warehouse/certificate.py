"""A certificate by which the warehouse of docker-compose proves who it is.

    python -m monstera.warehouse.certificate FOLDER HOST [--owner UID]

It signs itself: clients trust this very file (`PGSSLROOTCERT`) and nothing else.
"""

import argparse
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_DAYS = 3650


def make_certificate(folder: Path, host: str, now: datetime, owner: int | None = None) -> None:
    """Writes `server.key` and `server.crt` for `host` into the folder; keeps what is there.

    Args:
        owner: user and group id of the server, which reads no key of anybody else.
    """
    certificate_file, key_file = folder / "server.crt", folder / "server.key"
    if certificate_file.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_file.unlink(missing_ok=True)
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    if owner is not None:
        os.chown(key_file, owner, owner)
    unfinished = certificate_file.with_suffix(".part")
    unfinished.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    unfinished.rename(certificate_file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=make_certificate.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("host")
    parser.add_argument("--owner", type=int)
    asked = parser.parse_args()
    make_certificate(asked.folder, asked.host, datetime.now(UTC), asked.owner)
