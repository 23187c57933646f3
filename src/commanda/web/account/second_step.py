"""The second step of a sign-in: its secrets lie sealed in the database, like those of connections."""

from allauth.mfa.adapter import DefaultMFAAdapter

from commanda.kernel.secrets_box import open_sealed, seal


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and seeds of recovery codes are of no use to whoever reads the database alone."""

    def encrypt(self, text: str) -> str:
        """Seal with the key outside the database."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what was sealed. Raises `Conflict` when the key is another one."""
        return open_sealed(encrypted_text)
