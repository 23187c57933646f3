"""The outcomes and the retry policy that a new installation starts with (`domain.md`). Data: changed later."""

from datetime import time

from commanda.confirmation.models import AssignmentRule, CallPolicy, Outcome, RetryStep
from commanda.orders.models import State

FollowUp = Outcome.FollowUp
NONE, RETRY, CALLBACK, SUPERVISOR = FollowUp.NONE, FollowUp.RETRY, FollowUp.CALLBACK, FollowUp.SUPERVISOR

# slug, icon, colour, follow-up, target state, French, Arabic, English; the first nine have the keys 1 to 9
OUTCOMES = [
    ("confirmed", "check", "green", NONE, "confirmed", "Confirmée", "تم التأكيد", "Confirmed"),
    ("no_answer", "phone-off", "orange", RETRY, "to_confirm", "Pas de réponse", "لا يجيب", "No answer"),
    ("busy", "phone-pause", "orange", RETRY, "to_confirm", "Occupé", "مشغول", "Busy"),
    ("voicemail", "microphone", "orange", RETRY, "to_confirm", "Boîte vocale", "العلبة الصوتية", "Voice mail"),
    ("callback", "calendar-time", "indigo", CALLBACK, "postponed", "À rappeler", "معاودة الاتصال", "Call back"),
    ("refused", "x", "red", NONE, "cancelled", "Refusée", "رفض", "Refused"),
    ("wrong_number", "phone-x", "secondary", NONE, "wrong_number", "Numéro erroné", "رقم خاطئ", "Wrong number"),
    (
        "whatsapp_sent",
        "brand-whatsapp",
        "teal",
        RETRY,
        "to_confirm",
        "WhatsApp envoyé",
        "أُرسل واتساب",
        "WhatsApp sent",
    ),
    ("duplicate", "copy", "secondary", NONE, "duplicate", "Doublon", "مكررة", "Duplicate"),
    ("out_of_zone", "map-off", "secondary", NONE, "out_of_zone", "Hors zone", "خارج المنطقة", "Out of zone"),
    (
        "unreachable",
        "device-mobile-off",
        "orange",
        RETRY,
        "to_confirm",
        "Téléphone éteint",
        "الهاتف مغلق",
        "Phone switched off",
    ),
    ("out_of_stock", "package-off", "red", NONE, "cancelled", "Rupture de stock", "نفاد المخزون", "Out of stock"),
    (
        "to_supervisor",
        "user-up",
        "purple",
        SUPERVISOR,
        "",
        "Transmise au superviseur",
        "إحالة إلى المشرف",
        "Handed to supervisor",
    ),
]
ANSWERED = {
    "confirmed",
    "callback",
    "refused",
    "duplicate",
    "out_of_zone",
    "out_of_stock",
    "to_supervisor",
}
NEEDS_REASON = {"refused", "out_of_stock"}
RETRY_MINUTES = {"busy": 15}

# after attempt, minutes, days later, at
RETRIES = [
    (1, 30, None, None),
    (2, 120, None, None),
    (3, None, 1, time(10, 0)),
    (4, None, 1, time(18, 30)),
    (5, None, 2, time(10, 0)),
]
RULES = [AssignmentRule.Method.CREATOR, AssignmentRule.Method.FORMER, AssignmentRule.Method.ROUND_ROBIN]


def ensure_defaults() -> None:
    """Create outcomes, retry steps and the call policy with its assignment rules if there are none."""
    states = {state.slug: state for state in State.objects.filter(workflow__is_default=True)}
    if not Outcome.objects.exists():
        Outcome.objects.bulk_create(
            Outcome(
                slug=slug,
                icon=icon,
                color=color,
                is_answered=slug in ANSWERED,
                follow_up=follow_up,
                target_state=states.get(target),
                retry_minutes=RETRY_MINUTES.get(slug),
                needs_reason=slug in NEEDS_REASON,
                label_fr=fr,
                label_ar=ar,
                label_en=en,
                position=position,
            )
            for position, (slug, icon, color, follow_up, target, fr, ar, en) in enumerate(OUTCOMES)
        )
    if not RetryStep.objects.exists():
        RetryStep.objects.bulk_create(
            RetryStep(attempt=attempt, after_minutes=minutes, days_later=days, at_time=at)
            for attempt, minutes, days, at in RETRIES
        )
    if not CallPolicy.objects.exists():
        CallPolicy.objects.create(exhausted_state=states.get("unreachable"))
        AssignmentRule.objects.bulk_create(
            AssignmentRule(method=method, position=position) for position, method in enumerate(RULES)
        )
