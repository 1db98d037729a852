"""The demo: a generated company, a year of it through the real DAGs, and what came of it."""

from monstera.demo.company import DAYS, Company, DemoError, company_of, prepare
from monstera.demo.summary import summary
from monstera.demo.year import RUNS, live_through, start_airflow

__all__ = [
    "DAYS",
    "RUNS",
    "Company",
    "DemoError",
    "company_of",
    "live_through",
    "prepare",
    "start_airflow",
    "summary",
]
