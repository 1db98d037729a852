"""Scratch tables of a rebuild go as soon as nobody reads them any more."""

from monstera.publishing import scratch
from monstera.publishing.steps import STEPS
from monstera.segments import IN_BATCHES
from monstera.warehouse import Warehouse


def test_a_table_goes_after_its_last_reader() -> None:
    # segment_values reads the facts by way of the view segment_measures, and nothing later does
    assert "run/segment_facts" in scratch.unread_after("run/segment_values")
    assert not any(
        "run/segment_facts" in scratch.unread_after(step)
        for step in STEPS[:-1]
        if step != "run/segment_values"
    )


def test_what_a_check_reads_stays() -> None:
    assert not any("run/touched" in scratch.unread_after(step) for step in STEPS)


def test_what_every_batch_of_users_reads_outlives_the_first() -> None:
    assert not any("run/segment_ages" in scratch.unread_after(step) for step in IN_BATCHES)


def test_rows_of_all_batches_are_kept_where_something_reads_them_afterwards() -> None:
    kept = {step for step in IN_BATCHES if scratch.outlives_a_batch(step)}
    # what users are ranked by reads the last day; changes read the values
    assert kept == {"run/segment_last_day", "run/segment_values"}


def test_the_disk_is_free_before_the_transaction_ends(warehouse: Warehouse) -> None:
    size = "select pg_database_size(current_database())"
    with warehouse.connect() as connection:
        connection.execute(
            "create unlogged table run.touched as select repeat(n::text, 100) from"
            " generate_series(1, 20000) as n"
        )  # 20,000 rows of about 500 bytes: 10 MB
        (before,) = connection.execute(size).fetchone() or (0,)
        scratch.drop(connection, ["run/touched"])
        (after,) = connection.execute(size).fetchone() or (0,)
        connection.rollback()
    assert before - after > 8_000_000
