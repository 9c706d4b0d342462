"""Promise: no byte from a stranger is run, no page tells more than it should, and the server's limits are on."""

import ast
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest

from core.effects import Setting, render
from core.explorer import Explorer
from core.paths.route import Route
from pages.shared.figures.film_strip import film_strip

ROOT = Path(__file__).parents[1]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
SERVED = [file for folder in ("core", "pages") for file in sorted((ROOT / folder).rglob("*.py"))]
SERVED.append(ROOT / "streamlit_app.py")
TRAINING = sorted((ROOT / "training").rglob("*.py"))

UNPICKLERS = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "code", "runpy"}
"""Modules that make code, or objects with code, out of data; and yaml, whose plain load does."""
RUNNERS = {"subprocess", "pty", "ctypes", "cffi", "multiprocessing"}
"""Modules that the served part of the product has no use for."""
RUNNING = {"eval", "exec", "compile", "__import__", "execfile"}
RUNNING_OF = {"os.system", "os.popen", "torch.load", "torch.hub.load", "torch.jit.load", "torch.ops.load_library"}
OPEN_DOORS = {"unsafe_allow_html", "unsafe_allow_javascript", "trust_remote_code", "allow_pickle", "shell"}


def dangers(source: str, served: bool = True) -> set[str]:
    """What in Python source would run, or let through, what a stranger wrote."""
    found: set[str] = set()
    banned = UNPICKLERS | (RUNNERS if served else set())
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] in banned}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in banned:
            found.add(node.module)
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            plain = any(ast.unparse(keyword) == "weights_only=True" for keyword in node.keywords)  # numbers alone
            if name in RUNNING | (RUNNING_OF - ({"torch.load"} if plain else set())) or re.search(
                r"(^|\.)(components\.v1\.|st\.html$|st\.iframe$)", name
            ):
                found.add(name)
            for keyword in node.keywords:
                shut = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                if keyword.arg in OPEN_DOORS and not shut:
                    found.add(f"{keyword.arg}={ast.unparse(keyword.value)}")
            shut = any(keyword.arg == "allow_pickle" for keyword in node.keywords)
            if name in ("np.load", "numpy.load") and not shut:
                found.add("np.load without allow_pickle=False")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "import yaml", "eval('1')", "exec(data)", "torch.load(file)",
        "torch.load(file, weights_only=False)",
        "import subprocess", "np.load(file)", "np.load(file, allow_pickle=True)", "f(allow_pickle=really)",
        "st.markdown(text, unsafe_allow_html=True)", "st.html(text)", "model(trust_remote_code=True)",
        "st.components.v1.html(text)", "os.system(text)", "run(text, shell=True)",
    ],
)  # fmt: skip
def test_the_search_for_dangers_finds_them(source: str) -> None:
    assert dangers(source)


STRIPS = ("pages/interpolate/views.py", "pages/interpolate/beside.py", "pages/report/panels.py")
"""Where the film strip is shown, markup of ours around escaped words."""


def test_nothing_served_runs_or_unpickles_data_or_writes_html() -> None:
    found = {str(file.relative_to(ROOT)): dangers(file.read_text()) for file in SERVED}
    # One call into libc, of a fixed name with a fixed argument, gives freed memory back.
    turns = (ROOT / "pages/shared/queue.py").read_text()
    assert re.findall(r"ctypes.*|trim\(.*", turns) == ["ctypes", 'ctypes.CDLL(None), "malloc_trim", None)):', "trim(0)"]
    # The frame's style sheet is a file of ours; the film strip is markup of ours around escaped words: see below.
    assert 'st.html(MARKS / "frame.css")' in (ROOT / "streamlit_app.py").read_text()
    # A map starts processes of our own module, with a folder of the checkpoint in use as the one argument.
    assert found.pop("core/own_map/making.py") == {"subprocess"}
    making = (ROOT / "core/own_map/making.py").read_text()
    assert re.findall(r"command = .*", making) == [
        'command = [sys.executable, "-m", "core.own_map.worker", str(folder.resolve())]'
    ]
    assert "shell" not in making
    # Matches, and the rows of the command latentfx, come from processes of our own, to which nobody else can speak:
    # Python pickles on both ends what is ours, sounds and answers, never a byte that was brought.
    assert found.pop("core/processes.py") == {
        "multiprocessing", "multiprocessing.context", "multiprocessing.forkserver",
    }  # fmt: skip
    assert {file: what for file, what in found.items() if what} == {
        "pages/shared/queue.py": {"ctypes"}, "streamlit_app.py": {"st.html"},
        **{key: {"st.html"} for key in STRIPS}, "pages/report/presenter.py": {"st.html"},
    }  # fmt: skip
    for strip in STRIPS:
        assert re.findall(r"st\.html\((\w+)", (ROOT / strip).read_text()) == ["film_strip"]
    presenter = (ROOT / "pages/report/presenter.py").read_text()
    assert re.findall(r"st\.html\((\w+)", presenter) == ["_STYLE"]
    assert not re.search(r'_STYLE = f"', presenter)


