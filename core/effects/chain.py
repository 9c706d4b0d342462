"""A chain: settings one behind the other, as in a rack."""

from dataclasses import dataclass

from pedalboard import Plugin

from core.effects.rack import Setting

MOST = 4
"""Settings in a chain, at most."""


@dataclass(frozen=True)
class Chain:
    """Settings in signal order; none: bypass. Where a chain is taken a Setting is, too: it is a chain of one.

    What a setting hears is what the one before it made, as loud as it came; loudness is matched once, behind the last
    one (see `render`), and knobs of the role "level" are applied there.
    Raises ValueError for more than MOST settings, or an effect that comes twice.
    """

    settings: tuple[Setting, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", tuple(self.settings))
        if len(self.settings) > MOST:
            raise ValueError(f"a chain has {MOST} settings at most, got {len(self.settings)}")
        if len(set(self.effects)) < len(self.effects):
            raise ValueError(f"each effect comes once in a chain, got {', '.join(self.effects)}")

    @property
    def effects(self) -> tuple[str, ...]:
        """Names of the effects, in signal order."""
        return tuple(setting.effect for setting in self.settings)

    @property
    def level_db(self) -> float:
        """See Setting.level_db: of all settings together."""
        return sum((setting.level_db for setting in self.settings), 0.0)

    def plugins(self) -> list[Plugin]:
        """Fresh pedalboard plugins in signal order; they carry state and must not be shared by threads."""
        return [plugin for setting in self.settings for plugin in setting.plugins()]

    @property
    def text(self) -> str:
        """For people: settings in signal order, an arrow between them."""
        return " → ".join(setting.text for setting in self.settings) or "No effect"
