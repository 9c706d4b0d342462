"""Effect arithmetic: what was done from A to B is done to C, z(C) + z(B) - z(A)."""

from collections.abc import Sequence

import numpy as np

from core.effects import Chain, Setting
from core.effects.chain import MOST, plainest
from core.paths.route import PathError
from core.paths.space import Space


def moved(space: Space, z: np.ndarray) -> np.ndarray:
    """Where the difference of A and B leads from C; z (3, latent): of A, B and C.

    What tells the words of A from those of B is no effect: where z has a part for effects, that one alone moves.
    """
    a, b, c = np.asarray(z, dtype=np.float32)
    own, found = space.map_part, c.copy()
    found[own] += b[own] - a[own]
    return found


def by_rule(a: Setting | Chain, b: Setting | Chain, c: Setting | Chain) -> Setting | Chain:
    """What the same difference of settings or chains makes of that of C, without any latent space.

    What B alone has comes behind; what A alone has goes; of what all three have each knob moves as from A to B, within
    its range. PathError where that is longer than a chain may be.
    """
    before, after = ({setting.effect: setting for setting in end.settings} for end in (a, b))
    kept = [setting for setting in c.settings if setting.effect in after or setting.effect not in before]
    settings = [_turned(before.get(own.effect), after.get(own.effect), own) for own in kept]
    here = {setting.effect for setting in kept}
    settings += [own for name, own in after.items() if name not in before and name not in here]
    if len(settings) > MOST:
        names = ", ".join(own.effect for own in settings)
        raise PathError(f"C would have {len(settings)} effects ({names}), and a chain has {MOST} at most. Please take "
                        "one out of C or B.")  # fmt: skip
    return plainest(Chain(tuple(settings)))


def _turned(before: Setting | None, after: Setting | None, own: Setting) -> Setting:
    if before is None or after is None:
        return own
    values: Sequence[float] = np.clip(np.add(own.values, np.subtract(after.values, before.values)), 0, 1).tolist()
    return Setting(own.effect, tuple(values))
