"""Promise: whatever the Hub, the network or a name is like, a refusal is a plain sentence and leaves nothing behind."""

import socket
import time
from pathlib import Path

import pytest

from core.checkpoints import hub
from core.checkpoints.hub import HubError, Reference
from core.checkpoints.limits import CheckpointError
from tests.hub.conftest import NAME
from tests.hub_stand_in import StandIn

ERRORS = {
    (401, "RepoNotFound"): "no such repository, or it is private",
    (403, "GatedRepo"): "gated: please ask its owner",
    (403, ""): "refuses access",
    (404, "RepoNotFound"): "no such repository",
    (404, "RevisionNotFound"): "no revision 'main'",
    (404, "EntryNotFound"): "no LatentFX checkpoint",
    (429, ""): "too many requests",
    (500, ""): r"problem of its own \(500\)",
    (503, ""): r"problem of its own \(503\)",
}


@pytest.mark.alone
@pytest.mark.parametrize(("status", "code"), ERRORS)
def test_what_the_hub_refuses_is_a_sentence_within_three_seconds(server: StandIn, status: int, code: str) -> None:
    server.status, server.code = status, code
    started = time.monotonic()
    with pytest.raises(HubError, match=ERRORS[status, code]) as caught:
        hub.fetch(NAME)
    assert ("There is no folder of that name here, either." in str(caught.value)) == (
        "no such repo" in str(caught.value)
    )
    assert time.monotonic() - started < 3
    assert server.url not in str(caught.value)
    assert not hub.cached()
    server.status = 0
    assert hub.fetch(NAME).is_dir()


@pytest.mark.alone
def test_no_network_is_a_sentence_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed, socket.socket() as silent, socket.socket() as first, socket.socket() as second:
        closed.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)  # and its queue is full: what comes later is dropped without a word
        for other in (first, second):
            other.setblocking(False)
            other.connect_ex(silent.getsockname())
        ports = (one.getsockname()[1] for one in (closed, silent))
        for endpoint in (
            *(f"http://127.0.0.1:{port}" for port in ports),
            "http://no-such-host.invalid",
            "http://[",
            "?",
        ):
            monkeypatch.setenv("HF_ENDPOINT", endpoint)
            started = time.monotonic()
            with pytest.raises(HubError, match="the Hub cannot be reached"):
                hub.fetch(NAME)
            assert time.monotonic() - started < 3
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for wanted, more in (
        (NAME, "There is no folder of that name here, either"),
        (Reference.parse(NAME), r"without it"),
    ):
        with pytest.raises(HubError, match=rf"HF_HUB_OFFLINE forbids .*{more}\.$"):
            hub.fetch(wanted)


def test_a_commit_that_is_a_path_is_refused(server: StandIn, small: Path, tmp_path: Path) -> None:
    files = {file.name: file.read_bytes() for file in small.iterdir()}
    server.repositories["someone/path"] = {"main": files, "../" * 13 + "x": files}
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(HubError, match="does not say which commit"):
        hub.fetch("someone/path")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_body_that_is_cut_longer_or_changed_leaves_nothing(server: StandIn, own_cache: Path) -> None:
    for trouble, reason in (
        ({"cut": 70_000}, "connection broke"),
        ({"lie": 10}, "ended after"),
        ({"lie": -10}, "longer"),
    ):
        for name, value in trouble.items():
            setattr(server, name, value)
        with pytest.raises(HubError, match=reason):
            hub.fetch(NAME)
        server.cut, server.lie = None, 0
        assert not list(own_cache.iterdir())


def test_sizes_are_refused_before_any_byte_is_fetched(server: StandIn) -> None:
    server.lie = 2**30
    with pytest.raises(HubError, match="at most"):
        hub.fetch(NAME)
    assert not [line for line in server.asked if line.startswith("GET")]


def test_no_checkpoint_of_ours_is_refused_before_its_weights(server: StandIn, small: Path, own_cache: Path) -> None:
    files = {file.name: file.read_bytes() for file in small.iterdir()}
    server.commit("someone/bert", files | {"config.json": b'{"model_type": "bert"}'}, "main")
    with pytest.raises(CheckpointError, match="lacks the field 'model'"):
        hub.fetch("someone/bert")
    assert not [line for line in server.asked if line.startswith("GET") and "weights" in line]
    server.commit("someone/nan", files | {"weights.safetensors": b"\x80\x04K\x01." * 99}, "main")
    with pytest.raises(CheckpointError, match="is a pickle"):
        hub.fetch("someone/nan")
    assert not list(own_cache.iterdir())


def test_a_hub_that_falls_silent_is_a_sentence(
    server: StandIn, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_ANSWER_S", 0.3)
    server.chunk_s = 2  # in the middle of a file
    with pytest.raises(HubError, match="did not answer"):
        hub.fetch(NAME)
    with socket.socket() as silent:  # from the start
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(HubError, match="did not answer"):
            hub.fetch(NAME)
    assert not list(own_cache.iterdir())


def test_the_token_is_sent_never_said_and_in_a_space_only_for_what_the_owner_offers(
    server: StandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server.status, server.code = 403, "GatedRepo"
    with caplog.at_level("DEBUG"), pytest.raises(HubError) as caught:
        hub.fetch(NAME)
    assert server.keys == {"Bearer hf_secret"}
    assert "hf_secret" not in str(caught.value) + caplog.text
    monkeypatch.setenv("SPACE_ID", "someone/space")
    for offered, keys in (("", {""}), (f"other/one, {NAME}", {"Bearer hf_secret"})):
        monkeypatch.setenv("LATENTFX_MODELS", offered)
        server.keys.clear()
        with pytest.raises(HubError):
            hub.fetch(NAME)
        assert server.keys == keys


@pytest.mark.parametrize(
    "text",
    [
        "",
        "small",
        "../etc",
        "https://example.org/a/b",
        "a/b/tree",
        "hf.co/a",
        "a" * 300,
        "a/b/c",
        "someone/../x",
        "someone/small@../x",
        "a/b@",
        "/etc/passwd",
        "a/b@-x",
        "ä/b",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(HubError):
        Reference.parse(text)
    assert hub.find_cached(text) is None


FOLDERS = [
    "/data/checkpoints/factor", "./out/checkpoint", "../checkpoint", "~/models/factor", "~no-such-user/factor",
    "runs/mine/checkpoint", "C:\\models\\factor", "core/factor", Path("runs/mine"), Path("factor-2"),
]  # fmt: skip


def test_what_can_be_neither_a_folder_nor_of_the_hub_is_a_sentence(server: StandIn) -> None:
    for given in ("https://example.org/a/b", "https://huggingface.co/a", "a" * 300, "a\0b", "a/" + "b" * 300):
        with pytest.raises(HubError, match=r"names no checkpoint|There is no checkpoint"):
            hub.fetch(given)
    with pytest.raises(CheckpointError, match="There is no folder"):
        hub.fetch("./" + "a" * 300)
    assert not server.asked


@pytest.mark.parametrize("given", FOLDERS, ids=str)
def test_a_mistyped_folder_is_never_taken_for_a_name_on_the_hub(given: str | Path, server: StandIn) -> None:
    with pytest.raises(CheckpointError) as caught:
        hub.fetch(given)
    assert str(caught.value).startswith(f"There is no folder {given}. Please check")
    assert "Hub" not in str(caught.value)
    assert not server.asked
