"""People: create, change, deactivate."""

from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from commanda.accounts.locks import lock_admins
from commanda.accounts.models import Role, User
from commanda.accounts.permissions import ADMIN, Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work

EDITABLE = ("name", "email", "phone_e164", "role_id", "language", "is_active")


def create_user(
    *,
    actor: Actor,
    email: str,
    name: str,
    role: Role,
    password: str,
    language: str = "fr",
    phone_e164: str = "",
) -> User:
    """Create an active user. Raises `Invalid` for a taken address or a weak password."""
    actor.require(Perm.USERS_MANAGE)
    email = email.strip().lower()
    _refuse_taken(email)
    user = User(email=email, name=name.strip(), role=role, language=language, phone_e164=phone_e164)
    _set_password(user, password)
    with unit_of_work():
        user.save()
        record(
            actor=actor,
            name="user.created",
            subject="user",
            subject_id=user.pk,
            changes={"email": email, "role": role.slug},
        )
    return user


def update_user(*, actor: Actor, user_id: int, changes: dict[str, object], password: str = "") -> User:
    """Change a user; deactivation and a new password end their sessions at once.

    Locks the active administrators, so that two people cannot take away the last two at the same time.
    Raises `Conflict` (`last_admin`) and `Invalid` for a taken address or a weak password.
    """
    actor.require(Perm.USERS_MANAGE)
    with unit_of_work():
        admins = lock_admins()
        user = User.objects.get(pk=user_id)
        if "email" in changes:
            changes = changes | {"email": str(changes["email"]).strip().lower()}
            _refuse_taken(str(changes["email"]), besides=user.pk)
        audited: dict[str, object] = {}
        for name in EDITABLE:
            if name in changes and getattr(user, name) != changes[name]:
                audited[name] = [getattr(user, name), changes[name]]
                setattr(user, name, changes[name])
        if password:
            _set_password(user, password)
            audited["password"] = "changed"  # noqa: S105
        if not audited:
            return user
        user.save()
        if admins and not User.objects.active().filter(role__slug=ADMIN).exists():
            raise Conflict(_("At least one active administrator must remain."), code="last_admin")
        record(actor=actor, name="user.updated", subject="user", subject_id=user.pk, changes=audited)
        if not user.is_active or password:
            end_sessions(user)
    return user


def sign_out_everywhere(*, actor: Actor, user_id: int) -> None:
    """End all sessions of a user now."""
    actor.require(Perm.USERS_MANAGE)
    with unit_of_work():
        user = User.objects.get(pk=user_id)
        end_sessions(user)
        record(actor=actor, name="user.signed_out", subject="user", subject_id=user.pk)


def end_sessions(user: User) -> None:
    """Sign the user out everywhere."""
    sessions = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=sessions.values("session_key")).delete()
    sessions.delete()


def _refuse_taken(email: str, *, besides: int | None = None) -> None:
    if User.objects.filter(email__iexact=email).exclude(pk=besides or 0).exists():
        raise Invalid(_("This e-mail address is already used."), field="email", code="email_taken")


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password", code="weak_password") from error
    user.set_password(password)
