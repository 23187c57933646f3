"""Secrets of connections (key files, tokens) at rest: encrypted, authenticated, never shown again.

The key lies outside the database: it is derived from COMMANDA_SECRETS_KEY or, without it, from the application's
signing key. Several comma-separated values in COMMANDA_SECRETS_KEY rotate it: the first one seals, all of them open,
and so does the signing key, with which all began. `commanda rotate-key` seals everything anew with the first one.
"""

import base64
import os
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commanda.kernel.errors import Conflict

VARIABLE: Final = "COMMANDA_SECRETS_KEY"
_PURPOSE: Final = b"commanda connection secrets"
# The columns that hold sealed texts: (model as `app.Model`, field).
SEALED: Final[list[tuple[str, str]]] = []


def holds_sealed(model: str, *fields: str) -> None:
    """Register text fields of a model that hold sealed texts, or nothing; its app's `policies.py` calls this.

    `data__secret` is the text at a key of a JSON field.
    """
    SEALED.extend((model, field) for field in fields)


def seal(secret: str) -> str:
    """The encrypted form of a secret, safe to store."""
    return _box().encrypt(secret.encode()).decode()


def open_sealed(sealed: str) -> str:
    """The secret again. Raises `Conflict` when it was sealed with a key we no longer have."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Conflict(
            _("The stored secret can no longer be read because the installation's key changed. Enter it again."),
            code="secret_unreadable",
        ) from None


def seal_again(sealed: str) -> str:
    """The same secret sealed with the first key; the very same text when it is so already. Raises as `open_sealed`."""
    first = _fernet(_keys()[0])
    try:
        first.decrypt(sealed.encode())
    except InvalidToken:
        return seal(open_sealed(sealed))
    return sealed


def _box() -> MultiFernet:
    return MultiFernet([_fernet(text) for text in _keys()])


def _keys() -> list[str]:
    named = [part.strip() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()]
    return [*named, settings.SECRET_KEY]


def _fernet(text: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(text.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
