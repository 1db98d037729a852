"""What a new version of the definitions may change, and what it must not."""

from collections.abc import Callable

import pytest

from monstera.definitions import CheckReport, check_definitions, load_definitions

from .conftest import PRODUCTS, WriteFolder

Check = Callable[[dict[str, str], dict[str, str]], CheckReport]

SEEN = """\
- event_type: seen
  product: editor
  is_qualifying: false
  schema_versions: [1, 2]
  metadata:
    page: {type: string}
    page_id: {type: integer, required: true}
"""


@pytest.fixture
def check(write_folder: WriteFolder) -> Check:
    """Checks a folder against the version before it."""

    def check(before: dict[str, str], after: dict[str, str]) -> CheckReport:
        previous = load_definitions(write_folder({"events/b.yaml": SEEN, **before})).document()
        return check_definitions(write_folder({"events/b.yaml": SEEN, **after}), previous)

    return check


FEED = """\
- id: seats
  key: [seat]
  columns:
    seat: {type: string}
    user_id: {type: string}
    number: {type: integer}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("key: [seat]", "key: [seat, number]", "2: seats.key: expected seat as before"),
        ("number: {type: integer}", "number: {type: string}",
         "6: seats.columns.number: expected type integer as before, found string"),
        ("user_id: {type: string}", "user_id: {type: string, pseudonym: false}",
         "5: seats.columns.user_id: expected pseudonym True as before, found False"),
    ],
)  # fmt: skip
def test_the_table_of_a_feed_keeps_its_columns(
    check: Check, old: str, new: str, message: str
) -> None:
    report = check({"feeds/a.yaml": FEED}, {"feeds/a.yaml": FEED.replace(old, new)})
    kept = "the table holds what was loaded so; declare a feed of another name"
    assert [str(problem) for problem in report.errors] == [f"feeds/a.yaml:{message}: {kept}"]


BROKEN = {
    "a field is gone": (
        SEEN.replace("    page: {type: string}\n", ""),
        "events/b.yaml:5: seen.metadata.page: "
        "gone since the last version: metadata keys stay, make a new event type instead",
    ),
    "a field has another type": (
        SEEN.replace("page: {type: string}", "page: {type: integer}"),
        "events/b.yaml:6: seen.metadata.page: expected type string as before, found integer",
    ),
    "a field becomes required": (
        SEEN.replace("page: {type: string}", "page: {type: string, required: true}"),
        "events/b.yaml:6: seen.metadata.page: expected required False as before, found True",
    ),
    "a field is no longer required": (
        SEEN.replace(", required: true", ""),
        "events/b.yaml:7: seen.metadata.page_id: expected required True as before, found False",
    ),
    "a field becomes a pseudonym": (
        SEEN.replace("page: {type: string}", "page: {type: string, pseudonym: true}"),
        "events/b.yaml:6: seen.metadata.page: expected pseudonym False as before, found True",
    ),
    "a new field is required": (
        SEEN + "    site: {type: string, required: true}\n",
        "events/b.yaml:8: seen.metadata.site: a new metadata key must be optional",
    ),
    "a version is gone": (
        SEEN.replace("[1, 2]", "[2]"),
        "events/b.yaml:4: seen.schema_versions: expected version 1 to stay: stored events carry it",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_schema_must_stay_compatible(check: Check, case: str) -> None:
    after, message = BROKEN[case]
    assert list(map(str, check({}, {"events/b.yaml": after}).errors)) == [message]


@pytest.mark.parametrize(
    "after",
    [
        SEEN + "    site: {type: string}\n",
        SEEN.replace("[1, 2]", "[1, 2, 3]") + "    site: {type: string, since: 3}\n",
        SEEN.replace("is_qualifying: false", "is_qualifying: true"),
        SEEN + "    site: {type: string, pseudonym: true, description: Where}\n",
        SEEN + "- {event_type: heard, product: editor, is_qualifying: true}\n",
    ],
)
def test_what_may_change(check: Check, after: str) -> None:
    assert check({}, {"events/b.yaml": after}).errors == ()


def test_a_product_keeps_its_id(check: Check) -> None:
    renamed = {
        "products/a.yaml": "- {id: video_editor, name: Video Editor}\n",
        "events/a.yaml": "",
        "events/b.yaml": "",
    }
    assert list(map(str, check({"events/b.yaml": ""}, renamed).errors)) == [
        "products/a.yaml:1: video_editor.id: "
        "expected editor, the id that Video Editor had: ids are immutable"
    ]


def test_what_is_gone_is_a_warning(check: Check) -> None:
    before = {"products/b.yaml": "- {id: viewer, name: Viewer}\n"}
    report = check(before, {"products/b.yaml": "", "events/b.yaml": ""})
    assert report.errors == ()
    gone = [str(warning) for warning in report.warnings if "gone" in str(warning)]
    assert gone == [
        "events/b.yaml: seen: gone since the last version: such events are quarantined from now "
        "on; ids are immutable, so bring it back under this id if it was renamed",
        "products/b.yaml: viewer: gone since the last version: its history is no longer computed; "
        "ids are immutable, so bring it back under this id if it was renamed",
    ]


def test_what_was_added_to_a_built_in_event_type_stays(check: Check) -> None:
    before = {"events/c.yaml": "- {event_type: user_deleted, metadata: {x: {type: string}}}\n"}
    assert list(map(str, check(before, {"events/c.yaml": ""}).errors)) == [
        "events/c.yaml: user_deleted.metadata.x: "
        "gone since the last version: metadata keys stay, make a new event type instead"
    ]


def test_another_name_of_the_same_product_is_fine(check: Check) -> None:
    after = {"products/a.yaml": PRODUCTS.replace("Video Editor", "Video Studio")}
    assert check({}, after).errors == ()
