"""Every single permission, and the four default roles made from them (`domain.md`, "Who may what")."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class Perm(models.TextChoices):
    """The rights an admin can put into a role. The code is what services check."""

    ORDERS_VIEW = "orders.view", _("See own orders")
    ORDERS_VIEW_ALL = "orders.view_all", _("See all orders")
    ORDERS_CREATE = "orders.create", _("Create orders")
    ORDERS_EDIT = "orders.edit", _("Edit orders before shipping, comment, cancel")
    ORDERS_PRICE = "orders.price", _("Change a price freely")
    ORDERS_ASSIGN = "orders.assign", _("Assign and reassign orders")
    ORDERS_FORCE = "orders.force", _("Confirm without a logged call, correct a finished order")
    CALLS_LOG = "calls.log", _("Work the call queue and log calls")
    CALLS_VIEW = "calls.view", _("See calls")
    CUSTOMERS_VIEW = "customers.view", _("See clients' names, phones and addresses")
    CUSTOMERS_EDIT = "customers.edit", _("Edit and block clients")
    SHIPPING_SHIP = "shipping.ship", _("Ship orders and record deliveries")
    SHIPPING_RETURNS = "shipping.returns", _("Receive and inspect returns")
    STOCK_VIEW = "stock.view", _("See products and stock")
    STOCK_EDIT = "stock.edit", _("Receive, count and adjust stock")
    CATALOG_EDIT = "catalog.edit", _("Edit products and prices")
    FINANCE_VIEW = "finance.view", _("See costs, profit, expenses and all commissions")
    FINANCE_EDIT = "finance.edit", _("Edit costs, expenses and commission plans")
    COMMISSION_VIEW_OWN = "commission.view_own", _("See own commission")
    ADS_ENTER = "ads.enter", _("Enter and see own ad spend and its results")
    ADS_VIEW_ALL = "ads.view_all", _("See all ad spend")
    INSIGHTS_TEAM = "insights.team", _("See the performance of all agents")
    INTAKE_MANAGE = "intake.manage", _("Connect sources and mend rejected rows")
    USERS_MANAGE = "users.manage", _("Manage users, roles and API keys")
    SETTINGS_MANAGE = "settings.manage", _("Change the settings")


ADMIN = "admin"
SUPERVISOR = "supervisor"
AGENT = "agent"
BUYER = "buyer"

_AGENT = [
    Perm.ORDERS_VIEW,
    Perm.ORDERS_CREATE,
    Perm.ORDERS_EDIT,
    Perm.CALLS_LOG,
    Perm.CALLS_VIEW,
    Perm.CUSTOMERS_VIEW,
    Perm.STOCK_VIEW,
    Perm.COMMISSION_VIEW_OWN,
]
DEFAULT_ROLES: dict[str, tuple[str, list[Perm]]] = {
    ADMIN: (gettext_noop("Administrator"), [perm for perm in Perm if perm is not Perm.COMMISSION_VIEW_OWN]),
    SUPERVISOR: (
        gettext_noop("Supervisor"),
        [
            *(perm for perm in _AGENT if perm is not Perm.COMMISSION_VIEW_OWN),
            Perm.ORDERS_VIEW_ALL,
            Perm.ORDERS_PRICE,
            Perm.ORDERS_ASSIGN,
            Perm.ORDERS_FORCE,
            Perm.CUSTOMERS_EDIT,
            Perm.SHIPPING_SHIP,
            Perm.SHIPPING_RETURNS,
            Perm.INSIGHTS_TEAM,
        ],
    ),
    AGENT: (gettext_noop("Confirmation agent"), _AGENT),
    BUYER: (gettext_noop("Media buyer"), [Perm.STOCK_VIEW, Perm.ADS_ENTER]),
}
