"""What signing in leaves behind: audit rows, and a new password."""

from commanda.accounts.models import User
from commanda.audit.services import record
from commanda.kernel.transaction import unit_of_work


def note_sign_in(*, user: User, address: str) -> None:
    """Record that the user signed in from an IP address."""
    _note(user, "user.signed_in", address)


def note_failed_sign_in(*, email: str, address: str) -> None:
    """Record a wrong password for an address that exists; an unknown one leaves no row to fill the log with."""
    user = User.objects.select_related("role").filter(email__iexact=email.strip()).first()
    if user is not None:
        _note(user, "user.sign_in_failed", address)


def change_own_password(*, user: User, password: str) -> None:
    """Store a password that was already validated, and record that it changed."""
    user.set_password(password)
    with unit_of_work():
        user.save(update_fields=["password"])
        _note(user, "user.password_changed", "")


def _note(user: User, name: str, address: str) -> None:
    changes = {"address": address} if address else {}
    record(actor=user.as_actor(), name=name, subject="user", subject_id=user.pk, changes=changes)
