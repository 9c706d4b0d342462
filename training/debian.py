"""A free speech corpus out of Debian packages, with all four splits; no other file knows these packages."""

import os
import re
import subprocess
from pathlib import Path

from rich.progress import track

from training.corpus import ABOUT, SPLIT_LIST

PACKAGES = {
    "tuxpaint-stamps-default": "GPL-2+",
    "fillets-ng-data-cs": "GPL-2",
    "fillets-ng-data-nl": "GPL-2",
    "festvox-ru": "BSD-like, (c) N. V. Shmyrev",
    "klettres-data": "GPL-2+",
    "hedgewars-data": "GFDL-1.3",
}
# es is overdriven, lt and nl are tiny and noisy; fil-nl-x is unlabelled, the same two voices.
_TUX = ("be", "bg", "ca", "da", "el", "en_GB", "fr", "ro", "ru")
# da claims 128 kHz, ar is noisy, tn has half a minute.
_KLETTRES = (
    "cs",
    "de",
    "en",
    "en_GB",
    "es",
    "fr",
    "he",
    "hu",
    "it",
    "lt",
    "ml",
    "nb",
    "nds",
    "nl",
    "pt_BR",
    "ru",
    "uk",
)
SPLITS = {
    "valid": ("tux-da", "tux-en_GB", "fil-nl-m"),
    # The English actors of hedgewars may be few: all of them in one split.
    "calibration": (
        *(f"kle-{name}" for name in ("cs", "he", "it", "lt", "ml", "nb", "nds", "nl")),
        *(f"hed-{name}" for name in ("British", "Classic", "Default", "HillBilly", "Mobster", "Pirate", "Russian")),
        *(f"hed-{name}" for name in ("Singer", "Surfer")),
    ),
    "test": (
        *(f"kle-{name}" for name in ("de", "en", "en_GB", "es", "fr", "hu", "pt_BR", "ru", "uk")),
        *(f"hed-{name}" for name in ("Default_es", "Default_pl", "Default_ru", "Default_uk", "Russian_pl")),
    ),
}  # fmt: skip
"""Who is held out; the others are trained on."""


def fetch_debian(folder: Path) -> None:
    """Build a free speech corpus, 8 h of 43 speakers, out of six Debian packages (600 MB; nothing is installed).

    Needs apt-get and dpkg-deb, and `apt-get update` once before. The audio is GPL: train on it, do not pass it on.
    """
    unpacked = folder / ".packages"
    unpacked.mkdir(parents=True, exist_ok=True)
    for package in track(PACKAGES, description=f"Fetching {len(PACKAGES)} packages"):
        if (unpacked / package / "usr").is_dir():
            continue
        try:
            subprocess.run(["apt-get", "download", "-q", package], cwd=unpacked, check=True, stdout=subprocess.DEVNULL)
            archive = next(unpacked.glob(f"{package}_*.deb"))
            subprocess.run(["dpkg-deb", "-x", archive.name, package], cwd=unpacked, check=True)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            raise SystemExit(f"{package} could not be fetched: {error}. Please run `apt-get update` first.") from error
        version = archive.name.split("_")[1].replace("%3a", ":")
        (unpacked / package / "version").write_text(version)
        archive.unlink()
    sort_by_speaker(unpacked, folder)
    versions = [f"{name} {(unpacked / name / 'version').read_text()} ({terms})" for name, terms in PACKAGES.items()]
    (folder / ABOUT).write_text(f"speech out of the Debian packages {', '.join(versions)}\n")


def sort_by_speaker(unpacked: Path, folder: Path) -> None:
    """Link every recording of the unpacked packages into folder/<speaker>, and say there who is in which split."""
    for package in PACKAGES:
        for file in sorted((unpacked / package).rglob("*")):
            speaker = speaker_of(file.relative_to(unpacked).as_posix())
            if speaker:
                link = folder / speaker / f"{file.parent.name}_{file.name}"
                link.parent.mkdir(exist_ok=True)
                if not link.exists():
                    link.symlink_to(os.path.relpath(file, link.parent))
    lines = [f"{split}: {name}" for split, names in SPLITS.items() for name in names]
    (folder / SPLIT_LIST).write_text("\n".join(lines) + "\n")


def speaker_of(path: str) -> str | None:
    """Who speaks in a file of the packages (path below them), or None where it is not to be used."""
    package, _, _ = path.partition("/")
    if package == "tuxpaint-stamps-default":
        match = re.search(rf"_({'|'.join(_TUX)})\.ogg$", path)
        return f"tux-{match[1]}" if match else None
    if package.startswith("fillets-ng-data-") and path.endswith(".ogg"):
        language = package[-2:]
        match = re.search(r"[/-](m|v)\d*-[^/]*$", path)
        speaker = f"fil-{language}-{match[1] if match else 'x'}"
        return None if speaker == "fil-nl-x" else speaker
    if package == "klettres-data":
        match = re.search(rf"/klettres/({'|'.join(_KLETTRES)})/(?:alpha|syllab)/[^/]*\.ogg$", path)
        return f"kle-{match[1]}" if match else None
    if package == "hedgewars-data":
        match = re.search(r"/voices/(\w+)/[^/]*\.ogg$", path)
        return f"hed-{match[1]}" if match and match[1] != "Robot" else None  # that voice is an effect itself
    return "festvox-ru" if package == "festvox-ru" and path.endswith(".wav") else None
