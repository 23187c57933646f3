from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "commanda.finance"
    label = "finance"

    def ready(self) -> None:
        from commanda.finance.services.commissions import follow_stages
        from commanda.orders import effects

        effects.commission_follows.handled_by(follow_stages)
