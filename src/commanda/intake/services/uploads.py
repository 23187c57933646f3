"""Files between upload and import."""

from datetime import timedelta
from typing import Final

from django.core.files import File
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.intake.models import ImportRun, UploadedSheet
from commanda.intake.readers.base import MAX_BYTES
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.text import shorten, strip_marks

KEPT: Final = timedelta(days=1)


def store_upload(
    *, actor: Actor, file: "File[bytes]", name: str, source_name: str, is_pasted: bool = False
) -> UploadedSheet:
    """Keep a file for a day, until its import. Raises `Invalid` for one that is too large."""
    actor.require(Perm.INTAKE_MANAGE)
    if file.size > MAX_BYTES:
        raise Invalid(
            _("The file is larger than %(limit)s MB. Part it into smaller ones."),
            field="file",
            code="too_large",
            limit=MAX_BYTES // 1024 // 1024,
        )
    upload = UploadedSheet(
        name=shorten(strip_marks(name), 200) or "?",
        source_name=shorten(strip_marks(source_name), 80),
        is_pasted=is_pasted,
        uploaded_by_id=actor.user_id,
        created_at=now(),
    )
    upload.file.save(upload.name, file, save=False)
    upload.save(force_insert=True)
    return upload


def drop_upload(upload: UploadedSheet) -> None:
    """Remove a file that is no longer needed."""
    upload.file.delete(save=False)
    upload.delete()


def drop_old_uploads() -> int:
    """Remove the files that nobody imported within a day, or whose last run ended a day ago; returns how many."""
    since = now() - KEPT
    needed = ImportRun.objects.filter(upload=OuterRef("pk")).filter(Q(finished_at=None) | Q(finished_at__gte=since))
    old = list(UploadedSheet.objects.filter(~Exists(needed), created_at__lt=since))
    for upload in old:
        drop_upload(upload)
    return len(old)
