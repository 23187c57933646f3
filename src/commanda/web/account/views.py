"""My account: who I am here, language, appearance, the way to the security pages."""

from django.http import HttpResponse
from django.shortcuts import render

from commanda.web.page import PageRequest, page


@page()
def profile(request: PageRequest) -> HttpResponse:
    """Read only: an administrator changes name and role on the team page."""
    return render(request, "account/profile.html")