def test_the_film_strip_holds_no_markup_of_strangers(factor: Explorer, dry: np.ndarray) -> None:
    settings = Setting("delay", (0.5, 0.3, 0.5)), Setting("reverb", (0.5, 0.5, 0.5))
    path = factor.interpolate([(dry, render(dry, own)) for own in settings], Route(steps=3))
    tags: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, dict(attrs)))

    label = '"><img src=http://spy/a.png onerror=alert(1)><script>alert(1)</script>'
    Reader().feed(film_strip(path, factor.spectrogram_config.bin_hz(), factor.spectrogram_config.frame_s, label))
    assert {tag for tag, _ in tags} == {"style", "div", "img", "span", "i", "b"}
    assert all((own["src"] or "").startswith("data:image/png;base64,") for tag, own in tags if tag == "img")
    assert [own["aria-label"] for _, own in tags if "aria-label" in own] == [label]
    assert not [name for _, own in tags for name in own if name.startswith("on")]


def test_training_unpickles_and_evaluates_nothing() -> None:
    found = {str(file.relative_to(ROOT)): dangers(file.read_text(), served=False) for file in TRAINING}
    assert {file: what for file, what in found.items() if what} == {}


def test_the_browser_parts_write_text_never_html_and_ask_nobody() -> None:
    files = [file for kind in ("js", "html", "css") for file in (ROOT / "pages").rglob(f"*.{kind}")]
    assert files
    wrong = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    wrong += r"|\bfetch\(|XMLHttpRequest|//[\w-]+\.\w"
    found = {file.name: re.findall(wrong, file.read_text()) for file in files}
    assert {name: what for name, what in found.items() if what} == {}


def test_the_token_is_read_in_one_place_and_no_secret_lies_about() -> None:
    holders = [file.relative_to(ROOT).as_posix() for file in [*SERVED, *TRAINING] if '"HF_TOKEN"' in file.read_text()]
    assert holders == ["core/checkpoints/hub.py"]
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not [file for file in tracked if re.search(r"secrets\.toml|\.env$|\.pem$|\.key$|id_rsa", file)]


def test_the_configuration_keeps_the_doors_shut() -> None:
    server, client = CONFIG["server"], CONFIG["client"]
    assert server["maxUploadSize"] <= 25
    assert server["enableXsrfProtection"]
    assert server.get("enableCORS", True)
    assert "xsrfCookieSameSite" not in server  # in a Space only: see the Dockerfile
    assert not server.get("enableStaticServing", False)
    assert client["showErrorDetails"] == "none"
    assert client["toolbarMode"] in ("minimal", "viewer")
    assert CONFIG["browser"]["gatherUsageStats"] is False


def ask(address: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    """Status and content of an answer; status 0 where nobody answers."""
    try:
        with urlopen(Request(address, body, method=method), timeout=10) as response:
            return response.status, response.read()
    except HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of the dashboard, on 127.0.0.1 alone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while ask(f"http://127.0.0.1:{port}/_stcore/health")[0] != 200:
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def test_an_upload_without_the_visitors_token_is_refused(address: str) -> None:
    status, _ = ask(f"{address}/_stcore/upload_file/some-session/some-file", "PUT", b"--x--")
    assert status == 403


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/..%2fpyproject.toml", "/static/..%2f..%2fpyproject.toml", "/app/static/pyproject.toml",
     "/media/..%2f..%2fpyproject.toml", "/component/..%2f..%2fpyproject.toml", "/_stcore/../pyproject.toml"],
)  # fmt: skip
def test_no_address_leads_to_a_file_of_the_server(address: str, path: str) -> None:
    status, content = ask(address + path)
    assert status in (200, 400, 403, 404)  # an unknown address shows the dashboard
    assert b"build-system" not in content
