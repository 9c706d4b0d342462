"""What a visit's choices may be: the type of each key, and its default where that is known."""

import re
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from typing import Annotated, Any, get_type_hints

from msgspec import Meta

from core.effects import EFFECTS
from core.strict_json import Finite
from pages.shared import choices

_KNOBS = {
    f"{effect.name}_{parameter.name}": parameter.to_unit(parameter.default)
    for effect in EFFECTS
    for parameter in effect.parameters
}
_NONE = object()  # a default that only the widget knows
_PATTERNS: tuple[tuple[str, Any, Any], ...] = (
    (r"(clip|effect)", Annotated[str, Meta(max_length=80)], _NONE),
    (r"effect[2-9]", Annotated[str, Meta(max_length=80)] | None, None),
    (r"start_s", Annotated[int, Meta(ge=0, le=14_400)], 0),
    (r"begin_s", Annotated[float, Meta(ge=0, le=14_400)], 0.0),
    (r"length_s", Annotated[float, Meta(ge=0, le=14_400)] | None, None),
    (r"offset_s", Annotated[float, Meta(ge=0, le=60)], 0.0),
    (r"w\d{1,2}_\d{1,2}", Finite, 0.0),
)
"""Keys of the controls of a pair, or of the pad, behind the prefix; their types; their defaults."""
_PREFIX = re.compile(r"[a-z](_wet|_dry)?_(?=.)")


@lru_cache(maxsize=4096)
def kind_of(key: str) -> Any:
    """The type of a choice, for core.strict_json.read; None where a key is no choice of a visitor."""
    return _declared(key)[0]


@lru_cache(maxsize=4096)
def has_default(key: str) -> bool:
    """Whether the default of a choice is known."""
    return _declared(key)[1] is not _NONE


def default_of(key: str) -> Any:
    """The default of a choice, where `has_default`."""
    return _declared(key)[1]


@lru_cache(maxsize=1)
def _fields() -> dict[str, tuple[Any, Any]]:
    """Type and default of every field of the dataclasses in pages.shared.choices that have one for each."""
    found: dict[str, tuple[Any, Any]] = {}
    for page in vars(choices).values():
        if is_dataclass(page) and isinstance(page, type) and all(one.default is not MISSING for one in fields(page)):
            hints = get_type_hints(page, include_extras=True)
            found |= {one.name: (hints[one.name], one.default) for one in fields(page)}
    return found


def _declared(key: str) -> tuple[Any, Any]:
    if key in _fields():
        return _fields()[key]
    if (prefix := _PREFIX.match(key)) is None:
        return None, _NONE
    rest = key[prefix.end() :]
    if rest in _KNOBS:
        return Annotated[float, Meta(ge=0, le=1)], _KNOBS[rest]
    return next(((kind, default) for name, kind, default in _PATTERNS if re.fullmatch(name, rest)), (None, _NONE))
