"""YAML files: what is refused, and where the message points."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from monstera.definitions.model import Definition
from monstera.definitions.problems import DefinitionError, Problem
from monstera.definitions.reader import MAX_BYTES, Declared, read_file


def read(folder: Path, content: str | bytes) -> tuple[Declared, list[str]]:
    problems: list[Problem] = []
    file = folder / "a.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    declared = read_file(file, "a.yaml", problems)
    return declared, [str(problem) for problem in problems]


NOT_YAML = "not valid YAML: "
NO_ANCHORS = NOT_YAML + "anchors and aliases are not allowed; write the value out"
TOO_DEEP = NOT_YAML + "nested deeper than 32 levels"
NOT_TEXT = "expected text without NUL"

REFUSED = {
    "anchor": ("a: &x 1", f"a.yaml:1: {NO_ANCHORS}"),
    "alias": ("a: 1\nb: *x", f"a.yaml:2: {NO_ANCHORS}"),
    "too deep": ("a: 1\nb: " + "[" * 40 + "]" * 40, f"a.yaml:2: {TOO_DEEP}"),
    "deep beyond any stack": ("[" * 100_000, f"a.yaml:1: {TOO_DEEP}"),
    "too large": ("#" * (MAX_BYTES + 1), "a.yaml: expected at most 1000000 bytes, found 1000001"),
    "not UTF-8": (b"a: 1\nb: \xff", "a.yaml:2: expected UTF-8, found other bytes"),
    "control": ("a: 1\nb: \x01", f"a.yaml:2: {NOT_YAML}control characters are not allowed"),
    "broken": ("a: [1", f"a.yaml:2: {NOT_YAML}did not find expected ',' or ']'"),
    "tag": ("a: !!x 1", f"a.yaml:1: {NOT_YAML}could not determine a constructor for the tag"
            " 'tag:yaml.org,2002:x'"),
    "two documents": ("a: 1\n---\nb: 1", f"a.yaml:2: {NOT_YAML}but found another document"),
    "key twice": ("a: 1\nb: 2\na: 3", "a.yaml:3: a: this key is already on line 1"),
    "key twice, deep": ("a:\n- {b: 1, b: 2}", "a.yaml:2: a[0].b: this key is already on line 2"),
    "list as key": ("a: 1\n[b]: 2", "a.yaml:2: expected text as key, found a list or mapping"),
    "no such day": ("a: 2026-02-30", "a.yaml:1: a: not a valid value: '2026-02-30'"),
    "too many digits": (f"a: {'9' * 5000}", f"a.yaml:1: a: not a valid value: '{'9' * 78}…"),
    "NUL": ('a: "\\0"', f"a.yaml:1: a: {NOT_TEXT}"),
    "half a character": (
        'a: "\\ud800"',
        f"a.yaml:1: {NOT_YAML}found invalid Unicode character escape code",
    ),
    "infinity": ("a: .inf", "a.yaml:1: a: expected a finite number, found inf"),
    "bytes": ("a: !!binary AAAA", "a.yaml:1: a: expected text, found bytes"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    content, message = REFUSED[case]
    assert read(tmp_path, content)[1] == [message]


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_file(tmp_path / "b.yaml", "b.yaml", problems).content is None
    assert list(map(str, problems)) == ["b.yaml: cannot be read: No such file or directory"]


def test_one_bad_value_does_not_hide_the_others(tmp_path: Path) -> None:
    declared, problems = read(tmp_path, "a: 1\na: 2\nb: .nan\nc: 3\n")
    assert declared.content == {"a": 1, "b": None, "c": 3}
    assert len(problems) == 2


def test_plain_values_keep_their_types(tmp_path: Path) -> None:
    declared, problems = read(
        tmp_path, "a: '1'\nb: 1\nc: 1.5\nd: true\ne:\nf: [x, {g: y}]\n2026-01-01: z\n"
    )
    assert declared.content == {
        "a": "1", "b": 1, "c": 1.5, "d": True, "e": None, "f": ["x", {"g": "y"}], "2026-01-01": "z",
    }  # fmt: skip
    assert problems == []


def test_a_byte_order_mark_is_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfa: 1\n")[0].content == {"a": 1}


def test_every_part_knows_its_line(tmp_path: Path) -> None:
    declared, _ = read(tmp_path, "# first\na:\n  - b: 1\n    c:\n      d: 2\n  - e: 3\n")
    assert declared.line_of("a") == 2
    assert declared.line_of("a", 0) == 3
    assert declared.line_of("a", 0, "c", "d") == 5
    assert declared.line_of("a", 1, "e") == 6


def test_what_is_not_there_has_the_line_of_what_should_hold_it(tmp_path: Path) -> None:
    declared, _ = read(tmp_path, "a:\n  b:\n    c: 1\n")
    assert declared.line_of("a", "b", "missing", "deeper") == 2


class Round(Definition):
    kind: Literal["round"]
    radius: int


class Square(Definition):
    kind: Literal["square"]
    side: int
    for_: Annotated[int, Field(alias="for")] = 1


class Shape(Definition):
    id: str
    form: Annotated[Round | Square, Field(discriminator="kind")]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("{kind: square, side: a}", "2: x.form.side: expected a whole number, found 'a'"),
        ("{kind: square}", "2: x.form.side: this key is required"),
        ("\n  kind: square\n  side: 1\n  fro: 2", "5: x.form.fro: unknown key; did you mean for?"),
        ("{side: 1}", "2: x.form: the key 'kind' is required"),
        ("{kind: oval}", "2: x.form: expected 'kind' to be one of 'round', 'square', found 'oval'"),
    ],
)
def test_members_of_unions_say_where_they_are_wrong(
    tmp_path: Path, form: str, message: str
) -> None:
    with pytest.raises(DefinitionError) as error:
        read(tmp_path, f"id: x\nform: {form}")[0].parse(Shape)
    assert str(error.value) == f"a.yaml:{message}"


@given(content=st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!,'\"\n #?|>%0", max_size=60))
def test_nothing_that_can_be_written_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    declared, problems = read(tmp_path_factory.mktemp("any"), content)
    assert problems or declared.file == "a.yaml"
