"""Speech: 46 speakers out of six packages (600 MB)."""

import re

from training.debian.packages import Collection

_PACKAGES = {
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
_SPLITS = {
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
}  # fmt: skip; the others are trained on


def _speaker_of(path: str) -> str | None:
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


SPEECH = Collection("speech", _PACKAGES, _SPLITS, _speaker_of)
