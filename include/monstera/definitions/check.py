"""Everything that is wrong with a definitions folder, at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from monstera.definitions import metric_rules, rules, segment_rules
from monstera.definitions.definitions import Definitions, Document
from monstera.definitions.evolution import broken_promises, removals
from monstera.definitions.folder import read_folder
from monstera.definitions.problems import DefinitionError, Problem


@dataclass(frozen=True)
class CheckReport:
    """What a check found, by file and line; `definitions` is None where there are errors."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    definitions: Definitions | None


FurtherCheck = Callable[[Definitions], Iterable[Problem]]


def check_definitions(
    folder: Path, previous: Document | None = None, further: Iterable[FurtherCheck] = ()
) -> CheckReport:
    """Checks a folder.

    Args:
        folder: the definitions folder.
        previous: document of the version before, which some things must not change against.
        further: what other rooms find wrong with definitions that only they understand.
    """
    try:
        definitions, errors = read_folder(folder)
    except DefinitionError as error:
        return CheckReport(error.problems, (), None)
    errors += rules.errors(definitions)
    errors += metric_rules.errors(definitions)
    errors += segment_rules.errors(definitions)
    warnings = [*rules.warnings(definitions), *metric_rules.warnings(definitions)]
    if previous is not None:
        errors += broken_promises(definitions, previous)
        warnings += removals(definitions, previous)
    for check in further:
        errors += check(definitions)
    return CheckReport(
        tuple(sorted(set(errors))),
        tuple(sorted(set(warnings))),
        None if errors else definitions,
    )


def load_definitions(folder: Path) -> Definitions:
    """The definitions of a folder.

    Raises:
        DefinitionError: with all errors of all files.
    """
    files = sorted(path for path in folder.rglob("*.y*ml") if path.is_file())
    return _loaded(folder, tuple((path, path.read_bytes()) for path in files))


@lru_cache(maxsize=4)
def _loaded(folder: Path, _files: tuple[tuple[Path, bytes], ...]) -> Definitions:
    """Parsed once for as long as the files say the same: a process asks many times."""
    report = check_definitions(folder)
    if report.definitions is None:
        raise DefinitionError(report.errors)
    return report.definitions
