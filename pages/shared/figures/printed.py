"""Figures for paper: what a Plotly figure holds, drawn by matplotlib on white as SVG, PNG or PDF, a caption below.

Plotly's own way to such files starts a Chrome for each. Understood here is what our figures are made of: heatmaps,
scatters on two axes or three, bars; axes by their domains; colour bars, lines, words, a legend.
"""

import html
import io
import re
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PathCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

PX = 100
"""Pixels of the page an inch of paper."""
DPI = 200
_POINTS = 72 / PX
_MANY = 1000
"""A cloud of more points is stored as pixels: as vectors it would weigh megabytes."""
SYMBOLS = {
    "circle": "o", "square": "s", "diamond": "D", "triangle-up": "^", "cross": "P", "x": "X", "star": "*",
    "hexagon": "h", "circle-open": "o", "x-thin-open": "x", "line-ns-open": "|",
}  # fmt: skip
DASHES = {"dash": "--", "dot": ":", "dashdot": "-.", "longdash": (0, (8, 3)), "longdashdot": (0, (8, 3, 1, 3))}


def printed(figure: go.Figure, caption: str, kind: str, width: int = 900) -> bytes:
    """The figure as a file of a kind: "svg", "png" (200 dots an inch) or "pdf".

    caption: one line or several of plain words; also the description in the file's metadata. width: of its axes, in
    pixels of the page; the height is the figure's own.
    """
    layout = figure.layout
    height = max(80, (layout.height or 450) - (layout.margin.t or 0) - (layout.margin.b or 0))
    paper = Figure(figsize=(width / PX, height / PX), dpi=DPI)
    places: dict[tuple[str, str], Axes] = {}
    for trace in figure.data:
        _draw(_axes(paper, places, layout, trace), trace, layout)
    for (x, y), ax in places.items():
        _scales(ax, layout[_name("xaxis", x)], layout[_name("yaxis", y)])
    _lines(paper, places, layout.shapes)
    _words(paper, places, layout.annotations)
    _bars(paper, layout)
    if layout.showlegend or (layout.showlegend is None and len(figure.data) > 1):
        _legend(paper, list(places.values()))
    _below(paper, lambda top: paper.text(0, top, "\n".join(_wrapped(caption, width)), va="top", fontsize=8))
    file = io.BytesIO()
    paper.savefig(file, format=kind, bbox_inches="tight", pad_inches=0.15, metadata=_metadata(caption, kind))
    return file.getvalue()


def plain(text: str | None) -> str:
    """Words of a figure without its marks; a dollar in them begins no formula."""
    bare = re.sub(r"</?(?:b|i|sub|sup|span)\b[^>]*>", "", (text or "").replace("<br>", "\n"))
    return html.unescape(bare).replace("% {", "%{").replace("$", r"\$")


