"""Key files of service accounts, made when needed: no private key is ever stored."""

import json
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.google.state import FakeGoogle

EMAIL = "reader@commanda-fake.iam.gserviceaccount.com"


@cache
def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_key_file(google: FakeGoogle, *, email: str = EMAIL, token_uri: str | None = None) -> str:
    """The JSON of a key file whose tokens come from the fake; the fake knows its public key."""
    key = _private_key()
    google.accounts[email] = key.public_key()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "commanda-fake",
            "private_key_id": "1",
            "private_key": pem,
            "client_email": email,
            "client_id": "1",
            "token_uri": token_uri or f"{google.base}/token",
        }
    )
