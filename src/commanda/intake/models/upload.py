from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor


def uploads() -> FileSystemStorage:
    """Outside the media folder: an uploaded sheet holds clients' phones and is served to nobody."""
    return FileSystemStorage(
        location=Path(settings.DATA_DIR) / "uploads",
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def _place(upload: "UploadedSheet", name: str) -> str:
    return f"{upload.pk}.bin"


class UploadedSheetQuerySet(models.QuerySet["UploadedSheet"]):
    def visible_to(self, actor: Actor) -> "UploadedSheetQuerySet":
        return self if actor.can(Perm.INTAKE_MANAGE) else self.none()


class UploadedSheet(models.Model):
    """A file between its upload and its import, while a person looks at the preview; removed a day later."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    file = models.FileField(storage=uploads, upload_to=_place)
    name = models.CharField(max_length=200)
    # The source is made when the import starts, not before: an abandoned preview leaves nothing behind.
    source_name = models.CharField(max_length=80)
    # Cells that were pasted are kept like a file.
    is_pasted = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    objects = UploadedSheetQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
