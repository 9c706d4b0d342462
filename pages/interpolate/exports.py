"""Files made of a path: sounds, the film strip for print, a page that plays."""

import base64
import html
import io
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from core.audio import SAMPLE_RATE
from core.audio.measure import FLOOR_DB, to_db
from pages.interpolate import figures as path_plots
from pages.shared.figures import theme

if TYPE_CHECKING:
    from core.paths.interpolation import Interpolation


def strip_picture(path: "Interpolation", bin_hz: np.ndarray, frame_s: float, title: str, kind: str = "png") -> bytes:
    """The film strip for print, as "png" or "svg": 200 dots an inch, Hz, seconds and one dB bar."""
    magnitudes, row_titles, titles = path_plots.strip_panels(path)
    rows, columns, bins, frames = magnitudes.shape
    figure = Figure(figsize=(1.1 * columns + 1.6, 4.2), dpi=200, layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    ticks = [hz for hz in theme.TICKS_HZ if bin_hz[0] <= hz <= bin_hz[-1]]
    for row in range(rows):
        for column in range(columns):
            ax = axes[row, column]
            image = ax.imshow(
                to_db(magnitudes[row, column]), cmap=theme.COLOUR_MAP.lower(), vmin=FLOOR_DB, vmax=0, origin="lower",
                aspect="auto", extent=(0, frames * frame_s, -0.5, bins - 0.5),
            )  # fmt: skip
            ax.set_yticks(np.interp(ticks, bin_hz, np.arange(bins)), [f"{hz:,}" for hz in ticks], fontsize=7)
            ax.tick_params(labelsize=7)
        axes[row, 0].set_ylabel(f"{row_titles[row]}\nHz", fontsize=8)
    for column, text in enumerate(titles):
        axes[0, column].set_title(text, fontsize=9)
    figure.supxlabel(f"s ({frames * frame_s:.2f} s at {SAMPLE_RATE / 1000:.0f} kHz)", fontsize=8)
    figure.suptitle(title, fontsize=9)
    figure.colorbar(image, ax=axes, label="dB", pad=0.01)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --st-text-color: #1a1c24; --st-background-color: #ffffff;
  --st-secondary-background-color: #f0f2f6; --st-primary-color: #0072b2; --st-border-color: #8a8a8a;
  --st-font: system-ui, sans-serif; --st-base-radius: 8px; --st-button-radius: 8px; }}
@media (prefers-color-scheme: dark) {{ :root {{ --st-text-color: #fafafa; --st-background-color: #0e1117;
  --st-secondary-background-color: #262730; --st-primary-color: #56b4e9; }} }}
body {{ margin: 2rem auto; max-width: 72rem; padding: 0 1rem; font-family: var(--st-font);
  color: var(--st-text-color); background: var(--st-background-color); }}
img {{ max-width: 100%; background: white; border-radius: 8px; }}
{css}
</style>
</head>
<body>
<h1>{title}</h1>
<div id="player">{html}</div>
<p><img src="data:image/png;base64,{strip}" alt="Spectrograms of the steps, dry above wet"></p>
<p>Made with LatentFX.</p>
<script type="module">
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const source = new Blob([bytes("{js}")], {{ type: "text/javascript" }});
const {{ default: mount }} = await import(URL.createObjectURL(source));
mount({{ data: bytes("{data}"), parentElement: document.getElementById("player"), setStateValue() {{}} }});
</script>
</body>
</html>
"""


def player_page(title: str, parts: dict[str, str], data: bytes, strip: bytes) -> str:
    """A page of its own around the morph player. parts: its html, css and js. data: as the component gets it."""

    def text(content: bytes) -> str:
        return base64.b64encode(content).decode()

    return _PAGE.format(
        title=html.escape(title), css=parts["css"], html=parts["html"], js=text(parts["js"].encode()), data=text(data),
        strip=text(strip),
    )  # fmt: skip
