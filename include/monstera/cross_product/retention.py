"""Retention by the number of products: as it is, and beside like users of one product.

Users of several products stay longer, but they are also the busier ones. So each of them is set
beside users of one product who had the same propensity to use several, by what is known of both up
to the day on which the products are counted (Rosenbaum and Rubin 1983): a logistic regression gives
the propensity, the nearest users of one product on its logit within a caliper are the controls
(Austin 2011: 0.2 standard deviations), with replacement.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from monstera.transforms import read_sql
from monstera.warehouse import Warehouse

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

HORIZONS = (30, 60, 90)
NUMBERS = ["days_since_signup", "events", "active_days"]
NAMES = ["plan_type", "acquisition_source"]
CALIPER = 0.2
CONTROLS = 5
MINIMUM_USERS = 30
MAXIMUM_USERS = 20_000
WHAT_IT_SAYS = (
    "The matched difference compares users who were alike in age, activity, plan and channel. "
    "Whoever differs in what is not measured (need, team, intent) may use more products and stay "
    "for that reason: it is nearer to what products do than the raw rates, and no proof of it."
)


@dataclass(frozen=True)
class Matched:
    """Users beside like users of one product; shares as fractions, the interval of 95 %."""

    matched_users: int
    matched_retention: float
    control_retention: float
    difference: float
    difference_low: float
    difference_high: float
    greatest_imbalance: float


def compare_retention(warehouse: Warehouse, as_of: date) -> list[dict[str, Any]]:
    """Computes and keeps `gold.product_count_retention` of a published day; returns its rows.

    Computing it again replaces the rows of the day.
    """
    import pandas as pd

    found = []
    with warehouse.transaction("monstera_transformer") as connection:
        connection.execute("set local search_path = silver")
        connection.execute("delete from gold.product_count_retention where as_of = %s", [as_of])
        for horizon in HORIZONS:
            select = read_sql("cross_product/product_count_cohort").render(
                connection, {"as_of": as_of, "horizon_days": horizon}
            )
            users = pd.DataFrame(connection.cursor(row_factory=dict_row).execute(select).fetchall())
            for products in sorted(users["products"].unique()) if len(users) else ():
                retained = users.loc[users["products"] == products, "is_retained"]
                matched = match(users, products) if products > 1 else None
                row = {
                    "as_of": as_of,
                    "horizon_days": horizon,
                    "products": int(products),
                    "users": len(retained),
                    "retained": int(retained.sum()),
                    **(vars(matched) if matched else dict.fromkeys(Matched.__annotations__)),
                }
                read_sql("gold/product_count_retention").execute(connection, row)
                found.append(row)
    return found


def match(users: "pd.DataFrame", products: int, seed: int = 0) -> Matched | None:
    """Sets the users of so many products beside like users of one; None: too few to compare.

    Args:
        users: one row each with `products`, `is_retained` and the columns `NUMBERS` and `NAMES`.
        seed: of the chance that decides between equally near users, and who is left out where
            there are more than `MAXIMUM_USERS` with as many products.
    """
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    treated, controls = (
        group.sample(min(len(group), MAXIMUM_USERS), random_state=seed)
        for group in (users[users["products"] == products], users[users["products"] == 1])
    )
    if min(len(treated), len(controls)) < MINIMUM_USERS:
        return None
    known, scores = _propensity(treated, controls)
    # equally near users in turn, and not the first of them again and again
    scores = scores + np.random.default_rng(seed).normal(0, 1e-9, len(scores))
    own, theirs = scores[: len(treated), None], scores[len(treated) :, None]
    distances, chosen = NearestNeighbors(n_neighbors=CONTROLS).fit(theirs).kneighbors(own)
    is_near = distances <= CALIPER * scores.std()
    has_match = is_near.any(axis=1)
    if has_match.sum() < MINIMUM_USERS:
        return None
    weights = is_near[has_match] / is_near[has_match].sum(axis=1, keepdims=True)
    control_weights = np.bincount(
        chosen[has_match].ravel(), weights.ravel(), minlength=len(controls)
    )
    retained = treated["is_retained"].to_numpy(dtype=float)[has_match].mean()
    expected = np.average(controls["is_retained"].to_numpy(dtype=float), weights=control_weights)
    matched = int(has_match.sum())
    # a control that stands for several users counts as one observation (Stuart 2010)
    variance = retained * (1 - retained) / matched + expected * (1 - expected) * (
        control_weights**2
    ).sum() / (matched**2)
    margin = 1.959964 * variance**0.5
    return Matched(
        matched_users=matched,
        matched_retention=float(retained),
        control_retention=float(expected),
        difference=float(retained - expected),
        difference_low=float(retained - expected - margin),
        difference_high=float(retained - expected + margin),
        greatest_imbalance=_imbalance(
            known[: len(treated)], known[len(treated) :], has_match, control_weights
        ),
    )


def _propensity(
    treated: "pd.DataFrame", controls: "pd.DataFrame"
) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    """What is known of each user as standardised numbers, and the logit of being treated."""
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    everybody = pd.concat([treated, controls])
    numbers = np.log1p(everybody[NUMBERS].to_numpy(dtype=float))
    names = pd.get_dummies(everybody[NAMES].astype("object").fillna("unknown")).astype(float)
    is_common = names.mean().between(0.01, 0.99).to_numpy()
    known = StandardScaler().fit_transform(np.hstack([numbers, names.to_numpy()[:, is_common]]))
    is_treated = np.repeat([1, 0], [len(treated), len(controls)])
    model = LogisticRegression().fit(known, is_treated)
    return known, model.decision_function(known)


def _imbalance(
    treated: "np.ndarray[Any, Any]",
    controls: "np.ndarray[Any, Any]",
    has_match: "np.ndarray[Any, Any]",
    weights: "np.ndarray[Any, Any]",
) -> float:
    """Greatest difference of the means, in standard deviations before matching."""
    import numpy as np

    spread = np.sqrt((treated.var(axis=0) + controls.var(axis=0)) / 2)
    gap = np.abs(treated[has_match].mean(axis=0) - np.average(controls, axis=0, weights=weights))
    return float(np.max(np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)))
