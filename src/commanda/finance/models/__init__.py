from .commission import CommissionEntry, CommissionLine, CommissionPlan, CommissionTier, Trigger
from .cost import CarrierFee, ProductCost
from .expense import Expense, ExpenseShare
from .receipt import ExpenseReceipt, FinanceSheet
from .statement import CommissionStatement, StatementEntry

__all__ = [
    "CarrierFee",
    "CommissionEntry",
    "CommissionLine",
    "CommissionPlan",
    "CommissionStatement",
    "CommissionTier",
    "Expense",
    "ExpenseReceipt",
    "ExpenseShare",
    "FinanceSheet",
    "ProductCost",
    "StatementEntry",
    "Trigger",
]
