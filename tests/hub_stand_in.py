"""A Hub of our own on 127.0.0.1, for what a mirror of repositories cannot do: uploads, error codes, bad networks."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class StandIn:
    """What it serves and how it misbehaves.

    repositories: name -> revision (a commit, a branch, a tag) -> file -> bytes. status, code: the answer to everything,
    and its X-Error-Code. cut: bytes after which a file's body ends. lie: what is added to the size that HEAD names.
    chunk_s: pause after every 64 kB. pause_s: before every answer. asked: "METHOD path" of every request; keys: the
    Authorization headers seen.
    """

    repositories: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    status: int = 0
    code: str = ""
    cut: int | None = None
    lie: int = 0
    chunk_s: float = 0.0
    pause_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    url: str = ""

    def commit(self, repository: str, files: dict[str, bytes], *names: str) -> str:
        """A commit of these files, and the branches and tags that stand for it from now on."""
        digest = hashlib.sha1(b"".join(name.encode() + body for name, body in sorted(files.items()))).hexdigest()
        own = self.repositories.setdefault(repository, {})
        own.update(dict.fromkeys((digest, *names), files))
        return digest


@contextmanager
def serving(hub: StandIn) -> Iterator[StandIn]:
    """The stand-in, answering at hub.url until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: StandIn
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Tests speak for themselves."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has left
                self.wfile.write(body)

    def refused(self) -> bool:
        time.sleep(self.hub.pause_s)
        self.hub.asked.append(f"{self.command} {self.path}")
        self.hub.keys.add(self.headers.get("Authorization", ""))
        if self.hub.status:
            self.answer(self.hub.status, X_Error_Code=self.hub.code)
        return bool(self.hub.status)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if self.refused():
            return
        owner, name, _, revision, file = self.path.strip("/").split("/", 4)
        own = self.hub.repositories.get(f"{owner}/{name}")
        if own is None:
            self.answer(401, X_Error_Code="RepoNotFound")
        elif revision not in own:
            self.answer(404, X_Error_Code="RevisionNotFound")
        elif file not in own[revision]:
            self.answer(404, X_Error_Code="EntryNotFound")
        else:
            self.send(own, own[revision], file)

    def send(self, own: dict[str, dict[str, bytes]], files: dict[str, bytes], file: str) -> None:
        body = files[file]
        self.send_response(200)
        self.send_header("X-Repo-Commit", next(name for name in own if len(name) == 40 and own[name] is files))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("Content-Length", str(len(body) + (self.hub.lie if self.command == "HEAD" else 0)))
        self.end_headers()
        if self.command == "HEAD":
            return
        for start in range(0, len(body), 2**16):
            chunk = body[start : start + 2**16]
            if self.hub.cut is not None and start + len(chunk) > self.hub.cut:
                self.close_connection = True
                return
            try:
                self.wfile.write(chunk)
            except (BrokenPipeError, ConnectionResetError):  # whoever asked has left
                self.close_connection = True
                return
            time.sleep(self.hub.chunk_s)

    def do_POST(self) -> None:
        data = self.body()
        if self.refused():
            return
        path = self.path.split("?")[0].strip("/").split("/")
        if path[1:] == ["repos", "create"]:
            asked = json.loads(data)
            name = f"{asked['organization']}/{asked['name']}"
            self.hub.repositories.setdefault(name, {}) or self.hub.commit(name, {}, "main")
            self.reply({"url": f"{self.hub.url}/{name}"})
        elif path[1] == "validate-yaml":
            self.reply({"errors": [], "warnings": []})
        elif path[4] == "preupload":
            files = [{"path": one["path"]} for one in json.loads(data)["files"]]
            self.reply({"files": [one | {"uploadMode": "regular", "shouldIgnore": False} for one in files]})
        elif path[4] == "commit":
            repository = "/".join(path[2:4])
            commit = self.hub.commit(repository, self.changed(repository, path[5], data), path[5])
            self.reply({"commitOid": commit, "commitUrl": f"{self.hub.url}/{repository}/commit/{commit}"})
        elif path[4] == "tag":
            own, tag = self.hub.repositories["/".join(path[2:4])], json.loads(data)["tag"]
            self.answer(409 if tag in own else 200, b"{}")
            own.setdefault(tag, own[path[5]])

    def changed(self, repository: str, branch: str, data: bytes) -> dict[str, bytes]:
        """The files of a branch after a commit, one JSON line an operation."""
        files = dict(self.hub.repositories[repository][branch])
        for line in map(json.loads, data.splitlines()):
            if line["key"] == "file":
                files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            elif line["key"] == "deletedFile":
                del files[line["value"]["path"]]
        return files

    def body(self) -> bytes:
        """What was sent, in one piece or in chunks."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def reply(self, content: dict) -> None:
        self.answer(200, json.dumps(content).encode(), Content_Type="application/json")
