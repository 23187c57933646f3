"""`{% translate %}`: looked up once, and the same as Django's own tag in all that it takes."""

import pytest
from django.template import Context, Engine
from django.utils.translation import override

from commanda.web.translated import FixedText

WRITTEN = [
    '{% translate "Home" %}',
    "{% translate 'Home' %}",
    '{% translate "Nothing <b>here</b> & there" %}',
    '{% translate "100 %% & %s" %}',
    '{% translate "Home" noop %}',
    '{% translate "Home" as title %}[{{ title }}]',
    '{% translate "Home" context "of a bird" %}',
    '{% translate "Home"|upper %}',
    "{% translate word %}",
]


def engine(library: str) -> Engine:
    return Engine(builtins=[library])


@pytest.mark.parametrize("written", WRITTEN)
def test_text_is_that_of_django_in_every_language(written: str) -> None:
    ours, theirs = (
        engine(library).from_string(written) for library in ("commanda.web.translated", "django.templatetags.i18n")
    )
    for language in ("fr", "ar", "en", "fr"):
        with override(language):
            known = Context({"word": "Home"})
            assert ours.render(known) == theirs.render(Context({"word": "Home"}))


def test_only_a_fixed_text_is_kept() -> None:
    fixed = [
        bool(engine("commanda.web.translated").from_string(written).nodelist.get_nodes_by_type(FixedText))
        for written in WRITTEN
    ]
    assert fixed == [True] * 5 + [False] * 4


def test_languages_do_not_read_each_others_text() -> None:
    template = engine("commanda.web.translated").from_string('{% translate "Home" %}')
    told = []
    for language in ("fr", "ar", "en"):
        with override(language):
            told.append(template.render(Context()))
    assert told == ["Accueil", "الرئيسية", "Home"]
