"""Set up a new installation: its administrator and its store."""

from django.core.exceptions import ValidationError

from commanda.accounts.models import User
from commanda.accounts.services.first_admin import create_first_admin
from commanda.audit.services import record
from commanda.kernel.actor import Actor, system_actor
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Store


def open_shop(
    *,
    actor: Actor,
    email: str,
    name: str,
    password: str,
    language: str,
    store_name: str,
    store_prefix: str,
) -> User:
    """Create the first administrator and name the first store; all or nothing, and only once.

    Anybody may call it while there is no user. Raises `NotFound` once there is one, `Invalid` for a weak
    password, an empty store name or a prefix that is not one to four capital letters.
    """
    founder = system_actor(actor.source)
    with unit_of_work():
        user = create_first_admin(actor=founder, email=email, name=name, password=password, language=language)
        store = Store.objects.order_by("pk").first() or Store()
        store.name, store.prefix = store_name.strip()[:80], store_prefix.strip().upper()
        try:
            store.full_clean()
        except ValidationError as error:
            field = "store_prefix" if "prefix" in error.message_dict else "store_name"
            raise Invalid(" ".join(error.messages), field=field, code="bad_store") from error
        store.save()
        record(
            actor=founder,
            name="store.named",
            subject="store",
            subject_id=store.pk,
            changes={"name": store.name, "prefix": store.prefix},
        )
    return user
