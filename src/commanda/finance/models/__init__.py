from .commission import CommissionEntry, CommissionPlan
from .cost import CarrierFee, ProductCost
from .expense import Expense

__all__ = ["CarrierFee", "CommissionEntry", "CommissionPlan", "Expense", "ProductCost"]
