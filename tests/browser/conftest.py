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


def serve(script: Path, *more: str, log: IO[bytes] | None = None) -> tuple[subprocess.Popen, str]:
    """Start Streamlit on a free port; the process and its address. more: options. log: takes what it says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    options += ["--server.fileWatcherType=none", *more]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
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


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.fixture(scope="session")
def pages() -> Iterator[Pages]:
    with Pages().running() as pages:
        yield pages


@pytest.fixture
def stage(page: Page, pages: Pages) -> Stage:
    """A page of its own for a widget, without Streamlit."""
    return Stage(page, pages)
