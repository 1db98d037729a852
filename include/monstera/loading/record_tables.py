"""Which feed of records goes to which table."""

from monstera.definitions import Definitions
from monstera.loading.entity_tables import entity_tables
from monstera.loading.feed_tables import FeedTable
from monstera.loading.record_load import RecordTable

EVENTS = "events"


def record_tables(definitions: Definitions) -> dict[str, RecordTable]:
    """The table of every feed but that of events, entities first."""
    accounts = definitions.feeds.get("accounts")
    tables: dict[str, RecordTable] = {
        **entity_tables(display_names=accounts is not None and accounts.display_names)
    }
    for feed in definitions.feeds.values():
        if feed.id != EVENTS and feed.id not in tables and feed.columns:
            tables[feed.id] = FeedTable(feed)
    return tables
