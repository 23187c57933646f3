from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.orders.models import Store


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, actor: Actor) -> "SourceQuerySet":
        return self if actor.can(Perm.INTAKE_MANAGE) else self.none()


class Source(models.Model):
    """A place orders come from, with its column mapping and its health."""

    class Kind(models.TextChoices):
        SHEET_API = "sheet_api", _("Google Sheet (service account)")
        SHEET_LINK = "sheet_link", _("Google Sheet (link)")
        FILE = "file", _("CSV or XLSX file")
        HOOK = "hook", _("Web hook or script")

    name = models.CharField(_("Name"), max_length=80, unique=True)
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind.choices)
    store = models.ForeignKey(Store, verbose_name=_("Store"), on_delete=models.PROTECT, related_name="+")
    platform = models.CharField(
        _("Platform"), max_length=30, blank=True, help_text=_("When the sheet does not say it.")
    )
    campaign = models.CharField(
        _("Campaign"), max_length=120, blank=True, help_text=_("When the sheet does not say it.")
    )
    # spreadsheet_id, tab, link, api_base, centimes …: what the kind needs, nothing secret.
    options = models.JSONField(default=dict, blank=True)
    # The service account's key file, encrypted; never shown again.
    secret = models.TextField(blank=True)
    # Rows may be sent to us at this address (a web hook, a script in the sheet), signed with the secret; NULL: not.
    hook_id = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    hook_secret = models.TextField(blank=True)
    mapping = models.JSONField(null=True, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    poll_seconds = models.PositiveIntegerField(_("Seconds between reads"), default=60)
    next_run_at = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    # When the sheet last changed, or the content of the file that was read last; "" when it must be read.
    last_version = models.CharField(max_length=100, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    # With the code, what the words are made of in the reader's language.
    error_params = models.JSONField(default=dict, blank=True)
    # Orders that changed later than this are still to be written back to the sheet.
    written_back_at = models.DateTimeField(null=True, blank=True)
    # Readings that failed one after the other: each doubles the wait before the next.
    failures_qty = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_sheet(self) -> bool:
        """A sheet that we read ourselves."""
        return self.kind in {self.Kind.SHEET_API, self.Kind.SHEET_LINK}

    @property
    def is_polled(self) -> bool:
        return self.is_active and self.is_sheet
