"""Widgets on a page of their own, without Streamlit: what they are sent is in the page, what they report is kept.

A page is served from this process. `Stage.show` opens it with a widget and its first data; `Stage.give` hands it more
data, as a rerun would, and `Stage.reports` tells what it has reported. `Touch` is a finger, and looks at the page
without waking it: Playwright's own evaluate() counts as a user's gesture, after which a browser allows any sound.
"""

import base64
import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import CDPSession, Page

from pages.widgets.shared import parts

Data = bytes | dict[str, Any]

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A widget</title>
<style>
:root {{ --st-text-color: #1a1c24; --st-background-color: #ffffff; --st-secondary-background-color: #f0f2f6;
  --st-primary-color: #0072b2; --st-border-color: #8a8a8a; --st-font: sans-serif; --st-base-radius: 8px;
  --st-button-radius: 8px; }}
body {{ margin: 16px; min-height: 3000px; font-family: sans-serif; }}
{css}
</style></head>
<body>
<div id="place">{html}</div>
<script>{script}</script>
<script type="module">
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const read = ({{ kind, text }}) => (kind === "bytes" ? bytes(text) : JSON.parse(text));
const source = new Blob([bytes("{js}")], {{ type: "text/javascript" }});
const {{ default: mount }} = await import(URL.createObjectURL(source));
const parentElement = document.getElementById("place");
window.reports = [];
const setStateValue = (name, value) => window.reports.push([name, JSON.parse(JSON.stringify(value))]);
window.give = (data) => (window.leave = mount({{ data: read(data), parentElement, setStateValue }}));
window.give({data});
</script>
</body>
</html>
"""


def text_of(data: Data) -> dict[str, str]:
    """data as the page takes it."""
    if isinstance(data, bytes):
        return {"kind": "bytes", "text": base64.b64encode(data).decode()}
    return {"kind": "json", "text": json.dumps(data)}


@cache
def _whole(name: str) -> dict[str, str]:
    """The parts of a widget; its script as the page takes it."""
    made = parts(name)
    return made | {"js": base64.b64encode(made["js"].encode()).decode()}


class Pages:
    """A web server with the pages that tests put on it."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._pages = pages = {}  # type: dict[str, bytes]

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path)
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def put(self, name: str, data: Data, script: str = "") -> str:
        """Address of a new page with the widget of this name. script: runs on it before all others."""
        return self.serve(_PAGE.format(**_whole(name), data=json.dumps(text_of(data)), script=script))

    def serve(self, page: str) -> str:
        """Address of a new page of this text."""
        path = f"/{next(self._numbers)}"
        self._pages[path] = page.encode()
        return self.address + path

    @contextmanager
    def running(self) -> Iterator["Pages"]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        yield self
        self._server.shutdown()
        self._server.server_close()
        thread.join()


class Stage:
    """A page of a browser with one widget on it."""

    def __init__(self, page: Page, pages: Pages) -> None:
        self.page = page
        self._pages = pages

    def show(self, name: str, data: Data, script: str = "") -> Page:
        """Open a page with the widget and its first data."""
        self.page.goto(self._pages.put(name, data, script))
        self.page.wait_for_function("window.leave !== undefined")  # it has taken its first data
        return self.page

    def give(self, data: Data) -> None:
        """Hand the widget more data, as a rerun does."""
        self.page.evaluate("data => void window.give(data)", text_of(data))

    def reports(self, name: str) -> list[Any]:
        """All that the widget has reported under a name, in order."""
        return [value for told, value in self.page.evaluate("window.reports") if told == name]


def until(expression: str, seconds: float = 20) -> str:
    """A promise, as a script, of the first true value of an expression; rejected where it never is."""
    return f"""new Promise((done, failed) => {{
        const end = performance.now() + {1000 * seconds};
        const look = () => {{
            const value = ({expression});
            if (value) done(value);
            else if (performance.now() > end) failed(new Error("it never is"));
            else setTimeout(look, 10);
        }};
        look();
    }})"""


class Touch:
    """A finger on a page, and eyes that do not wake it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", (x, y))

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", (x, y))

    def up(self) -> None:
        self._send("touchEnd")

    def look(self, expression: str) -> Any:
        """Value of an expression on the page, read without a gesture. RuntimeError where it throws."""
        asked = {"expression": expression, "userGesture": False, "returnByValue": True, "awaitPromise": True}
        answer = self._session.send("Runtime.evaluate", asked)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait(self, expression: str, seconds: float = 20) -> Any:
        """Look until the expression is true, and return it. RuntimeError where it never is."""
        return self.look(until(expression, seconds))

    def middle(self, selector: str) -> tuple[float, float]:
        """The middle of the first element that a selector finds, in pixels of the window."""
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y = self.look(f"(({{ left, top, width, height }}) => [left + width / 2, top + height / 2])({box})")
        return x, y
