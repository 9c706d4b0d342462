"""Promise: in Firefox, too, every widget mounts, answers fingers and keys, and is heard or says why not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.firefox import Firefox, running
from tests.browser.sine_path import COUNT, packed
from tests.browser.stage import Pages, text_of, until
from tests.browser.tape import TAP
from tests.browser.test_touch import data

ARROW_RIGHT = "\ue014"
WORDS = "document.querySelector('[role=slider]').getAttribute('aria-valuetext')"
NOTICE = "document.querySelector('.notice').textContent"
VERB = "document.querySelector('.verb').textContent"


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    with running() as firefox:
        yield firefox


def opened(firefox: Firefox, pages: Pages, name: str) -> None:
    errors = "window.errors = []; addEventListener('error', ({ message }) => window.errors.push(message));"
    firefox.open(pages.put(name, data(name), TAP + errors))
    ready = "window.reports" if name == "curve" else "document.querySelector('.told').textContent.includes('ready')"
    wait(firefox, ready)


def wait(firefox: Firefox, expression: str) -> Any:
    """Look until the expression is true, and return it."""
    return firefox.look(until(expression))


def middle(firefox: Firefox, selector: str) -> tuple[float, float]:
    left, top, width, height = firefox.look(
        f"(({{ left, top, width, height }}) => [left, top, width, height])"
        f"(document.querySelector('{selector}').getBoundingClientRect())"
    )
    return left + width / 2, top + height / 2


@pytest.mark.parametrize(
    ("name", "part", "report"),
    [
        ("morph", ".track", "position"),
        ("pad", ".field", "point"),
        ("curve", ".screen", "points"),
        ("ab", ".screen", ""),
    ],
)
def test_a_finger_moves_it_and_it_is_told(firefox: Firefox, pages: Pages, name: str, part: str, report: str) -> None:
    opened(firefox, pages, name)
    if name == "morph":  # the server knows what is here
        answer = packed((), [f"decoded/{step}" for step in range(COUNT)])
        firefox.look(f"(window.give({json.dumps(text_of(answer))}), 1)")
    before = firefox.look(WORDS)
    x, y = middle(firefox, part)
    firefox.down(x, y)
    firefox.move(x + 60, y)
    firefox.up()
    wait(firefox, f"{WORDS} !== {before!r}")
    if report:
        wait(firefox, f"window.reports.some(([name]) => name === '{report}')")
    assert firefox.look("window.errors") == []


def test_keys_move_the_handle(firefox: Firefox, pages: Pages) -> None:
    opened(firefox, pages, "morph")
    firefox.look("(document.querySelector('.track').focus(), 1)")
    firefox.press(ARROW_RIGHT)
    wait(firefox, f"{WORDS} === 'Step 2 of {COUNT}, 10 % of the path'")


def test_the_first_touch_is_heard_or_says_what_to_do(firefox: Firefox, pages: Pages) -> None:
    opened(firefox, pages, "morph")
    firefox.down(*middle(firefox, ".handle"))
    wait(firefox, f"{NOTICE} === 'Tap Play for sound' || window.loudest() > 0.01")
    firefox.up()
    wait(firefox, f"{NOTICE} === ''")


def test_play_is_heard_or_says_why_not(firefox: Firefox, pages: Pages) -> None:
    """A machine without any sound device never starts Firefox's audio clock."""
    opened(firefox, pages, "morph")
    firefox.down(*middle(firefox, ".play"), "mouse")
    firefox.up("mouse")
    said = wait(firefox, f"(window.loudest() > 0.01 && 'heard') || {NOTICE}")
    if said == "heard":
        assert firefox.look(VERB) == "Pause"
    else:
        assert said.startswith("No sound yet: the browser holds it back.")
        assert firefox.look(VERB) == "Play"


def test_a_static_twin_opens_as_a_file(firefox: Firefox, twin: Path) -> None:
    """Its scripts arrive, its FLAC is decoded, and a point that is clicked sounds or says why not."""
    firefox.open((twin / "index.html").as_uri())
    ready = {"path-1-place": "All 3 sounds ready", "pad-place": "All sounds ready"}
    for place, words in ready.items():
        root = f"document.querySelector('#{place}')"
        firefox.look(f"{root}.scrollIntoView()")
        firefox.look(until(f"{root}.shadowRoot.querySelector('.told').textContent === '{words}'"))
    root = "document.querySelector('#map-place').shadowRoot"
    firefox.look(f"{root}.querySelector('.field').scrollIntoView()")
    box = f"{root}.querySelector('.ring.chosen').getBoundingClientRect()"
    x, y = firefox.look(f"(({{ left, top }}) => [left + 11, top + 11])({box})")
    firefox.down(x, y, "mouse")
    firefox.up("mouse")
    playing = f"{root}.querySelector('.verb').textContent === 'Pause'"
    firefox.look(until(f"{playing} || {root}.querySelector('.notice').textContent.startsWith('No sound yet')"))
