"""The outcomes and the retry policy that a new installation starts with (`domain.md`). Data: changed later."""

from datetime import time

from commanda.confirmation.models import CallPolicy, Outcome, RetryStep
from commanda.orders.models import State

FollowUp = Outcome.FollowUp

# slug, icon, colour, answered, follow-up, target state, needs reason, French, Arabic, English
OUTCOMES = [
    (
        "confirmed",
        "check",
        "green",
        True,
        FollowUp.NONE,
        "confirmed",
        False,
        "Confirmée",
        "تم التأكيد",
        "Confirmed",
    ),
    (
        "no_answer",
        "phone-off",
        "orange",
        False,
        FollowUp.RETRY,
        "to_confirm",
        False,
        "Pas de réponse",
        "لا يجيب",
        "No answer",
    ),
    ("busy", "phone-pause", "orange", False, FollowUp.RETRY, "to_confirm", False, "Occupé", "مشغول", "Busy"),
    (
        "voicemail",
        "microphone",
        "orange",
        False,
        FollowUp.RETRY,
        "to_confirm",
        False,
        "Boîte vocale",
        "العلبة الصوتية",
        "Voice mail",
    ),
    (
        "callback",
        "calendar-time",
        "indigo",
        True,
        FollowUp.CALLBACK,
        "postponed",
        False,
        "À rappeler",
        "معاودة الاتصال",
        "Call back",
    ),
    ("refused", "x", "red", True, FollowUp.NONE, "cancelled", True, "Refusée", "رفض", "Refused"),
    (
        "wrong_number",
        "phone-x",
        "secondary",
        False,
        FollowUp.NONE,
        "wrong_number",
        False,
        "Numéro erroné",
        "رقم خاطئ",
        "Wrong number",
    ),
    (
        "whatsapp_sent",
        "brand-whatsapp",
        "teal",
        False,
        FollowUp.RETRY,
        "to_confirm",
        False,
        "Message WhatsApp envoyé",
        "أُرسلت رسالة واتساب",
        "WhatsApp sent",
    ),
    (
        "duplicate",
        "copy",
        "secondary",
        True,
        FollowUp.NONE,
        "duplicate",
        False,
        "Doublon",
        "مكررة",
        "Duplicate",
    ),
    (
        "out_of_zone",
        "map-off",
        "secondary",
        True,
        FollowUp.NONE,
        "out_of_zone",
        False,
        "Hors zone",
        "خارج المنطقة",
        "Out of zone",
    ),
    (
        "unreachable",
        "phone-off",
        "orange",
        False,
        FollowUp.RETRY,
        "to_confirm",
        False,
        "Téléphone éteint",
        "الهاتف مغلق",
        "Phone switched off",
    ),
    (
        "out_of_stock",
        "package-off",
        "red",
        True,
        FollowUp.NONE,
        "cancelled",
        True,
        "Rupture de stock",
        "نفاد المخزون",
        "Out of stock",
    ),
    (
        "to_supervisor",
        "user-up",
        "purple",
        True,
        FollowUp.SUPERVISOR,
        None,
        False,
        "Transmise au superviseur",
        "إحالة إلى المشرف",
        "Handed to supervisor",
    ),
]

# after attempt, minutes, days later, at
RETRIES = [
    (1, 30, None, None),
    (2, 120, None, None),
    (3, None, 1, time(10, 0)),
    (4, None, 1, time(18, 30)),
    (5, None, 2, time(10, 0)),
]


def ensure_defaults() -> None:
    """Create outcomes, retry steps and the call policy if there are none."""
    states = {state.slug: state for state in State.objects.all()}
    if not Outcome.objects.exists():
        Outcome.objects.bulk_create(
            Outcome(
                slug=slug,
                icon=icon,
                color=color,
                is_answered=answered,
                follow_up=follow_up,
                target_state=states.get(target or ""),
                needs_reason=needs_reason,
                label_fr=fr,
                label_ar=ar,
                label_en=en,
                position=position,
            )
            for position, (
                slug,
                icon,
                color,
                answered,
                follow_up,
                target,
                needs_reason,
                fr,
                ar,
                en,
            ) in enumerate(OUTCOMES)
        )
    if not RetryStep.objects.exists():
        RetryStep.objects.bulk_create(
            RetryStep(attempt=attempt, after_minutes=minutes, days_later=days, at_time=at)
            for attempt, minutes, days, at in RETRIES
        )
    if not CallPolicy.objects.exists():
        CallPolicy.objects.create(exhausted_state=states.get("unreachable"))
