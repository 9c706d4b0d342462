"""Named parts of the flat latent vector."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The parts of z (batch, latent) in order, as (name, size). A joint VAE has one, a factorised one several."""

    parts: tuple[tuple[str, int], ...]

    @property
    def size(self) -> int:
        return sum(size for _, size in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.parts)

    def part(self, name: str) -> slice:
        """Where the named part lies in z; KeyError naming the known ones otherwise."""
        start = 0
        for known, size in self.parts:
            if known == name:
                return slice(start, start + size)
            start += size
        raise KeyError(f"no latent part {name!r}; known: {', '.join(self.names)}")
