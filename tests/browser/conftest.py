"""A running dashboard and a real Chromium."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import firefox
from tests.browser.chromium import FLAGS, install
from tests.browser.stage import Pages, Stage
from tests.conftest import ROOT

collect_ignore = [] if firefox.find() else ["test_firefox.py"]

expect.set_options(timeout=30_000)  # the first page of a server loads the models; a busy machine is slow


def pytest_report_header() -> str:
    return f"Firefox: {firefox.find() or 'none here, its tests are left out'}"


def serve(script: Path, *more: str, log: IO[bytes] | None = None, first: str = "") -> tuple[subprocess.Popen, str]:
    """Start Streamlit on a free port; the process and its address. more: options. log: takes what it says. first: what
    Python does before."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    options += ["--server.fileWatcherType=none", *more]
    start = f"{first}\nfrom streamlit.web.cli import main\nmain()"
    command = [sys.executable, "-c", start, "run", str(script), *options]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}  # the app sets it
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()
            return server, address
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise RuntimeError("Streamlit did not start")


@pytest.fixture(scope="session")
def dashboard() -> Iterator[tuple[subprocess.Popen, str]]:
    server, address = serve(ROOT / "streamlit_app.py")
    yield server, address
    server.terminate()
    server.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=install(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Page:
    """The tab of all tests that need no other kind: its process has compiled what Streamlit's page consists of."""
    tab = browser.new_context(accept_downloads=True).new_page()
    tab.set_default_timeout(60_000)
    return tab


@pytest.fixture
def page(tab: Page, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The tab as if it were a new one: a document, a visitor and a window of its own, and nobody else's scripts."""
    tab.context.clear_cookies()
    tab.set_viewport_size({"width": 1440, "height": 900})
    tab.emulate_media(color_scheme="light")
    session = tab.context.new_cdp_session(tab)  # takes its scripts along when it ends; Playwright's own would stay
    session.send("Page.enable")
    add = "Page.addScriptToEvaluateOnNewDocument"
    monkeypatch.setattr(tab, "add_init_script", lambda script: session.send(add, {"source": script}))
    yield tab
    session.detach()
    tab.evaluate("() => { try { sessionStorage.clear(); } catch { return; } }")  # a visit outlives a document
    tab.goto("about:blank")


@pytest.fixture(scope="session")
def pages() -> Iterator[Pages]:
    with Pages().running() as pages:
        yield pages


@pytest.fixture
def stage(page: Page, pages: Pages) -> Stage:
    """A page of its own for a widget, without Streamlit."""
    return Stage(page, pages)
