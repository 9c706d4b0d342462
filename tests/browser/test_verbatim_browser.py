"""Promise: a stranger's text is shown as it is written: no formatting, no link, no picture."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import serve
from tests.browser.verbatim_app import TEXTS
from tests.conftest import ROOT

JOINER = "\u2060"  # seen by nobody


def shown(page: Page, test_id: str) -> list[str]:
    return [text.replace(JOINER, "").strip() for text in page.get_by_test_id(test_id).all_inner_texts()]


def test_names_stay_names(page: Page) -> None:
    server, address = serve(ROOT / "tests/browser/verbatim_app.py")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(address)
        expect(page.get_by_test_id("stAlert")).to_have_count(len(TEXTS))
        assert shown(page, "stCaptionContainer") == list(TEXTS)
        assert set(shown(page, "stMarkdownContainer")) >= {f"{text}, 5 s" for text in TEXTS}
        assert shown(page, "stAlert") == [f"{text} is no path." for text in TEXTS]
        main = page.get_by_test_id("stMain")
        for kind in ("a", "img", "em", "strong strong", "del", ".katex", "[data-testid=stIconMaterial]"):
            expect(main.locator(kind)).to_have_count(0)
        assert all(url.startswith((address, "data:", "blob:")) for url in asked)
    finally:
        server.terminate()
        server.wait(timeout=20)
