"""The film strip of a path: one picture a row, labels and axes as text, in a box that scrolls sideways.

Each panel is an element that says which step it shows (data-step), so that the player's playhead finds it.
"""

import base64
import html
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.colors
import plotly.graph_objects as go
from PIL import Image

from core.audio.measure import FLOOR_DB, to_db
from pages.shared.figures import spectrograms, theme

if TYPE_CHECKING:
    from core.paths.interpolation import Interpolation

ROWS = ("Dry", "Wet")
COLUMNS = 1536
"""Columns of pixels in a row, about: more help nobody."""
PANEL_PX = 64
"""A panel is at least so wide on the screen; where the page is narrower, the strip scrolls."""
GAP = 2
_LEVELS = 255  # of colour; index 255 is the gap, which is clear
_STYLE = """<style>
.film { display: flex; gap: 6px; font-size: 0.8125rem; line-height: 1.25; }
.film-scroll { flex: 1; min-width: 0; overflow-x: auto; padding-bottom: 4px; }
.film-scroll:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.film-heads, .film-drift { position: relative; height: 1.5rem; }
.film-heads span, .film-drift span { position: absolute; text-align: center; white-space: nowrap; }
.film-axis { flex: none; width: 2.75rem; text-align: right; }
.film-axis div { position: relative; }
.film-axis b { position: absolute; left: -0.35rem; top: 50%; rotate: -90deg; translate: -25% -50%; font-weight: 600; }
.film-axis i { position: absolute; right: 0; translate: 0 50%; font-style: normal; font-size: 0.75rem; }
.film-row { position: relative; margin-bottom: 4px; }
.film-row img { display: block; width: 100%; height: 100%; max-width: none; border-radius: 2px; }
.film-row div { position: absolute; top: 0; bottom: 0; overflow: hidden; }
.film-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; margin-top: 4px; font-size: 0.8125rem; }
.film-bar span { width: 140px; height: 10px; border-radius: 2px; }
</style>"""


def strip_panels(path: "Interpolation") -> tuple[np.ndarray, list[str], list[str]]:
    """Magnitudes (row, column, bin, frame) of a film strip, its row titles, and what stands above each column.

    A path: dry above wet, X A | steps | X B, the report's Figure 4; by a difference X C | steps | C as the knobs' rule
    makes it. A square: its decoded wet sounds as they lie on it.
    """
    if path.route.kind == "corners":
        side = path.route.steps
        wet = path.spectrograms[:, 1]
        return wet.reshape(side, side, *wet.shape[1:]), [], []
    columns = np.concatenate([path.originals[:1], path.spectrograms[:, :2], path.originals[-1:]])
    titles = [f"X̂{step + 1}" for step in range(len(path.z))]
    ends = ("X C", "by knobs") if path.route.kind == "difference" else ("X A", "X B")
    return columns.transpose(1, 0, 2, 3), list(ROWS), [ends[0], *titles, ends[1]]


def _levels(path: "Interpolation", against_a: bool) -> tuple[np.ndarray, list[str], list[str]]:
    """The panels of `strip_panels` in dB, or their differences from the first decoded one; and their titles."""
    magnitudes, rows, titles = strip_panels(path)
    level = to_db(magnitudes, FLOOR_DB)
    return level - (level[:, 1:2] if rows else level[:1, :1]) if against_a else level, rows, titles


