"""Colleagues named in comments: who may be named, who is, and what each has not read yet."""

import re
from collections.abc import Iterable
from typing import Final

from django.db.models import Q, QuerySet

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.text import fold
from commanda.orders.models import CommentMention, Order

AT: Final = re.compile(r"(?<!\w)@")
LONGEST_NAME: Final = 200


def mentionable(actor: Actor, order: Order) -> QuerySet[User]:
    """The active colleagues who may see the order, by name; without the actor."""
    owner = order.assignee_id or order.created_by_id
    sees_all = Q(role__permissions__contains=[Perm.ORDERS_VIEW_ALL])
    sees_own = Q(pk=owner, role__permissions__contains=[Perm.ORDERS_VIEW])
    people = User.objects.active().filter(sees_all | sees_own).order_by("name")
    return people if actor.user_id is None else people.exclude(pk=actor.user_id)


def mentioned(text: str, people: Iterable[User]) -> list[int]:
    """The ids of those whose whole name stands behind an `@`, whatever its case and accents.

    The longest name counts: "@Amina Bennani" does not name an "Amina", too. Namesakes are all meant. The `@` of
    an e-mail address names nobody.
    """
    by_name: dict[str, list[int]] = {}
    for person in people:
        by_name.setdefault(fold(person.name), []).append(person.pk)
    names = sorted(filter(None, by_name), key=len, reverse=True)
    found: dict[int, None] = {}
    for behind in AT.split(text)[1:]:
        words = f"{fold(behind[:LONGEST_NAME])} "
        name = next((name for name in names if words.startswith(f"{name} ")), None)
        found.update(dict.fromkeys(by_name[name] if name else ()))
    return list(found)


def mentions_of(actor: Actor) -> QuerySet[CommentMention]:
    """The actor's mentions in orders they may still see, with comment, author and order, newest first."""
    return (
        CommentMention.objects.visible_to(actor)
        .select_related("comment__author", "comment__order__state")
        .order_by("-id")
    )


def unread_mentions(actor: Actor) -> QuerySet[CommentMention]:
    """Those of them that are unread, to be counted."""
    return CommentMention.objects.visible_to(actor).filter(read_at=None).order_by()
