"""Points z and w as scripts give them."""

from typing import Any

import numpy as np

from core.audio.given import as_floats


def rows(given: Any, size: int | None, name: str = "z", most: int | None = None) -> np.ndarray:
    """Points (size,) or (batch, size), at most so many, as float32 (batch, size); size None: any.

    ValueError for other shapes, none at all, and what is not finite.
    """
    found = np.atleast_2d(as_floats(given, name))
    if found.ndim != 2 or not found.size or found.shape[1] != (size or found.shape[1]) or len(found) > (most or np.inf):
        axis = "w" if name == "w" else "latent"
        wanted = f"({axis},)" if most == 1 else f"({axis},) or (batch, {axis})"
        numbers = f", with {size} latent numbers" if size else ""
        raise ValueError(f"{name} has shape {np.shape(given)}; {wanted} is needed{numbers}.")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} holds numbers that are not finite (NaN or infinity). Please encode a sound again.")
    return found
