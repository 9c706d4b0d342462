"""Find a Chromium for the browser tests, or install one: an installed one first, else Playwright's, else Debian's."""

import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """Path of an installed Chromium or Chrome, or of the one Playwright fetched, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    cached = sorted((Path.home() / ".cache" / "ms-playwright").glob("chromium-*/chrome-linux*/chrome"))
    return str(cached[-1]) if cached else None


def install() -> str:
    """`find`, after trying Playwright's download and then Debian's package; SystemExit where all fail."""
    ways = [
        [[sys.executable, "-m", "playwright", "install", "chromium"]],
        [["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"]],
    ]
    for way in ways:
        if path := find():
            return path
        for command in way:
            try:
                subprocess.run(command, check=False, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            except (FileNotFoundError, subprocess.TimeoutExpired) as error:
                print(f"{command[0]}: {error}")
    if path := find():
        return path
    raise SystemExit("No Chromium was found and none could be installed; the browser tests need one.")


if __name__ == "__main__":
    print(f"Chromium: {install()}")
