"""Promise: chips are dragged with a mouse or a finger, or moved with keys, and the new order is told once."""

from playwright.sync_api import Browser, Page

from tests.browser.stage import Pages, Stage, Touch

LABELS = {"delay": "Delay", "reverb": "Reverb", "lowpass": "Low-pass ladder"}
ORDER = "[...document.querySelectorAll('.chip')].map((chip) => chip.dataset.id)"


def data(*ids: str, seen: int = 0) -> dict:
    return {"chips": [{"id": id, "label": LABELS[id], "silent": id == "reverb"} for id in ids or LABELS], "seen": seen}


def shown(page: Page) -> list[str]:
    return page.evaluate(ORDER)


def middle(page: Page, id: str) -> tuple[float, float]:
    box = page.locator(f".chip[data-id={id}]").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_chips_follow_the_mouse_and_the_keys_and_orders_are_told_when_they_rest(stage: Stage) -> None:
    page = stage.show("order", data())
    page.mouse.move(*middle(page, "lowpass"))
    page.mouse.down()
    x, y = middle(page, "delay")
    page.mouse.move(x + 60, y, steps=5)
    assert shown(page) == ["delay", "lowpass", "reverb"], "the others make room at once"
    stage.give(data())  # a rerun meanwhile
    page.mouse.move(x - 5, y, steps=5)
    assert shown(page) == ["lowpass", "delay", "reverb"]
    assert stage.reports("order") == []
    page.mouse.up()
    first = {"ids": ["lowpass", "delay", "reverb"], "count": 1}
    assert stage.reports("order") == [first]
    assert page.locator("[role=status]").inner_text() == "Low-pass ladder is now 1 of 3"
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("ArrowLeft")  # on to another one
    stage.give(data("lowpass", "delay", "reverb", seen=1))  # the answer to the first comes late
    assert shown(page) == ["delay", "reverb", "lowpass"]
    page.wait_for_function("window.reports.length === 2")
    assert stage.reports("order")[1] == {"ids": ["delay", "reverb", "lowpass"], "count": 2}
    focused = page.locator(".chip[tabindex='0']")
    assert focused.get_attribute("aria-label") == "Reverb, silent"
    assert focused.get_attribute("aria-selected") == "true"
    stage.give(data("reverb", "delay", seen=2))  # a box was deleted, the others changed places
    assert shown(page) == ["reverb", "delay"]
    assert page.evaluate("document.activeElement.dataset.id") == "reverb"
    page.mouse.click(*middle(page, "delay"))
    assert len(stage.reports("order")) == 2, "a click changes nothing"


def test_a_finger_moves_a_chip_to_another_line(browser: Browser, pages: Pages) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 300, "height": 640})
    page = context.new_page()
    page.goto(pages.put("order", data()))
    touch = Touch(page)
    touch.wait("window.reports")
    (x, y), (_, below) = touch.middle("[data-id=delay]"), touch.middle("[data-id=lowpass]")
    assert below > y, "the window is too narrow for one line"
    touch.down(x, y)
    touch.move(x, below)
    touch.move(x + 200, below)
    assert touch.wait(f"String({ORDER}) === 'reverb,lowpass,delay'", 5)
    assert touch.look("scrollY") == 0, "the page stays"
    touch.up()
    assert touch.wait("window.reports.length") == 1
    assert touch.look("window.reports[0][1].ids") == ["reverb", "lowpass", "delay"]
    context.close()
