"""The key that seals are signed with, and the signatures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from base.basics.errors import StartRefused
from base.papers.files import keys

#: In the data directory, mode 0600.
FILE = "seal-key.pem"


def private_key(data_dir: Path) -> Any:
    """The Ed25519 key of this instance, made at its first use.

    Raises:
        StartRefused: the file is damaged.
    """
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = data_dir / FILE
    if not path.exists():
        fresh = Ed25519PrivateKey.generate().private_bytes(
            forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
        )
        keys.make_once(path, fresh.decode("ascii"))
    try:
        found = forms.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as fault:
        raise StartRefused(f"La clé des scellés {path} est illisible ({fault}).") from fault
    if not isinstance(found, Ed25519PrivateKey):
        raise StartRefused(f"La clé des scellés {path} n’est pas une clé Ed25519.")
    return found


def public_hex(key: Any) -> str:
    """The public half of a private key, in hexadecimal."""
    return str(key.public_key().public_bytes_raw().hex())


def fingerprint(public_key: str) -> str:
    """What a public key is called by."""
    return sha256(bytes.fromhex(public_key)).hexdigest()


def written_at(at: datetime) -> str:
    """An instant as seals and leaves write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def signed_bytes(
    *, number: int, size: int, root: str, previous_root: str, at: datetime, key: str
) -> bytes:
    """The canonical form of a seal (RFC 8785): what its signature is over."""
    content = {
        "at": written_at(at),
        "key": key,
        "number": number,
        "previous_root": previous_root,
        "root": root,
        "size": size,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def bytes_of(seal: Any) -> bytes:
    """What the signature of a seal is over."""
    names = ("number", "size", "root", "previous_root", "at", "key")
    return signed_bytes(**{name: getattr(seal, name) for name in names})


def is_signed(public_key: str, signature: str, data: bytes) -> bool:
    """Whether a signature is that of the data by the key; false as well for what is no key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        given = bytes.fromhex(signature)
        if given.hex() != signature:
            return False  # the same bytes in capitals are not what was written
        key.verify(given, data)
    except (InvalidSignature, ValueError):
        return False
    return True
