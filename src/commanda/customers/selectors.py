from commanda.customers.models import Customer
from commanda.kernel.actor import Actor


def client_by_phone(actor: Actor, phone_e164: str) -> Customer | None:
    """The client known under a phone, if the actor may see them."""
    return Customer.objects.visible_to(actor).filter(phone_e164=phone_e164).first()
