"""docs/definitions.md names every key, with the default that the models have."""

import re
import shutil
from pathlib import Path
from typing import get_args

import pytest
import yaml

from monstera.definitions import (
    Accounts,
    EventType,
    Feed,
    Lifecycle,
    MetadataField,
    Metric,
    Product,
    Workflow,
)
from monstera.definitions import check_definitions as check
from monstera.definitions.accounts import AccountThresholds
from monstera.definitions.feeds import Column
from monstera.definitions.metrics import Unit
from monstera.definitions.model import Definition
from monstera.definitions.segments import MODELS, Composite, People
from monstera.settings import PROJECT

from .conftest import LoadFolder, WriteFolder

DOCS = (PROJECT / "docs" / "definitions.md").read_text()
SECTIONS = dict(
    re.findall(r"^## (?:`)?([\w/*. ]+?)(?:`)?$\n(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
)
ROW = re.compile(r"^\| (`[^|]+`) \|([^|]*)\|", re.MULTILINE)


def documented(section: str) -> dict[str, str]:
    """Keys of the tables of a section, and what their second column says."""
    return {
        key: default.strip()
        for keys, default in ROW.findall(SECTIONS[section])
        for key in re.findall(r"`(\w+)`", keys)
    }


@pytest.mark.parametrize(
    ("section", "models"),
    [
        ("lifecycle.yaml", [Lifecycle]),
        ("products/*.yaml", [Product]),
        ("events/*.yaml", [EventType, MetadataField]),
        ("feeds/*.yaml", [Feed]),
        ("accounts.yaml", [Accounts, AccountThresholds]),
        ("metrics/*.yaml", [Metric]),
        ("workflows/*.yaml", [Workflow]),
    ],
)
def test_every_key_is_documented(section: str, models: list[type[Definition]]) -> None:
    assert set(documented(section)) == {key for model in models for key in model.model_fields}


def test_every_key_of_segments_is_documented_with_its_default() -> None:
    models = [*MODELS.values(), Composite]
    keys = {key for model in models for key in model.model_fields}
    assert set(documented("segments/*.yaml")) == keys
    assert all(f"`{key}`" in SECTIONS["segments/*.yaml"] for key in People.model_fields)
    assert "`{dimension, is, is_not, days_ago}`" in SECTIONS["segments/*.yaml"]
    defaults = {
        key: value
        for keys, values in ROW.findall(SECTIONS["segments/*.yaml"])
        for key, value in zip(
            re.findall(r"`(\w+)`", keys), values.strip().split(", "), strict=False
        )
    }
    for name, model in MODELS.items():
        for threshold, limit in model(id=name).limits().items():
            assert defaults[threshold] == str(limit), threshold


def test_every_unit_is_documented() -> None:
    (row,) = re.findall(r"^\| `unit` .*$", SECTIONS["metrics/*.yaml"], re.MULTILINE)
    assert {*re.findall(r"`(\w+)`", row)} == {"unit", *get_args(Unit)}


def test_columns_of_feeds_are_documented() -> None:
    assert "{name: {" + ", ".join(Column.model_fields) + "}}" in SECTIONS["feeds/*.yaml"]


def test_defaults_of_the_lifecycle() -> None:
    defaults = {key: default.strip("`") for key, default in documented("lifecycle.yaml").items()}
    assert defaults == {key: str(value) for key, value in Lifecycle().model_dump().items()}


def test_defaults_of_the_account_thresholds() -> None:
    rows = ROW.findall(SECTIONS["accounts.yaml"].split("Of `thresholds`")[1])
    defaults = {
        key: value
        for keys, values in rows
        for key, value in zip(re.findall(r"`(\w+)`", keys), values.strip().split(", "), strict=True)
    }
    assert defaults == {key: str(value) for key, value in AccountThresholds().model_dump().items()}


def test_built_in_event_types_are_listed(load_folder: LoadFolder) -> None:
    text = SECTIONS["events/*.yaml"].split("**Built in**")[1].split("Their metadata")[0]
    assert re.findall(r"`(\w+)`", text) == [
        name for name, kind in load_folder({}).event_types.items() if kind.is_built_in
    ]


def test_the_entries_of_a_contribution_fit_the_example(tmp_path: Path) -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text()
    product, events = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    folder = shutil.copytree(PROJECT / "include" / "definitions", tmp_path / "definitions")
    (folder / "products" / "storyboards.yaml").write_text(product)
    (folder / "events" / "storyboards.yaml").write_text(events)
    assert check(folder).errors == ()


def test_the_small_folder_is_complete(write_folder: WriteFolder) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    products, events = block.split("# events/editor.yaml\n")
    assert yaml.safe_load(products) and yaml.safe_load(events)
    files = {"products/a.yaml": products, "events/a.yaml": events, "lifecycle.yaml": ""}
    assert check(write_folder(files)).errors == ()
