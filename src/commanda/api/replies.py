"""Answers: schemas written straight to JSON, and pages with a cursor."""

from typing import Any, Generic, TypeVar

from django.http import HttpResponse
from pydantic import BaseModel

from commanda.api.fields import Out

Item = TypeVar("Item", bound=BaseModel)


class Page(Out, Generic[Item]):
    """One page of a list; `next_cursor` is null at the end."""

    items: list[Item]
    next_cursor: str | None


class ListOf(Out, Generic[Item]):
    """A whole list that is always short."""

    items: list[Item]


def reply(body: BaseModel, status: int = 200) -> HttpResponse:
    """The JSON answer of a schema."""
    return HttpResponse(body.model_dump_json(), content_type="application/json", status=status)


def plain(body: BaseModel) -> Any:
    """The same as JSON values, to be kept."""
    return body.model_dump(mode="json")
