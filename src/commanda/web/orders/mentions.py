"""Comments in which colleagues named the person: the list behind the bell."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.orders.mentions import mentions_of
from commanda.orders.services.annotate import read_mentions
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_safe
def mention_list(request: PageRequest) -> HttpResponse:
    """Own mentions, the newest first; the unread ones stand out."""
    rows = keyset_page(mentions_of(request.actor), order=("-id",), cursor=request.GET.get("after"))
    context = {"page": rows, "has_unread": any(mention.read_at is None for mention in rows.rows)}
    return render_page(request, "orders/mentions.html", context, partial="orders/_mentions.html")


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_POST
def mentions_read(request: PageRequest) -> HttpResponse:
    """Mark one (`id`) or all as read; with `open` the order follows."""
    typed = request.POST.get("id", "")
    if not typed:
        read_mentions(actor=request.actor)
        messages.success(request, _("All read."))
        return redirect(request, reverse("mentions"))
    mention_id = number_or_none(typed) or 0
    read_mentions(actor=request.actor, mention_ids=[mention_id])
    mention = mentions_of(request.actor).filter(pk=mention_id).first()
    if mention is None or not request.POST.get("open"):
        return redirect(request, reverse("mentions"))
    comment = mention.comment
    return redirect(request, f"{reverse('order', args=[comment.order.reference])}?show=comments#comment-{comment.pk}")
