"""Promise: JSON is taken as it was declared or refused with its place; nothing is converted, nothing is overlooked."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from unittest.mock import ANY

import pytest
from msgspec import Meta

from core.strict_json import Finite, JsonError, parse, plain, read


@dataclass(frozen=True)
class Inner:
    size: Annotated[int, Meta(ge=1, le=9)] = 1
    gain: Finite = 0.0

    def __post_init__(self) -> None:
        if self.size % 2 == 0:
            raise ValueError(f"size {self.size} is even")


@dataclass(frozen=True)
class Outer:
    name: str
    one: Inner = field(default_factory=Inner)
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = field(default_factory=dict)
    way: Literal["up", "down"] = "up"
    free: Any = None


def test_what_was_declared_is_taken() -> None:
    raw = parse(b'{"name": "a", "many": [{"size": 3}], "named": {"b": {"gain": 2}}, "free": {"x": [NaN]}}')
    found = read(Outer, raw)
    assert found.many == (Inner(3),)
    assert found.named == {"b": Inner(gain=2.0)}
    assert found.free is raw["free"]


REFUSED: dict[str, tuple[Any, str]] = {
    "missing": ({}, "lacks the field 'name'"),
    "no object": ([], "must be an object, not a list"),
    "a text for a number": ({"name": "a", "one": {"size": "3"}}, "one.size must be a whole number, not a text"),
    "a fraction": ({"name": "a", "one": {"size": 3.0}}, "one.size must be a whole number, not a number"),
    "true": ({"name": "a", "one": {"size": True}}, "one.size must be a whole number, not true or false"),
    "too large": ({"name": "a", "many": [{}, {"size": 11}]}, "many[1].size must be a whole number of at most 9"),
    "far too large": ({"name": "a", "one": {"gain": 10**400}}, "one.gain must be a finite number"),
    "infinite": ({"name": "a", "one": {"gain": float("inf")}}, "one.gain must be a finite number"),
    "not a number": ({"name": "a", "one": {"gain": float("nan")}}, "one.gain must be a finite number"),
    "does not fit": ({"name": "a", "one": {"size": 4}}, "one size 4 is even"),
    "another word": ({"name": "a", "way": "](http://x)"}, "way ???http???x?? is none of the known values"),
    "unknown": ({"name": "a", "](x": 1}, "has an unknown field ??x"),
    "unknown within": ({"name": "a", "one": {"b": 1}}, "one has an unknown field b"),
    "unknown in a list": ({"name": "a", "many": [{}, {"b": 1}]}, "many[1] has an unknown field b"),
    "unknown by name": ({"name": "a", "named": {"x": {"b": 1}}}, "named.x has an unknown field b"),
}


@pytest.mark.parametrize(("raw", "said"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_with_its_place(raw: Any, said: str) -> None:
    with pytest.raises(JsonError) as refused:
        read(Outer, raw)
    assert str(refused.value) == said


def test_the_whole_has_a_name_where_it_was_given_one() -> None:
    with pytest.raises(JsonError, match=r"^model\.one\.size must be"):
        read(Outer, {"name": "a", "one": {"size": "x"}}, "model")


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is not JSON, or only a part of it"), (b"\xff{}", "is not text in UTF-8"), ("1" * 5000, "is not JSON"),
     ("[" * 100_000, "is nested too deep"), ('{"a": {"b": 1, "b": 2}}', "must not come twice")],
)  # fmt: skip
def test_what_is_no_json_is_refused(text: str | bytes, said: str) -> None:
    with pytest.raises(JsonError, match=said):
        parse(text)


def test_what_is_declared_as_anything_may_be_nested_as_deep_as_it_can_be_parsed() -> None:
    for depth in range(2000, 0, -1):
        try:
            deep = parse("[" * depth + "]" * depth)
        except JsonError:
            continue
        break
    assert read(Outer, {"name": "a", "free": deep}).free is deep


def test_a_strangers_text_is_one_short_line_without_markdown() -> None:
    assert plain("![x](http://y)\na_1, b-2.") == "??x??http???y??a_1, b-2."
    assert len(plain("a" * 1000)) == 60


def test_a_byte_order_mark_as_windows_writes_it_is_passed_over() -> None:
    assert parse(b"\xef\xbb\xbf[1]") == [1]
    assert parse("\ufeff[1]") == [1]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_what_windows_saves_as_unicode_is_read(encoding: str) -> None:
    assert parse('["é", "😀"]'.encode(encoding)) == ["é", "😀"]


def test_half_a_character_is_a_question_mark() -> None:
    """Half of one can be sent to no browser."""
    assert parse(rb'{"\ud83d": ["\ud83d\ude00 \ude00 x", NaN, 0.1]}') == {"?": ["\U0001f600 ? x", ANY, 0.1]}
    assert parse('["\ud800"]') == ["?"]


def test_where_it_is_no_json_is_told() -> None:
    with pytest.raises(JsonError, match=r"only a part of it \(line 3, column 1\)$"):
        parse(b'{"mix": 0.4,\r\n "time": 0.1,\r\n}')
