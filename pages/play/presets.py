"""Places and settings that a visitor keeps."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pages.play.point import Spot
from pages.shared.downloads import setting_dict


def spots_json(spots: "Iterable[Spot]") -> bytes:
    """Saved spots as JSON: name, only ("all", or the one effect that the pad played), and all of `setting_dict`."""
    rows = [{"name": s.name, "only": s.only} | setting_dict(s.checkpoint, s.w, s.setting) for s in spots]
    return json.dumps({"format": "latentfx-spots/1", "spots": rows}, indent=1).encode()
