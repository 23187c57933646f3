from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.orders.models.order import Order


class OrderComment(models.Model):
    """An internal note on an order. Never changed; a correction is another comment."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("Comment"), max_length=4000)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text[:60]


class CommentMentionQuerySet(models.QuerySet["CommentMention"]):
    def visible_to(self, actor: Actor) -> "CommentMentionQuerySet":
        """Own ones, of orders the actor may still see."""
        if actor.user_id is None:
            return self.none()
        orders = Order.objects.visible_to(actor).values("pk")
        return self.filter(user_id=actor.user_id, comment__order__in=orders)


class CommentMention(models.Model):
    """Somebody named in a comment, until they have read it and after."""

    comment = models.ForeignKey(OrderComment, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = CommentMentionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint("comment", "user", name="mention_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="mention_user"),
            models.Index(fields=["user"], name="mention_unread", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.comment_id} @{self.user_id}"
