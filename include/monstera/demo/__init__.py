"""The demo: a generated company, a year of it through the real DAGs, and what came of it."""

from monstera.demo.company import DAYS, Company, DemoError, prepare
from monstera.demo.summary import summary
from monstera.demo.year import RUNS, live_through

__all__ = ["DAYS", "RUNS", "Company", "DemoError", "live_through", "prepare", "summary"]
