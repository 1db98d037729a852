"""Accounts: the computation of their contracts, days, states and revenue."""

from monstera.accounts.steps import ACCOUNT_STEPS

__all__ = ["ACCOUNT_STEPS"]
