"""Use across products: adoption in its order, affinity, portfolios, journeys, retention."""

from monstera.cross_product.retention import compare_retention
from monstera.cross_product.steps import CROSS_PRODUCT_STEPS

__all__ = ["CROSS_PRODUCT_STEPS", "compare_retention"]
