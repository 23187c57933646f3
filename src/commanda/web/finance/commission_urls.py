"""Addresses of plans, the ledger of commissions, statements, and of an agent's own."""

from django.urls import path

from commanda.web.finance import commissions, own, plans, statements

urlpatterns = [
    path("finance/plans/", plans.plans, name="finance_plans"),
    path("finance/plans/new/", plans.new_plan, name="finance_plan_new"),
    path("finance/plans/<int:plan_id>/", plans.plan, name="finance_plan"),
    path("finance/plans/<int:plan_id>/begin/", plans.begin, name="finance_plan_begin"),
    path("finance/plans/<int:plan_id>/copy/", plans.copy, name="finance_plan_copy"),
    path("finance/plans/<int:plan_id>/remove/", plans.remove, name="finance_plan_remove"),
    path("finance/plans/<int:plan_id>/simulation/", plans.simulation, name="finance_plan_simulation"),
    path("finance/commissions/", commissions.commissions, name="finance_commissions"),
    path("finance/commissions/bonuses/", commissions.bonuses, name="finance_bonuses"),
    path("finance/statements/", statements.statement_list, name="finance_statements"),
    path("finance/statements/<int:statement_id>/", statements.statement, name="finance_statement"),
    path("finance/statements/<int:statement_id>/approve/", statements.approve, name="finance_statement_approve"),
    path("finance/statements/<int:statement_id>/reopen/", statements.reopen, name="finance_statement_reopen"),
    path("finance/statements/<int:statement_id>/discard/", statements.discard, name="finance_statement_discard"),
    path("finance/statements/<int:statement_id>/pay/", statements.pay, name="finance_statement_pay"),
    path("finance/statements/<int:statement_id>/print/", statements.on_paper, name="statement_print"),
    path("finance/statements/<int:statement_id>/file/<slug:kind>/", statements.as_file, name="statement_file"),
    path("my-commission/", own.my_commission, name="my_commission"),
]
