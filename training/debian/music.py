"""Music: mixes, drum kits and single instruments out of seven packages (940 MB); a "speaker" is a track, a kit or an
instrument."""

import re
from pathlib import Path

from training.debian.packages import Collection
from training.debian.soundfont import unfold

_PACKAGES = {
    "wesnoth-1.16-music": "GPL-2+",
    "warzone2100-music": "GPL-2+, CC0, CC-BY",
    "unknown-horizons": "CC-BY-SA-3.0",
    "lincity-ng-data": "GPL-2",
    "hydrogen-drumkits": "CC-BY, CC-BY-SA, CC0, GPL",
    "hydrogen-drumkits-effects": "CC-BY, CC-BY-SA, CC0, GPL",
    "fluid-soundfont-gm": "MIT",
}
# Instruments have 8 s at least. Left out: new masters of what is in another split (frantic, track3_enhanced).
_SPLITS = {
    "train": """
        gm-Acoustic_Bass gm-Bagpipe gm-Banjo gm-Baritone gm-Church_Organ gm-Distortion gm-Finger_Bass
        gm-French_Horns gm-Harp gm-Jazz_Guitar gm-Nylon gm-Rhodes gm-Rock_Organ gm-Sbrass gm-Strings
        kit-Audiophob kit-ElectricEmpireKit kit-HardElectro1 kit-Millo_Drums_v_1 kit-Millo_MultiLayered2
        kit-Millo_MultiLayered3 kit-VariBreaks war-track1 war-track11 war-track12 war-track13 war-track14
        war-track15 war-track16 war-track2 war-track3 war-track5 war-track6 war-track7 war-track8 war-track9
        wes-battle wes-battle-epic wes-breaking_the_chains wes-casualties_of_war wes-elvish-theme
        wes-frantic-old wes-knalgan_theme wes-knolls wes-love_theme wes-loyalists wes-northern_mountains
        wes-northerners wes-nunc_dimittis wes-return_to_wesnoth wes-revelation wes-sad wes-siege_of_laurelmor
        wes-silvan_sanctuary wes-suspense wes-the_city_falls wes-the_dangerous_symphony wes-the_deep_path
        wes-the_king_is_dead wes-vengeful wes-wanderer wes-weight_of_revenge
    """,
    "valid": """
        gm-E_s_Bassoon gm-Electric_Piano gm-English_Horn gm-Fretless gm-Marimba gm-Ohh_Voices gm-Pizz gm-Pop
        gm-SynthVz kit-The_Black_Pearl_1_0 kit-rumpf_kit_z01_h2 lin-02_Robert_van_Herk_City_Blues war-menu
        war-menu_enhanced war-track23 war-track26 war-track4 wes-into_the_shadows wes-legends_of_the_north
        wes-main_menu wes-traveling_minstrels wes-underground wes-victory wes-victory2
    """,
    "calibration": """
        gm-Accordian gm-Ahh_Choir gm-Alto gm-EP gm-Slap_Bass gm-Steel gm-Violin gm-Xylophone
        kit-ColomboAcousticDrumkit kit-Gimme_A_Hand_1_0 lin-01_pronobozo_lincity
        lin-03_Robert_van_Herk_Architectural_Contemplations war-track10 war-track18 war-track21 wes-defeat
        wes-defeat2 wes-elf-land wes-heroes_rite wes-journeys_end wes-transience
    """,
    "test": """
        gm-Brass_Section gm-Cello gm-Clean gm-Harpsichord gm-P gm-Picked_Bass gm-Soprano gm-Tenor gm-Timpani
        gm-Viola kit-BJA_Pacific kit-ForzeeStereo kit-belofilms_GuitarStrums kit-circAfrique_v4
        uh-Peer_Gynt_Suite_No_1_Op_46_I_Morning uh-battle uh-beware_the_ships_kobold uh-goldenvalley
        uh-irelands_coast uh-main_theme uh-music uh-music2 uh-newfrontier uh-nightdream uh-seafight
        uh-uh_gameplay2 uh-uh_gameplay3 uh-uh_gameplay4 uh-waves war-track17 war-track19 war-track20 war-track22
        war-track24 war-track25 war-track27
    """,
}
_NAMES = {split: tuple(names.split()) for split, names in _SPLITS.items()}
_USED = {name for names in _NAMES.values() for name in names}
_FILES = {
    "wes": r"wesnoth-1\.16-music/.*/([^/]*)\.ogg",
    "war": r"warzone2100-music/.*/([^/]*)\.opus",
    "uh": r"unknown-horizons/.*/audio/music/(?:menu/)?([^/]*)\.ogg",
    "lin": r"lincity-ng-data/.*/([^/]*)\.ogg",
    "kit": r"hydrogen-drumkits[^/]*/.*/drumkits/([^/]*)/.*\.(?:flac|wav|aiff)",
    "gm": r"fluid-soundfont-gm/instruments/([^/]*)/[^/]*\.wav",
}


def _speaker_of(path: str) -> str | None:
    for source, pattern in _FILES.items():
        if match := re.fullmatch(pattern, path):
            name = match[1] if source in ("wes", "war") else re.sub(r"\W+", "_", match[1])
            return f"{source}-{name}" if f"{source}-{name}" in _USED else None
    return None


def _unfold(unpacked: Path) -> None:
    package = unpacked / "fluid-soundfont-gm"
    if not (package / "instruments").is_dir():
        unfold(next(package.rglob("*.sf2")), package / "instruments")


MUSIC = Collection("music and single instruments", _PACKAGES, _NAMES, _speaker_of, _unfold)
