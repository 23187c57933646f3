"""Ways in: how an ad account is added, and another token for it."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from commanda.accounts.permissions import Perm
from commanda.ads import selectors
from commanda.ads.models import AdAccount, ExchangeRate
from commanda.ads.rates import MAD, known_currencies
from commanda.ads.services.accounts import add_account, replace_token
from commanda.kernel.errors import NotFound
from commanda.web.account.fresh import confirmed
from commanda.web.ads.forms import ConnectForm, FileForm, MetaForm, MetaTokenForm, TokenForm
from commanda.web.page import PageRequest, form_errors, page

Connector = AdAccount.Connector


@require_safe
@page(Perm.ADS_ENTER)
def ways(request: PageRequest) -> HttpResponse:
    """The three ways spend can come in."""
    return render(request, "ads/ways.html")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER)
@confirmed(also_reading=True, holds_secrets=True)
def new_meta(request: PageRequest) -> HttpResponse:
    """Connect an ad account of Meta."""
    return _new(request, "ads/new_meta.html", MetaForm, Connector.META)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER)
@confirmed(also_reading=True, holds_secrets=True)
def new_tiktok(request: PageRequest) -> HttpResponse:
    """Connect an advertiser of TikTok."""
    return _new(request, "ads/new_tiktok.html", ConnectForm, Connector.TIKTOK)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER)
def new_file(request: PageRequest) -> HttpResponse:
    """An account whose spend comes by file."""
    return _new(request, "ads/new_file.html", FileForm, Connector.FILE)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER)
@confirmed(also_reading=True, holds_secrets=True)
def new_token(request: PageRequest, account_id: int) -> HttpResponse:
    """Another token for a connected account."""
    account = selectors.get_account(request.actor, account_id)
    if not account.is_connected:
        raise NotFound
    kind = MetaTokenForm if account.connector == Connector.META else TokenForm
    form = kind(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            replace_token(actor=request.actor, account_id=account_id, **form.cleaned_data)
            messages.success(request, _("The new token is stored. The account is being read."))
            return HttpResponseRedirect(reverse("ads_account", args=[account_id]))
    return _form_page(request, "ads/new_token.html", form, account=account)


def _new(request: PageRequest, template: str, kind: type[ConnectForm] | type[FileForm], connector: str) -> HttpResponse:
    form = kind(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            account = add_account(actor=request.actor, data=form.data_for(connector))
            return HttpResponseRedirect(_next_step(request, account))
    return _form_page(request, template, form, currencies=known_currencies())


def _next_step(request: PageRequest, account: AdAccount) -> str:
    """To the rates when the account's currency has none yet: nothing could be written in dirhams."""
    has_rate = account.currency == MAD or ExchangeRate.objects.filter(currency=account.currency).exists()
    if has_rate:
        messages.success(request, _("“%(name)s” was added.") % {"name": account.name})
        return reverse("ads_account", args=[account.pk])
    text = _("“%(name)s” was added. Now say what one %(currency)s is worth.")
    messages.info(request, text % {"name": account.name, "currency": account.currency})
    return f"{reverse('ads_rates')}?currency={account.currency}"


def _form_page(request: PageRequest, template: str, form: Form, **context: Any) -> HttpResponse:
    """A page around one form; 422 when it came back with errors."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
