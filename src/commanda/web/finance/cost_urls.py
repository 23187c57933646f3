"""Costs, carrier fees and expenses, with their files and receipts."""

from django.urls import path

from commanda.web.finance import costs, expense, expenses, fees, sheets

urlpatterns = [
    path("finance/costs/", costs.costs, name="finance_costs"),
    path("finance/costs/<int:variant_id>/", costs.cost, name="finance_cost"),
    path("finance/costs/<int:variant_id>/remove/", costs.remove_cost, name="finance_cost_remove"),
    path("finance/costs/export/<slug:kind>/", costs.export, name="finance_costs_export"),
    path("finance/costs/template/<slug:kind>/", sheets.template, {"what": "costs"}, name="finance_costs_template"),
    path("finance/costs/import/", sheets.upload, {"what": "costs"}, name="finance_costs_import"),
    path(
        "finance/costs/import/<uuid:sheet_id>/",
        sheets.preview,
        {"what": "costs"},
        name="finance_costs_import_preview",
    ),
    path("finance/fees/", fees.fees, name="finance_fees"),
    path("finance/expenses/", expenses.expense_list, name="finance_expenses"),
    path("finance/expenses/new/", expense.new, name="finance_expense_new"),
    path("finance/expenses/daily/", expense.daily, name="finance_expense_daily"),
    path("finance/expenses/<int:expense_id>/", expense.expense, name="finance_expense"),
    path("finance/expenses/<int:expense_id>/correct/", expense.correct, name="finance_expense_correct"),
    path("finance/expenses/<int:expense_id>/stop/", expense.stop, name="finance_expense_stop"),
    path("finance/expenses/<int:expense_id>/void/", expense.void, name="finance_expense_void"),
    path("finance/expenses/<int:expense_id>/receipts/", expense.attach, name="finance_receipt_add"),
    path("finance/receipts/<uuid:receipt_id>/", expense.receipt, name="finance_receipt"),
    path("finance/receipts/<uuid:receipt_id>/remove/", expense.detach, name="finance_receipt_remove"),
    path("finance/expenses/export/<slug:kind>/", expenses.export, name="finance_expenses_export"),
    path(
        "finance/expenses/template/<slug:kind>/",
        sheets.template,
        {"what": "expenses"},
        name="finance_expenses_template",
    ),
    path("finance/expenses/import/", sheets.upload, {"what": "expenses"}, name="finance_expenses_import"),
    path(
        "finance/expenses/import/<uuid:sheet_id>/",
        sheets.preview,
        {"what": "expenses"},
        name="finance_expenses_import_preview",
    ),
]
