"""What the tests of uploads and of mappings send."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse


def post_file(client, content, name="commandes.csv", source="Boutique"):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("intake_upload"), {"file": file, "source_name": source})


def choices(answer):
    """What the mapping form would send as it stands."""
    columns = {f"column-{column.index}": column.field for column in answer.context["preview"].columns}
    return {**columns, "has_header": "on"}
