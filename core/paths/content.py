"""A path file's fields as they stand in its JSON, with their types; what they mean says core.paths.path_file.

They are read strictly (see core.strict_json). The score may be anything here: core.effects.score looks at it.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from core.strict_json import Finite

MAX_TEXT = 200

_Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
_Whole = Annotated[int, Meta(ge=0, lt=2**31)]


@dataclass(frozen=True)
class CheckpointContent:
    name: _Text
    revision: _Text


@dataclass(frozen=True)
class SettingContent:
    effect: _Text
    values: list[Finite]


@dataclass(frozen=True)
class FadedContent:
    """A setting and its amount, where its chain fades."""

    effect: _Text
    values: list[Finite]
    amount: Finite | None = None


@dataclass(frozen=True)
class PartContent:
    """A setting or a chain, and its share."""

    share: Finite
    effect: _Text | None = None
    values: list[Finite] | None = None
    chain: list[FadedContent] | None = None

    @property
    def own(self) -> SettingContent | list[FadedContent]:
        """ValueError where it is neither one nor the other."""
        if self.chain is not None and self.effect is None and self.values is None:
            return self.chain
        if self.effect is None or self.values is None or self.chain is not None:
            raise ValueError("it has an effect and its values, or a chain")
        return SettingContent(self.effect, self.values)


@dataclass(frozen=True)
class EndContent:
    clip: _Text
    start: _Whole
    setting: SettingContent | list[SettingContent] | None
    sha256: _Text


@dataclass(frozen=True)
class RouteContent:
    kind: _Text
    part: _Text | None
    steps: _Whole
    low: Finite
    high: Finite
    easing: _Text
    via: list[_Whole]
    locked: Annotated[tuple[_Text, ...], Meta(min_length=1)] = ()


@dataclass(frozen=True)
class NodeContent:
    position: Finite
    blend: list[PartContent]


@dataclass(frozen=True)
class Content:
    """All of the file."""

    format: str
    checkpoint: CheckpointContent
    ends: list[EndContent]
    route: RouteContent
    voice: _Text
    curve: list[tuple[Finite, Finite]]
    nodes: list[NodeContent]
    score: Any
