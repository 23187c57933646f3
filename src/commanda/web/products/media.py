"""Uploaded files, for those who may see what they belong to; nothing else serves them."""

from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import NotFound
from commanda.web.page import PageRequest, page

# The first folder of a file's name and the right to see it.
FOLDERS = {"products": Perm.STOCK_VIEW}
# Only what `catalog.pictures` writes: nothing that a browser could run.
TYPES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg"}
YEAR = 60 * 60 * 24 * 365


@page()
@require_safe
def media(request: PageRequest, name: str) -> FileResponse:
    """One file. A changed picture has a new name, so that a browser may keep this one for good."""
    folder, content_type = name.split("/", maxsplit=1)[0], TYPES.get(PurePosixPath(name).suffix)
    if folder not in FOLDERS or content_type is None or not request.actor.can(FOLDERS[folder]):
        raise NotFound
    try:
        file = default_storage.open(name)
    except (OSError, SuspiciousFileOperation, ValueError) as error:
        raise NotFound from error
    response = FileResponse(file, content_type=content_type)
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response
