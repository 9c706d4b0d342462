"""Promise: on the page Models a checkpoint of the Hub is fetched, used, removed; what goes wrong is a sentence."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

from core.checkpoints import hub
from core.checkpoints.folder import CheckpointConfig, build, save
from pages.models.figures import scores_beside_baselines, spaces, training_curves
from pages.shared.catalogue import CARDS, Checkpoint, card_body, is_number
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints
from pages.shared.scores import Measured
from tests.app import visit
from tests.conftest import ROOT
from tests.hub_stand_in import StandIn, serving

CONFIG = CheckpointConfig("joint_vae", {"width": 32, "local_latent": 4, "pair_latent": 4}, ("delay", "overdrive"))
NAME = "someone/small"


@pytest.fixture(autouse=True)
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A Hub with one checkpoint, an empty cache, and no way to the real Hub."""
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "SPACE_ID", "LATENTFX_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LATENTFX_CACHE", str(tmp_path / "cache"))
    torch.manual_seed(0)
    save(tmp_path / "small", build(CONFIG.model, CONFIG.model_config), CONFIG)
    (tmp_path / "small" / "README.md").write_text(
        "---\nlicense: cc0-1.0\n---\n# Small\n![](http://spy.example/a.png)\n"
    )
    with serving(StandIn()) as stand_in:
        stand_in.commit(NAME, {file.name: file.read_bytes() for file in (tmp_path / "small").iterdir()}, "main", "v1")
        monkeypatch.setenv("HF_ENDPOINT", stand_in.url)
        yield stand_in


def ask_for(app: AppTest, name: str) -> AppTest:
    app.text_input(key="hub").set_value(name)
    return next(button for button in app.button if button.label == "Fetch").click().run()


def facts_of(app: AppTest) -> pd.DataFrame:
    """The table of what the checkpoints are."""
    return next(table.value for table in app.table if CARDS in table.value)


def errors(app: AppTest) -> str:
    return " ".join(error.value for error in app.error)


def test_a_checkpoint_is_fetched_offered_used_and_removed() -> None:
    app = ask_for(visit("models"), f"{NAME}@v1")
    assert not app.exception
    assert not app.error
    (one,) = hub.cached()
    assert one.name in app.selectbox(key="checkpoint").options
    (line,) = (text.value for text in app.markdown if text.value.startswith(f"**{NAME}**"))
    assert all(part in line for part in ("fetched as v1", one.commit[:12], "cc0-1.0", " MB"))
    facts = facts_of(app)
    assert facts.loc[facts[CARDS] == "Licence", verbatim(one.name)].item() == "cc0-1.0"

    app.button(key=f"use_{one.name}").click().run()
    assert not app.exception
    assert app.selectbox(key="checkpoint").value == one.name
    assert checkpoints.explorer(one.name).config.effects == ("delay", "overdrive")

    app.button(key=f"remove_{one.name}").click().run()
    assert not app.exception
    assert not hub.cached()
    assert app.selectbox(key="checkpoint").value == "factor"
    assert one.name not in app.selectbox(key="checkpoint").options


@pytest.mark.parametrize(
    ("name", "reason"),
    [("../../etc", "names no checkpoint"), (str(ROOT), "names no checkpoint"), ("someone/none", "no such repository"),
     (f"{NAME}@v9", "no revision 'v9'")],
)  # fmt: skip
def test_what_does_not_come_is_a_sentence_beside_the_field(name: str, reason: str) -> None:
    app = ask_for(visit("models"), name)
    assert not app.exception
    assert reason in errors(app)
    assert not hub.cached()
    assert app.table, "the page goes on"


def test_a_name_that_looks_like_an_address_becomes_no_link() -> None:
    app = ask_for(visit("models"), "www.example.com/x")
    assert "example.com" in errors(app)
    assert "www.example" not in errors(app)


def test_a_hostile_checkpoint_is_a_sentence(server: StandIn, tmp_path: Path) -> None:
    files = dict(server.repositories[NAME]["v1"])
    server.commit("someone/evil", files | {"weights.safetensors": b"\x80\x04K\x01."}, "main")
    app = ask_for(visit("models"), "someone/evil")
    assert not app.exception
    assert "weights.safetensors is a pickle" in errors(app)


