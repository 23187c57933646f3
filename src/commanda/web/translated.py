"""Django's tags for translation, at hand in every template without `{% load i18n %}`.

`translate` looks a fixed text up once in each language. A page has a hundred of them; Django makes a lazy string of
each, and escapes it, at every drawing: a twentieth of the work.
"""

from django.template import Context, Library
from django.template.base import FilterExpression, Parser, Token, Variable
from django.templatetags import i18n
from django.utils.translation import get_language

register = Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


class FixedText(i18n.TranslateNode):
    """`{% translate "Home" %}`: text of the template is never escaped, and depends on the language alone."""

    def __init__(self, text: FilterExpression, *, noop: bool) -> None:
        super().__init__(text, noop)
        self._texts: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        if language not in self._texts:
            self._texts[language] = super().render(context)
        return self._texts[language]


@register.tag
def translate(parser: Parser, token: Token) -> i18n.TranslateNode:
    """Takes and gives what Django's does."""
    node = i18n.do_translate(parser, token)
    text = node.filter_expression
    if text.filters or node.asvar or node.message_context or not _is_fixed(text):
        return node
    return FixedText(text, noop=node.noop)


def _is_fixed(text: FilterExpression) -> bool:
    return isinstance(text.var, Variable) and isinstance(text.var.literal, str)
