"""JSON that may come from a stranger, read strictly: of the declared types, without fields that nobody knows.

What a value may be is declared once, in a dataclass: its types, and ranges as `Annotated[int, Meta(ge=1, le=4096)]`.
Nothing is converted on the way: "2" is no number, 2.0 no whole number.
"""

import json
import re
from dataclasses import is_dataclass
from typing import Annotated, Any, TypeVar

import msgspec

T = TypeVar("T")
Finite = Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]
"""A number that is neither NaN nor infinite, nor absurdly large."""

_WORDS = {
    "int": "a whole number", "float": "a number", "str": "a text", "array": "a list", "object": "an object",
    "bool": "true or false", "null": "nothing",
}  # fmt: skip
_SYMBOLS = (
    ("Expected ", "must be "), (", got ", ", not "),
    ("of length <= ", "of at most "), ("of length >= ", "of at least "),
    (" <= ", " of at most "), (" >= ", " of at least "), (" < ", " below "), (" > ", " above "),
)  # fmt: skip
_LONGEST = 160
_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


class JsonError(ValueError):
    """JSON that is not what was declared. place: as "ends[0].start", "" for the whole. why: "must be a number"."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place} {why}".strip())
        self.place, self.why = place, why


class UnknownField(JsonError):
    """A field that nobody knows; somebody newer may."""


def parse(text: str | bytes) -> Any:
    """Any JSON in UTF-8, or in UTF-16 as Windows saves it, a byte order mark before it or not, NaN among its numbers;
    half a character is "?". JsonError in plain words where it is none or names a field twice."""
    try:
        plain_text = text.decode(json.detect_encoding(text)) if isinstance(text, bytes) else text
        found = json.loads(plain_text.removeprefix("\ufeff"), object_pairs_hook=_once)
        return _whole(found) if _HALF.search(plain_text) else found
    except UnicodeDecodeError as error:
        raise JsonError("", "is not text in UTF-8") from error
    except RecursionError as error:
        raise JsonError("", "is nested too deep") from error
    except JsonError:
        raise
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise JsonError("", f"is not JSON, or only a part of it ({place})") from error
    except ValueError as error:  # a number of thousands of digits
        raise JsonError("", "is not JSON, or only a part of it") from error


def read(kind: type[T], raw: Any, place: str = "") -> T:
    """raw, as JSON gives it, as an object of `kind`, a dataclass or a type; JsonError with the place in raw.

    place: what raw itself is called. Types and ranges come before a dataclass looks at its fields together
    (__post_init__): `samples % hop` with a text for samples would already format gigabytes of text.
    """
    try:
        found = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        inner = where.removeprefix("`key` in ").strip("`").removeprefix("$").removeprefix(".")
        raise JsonError(_joined(place, inner), _say(what)) from error
    _refuse_unknown(raw, found, place)
    return found


def plain(text: Any, most: int = 60) -> str:
    """A stranger's text, fit for a sentence: short, on one line, without what Markdown or a terminal would obey."""
    return re.sub(r"[^\w .,+-]", "?", str(text)[:most])


def _whole(found: Any) -> Any:
    """The same with "?" for each half of a character: it can be sent to no browser."""
    return json.loads(json.dumps(found, ensure_ascii=False).encode(errors="replace"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's fields; one that comes twice could mean either."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise JsonError("fields", "must not come twice in one object")
    return found


def _joined(place: str, inner: str) -> str:
    return place + inner if not place or not inner or inner.startswith("[") else f"{place}.{inner}"


def _say(what: str) -> str:
    """msgspec's reason in words for people."""
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", what):
        return f"lacks the field {missing[1]!r}"
    if value := re.fullmatch(r"Invalid enum value (.*)", what, re.DOTALL):
        return f"{plain(value[1])} is none of the known values"
    if what == "Number out of range" or re.fullmatch(r"Expected `float` [<>] -?1000000000.0", what):
        return "must be a finite number"
    said = re.sub(r"`(\w+)`", lambda word: _WORDS.get(word[1], "something else"), what[:_LONGEST])
    for symbol, word in _SYMBOLS:
        said = said.replace(symbol, word)
    return said


def _refuse_unknown(raw: Any, found: Any, place: str) -> None:
    """JsonError for the first field of raw that found, made of it, has no place for."""
    if raw is found:
        return  # declared as Any: nothing to look for, however deep it is
    if is_dataclass(found) and isinstance(raw, dict):
        if unknown := sorted(set(raw) - set(vars(found))):
            raise UnknownField(place, f"has an unknown field {plain(unknown[0])}")
        for name, value in raw.items():
            _refuse_unknown(value, getattr(found, name), _joined(place, name))
    elif isinstance(found, dict):
        for name, value in raw.items():
            _refuse_unknown(value, found[name], _joined(place, str(name)))
    elif isinstance(found, list | tuple):
        for index, (value, own) in enumerate(zip(raw, found, strict=True)):
            _refuse_unknown(value, own, f"{place}[{index}]")
