"""Use across products: adoption in its order, affinity, portfolios, journeys."""

from monstera.cross_product.steps import CROSS_PRODUCT_STEPS

__all__ = ["CROSS_PRODUCT_STEPS"]
