"""What accounts are worth and what they cost, slow and obvious."""

from collections import defaultdict
from datetime import date
from statistics import mean
from typing import Any

from metrics.naive_accounts import AccountKinds, Day
from metrics.naive_base import DAY, Values, start_after, start_of
from monstera.definitions import Metric


class AccountWorth(AccountKinds):
    """Metrics with a file of their own: lifetime value and acquisition cost, by month."""

    def _accounts_lifetime_value_monthly(self, metric: Metric) -> Values:
        found: Values = {}
        for period in self._account_periods("month"):
            end = min(start_after("month", period) - DAY, self.last)
            revenue: dict[Any, list[float]] = defaultdict(list)
            lost: dict[Any, list[bool]] = defaultdict(list)
            for (account, day), then in self.accounts.items():
                for place in self._account_segments(metric, then) if then.mrr else ():
                    if day == end:
                        revenue[place].append(float(then.in_reporting))
                    if day == period - DAY:
                        lost[place].append(not self.accounts[account, end].mrr)
            for place in revenue.keys() & lost.keys():
                rate = mean(lost[place])
                value = mean(revenue[place]) / rate if rate else None
                found[metric.id, period, *place] = (value, None, None)
        return found

    def _accounts_acquisition_cost_monthly(self, metric: Metric) -> Values:
        spent: dict[date, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        days = []
        for (row,) in self.feed_rows.get("ad_spend", []):
            days.append(date.fromisoformat(row["spent_on"]))
            rates = [pair for name, *pair in self.rates if name == row["currency"]]
            rate = max(pair for pair in rates if pair[0] <= days[-1])[1]
            month = spent[start_of("month", days[-1])]
            month[row["channel"] or "unknown"] += row["amount"] * float(rate)
        found: Values = {}
        for month in self._account_periods("month"):
            if not days or not start_of("month", min(days)) <= month <= max(days):
                continue
            won = [
                self.accounts[account, day]
                for account, day, _, to_state, *_ in self.account_steps
                if to_state == "new_paid" and start_of("month", day) == month and day <= self.last
            ]
            parts: dict[Any, list[float]] = defaultdict(lambda: [0, 0])
            for channel, amount in spent[month].items():
                parts["all", "all"][0] += amount
                parts["acquisition_source", channel][0] += amount
            for account in won:
                for place in [("all", "all"), ("acquisition_source", account.acquisition_source)]:
                    parts[place][1] += 1
                for key in ("tier", "signup_plan", "first_product"):
                    parts[key, getattr(account, key)][0] += self._cost(account, won, spent[month])
                    parts[key, getattr(account, key)][1] += 1
            for place, (cost, accounts) in parts.items():
                value = cost / accounts if accounts else None
                found[metric.id, month, *place] = (value, cost, accounts)
        return found

    def _cost(self, account: Day, won: list[Day], spent: dict[str, float]) -> float:
        """The account's share of its channel, and of what no channel here has won by."""
        channels = [one.acquisition_source for one in won if one.acquisition_source != "unknown"]
        own = account.acquisition_source
        share = spent.get(own, 0) / channels.count(own) if own in channels else 0
        return share + sum(x for name, x in spent.items() if name not in channels) / len(won)
