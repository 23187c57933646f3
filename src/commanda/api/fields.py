"""The types of fields that several areas share, and the two bases of all schemas.

Text is cleaned while it is read: marks and control characters (NUL among them) never reach the database.
Amounts come in as JSON numbers or strings, exact to the centime, and go out as strings: "199.00".
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from commanda.kernel.errors import Invalid
from commanda.kernel.text import strip_marks

MAX_ID = 2**63 - 1


class In(BaseModel):
    """What a client sends; a field we do not know is refused, so that a typing error is never silently lost."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(extra="forbid")


class Filters(BaseModel):
    """Query parameters; an unknown one is refused, so that a mistyped filter never answers everything."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, values: Any, info: ValidationInfo) -> Any:
        request = (info.context or {}).get("request")
        for name in getattr(request, "GET", ()):
            if name not in cls.model_fields:
                raise Invalid(_("There is no such parameter."), field=strip_marks(name)[:60], code="unknown_parameter")
        return values


Id = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
QueryId = Annotated[int, Field(ge=1, le=MAX_ID)]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=9, decimal_places=2, examples=["199.00"])]
Money = Annotated[
    Decimal,
    PlainSerializer("{:.2f}".format, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "description": "MAD", "examples": ["199.00"]}
    ),
]
Instant = Annotated[datetime, Field(description="UTC")]

Text30 = Annotated[str, Field(max_length=30), AfterValidator(strip_marks)]
Text40 = Annotated[str, Field(max_length=40), AfterValidator(strip_marks)]
Text60 = Annotated[str, Field(max_length=60), AfterValidator(strip_marks)]
Text100 = Annotated[str, Field(max_length=100), AfterValidator(strip_marks)]
Text120 = Annotated[str, Field(max_length=120), AfterValidator(strip_marks)]
Text200 = Annotated[str, Field(max_length=200), AfterValidator(strip_marks)]
Text300 = Annotated[str, Field(max_length=300), AfterValidator(strip_marks)]
Text500 = Annotated[str, Field(max_length=500), AfterValidator(strip_marks)]
Text1000 = Annotated[str, Field(max_length=1000), AfterValidator(strip_marks)]
Text4000 = Annotated[str, Field(max_length=4000), AfterValidator(strip_marks)]

PageSize = Annotated[int, Field(ge=1, le=200, description="Rows in a page, at most 200")]
Cursor = Annotated[
    str, Field(max_length=1000, description="`next_cursor` of the page before; do not take it apart, it may change")
]
