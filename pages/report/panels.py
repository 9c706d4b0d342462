"""The report's figures, each with this checkpoint's own data, what is measured of it, and a link to hear it."""

from typing import Any

import numpy as np
import streamlit as st

from core.audio.own import Own
from core.effects import Setting
from core.paths.route import Route
from pages.report import figures, measured
from pages.shared.controls import CLIP_LABELS, TABLE
from pages.shared.figures import spectrograms
from pages.shared.figures.chart import chart, take
from pages.shared.figures.film_strip import film_strip, strip_figure, strip_width
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints, paths, sounds
from pages.shared.scenes import DELAY, FIRST_CLIP, OVERDRIVE, SECOND_CLIP, link

BIG = 1.5
"""How much larger the letters of a figure are in the presenter's view, and its height."""


def show(figure: str, name: str, big: bool) -> None:
    """One of words.FIGURES. name: of the checkpoint. big: for a projector."""
    match figure:
        case "1":
            clusters(name, big)
        case "2":
            rebuilt(name, OVERDRIVE, "overdrive", big)
        case "3":
            rebuilt(name, DELAY, "delay", big)
        case "4":
            path(name, (FIRST_CLIP, DELAY), (FIRST_CLIP, OVERDRIVE), "same-audio")
        case "5":
            path(name, (FIRST_CLIP, OVERDRIVE), (SECOND_CLIP, OVERDRIVE), "different-audio")
        case "6":
            question(name, big)


def _sized(figure: Any, big: bool) -> Any:
    if not big:
        return figure
    margin = {side: BIG * figure.layout.margin[side] for side in "lrtb"}
    figure.update_layout(height=1.2 * figure.layout.height, font={"size": 12 * BIG}, margin=margin)
    for title in figure.layout.annotations:
        title.update(xshift=BIG * (title.xshift or 0), font_size=BIG * min(12, title.font.size or 12))
    return figure


def clusters(name: str, big: bool) -> None:
    """Figure 1: every setting of the two effects on the map, and both at fixed knobs."""
    atlas = checkpoints.explorer(name).atlas
    names = [str(effect) for effect in atlas.effects]
    known = {setting.effect: setting for setting in (DELAY, OVERDRIVE) if setting.effect in names}
    random = {effect: atlas.umap_2d[atlas.effect == names.index(effect)] for effect in known}
    fixed = {effect: measured.placed(name, setting) for effect, setting in known.items()}
    count = sum(map(len, random.values()))
    said = (
        f"Pale: {count:,} random settings on the map (UMAP, 2-D). Strong: all knobs at 0.5, "
        f"{measured.TOGETHER * measured.TIMES} stretches of speech each."
    )
    figure = _sized(figures.clusters(random, fixed), big)
    chart(figure, "Delay and Overdrive on the map", f"{name} figure 1 clusters", said, name, lambda: _rows(fixed))
    st.caption(said)
    found, pca = (measured.score(name, f"delay_or_overdrive.fixed_settings.{key}")
                  for key in ("knn_accuracy", "pca_knn_accuracy"))  # fmt: skip
    if found is not None and pca is not None:
        st.markdown(
            f"On unseen speakers, all knobs at 0.5, 15 neighbours tell the two apart in **{100 * found:.1f} %** of "
            f"cases; in a PCA with as many numbers in {100 * pca:.1f} %, by chance in 50 %."
        )
    link("clusters", "Open in Clusters")


def _rows(fixed: dict[str, np.ndarray]) -> dict[str, list[object]]:
    """Points as columns for a file."""
    rows = [(effect, *place) for effect, places in fixed.items() for place in places.tolist()]
    return {title: [row[number] for row in rows] for number, title in enumerate(("effect", "x", "y"))}


