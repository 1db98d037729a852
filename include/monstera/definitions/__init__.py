"""Definitions: products, events, thresholds and the like, read from YAML and checked."""

from monstera.definitions.check import CheckReport, check_definitions, load_definitions
from monstera.definitions.compiler import compile_definitions, previous_document
from monstera.definitions.definitions import Definitions, Document
from monstera.definitions.metrics import ALL, Grain, Metric
from monstera.definitions.model import (
    ALWAYS_ALLOWED_METADATA,
    PLATFORM,
    Accounts,
    ActivationPath,
    Column,
    EventType,
    Feed,
    Lifecycle,
    MetadataField,
    Product,
    QualifiesWhen,
    Thresholds,
)
from monstera.definitions.problems import DefinitionError, Problem
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
    "load_definitions",
    "previous_document",
    "shortest_paths",
]
