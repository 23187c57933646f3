from .commission import CommissionEntry, CommissionPlan
from .cost import CarrierFee, ProductCost
from .expense import Expense, ExpenseShare
from .receipt import ExpenseReceipt, FinanceSheet

__all__ = [
    "CarrierFee",
    "CommissionEntry",
    "CommissionPlan",
    "Expense",
    "ExpenseReceipt",
    "ExpenseShare",
    "FinanceSheet",
    "ProductCost",
]