def test_what_the_owner_offers_is_fetched_when_it_is_chosen(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENTFX_MODELS", f"{NAME}@v1, no name at all")
    app = visit("models")
    assert not app.exception
    assert not server.asked
    server.status = 500
    app.selectbox(key="checkpoint").set_value(f"{NAME}@v1").run()
    assert not app.exception
    assert "(500)" in errors(app)
    asked = len(server.asked)
    app.run()
    assert len(server.asked) == asked, "a failure is not repeated at every click"
    server.status = 0
    app.button(key="hub_again").click().run()
    assert not app.exception
    assert not app.error
    (one,) = hub.cached()
    assert checkpoints.folder(f"{NAME}@v1") == one.folder
    assert {f"{NAME}@v1", one.name} < set(app.selectbox(key="checkpoint").options)
    assert list(facts_of(app)).count(verbatim(one.name)) == 1
    app.selectbox(key="checkpoint").set_value("no name at all").run()
    assert not app.exception
    assert len(app.title) == 1


def test_without_a_network_the_page_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    app = ask_for(visit("models"), NAME)
    assert not app.exception
    assert "HF\\_HUB\\_OFFLINE forbids" in errors(app)  # as it stands: no mark of Markdown
    assert app.selectbox(key="checkpoint").value == "factor"


def test_what_a_strangers_files_say_cannot_break_the_page_or_show_pictures_from_elsewhere(server: StandIn) -> None:
    picture = "![](http://spy.example/b.png)"
    files = dict(server.repositories[NAME]["main"])
    config = json.loads(files["config.json"])
    config["training"] = {
        "machine": picture, "corpus_minutes": 1, "speakers": [picture], "run": {"pairs": 1, "epochs": picture},
        "ablations": [{picture: [1]}, {"a": {"b": 1}}, 7], "curve": [[0, 1], "x"],
    }  # fmt: skip
    config["scores"] = {
        "study": [{"space": 1}, {"x": None}],
        "clusters": {"part": [], "labels_used": {}},
        "intervals": 3,
    }
    server.commit("someone/odd", files | {"config.json": json.dumps(config).encode()}, "main")
    app = ask_for(visit("models"), "someone/odd")
    assert not app.exception
    (one,) = hub.cached()
    app.button(key=f"use_{one.name}").click().run()
    assert not app.exception
    shown = [text.value for text in (*app.markdown, *app.caption, *app.table)]
    assert not [text for text in shown if "![" in str(text)]
    assert card_body(Checkpoint.read(one.folder).card) == "### Small\n[](http://spy.example/a.png)"


def test_a_number_beyond_all_measure_is_none() -> None:
    assert not any(map(is_number, (10**400, float("inf"), float("nan"), True, "1", None)))
    assert all(map(is_number, (10**300, -1, 0.5)))


def test_how_many_points_a_page_without_a_server_has_is_kept() -> None:
    app = visit("models")
    next(group for group in app.get("button_group") if group.key == "twin_points").set_value(100).run()
    app.switch_page("pages/overview/page.py").run()
    app.switch_page("pages/models/page.py").run()
    assert app.session_state["twin_points"] == 100


def test_a_strangers_words_are_no_tags_in_a_figure() -> None:
    evil = "<a href='http://spy.example'>sign in</a>%{x}"
    study = {"space": evil, "knob error": 0.1, "MR-STFT / do nothing": 0.5, "variation / range": 1.0}
    made = (
        spaces([study]),
        scores_beside_baselines([("Error", [Measured(1, 1, 1, {})])], [evil], "dB"),
        training_curves([[(0, 1)]], [evil]),
    )
    for figure in made:
        text = figure.to_json().encode().decode("unicode_escape")
        assert "sign in" in text
        assert "<a href" not in text
        assert "</a>%{x}" not in text


def test_a_strangers_card_is_no_markdown(server: StandIn) -> None:
    files = dict(server.repositories[NAME]["main"])
    card = b"# Small\n[**Your session expired: sign in**](http://spy.example)"
    server.commit("someone/linked", files | {"README.md": card}, "main")
    app = ask_for(visit("models"), "someone/linked")
    assert not app.exception
    assert not [text.value for text in app.markdown if "session expired" in text.value]
    assert any("session expired" in block.value for block in app.code)


@pytest.mark.parametrize("name", ["someone/small", "../../etc", "someone/small@v1"])
def test_a_link_fetches_nothing(name: str, server: StandIn) -> None:
    app = visit("overview", {"checkpoint": name})
    assert not app.exception
    assert app.selectbox(key="checkpoint").value == "factor"
    assert not server.asked
