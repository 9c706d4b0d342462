"""Promise: a figure that is taken says on paper what it says on the page, and none is drawn before it is asked for."""

import csv
import io
import re

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from core.explorer import Explorer
from pages.interpolate import figures as path_figures
from pages.match import figures as match_figures
from pages.models import figures as model_figures
from pages.shared import downloads
from pages.shared.figures import printed, spectrograms
from pages.shared.figures.latent_map import CHAIN, OTHER_CHAIN, latent_map
from pages.shared.figures.theme import GREY
from pages.shared.results import points
from tests.app import visit

BIN_HZ = np.geomspace(60, 11_000, 32)
KINDS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


def words(figure: go.Figure, caption: str = "") -> set[str]:
    """All words on paper: matplotlib writes each as a comment before the outlines of its letters."""
    svg = printed.printed(figure, caption, "svg").decode()
    return {found.strip() for found in re.findall(r"<!-- (.*?) -->", svg, flags=re.DOTALL)}


def pixels(figure: go.Figure) -> np.ndarray:
    """How often each colour is on paper: (colour, [red, green, blue, count])."""
    picture = Image.open(io.BytesIO(printed.printed(figure, "", "png"))).convert("RGB")
    colours, counts = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_counts=True)
    return np.column_stack([colours, counts])


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_is_a_file_of_its_kind_that_says_its_settings(kind: str) -> None:
    made = printed.printed(match_figures.distances(["Dry"], [0.2], 1, 1.0), "Delay: time 0.25 s", kind)
    assert made.startswith(KINDS[kind])
    described = {
        "svg": lambda: re.search(r"<dc:description>(.*)</dc:description>", made.decode())[1],
        "png": lambda: Image.open(io.BytesIO(made)).info["Description"],
        "pdf": lambda: re.search(rb"/Subject \((.*)\)", made)[1].decode(),
    }[kind]()
    assert described == "Delay: time 0.25 s"


def test_the_settings_stand_below_the_figure() -> None:
    assert "Delay: time 0.25 s" in words(match_figures.distances(["Dry"], [0.2], 1, 1.0), "Delay: time 0.25 s")


def test_a_spectrogram_keeps_its_levels_marks_and_titles() -> None:
    level = np.full((1, 2, 32, 40), -70.0)
    level[0, 1] = 0.0
    figure = spectrograms.level_grid(level, ("Wet",), ("X A", "X B"), BIN_HZ, 0.02)
    found = pixels(figure)
    big = found[found[:, 3].argsort()[::-1][:3], :3].tolist()
    assert sorted(big) == [[68, 1, 84], [253, 231, 37], [255, 255, 255]], "the ends of viridis, half and half, on white"
    assert {"Wet", "X A", "X B", "Hz", "dB", "Time (s)", "100", "1k", "10k", "−70"} <= words(figure)


def test_every_kind_of_figure_says_its_words(factor: Explorer) -> None:
    atlas, names = factor.atlas, [str(name) for name in factor.atlas.effects]
    positions = np.linspace(0, 1, 5)
    some = np.arange(0, len(atlas), 100)
    curves = {("delay", 0): positions}, {"delay": 1 - positions, "overdrive": positions}
    study = [{"space": "2 numbers", "knob error": 0.1, "MR-STFT / do nothing": 0.3, "variation / range": 1.1}]
    said = {
        "Delay": latent_map(atlas.umap_2d[some], names, atlas.effect[some], point=3),
        "Chorus": latent_map(atlas.umap_3d[some], names, atlas.effect[some]),
        "LUFS": latent_map(atlas.umap_2d[some], names, atlas.effect[some], atlas.loudness_lufs[some], "LUFS"),
        "Delay: time": path_figures.curves(positions, *curves),
        "Mix": match_figures.knobs(["Time", "Mix"], [0.3, 0.6], [0.1, 0.2], {"Truth": [0.4, 0.5]},
                                   {"Estimate": ["a", "b"], "Truth": ["c", "d"]}),
        "explained below 0.15": match_figures.distances(["a", "b"], [0.1, 0.2], 1, 0.15),
        "2 numbers": model_figures.spaces(study),
        "Error (dB)": model_figures.training_curves([[(1, 3.0), (2, 2.5)]], ["factor"]),
    }  # fmt: skip
    for word, figure in said.items():
        assert word in words(figure), word


def test_words_of_strangers_are_words_on_paper() -> None:
    figure = match_figures.distances(["$\\frac{1}$ &lt;b>", "<b>bold</b>"], [0.1, 0.2], 1, 1.0)
    found = " ".join(words(figure, "$\\alpha$ of a clip called <i>x</i>"))
    assert "frac" in found
    assert "bold" in found
    assert "alpha" in found


def test_a_map_as_a_table_tells_each_point(factor: Explorer) -> None:
    text = downloads.table_csv(points.table("factor", points.places("factor", "umap", 2)))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(factor.atlas) + len(factor.atlas.chains)
    first = [str(factor.atlas.effects[number]) for number in factor.atlas.chains.effect[0]]
    assert rows[len(factor.atlas)]["effect"] == " | ".join(first)
    index = int(np.flatnonzero(factor.atlas.effect == list(factor.atlas.effects).index("delay"))[7])
    row, point = rows[index], points.point("factor", index)
    assert row["effect"] == "delay"
    assert row["clip"] == point.clip
    assert float(row["x"]) == pytest.approx(factor.atlas.umap_2d[index, 0], rel=1e-5)
    assert float(row["delay.time"]) == pytest.approx(point.setting.physical["time"], rel=1e-5)
    assert row["overdrive.drive"] == "", "no knob of this effect"


def test_chains_of_the_shown_effects_stay_coloured(factor: Explorer) -> None:
    chains, first = factor.atlas.chains, len(factor.atlas)
    names, group = points.groups("factor", ["delay", "reverb"])
    assert names[8:] == [CHAIN, OTHER_CHAIN]
    delay, reverb = (list(factor.atlas.effects).index(name) for name in ("delay", "reverb"))
    within = [bool({delay, reverb} & {*effects}) for effects in chains.effect.tolist()]
    assert [number == 8 for number in group[first:]] == within
    assert 0 < sum(within) < len(chains)
    drawn = latent_map(points.places("factor", "umap", 2), names, group, shown=["delay"]).data
    assert {trace.name for trace in drawn[:2]} == {"Chain of two", "Other chains"}, "under what they are made of"
    assert min(trace.legendrank for trace in drawn[:2]) > max(trace.legendrank for trace in drawn[2:])
    grey = {trace.name for trace in drawn if trace.marker.color == GREY}
    assert "Other chains" in grey
    assert not {"Chain of two", "Delay"} & grey
    assert set(points.groups("factor")[1][first:]) == {8}


def test_names_of_files_say_what_they_are_and_suit_any_system() -> None:
    assert downloads.file_name("factor map UMAP, 2-D", "by Delay: time (s)") == "factor-map-umap-2-d-by-delay-time-s"
    assert downloads.file_name("../../etc/passwd") == "etc-passwd"
    assert downloads.file_name("音") == "latentfx"


@pytest.mark.parametrize("page", ["overview", "clusters", "reconstruct", "interpolate", "models"])
def test_no_figure_is_drawn_for_paper_before_it_is_asked_for(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(printed, "printed", lambda *_: drawn.append(page) or b"")
    app = visit(page)
    assert not app.exception
    assert [button for button in app.get("download_button") if button.proto.id.endswith(".svg")]
    assert not drawn
