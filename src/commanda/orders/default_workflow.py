"""The workflow, reasons and store that a new installation starts with. Data: an admin changes them later."""

from commanda.accounts.permissions import Perm
from commanda.orders.models import Reason, State, Store, Transition, Workflow
from commanda.orders.stages import Stage

# slug, stage, colour, French, Arabic, English
STATES = [
    ("draft", Stage.DRAFT, "secondary", "Brouillon", "مسودة", "Draft"),
    ("new", Stage.NEW, "blue", "Nouvelle", "جديدة", "New"),
    ("to_confirm", Stage.CONFIRMING, "azure", "À confirmer", "في انتظار التأكيد", "To confirm"),
    ("postponed", Stage.CONFIRMING, "indigo", "Reportée", "مؤجلة", "Postponed"),
    ("unreachable", Stage.CONFIRMING, "orange", "Injoignable", "لا يجيب", "Unreachable"),
    ("confirmed", Stage.CONFIRMED, "teal", "Confirmée", "مؤكدة", "Confirmed"),
    ("preparing", Stage.CONFIRMED, "cyan", "En préparation", "قيد التحضير", "In preparation"),
    ("ready", Stage.CONFIRMED, "lime", "Prête", "جاهزة", "Ready"),
    ("shipped", Stage.SHIPPED, "purple", "Expédiée", "تم الشحن", "Shipped"),
    ("delivering", Stage.SHIPPED, "purple", "En livraison", "قيد التوصيل", "Out for delivery"),
    (
        "delivery_problem",
        Stage.SHIPPED,
        "yellow",
        "Problème de livraison",
        "مشكل في التوصيل",
        "Delivery problem",
    ),
    ("delivered", Stage.DELIVERED, "green", "Livrée", "تم التسليم", "Delivered"),
    ("returned", Stage.RETURNED, "red", "Retournée", "مرتجعة", "Returned"),
    ("cancelled", Stage.CANCELLED, "secondary", "Annulée", "ملغاة", "Cancelled"),
    ("duplicate", Stage.CANCELLED, "secondary", "Doublon", "مكررة", "Duplicate"),
    ("out_of_zone", Stage.CANCELLED, "secondary", "Hors zone", "خارج منطقة التوصيل", "Out of zone"),
    ("wrong_number", Stage.CANCELLED, "secondary", "Numéro erroné", "رقم خاطئ", "Wrong number"),
]

WAITING = ("to_confirm", "postponed", "unreachable")
RESERVED = ("confirmed", "preparing", "ready")
ON_THE_ROAD = ("shipped", "delivering", "delivery_problem")
ENDED = ("cancelled", "duplicate", "out_of_zone", "wrong_number")
EDIT, SHIP, RETURNS, FORCE = Perm.ORDERS_EDIT, Perm.SHIPPING_SHIP, Perm.SHIPPING_RETURNS, Perm.ORDERS_FORCE

# sources, targets, right
MOVES: list[tuple[tuple[str, ...], tuple[str, ...], Perm]] = [
    (("draft",), ("new", "cancelled"), EDIT),
    (("new", *WAITING), (*WAITING, "confirmed", *ENDED), EDIT),
    (("confirmed",), ("to_confirm", "postponed", "cancelled"), EDIT),
    (("preparing", "ready"), ("cancelled",), EDIT),
    (RESERVED, (*RESERVED, "shipped"), SHIP),
    (ON_THE_ROAD, (*ON_THE_ROAD, "delivered"), SHIP),
    (ON_THE_ROAD, ("returned",), RETURNS),
    (ON_THE_ROAD, ("confirmed",), FORCE),
    (("delivered",), ("returned",), RETURNS),
    (("delivered",), ("shipped",), FORCE),
    (("returned",), ("confirmed", "shipped", "delivered"), FORCE),
    (ENDED, ("to_confirm", "confirmed"), EDIT),
]

# kind, slug, French, Arabic, English
REASONS = [
    ("cancel", "changed_mind", "A changé d'avis", "غيّر رأيه", "Changed their mind"),
    ("cancel", "too_expensive", "Trop cher", "الثمن مرتفع", "Too expensive"),
    ("cancel", "bought_elsewhere", "A acheté ailleurs", "اشترى من مكان آخر", "Bought elsewhere"),
    ("cancel", "not_ordered", "N'a rien commandé", "لم يطلب أي شيء", "Did not order"),
    ("cancel", "too_late", "Délai trop long", "مدة الانتظار طويلة", "Too long to wait"),
    ("cancel", "out_of_stock", "Rupture de stock", "نفاد المخزون", "Out of stock"),
    ("cancel", "other_cancel", "Autre raison", "سبب آخر", "Another reason"),
    ("return", "refused", "Refusée à la livraison", "رُفضت عند التسليم", "Refused at the door"),
    ("return", "absent", "Client absent", "الزبون غائب", "Client absent"),
    ("return", "no_money", "Sans argent", "لا يملك المبلغ", "Had no money"),
    ("return", "defective", "Article défectueux", "منتج معيب", "Defective item"),
    ("return", "wrong_item", "Mauvais article", "منتج غير مطابق", "Wrong item"),
    ("return", "other_return", "Autre raison", "سبب آخر", "Another reason"),
]


def ensure_defaults() -> None:
    """Create the default workflow, reasons and store if there are none; never change existing ones."""
    if not Workflow.objects.exists():
        _create_workflow()
    if not Reason.objects.exists():
        Reason.objects.bulk_create(
            Reason(kind=kind, slug=slug, label_fr=fr, label_ar=ar, label_en=en, position=position)
            for position, (kind, slug, fr, ar, en) in enumerate(REASONS)
        )
    if not Store.objects.exists():
        Store.objects.create(name="Commanda", prefix="CM")


def _create_workflow() -> None:
    workflow = Workflow.objects.create(name="COD", is_default=True)
    states = State.objects.bulk_create(
        State(
            workflow=workflow,
            slug=slug,
            stage=stage,
            color=color,
            label_fr=fr,
            label_ar=ar,
            label_en=en,
            position=position,
            is_initial=slug == "new",
        )
        for position, (slug, stage, color, fr, ar, en) in enumerate(STATES)
    )
    by_slug = {state.slug: state for state in states}
    seen: dict[tuple[str, str], Perm] = {}
    for sources, targets, permission in MOVES:
        for source in sources:
            for target in targets:
                if source != target:
                    seen.setdefault((source, target), permission)
    Transition.objects.bulk_create(
        Transition(
            workflow=workflow,
            source=by_slug[source],
            target=by_slug[target],
            permission=permission,
            needs_reason=target == "cancelled",
        )
        for (source, target), permission in seen.items()
    )
