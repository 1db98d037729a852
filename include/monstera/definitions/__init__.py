"""Definitions: products, events, thresholds and the like, read from YAML and checked."""

from monstera.definitions.accounts import Accounts
from monstera.definitions.check import CheckReport, check_definitions, load_definitions
from monstera.definitions.compiler import compile_definitions, has_events, previous_document
from monstera.definitions.definitions import Definitions, Document
from monstera.definitions.events import (
    ALWAYS_ALLOWED_METADATA,
    EventType,
    MetadataField,
    QualifiesWhen,
    names_an_id,
)
from monstera.definitions.evolution import moved_days
from monstera.definitions.feeds import Column, Feed
from monstera.definitions.lifecycle import Lifecycle, Thresholds
from monstera.definitions.metrics import ALL, Grain, Metric
from monstera.definitions.model import PLATFORM
from monstera.definitions.problems import DefinitionError, Problem
from monstera.definitions.products import ActivationPath, Product
from monstera.definitions.reader import Declared
from monstera.definitions.transitions import LEGAL_TRANSITIONS, START, shortest_paths
from monstera.definitions.workflows import Workflow

__all__ = [
    "ALL",
    "ALWAYS_ALLOWED_METADATA",
    "LEGAL_TRANSITIONS",
    "PLATFORM",
    "START",
    "Accounts",
    "ActivationPath",
    "CheckReport",
    "Column",
    "Declared",
    "DefinitionError",
    "Definitions",
    "Document",
    "EventType",
    "Feed",
    "Grain",
    "Lifecycle",
    "MetadataField",
    "Metric",
    "Problem",
    "Product",
    "QualifiesWhen",
    "Thresholds",
    "Workflow",
    "check_definitions",
    "compile_definitions",
    "has_events",
    "load_definitions",
    "moved_days",
    "names_an_id",
    "previous_document",
    "shortest_paths",
]