def rebuilt(name: str, setting: Setting, scene: str, big: bool) -> None:
    """Figures 2 and 3: a pair, decoded, and the difference."""
    dry = sounds.clip(FIRST_CLIP)
    made = sounds.reconstruction(name, dry, sounds.wet(dry, setting))
    said = f"{CLIP_LABELS[FIRST_CLIP]} · {setting.text}"
    figure = _sized(
        spectrograms.comparison(made.original, made.decoded, made.difference_db, **checkpoints.axes(name)), big
    )
    alt = f"Original, decoded and difference, {said}"
    chart(figure, alt, f"{name} reconstruction of {setting.effect}", f"{said}: original, decoded, difference.", name)
    st.caption(said)
    (dry_db, wet_db), (dry_pca, wet_pca) = made.rmse_db, made.pca_rmse_db
    st.markdown(
        f"The decoded dry spectrogram is **{dry_db:.1f} dB** off, the wet one **{wet_db:.1f} dB**; those of a PCA with "
        f"as many numbers {dry_pca:.1f} and {wet_pca:.1f} dB."
    )
    link(scene, "Open in Reconstruct")


def path(name: str, a: tuple[str, Setting], b: tuple[str, Setting], scene: str) -> None:
    """Figures 4 and 5: originals, and the decoded steps between them."""
    drys = [sounds.stretched(Own.of(sounds.clip(clip)), True).heard for clip, _ in (a, b)]
    pairs = [(dry, sounds.wet(dry, setting)) for dry, (_, setting) in zip(drys, (a, b), strict=True)]
    made, axes = paths.interpolation(name, pairs, Route()), checkpoints.axes(name)
    ends = " to ".join(f"{CLIP_LABELS[clip]} · {setting.text}" for clip, setting in (a, b))
    st.html(film_strip(made, **axes, label=f"Spectrograms from {ends}"))
    said = f"From {ends}: the straight line, {len(made.z)} steps. X: original; X̂: decoded; above dry, below wet."
    drift = f"Mean drift of the dry sound: {made.mean_drift_db:.2f} dB."
    file = f"{name} interpolation {scene}"
    take(lambda: strip_figure(made, **axes), file, f"{said} {drift}", name, width=strip_width(made))
    st.caption(said)
    kept = "The top row keeps still" if made.mean_drift_db < 0.005 else "The top row moves"
    st.markdown(f"{kept}: the decoded dry sound drifts by **{made.mean_drift_db:.2f} dB** from that of the first step.")
    link(scene, "Open in Interpolate")


def question(name: str, big: bool) -> None:
    """The open question: the same settings by UMAP and in the bottleneck, and what each is good for."""
    model = checkpoints.explorer(name)
    atlas, names = model.atlas, [str(effect) for effect in model.atlas.effects]
    titles, places = ["UMAP"], [atlas.umap_2d]
    if 2 in model.dimensions:
        titles, places = ["UMAP", "Bottleneck (KLD)"], [atlas.umap_2d, model.places(2)]
    said = f"{len(atlas):,} settings of {len(names)} effects: {'; '.join(titles)}."
    figure = _sized(figures.planes(titles, places, names, atlas.effect), big)
    chart(figure, "The settings on both planes", f"{name} umap beside bottleneck", said, name)
    st.caption(said)
    rows = measured.study(name)
    if rows:
        table: dict[str, list[str]] = {"Space": [verbatim(row["space"]) for row in rows]}
        table["Numbers"] = [f"{row['numbers']:g}" for row in rows]
        table |= {title: [f"{row[key]:.3f}" for row in rows] for key, title in measured.STUDY.items()}
        st.table(table, **TABLE, alt="UMAP and bottlenecks compared")
        st.markdown(
            "Knob error: mean, 0 to 1; always 0.5 makes 0.25. Zig-zag: how far knobs run along a straight line for the "
            "way they get; 1 is none. Coverage: share of the plane whose points are sure of their effect and sound "
            "like no other. UMAP has no way back to knobs: they are looked up at the nearest settings. A bottleneck is "
            "trained both ways."
        )
    else:
        st.info(f"{verbatim(name)} has no study of small spaces. Another checkpoint in the sidebar may have one.")
    with st.container(horizontal=True):
        link("umap", "Open UMAP in Clusters")
        link("bottleneck", "Open the bottleneck in Play")