def _wrapped(caption: str, width: int) -> list[str]:
    return [line for part in caption.split("\n") for line in textwrap.wrap(plain(part), max(30, width // 6)) or [""]]


def _metadata(caption: str, kind: str) -> dict[str, Any]:
    words = " ".join(caption.split())
    known: dict[str, dict[str, Any]] = {"svg": {"Description": words, "Date": None}, "png": {"Description": words}}
    return known.get(kind, {"Subject": words, "CreationDate": None})


def _name(kind: str, axis: str) -> str:
    """Where an axis stands in a layout: "xaxis2" for "x2"."""
    return kind + axis[1:]


def _axes(paper: Figure, places: dict[tuple[str, str], Axes], layout: go.Layout, trace: Any) -> Any:
    """The axes that a trace is drawn on."""
    if trace.type == "scatter3d":
        return _cube(paper, places, layout)
    key = trace.xaxis or "x", trace.yaxis or "y"
    if key not in places:
        x, y = layout[_name("xaxis", key[0])], layout[_name("yaxis", key[1])]
        if y.overlaying:
            places[key] = places[key[0], y.overlaying].twinx()
        else:
            (left, right), (low, high) = x.domain or (0, 1), y.domain or (0, 1)
            places[key] = paper.add_axes((left, low, right - left, high - low))
        if y.scaleanchor:
            places[key].set_aspect("equal", adjustable="datalim")
    return places[key]


def _cube(paper: Figure, places: dict[tuple[str, str], Axes], layout: go.Layout) -> Any:
    """Axes in three dimensions, seen from where the figure's camera stands."""
    if ("x", "y") not in places:
        eye = layout.scene.camera.eye
        cube: Any = paper.add_axes((0, 0, 1, 1), projection="3d")
        cube.set_box_aspect(None, zoom=1.5)
        cube.view_init(np.degrees(np.arctan2(eye.z, np.hypot(eye.x, eye.y))), np.degrees(np.arctan2(eye.y, eye.x)))
        places["x", "y"] = cube
    return places["x", "y"]


def _draw(ax: Any, trace: Any, layout: go.Layout) -> None:
    if trace.type == "heatmap":
        _heatmap(ax, trace, layout)
    elif trace.type == "bar":
        _bar(ax, trace)
    else:
        _scatter(ax, trace, layout)


def _heatmap(ax: Axes, trace: Any, layout: go.Layout) -> None:
    cells = np.asarray(trace.z)
    left = trace.x0 - trace.dx / 2
    colours, scale = _colours(layout[trace.coloraxis])
    ax.imshow(
        cells, cmap=colours, norm=scale, origin="lower", aspect="auto", interpolation="nearest",
        extent=(left, left + trace.dx * cells.shape[1], -0.5, len(cells) - 0.5),
    )  # fmt: skip


def _bar(ax: Axes, trace: Any) -> None:
    """Bars that lie, with their errors and words."""
    y = _numbers(ax, trace.y)
    width = np.asarray(trace.x, dtype=float)
    ax.barh(y, width, height=trace.width or 0.8, color=_colour(trace.marker.color), label=plain(trace.name))
    _errors(ax, trace, width, y)
    for at, end, text in zip(y, width, trace.text if trace.text is not None else (), strict=False):
        ax.annotate(plain(text), (end, at), (3, 0), textcoords="offset points", va="center", fontsize=8)


def _numbers(ax: Axes, places: Any) -> np.ndarray:
    """Places along an axis; names are numbered, and written beside it."""
    if places is not None and len(places) and isinstance(places[0], str):
        ax.set_yticks(range(len(places)), [plain(name) for name in places])
        return np.arange(len(places))
    return np.asarray(places, dtype=float)


def _errors(ax: Axes, trace: Any, x: np.ndarray, y: np.ndarray) -> None:
    error = trace.error_x
    if error.array is not None:
        spread = np.array([error.arrayminus, error.array], dtype=float)
        colour = _colour(error.color or trace.marker.color)
        ax.errorbar(x, y, xerr=spread, fmt="none", ecolor=colour, elinewidth=1.4, capsize=3)


def _scatter(ax: Any, trace: Any, layout: go.Layout) -> None:
    """Points, lines, or both; with a third axis where the trace has one; or a band above zero."""
    solid = trace.type == "scatter3d"
    where = [np.asarray(values, dtype=float) for values in (trace.x, trace.y, *([trace.z] if solid else []))]
    name = plain(trace.name) if trace.showlegend is not False else "_"
    if not solid and trace.fill == "tozeroy":
        ax.fill_between(*where, color=_colour(trace.fillcolor), lw=0, label=name)
        return
    mode = trace.mode or "lines"
    if "lines" in mode:
        colour = _colour(trace.line.color or trace.marker.color)
        style: Any = DASHES.get(trace.line.dash, "-")
        ax.plot(*where, color=colour, ls=style, lw=1.6, label=name)
    if "markers" in mode:
        _points(ax, trace, where, "_" if "lines" in mode else name, layout)
    if not solid:
        _errors(ax, trace, *where)


def _points(ax: Any, trace: Any, where: list[np.ndarray], name: str, layout: go.Layout) -> None:
    marker = trace.marker
    symbol = str(marker.symbol or "circle")
    size = (_POINTS * (marker.size or 6)) ** 2
    looks: dict[str, Any] = {"s": size, "marker": SYMBOLS.get(symbol, "o"), "alpha": marker.opacity}
    if marker.coloraxis:
        looks["cmap"], looks["norm"] = _colours(layout[marker.coloraxis])
        looks["c"] = np.asarray(marker.color, dtype=float)
    else:
        colour = _colour(marker.color or trace.line.color)
        open_one = symbol.endswith("-open") and SYMBOLS.get(symbol) == "o"
        looks |= {"edgecolors": colour, "facecolors": "none"} if open_one else {"color": colour}
    width = _POINTS * (marker.line.width if marker.line.width is not None else 2) if "open" in symbol else 0
    ax.scatter(*where, label=name, linewidths=width, rasterized=len(where[0]) > _MANY, **looks)


def _colours(axis: Any) -> tuple[Colormap, Normalize]:
    stops = [(place, _colour(colour)) for place, colour in axis.colorscale]
    return LinearSegmentedColormap.from_list("scale", stops), Normalize(axis.cmin, axis.cmax)


def _colour(colour: Any) -> Any:
    """A colour of CSS, or a list of them, as matplotlib takes it."""
    if isinstance(colour, list | tuple | np.ndarray):
        return [_colour(one) for one in colour]
    if found := re.fullmatch(r"rgba?\(([^)]*)\)", str(colour)):
        numbers = [float(part) for part in found[1].split(",")]
        return (*(part / 255 for part in numbers[:3]), *numbers[3:])
    return colour or "#1F2933"


def _scales(ax: Axes, x: Any, y: Any) -> None:
    """Range, marks and title of both axes."""
    for axis, said, limits in ((ax.xaxis, x, ax.set_xlim), (ax.yaxis, y, ax.set_ylim)):
        axis.label.set_text(plain(said.title.text))
        axis.label.set_fontsize(9)
        if said.tickvals is not None:
            axis.set_ticks(said.tickvals, [plain(text) for text in said.ticktext])
        if said.showticklabels is False or said.visible is False:
            axis.set_ticks([])
        elif said.tickformat == ".0%":
            axis.set_major_formatter(lambda value, _: f"{value:.0%}")
        if said.nticks and said.tickvals is None:
            axis.set_major_locator(MaxNLocator(said.nticks))
        axis.set_tick_params(labelsize=8)
        if said.range is not None:
            limits(*said.range)
        elif said.rangemode == "tozero":
            limits(0)
    if y.autorange == "reversed":
        ax.invert_yaxis()
    if x.showticklabels is False and y.showticklabels is False:
        ax.set_axis_on() if ax.images else ax.set_axis_off()


def _transform(paper: Figure, places: dict[tuple[str, str], Axes], xref: str, yref: str) -> tuple[Axes, Any]:
    """Axes, and what brings coordinates to paper that are an axis's, "x2", a share of one, "x2 domain", or "paper"."""
    x, y = (ref.removesuffix(" domain") for ref in (xref, yref))
    ax = next(ax for key, ax in places.items() if x in (key[0], "paper") and y in (key[1], "paper"))
    ways = [
        paper.transFigure if axis == "paper" else ax.transAxes if ref != axis else ax.transData
        for ref, axis in ((xref, x), (yref, y))
    ]
    return ax, blended_transform_factory(*ways)


def _lines(paper: Figure, places: dict[tuple[str, str], Axes], shapes: Any) -> None:
    for shape in shapes:
        ax, way = _transform(paper, places, shape.xref, shape.yref)
        style: Any = DASHES.get(shape.line.dash, "-")
        ax.plot(
            [shape.x0, shape.x1], [shape.y0, shape.y1], transform=way, color=_colour(shape.line.color), ls=style,
            lw=_POINTS * (shape.line.width or 2), scalex=False, scaley=False, clip_on=False, label="_",
        )  # fmt: skip


def _words(paper: Figure, places: dict[tuple[str, str], Axes], annotations: Any) -> None:
    for said in annotations:
        ax, way = _transform(paper, places, said.xref or "x", said.yref or "y")
        aside = (said.xshift or 0) * (1.4 if said.textangle else 1), said.yshift or 0  # clear of the axis's title
        shift = (said.ax or 0, -(said.ay or 0)) if said.showarrow else aside
        arrow = {"arrowstyle": "-", "color": _colour(said.arrowcolor)} if said.showarrow else None
        ax.annotate(
            plain(said.text), (said.x, said.y), (_POINTS * shift[0], _POINTS * shift[1]), xycoords=way,
            textcoords="offset points", ha=said.xanchor or "center", annotation_clip=False, rotation_mode="anchor",
            va={"middle": "center"}.get(said.yanchor, said.yanchor or "center"), rotation=-(said.textangle or 0),
            fontsize=_POINTS * (said.font.size or 12), color=_colour(said.font.color), arrowprops=arrow,
            bbox={"fc": _colour(said.bgcolor), "ec": "none", "pad": 2} if said.bgcolor else None,
        )  # fmt: skip


def _bars(paper: Figure, layout: go.Layout) -> None:
    """Colour bars where the figure has them, beside its axes."""
    for name in ("coloraxis", "coloraxis2"):
        if name not in layout or (axis := layout[name]).cmin is None:
            continue
        bar, (colours, scale) = axis.colorbar, _colours(axis)
        length, centre = bar.len or 1, bar.y if bar.y is not None else 0.5
        place = paper.add_axes((1.015, centre - length / 2, 0.012, length))
        paper.colorbar(ScalarMappable(scale, colours), cax=place, label=plain(bar.title.text)).outline.set_visible(
            False
        )
        place.tick_params(labelsize=8)


def _legend(paper: Figure, places: list[Axes]) -> None:
    known = dict[str, Any]()
    for ax in places:
        for mark, label in zip(*ax.get_legend_handles_labels(), strict=True):
            known.setdefault(label, mark)
    if known:
        _below(paper, lambda top: _keys(paper, known, top))


def _keys(paper: Figure, known: dict[str, Any], top: float) -> None:
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0, top), "borderaxespad": 0}
    legend = paper.legend(known.values(), known, ncols=4, fontsize=8, frameon=False, scatterpoints=1, **place)
    for mark in legend.legend_handles:
        if isinstance(mark, PathCollection):
            mark.set_sizes([36])


def _below(paper: Figure, draw: Callable[[float], object]) -> None:
    """Draw something under all that is there; draw takes its upper edge as a share of the figure's height."""
    paper.draw_without_rendering()
    draw((paper.get_tightbbox().y0 - 14 / PX) / paper.get_figheight())
