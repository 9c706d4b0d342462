"""Promise: presets go out as JSON and come back the same, chains too; what is no file of presets is said to be none."""

import json

import pytest

from core.effects import Chain, Setting, chain_file, random_setting
from pages.play import presets as shelf
from pages.shared import presets
from pages.shared.downloads import setting_json
from pages.shared.presets import MAX_BYTES, Played, Preset, PresetsError, free_name, from_json, to_json
from tests.app import visit

DELAY = Setting("delay", (0.3, 0.2, 0.4))
CHAIN = random_setting("overdrive", 1) | DELAY
KEPT = [Preset("Here", DELAY, Played("factor", (0.5, -1.25), "all", DELAY)), Preset("Both *at once*", CHAIN)]


def test_presets_come_back() -> None:
    found = from_json(to_json(KEPT))
    assert [one.name for one in found] == ["Here", "Both *at once*"]
    assert [one.setting.effects for one in found] == [("delay",), ("overdrive", "delay")]
    for one, other in zip(found, KEPT, strict=True):
        for own, known in zip(one.setting.settings, other.setting.settings, strict=True):
            assert own.values == pytest.approx(known.values, abs=1e-9)
    assert found[0].played
    assert (found[0].played.checkpoint, found[0].played.w, found[0].played.only) == ("factor", (0.5, -1.25), "all")
    assert found[1].played is None
    assert to_json(found) == to_json(KEPT)


def test_a_chain_of_others_is_one_preset() -> None:
    (one,) = from_json(chain_file.to_json(CHAIN).encode(), "my rack")
    assert one.name == "my rack"
    assert isinstance(one.setting, Chain)
    (single,) = from_json(b'{"chain": [{"effect": "delay"}]}')
    assert isinstance(single.setting, Setting)


def test_presets_of_the_first_format_are_read() -> None:
    row = {"name": "Old", "only": "all", "checkpoint": "factor", "w": [0.1, 0.2], "effect": "delay",
           "values": [0.3, 0.2, 0.4], "parameters": {"time": {"value": 0.1, "unit": "s"}}}  # fmt: skip
    (one,) = from_json(json.dumps({"format": "latentfx-presets/1", "presets": [row]}).encode())
    assert one == Preset("Old", DELAY, Played("factor", (0.1, 0.2), "all", DELAY))


def test_a_setting_that_was_downloaded_is_one_preset() -> None:
    assert from_json(setting_json("factor", (), DELAY), "found") == [Preset("found", DELAY)]


def test_a_file_of_another_kind_is_named() -> None:
    for kind in ("latentfx-path/2", "latentfx-session/1"):
        with pytest.raises(PresetsError, match=f"of the format {kind.replace('/', '.')}, and presets are"):
            from_json(json.dumps({"format": kind, "presets": [], "ends": []}).encode())


def test_a_name_that_is_taken_has_room_for_a_number_in_its_file() -> None:
    name = "a" * 200
    free = free_name(name, [free_name(name, [])])
    assert from_json(to_json([Preset(free, DELAY)]))[0].name == free


def test_a_name_with_half_a_character_can_be_shown_to_a_browser() -> None:
    (one,) = from_json(b'{"format": "latentfx-presets/2", "presets": [{"name": "\\ud800 Hall", "chain": []}]}')
    assert one.name == "? Hall"


WRONG = {
    "no JSON": (b"Dear Sir", "not JSON"),
    "another version": (b'{"format": "latentfx-presets/9", "presets": []}', "of the format latentfx-presets/9"),
    "no presets": (b'{"format": "latentfx-presets/2"}', "lacks the field 'presets'"),
    "an effect that is none": (b'[{"effect": "evil"}]', "names the effect evil"),
    "a chain that is none": (
        b'{"format": "latentfx-presets/2", "presets": [{"name": "x", "chain": [7]}]}',
        "presets[0]: The chain file's step 1 must",
    ),
    "an unknown field": (
        b'{"format": "latentfx-presets/2", "presets": [{"name": "x", "chain": [], "run": 1}]}', "unknown field run"
    ),
    "knobs of another": (
        b'{"format": "latentfx-presets/1", "presets": [{"name": "x", "only": "all", "checkpoint": "factor", "w": [0.1],'
        b' "effect": "delay", "values": [0.1], "parameters": {}}]}', "presets[0] is no setting"
    ),
    "too long": (b" " * (MAX_BYTES + 1), "longer than 1 MB"),
}  # fmt: skip


@pytest.mark.parametrize("reason", WRONG)
def test_what_is_no_file_of_presets_is_refused_in_a_sentence(reason: str) -> None:
    data, said = WRONG[reason]
    with pytest.raises(PresetsError) as refused:
        from_json(data)
    assert said in str(refused.value), refused.value
    assert "Please" in str(refused.value)


def test_no_more_presets_than_a_visit_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "MOST", 2)
    app = visit("play")
    for _ in range(3):
        app.button(key="p_save").click().run()
        assert not app.exception
    assert [one.name for one in app.session_state["p_presets"]] == ["Preset 1", "Preset 2"]
    assert any("2 presets at most" in one.value for one in app.error)
    assert not app.toast


def test_the_preset_that_is_chosen_stays_when_another_goes() -> None:
    app = visit("play")
    for name in ("A", "B", "C", "D"):
        app.text_input(key="p_preset_name").set_value(name).run()
        app.button(key="p_save").click().run()
    app.session_state["p_tab"] = "Presets"
    app.run()
    app.selectbox(key="k_preset").set_value("C").run()
    app.button(key="p_remove_A").click().run()
    assert not app.exception
    assert app.selectbox(key="k_preset").value == "C"
    assert any("**100 % of C**" in one.value for one in app.markdown)


def test_a_double_click_removes_one_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(shelf, "monotonic", lambda: now[0])
    app = visit("play")
    app.session_state[presets.PRESETS] = tuple(Preset(name, DELAY) for name in ("A", "B", "C"))
    app.session_state["p_tab"] = "Presets"
    app.run()
    for name, later, left in (("A", 0.3, ["B", "C"]), ("B", 0.5, ["B", "C"]), ("B", 0.0, ["C"])):
        app.button(key=f"p_remove_{name}").click().run()
        assert [one.name for one in app.session_state[presets.PRESETS]] == left
        now[0] += later


def test_a_preset_s_name_is_its_own() -> None:
    taken: list[str] = []
    for _ in range(3):
        taken.append(free_name("Hall", taken))
        taken.append(free_name("", taken))
    assert taken == ["Hall", "Preset 1", "Hall (2)", "Preset 2", "Hall (3)", "Preset 3"]