def strip_figure(path: "Interpolation", bin_hz: np.ndarray, frame_s: float, against_a: bool = False) -> go.Figure:
    """The strip as a figure, to be taken; see `film_strip`."""
    level, rows, titles = _levels(path, against_a)
    grid = spectrograms.difference_grid if against_a else spectrograms.level_grid
    return grid(level, rows, titles, bin_hz, frame_s, 190 if rows else max(110, 480 // len(level)))


def strip_width(path: "Interpolation") -> int:
    """How wide the axes of `strip_figure` are, in pixels of paper."""
    return 110 * (path.route.steps if path.route.kind == "corners" else len(path.z) + 2)


def film_strip(path: "Interpolation", bin_hz: np.ndarray, frame_s: float, label: str, against_a: bool = False) -> str:
    """The strip of `strip_panels` as HTML. label: what it shows, for those who do not see it. against_a: each panel's
    difference in dB from the first decoded one."""
    level, rows, titles = _levels(path, against_a)
    _, columns, _, frames = level.shape
    level = level[..., :: max(1, columns * frames // COLUMNS)]
    limit = float(theme.DIFFERENCE_DB)
    low, high = (-limit, limit) if against_a else (float(FLOOR_DB), 0.0)
    drift = [f"{db:.1f}" for db in path.drift_db] if titles else []
    colours = theme.DIFFERENCE_MAP if against_a else theme.COLOUR_MAP
    return _film(level, rows, titles, drift, (low, high), colours, bin_hz, frames * frame_s, label)


def pair_strip(original: np.ndarray, decoded: np.ndarray, bin_hz: np.ndarray, frame_s: float, label: str) -> str:
    """A pair and what a model makes of it, magnitudes (2, bin, frame) each: dry above wet, original beside decoded."""
    level = to_db(np.stack([original, decoded], axis=1)[..., ::2], FLOOR_DB)
    between = (float(FLOOR_DB), 0.0)
    seconds = original.shape[-1] * frame_s
    return _film(level, ROWS, ("Original X", "Decoded X̂"), (), between, theme.COLOUR_MAP, bin_hz, seconds, label)


def _film(
    level: np.ndarray, rows: Sequence[str], titles: Sequence[str], drift: Sequence[str], ends: tuple[float, float],
    colours: str | list, bin_hz: np.ndarray, seconds: float, label: str,
) -> str:  # fmt: skip
    """Panels (row, column, bin, frame) in dB as HTML. drift: what stands below all columns but the first and the last;
    where there is none, nothing does, and no panel is a step of a path of rows with names. ends: of the colours, dB."""
    count, columns = level.shape[:2]
    palette = _palette(colours)
    height = 150 if rows else max(70, 480 // count)
    places = _places(columns, level.shape[-1])
    names = list(rows) or [""] * count
    pictures = [
        _row(panels, *ends, palette, height, f"Spectrograms, {name.lower() or 'wet'}", places, number, bool(rows))
        for number, (panels, name) in enumerate(zip(level, names, strict=True))
    ]
    heads = _words("film-heads", titles, places) if titles else ""
    below = _words("film-drift", ["", *drift, ""], places) if drift else ""
    axis = "".join(_axis(name, bin_hz, height) for name in names)
    head = '<div style="height: 1.5rem"></div>' if titles else ""
    foot = '<div style="height: 1.5rem">drift</div>' if drift else ""
    return (
        f'{_STYLE}<div class="film"><div class="film-axis">{head}{axis}{foot}</div>'
        f'<div class="film-scroll" tabindex="0" role="region" aria-label="{html.escape(label)}">'
        f'<div style="min-width: {PANEL_PX * columns}px">{heads}{"".join(pictures)}{below}</div></div></div>'
        f"{_bar(*ends, palette, seconds)}"
    )


def _places(columns: int, frames: int) -> list[str]:
    """Where each panel of a row lies, as CSS."""
    whole = columns * frames + (columns - 1) * GAP
    return [
        f"left: {100 * column * (frames + GAP) / whole:.3f}%; width: {100 * frames / whole:.3f}%"
        for column in range(columns)
    ]


def _row(
    panels: np.ndarray, low: float, high: float, palette: np.ndarray, height: int, alt: str, places: list[str],
    number: int, between: bool,
) -> str:  # fmt: skip
    """Panels (column, bin, frame) in dB as one picture. between: the first and the last are X A and X B, no steps."""
    cells = np.round((panels - low) / (high - low) * (_LEVELS - 1)).clip(0, _LEVELS - 1).astype(np.uint8)
    gaps = np.pad(cells[:, ::-1], ((0, 0), (0, 0), (0, GAP)), constant_values=_LEVELS)
    picture = Image.fromarray(np.concatenate(list(gaps), axis=1)[:, :-GAP], mode="P")
    picture.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=_LEVELS, compress_level=1)
    columns, shift = len(panels), 1 if between else 0
    steps = {column: number * columns * (not between) + column - shift for column in range(shift, columns - shift)}
    marks = "".join(f'<div data-step="{step}" style="{places[column]}"></div>' for column, step in steps.items())
    source = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<div class="film-row" style="height: {height}px">'
        f'<img src="data:image/png;base64,{source}" alt="{html.escape(alt)}">{marks}</div>'
    )


def _words(kind: str, words: Sequence[str], places: list[str]) -> str:
    """One word for each panel, above or below it."""
    spans = (f'<span style="{place}">{html.escape(word)}</span>' for word, place in zip(words, places, strict=True))
    return f'<div class="{kind}">{"".join(spans)}</div>'


def _axis(name: str, bin_hz: np.ndarray, height: int) -> str:
    """The Hz beside a row, those that have room."""
    marks, last = [], -np.inf
    for hz in theme.TICKS_HZ:
        at = 100 * float(np.interp(hz, bin_hz, np.arange(len(bin_hz)))) / len(bin_hz)
        if bin_hz[0] <= hz <= bin_hz[-1] and (at - last) * height / 100 >= 14:
            text = f"{hz // 1000}k" if hz >= 1000 else str(hz)
            marks.append(f'<i style="bottom: {at:.1f}%">{text}</i>')
            last = at
    return f'<div style="height: {height}px; margin-bottom: 4px"><b>{html.escape(name)}</b>{"".join(marks)}</div>'


def _bar(low: float, high: float, palette: np.ndarray, seconds: float) -> str:
    """What the colours mean in dB, and how long a panel is."""
    colours = ", ".join(f"rgb({r} {g} {b})" for r, g, b in palette[:_LEVELS:16])
    return (
        f'<div class="film-bar">{low:g} dB<span style="background: linear-gradient(90deg, {colours})"></span>'
        f"{high:+g} dB · each panel {seconds:.2f} s</div>".replace("+0 dB", "0 dB")
    )


def _palette(colours: str | list) -> np.ndarray:
    """256 colours (256, 3) as bytes, the last one for the gap."""
    scale = plotly.colors.get_colorscale(colours) if isinstance(colours, str) else colours
    places = [place for place, _ in scale]
    known = np.array([plotly.colors.hex_to_rgb(colour) for _, colour in scale])
    at = np.linspace(0, 1, _LEVELS)
    palette = np.stack([np.interp(at, places, channel) for channel in known.T], axis=1)
    return np.concatenate([palette, palette[-1:]]).round().astype(np.uint8)
