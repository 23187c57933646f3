"""HTML written by hand: where a template for each cell of a table would cost more than reading its rows."""

from django.utils.safestring import SafeString
from markupsafe import escape


def html(frame: str, *values: object) -> SafeString:
    """`frame` with its `{}` filled in, every value escaped that is not safe already.

    What Django's `format_html` gives; MarkupSafe escapes in C, and a page of orders escapes some three thousand values.
    """
    return SafeString(frame.format(*map(escape, values)))


def figure_html(text: str, url: str = "", looks: str = "") -> SafeString:
    """A figure, kept left to right in every language; a link to the rows behind it where it has some."""
    if not url:
        return html('<bdi dir="ltr" class="num{}">{}</bdi>', looks, text)
    return html('<a class="figure-link" href="{}"><bdi dir="ltr" class="num{}">{}</bdi></a>', url, looks, text)
