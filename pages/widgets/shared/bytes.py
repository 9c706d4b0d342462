"""What the browser is sent: a header, and arrays after it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np


def pack(header: Mapping[str, Any], parts: Iterable[bytes]) -> bytes:
    """One line of JSON, then the parts; shared/bytes.js takes it apart.

    header: of values that JSON has; it gets "parts", the sizes of the parts in bytes. Streamlit passes bytes on
    untouched only where they are the whole of a component's data.
    """
    parts = list(parts)
    return b"".join([json.dumps({**header, "parts": [len(part) for part in parts]}).encode(), b"\n", *parts])


def int16(sound: np.ndarray) -> bytes:
    """sound (samples,) in [-1, 1], cut where it is beyond, as 16-bit numbers."""
    return np.round(np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes()
