"""Transforms: the files of `sql/`, read, rendered with their parameters, and run."""

from monstera.transforms.files import SqlFile, read_sql
from monstera.transforms.views import create_views

__all__ = ["SqlFile", "create_views", "read_sql"]
