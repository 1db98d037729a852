"""Addresses of warehouses, in the forms that SQLAlchemy has for them."""

import pytest
from sqlalchemy.engine import make_url

from monstera.warehouse import Warehouse


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:s3cret%40@db/warehouse",
        "postgresql+psycopg:///warehouse?host=db&user=ada&password=s3cret%40",
    ],
)
def test_an_address_hides_its_password(url: str) -> None:
    address = Warehouse(url).address
    assert "s3cret" not in address
    assert "ada" in address


def test_parameters_of_the_address_reach_the_connection(warehouse: Warehouse) -> None:
    url = make_url(warehouse.url).update_query_dict(
        {"application_name": "elsewhere", "options": "-c lock_timeout=7s -c geqo=off"}
    )
    given = Warehouse(url.set(drivername="postgresql+psycopg2").render_as_string())
    with given.connect() as connection:
        show = [connection.execute(f"show {name}").fetchone()
                for name in ("application_name", "geqo", "lock_timeout")]  # fmt: skip
    assert show == [("elsewhere",), ("off",), ("10min",)]
