"""Clients, for those who may see them; an agent finds the clients of own orders."""

from django.http import HttpResponse
from ninja import Router

from commanda.accounts.permissions import Perm
from commanda.api.auth import ApiRequest
from commanda.api.customers.schemas import CustomerOut
from commanda.api.orders.resolving import phone_of
from commanda.api.replies import reply
from commanda.customers.selectors import client_by_phone
from commanda.kernel.errors import NotFound
from commanda.kernel.text import strip_marks
from commanda.orders.models import Order
from commanda.privacy.services.note_access import note_access

router = Router(tags=["customers"])


@router.get("/customers/{phone}", response=CustomerOut, summary="One client by phone")
def one_customer(request: ApiRequest, phone: str) -> HttpResponse:
    """The client known under a phone in any Moroccan form."""
    request.actor.require(Perm.CUSTOMERS_VIEW)
    client = client_by_phone(request.actor, phone_of(strip_marks(phone)[:60], "phone"))
    if client is None:
        raise NotFound
    note_access(actor=request.actor, kind="opened", customer_ids=[client.pk])
    return reply(
        CustomerOut(
            id=client.pk,
            phone=client.phone_e164,
            phone2=client.phone2_e164,
            name=client.name,
            city=client.city.name_fr if client.city else None,
            address=client.address,
            note=client.note,
            tags=client.tags,
            is_blocked=client.is_blocked,
            orders=Order.objects.visible_to(request.actor).filter(customer_id=client.pk).count(),
            created_at=client.created_at,
        )
    )
