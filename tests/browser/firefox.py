"""A Firefox that is driven by WebDriver BiDi, which it speaks itself: find one, or install Debian's."""

import itertools
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("firefox", "firefox-esr")


def find() -> str | None:
    """Path of an installed Firefox, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> str | None:
    """`find`, after trying Debian's package."""
    if not (path := find()) and shutil.which("apt-get"):
        more = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "firefox-esr"]
        for command in (["apt-get", "update", "-q"], more):
            subprocess.run(command, check=False, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        path = find()
    return path


class Firefox:
    """One tab. What it is asked is no gesture of a user: a page stays as asleep as it is."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count()
        self._call("session.new", capabilities={})
        self._tab = self._call("browsingContext.getTree")["contexts"][0]["context"]

    def _call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(timeout=60))).get("id") != number:
            pass  # an event
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]

    def open(self, address: str) -> None:
        self._call("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def look(self, expression: str) -> Any:
        """Value of an expression on the page, as JSON has it. RuntimeError where it throws."""
        asked = f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
        answer = self._call("script.evaluate", expression=asked, target={"context": self._tab}, awaitPromise=True)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def _act(self, kind: dict[str, Any], *actions: dict[str, Any]) -> None:
        """Actions of a source of input; its "id" is its own, as Firefox may remember of which type it was."""
        self._call("input.performActions", context=self._tab, actions=[{**kind, "actions": list(actions)}])

    def press(self, key: str) -> None:
        """Press a key and let it go; WebDriver's own letters name the special ones."""
        self._act({"type": "key", "id": "keys"}, {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})

    def down(self, x: float, y: float, pointer: str = "touch") -> None:
        """Put a finger, or press the mouse, on a place of the window in pixels."""
        move = {"type": "pointerMove", "x": round(x), "y": round(y)}
        self._act(_pointer(pointer), move, {"type": "pointerDown", "button": 0})

    def move(self, x: float, y: float, pointer: str = "touch") -> None:
        self._act(_pointer(pointer), {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 50})

    def up(self, pointer: str = "touch") -> None:
        self._act(_pointer(pointer), {"type": "pointerUp", "button": 0})


def _pointer(kind: str) -> dict[str, Any]:
    return {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}}


@contextmanager
def running() -> Iterator[Firefox]:
    """A Firefox of its own. RuntimeError where none is installed or it does not start."""
    if not (path := find()):
        raise RuntimeError("There is no Firefox here.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            with connect(f"{_address(process)}/session", max_size=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _address(process: subprocess.Popen[str]) -> str:
    """Where it listens, which it says when it does."""
    assert process.stderr
    for line in process.stderr:
        if said := re.search(r"listening on (ws://\S+)", line):
            return said[1]
    raise RuntimeError("Firefox did not start.")


if __name__ == "__main__":
    print(f"Firefox: {install() or 'none here and none can be installed; its tests are left out'}")
