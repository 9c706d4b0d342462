"""The dashboard without a browser: its pages, each opened by a link to it."""

from collections.abc import Mapping

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import FileUploader
from streamlit.util import calc_hash

from tests.conftest import ROOT


def visit(page: str, query: Mapping[str, str | list[str]] | None = None) -> AppTest:
    """A visitor who comes by a link to a page, with this query, after the page's first run."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    for key, value in (query or {}).items():
        app.query_params[key] = value
    if page != "overview":
        app._page_hash = calc_hash(page)  # its switch_page knows no pages before a first run, which costs one
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    """Press the first button of that label."""
    return next(button for button in app.button if button.label == label).click().run()


def uploader(app: AppTest, key: str) -> FileUploader:
    """An uploader of this session, by the key that the pages call it."""
    return app.file_uploader(key=f"{key}_{app.session_state['uploaders'][key]}")


def markdown(app: AppTest) -> str:
    """All that the page hands to Markdown."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)
