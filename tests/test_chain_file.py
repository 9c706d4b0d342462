"""Promise: a chain survives its file, and a file that is none is refused in a sentence with a place and a remedy."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.effects import EFFECTS, Chain, Effect, Parameter, Setting, render
from core.effects.chain_file import MAX_BYTES, ChainFileError, from_json, to_json
from tests.chains import any_chain

DELAY, DRIVE = Setting("delay", (0.5, 0.3, 0.4)), Setting("overdrive", (0.6, 0.5, 0.5))
DRAWN = settings(max_examples=200, deadline=None, database=None)


@DRAWN
@given(any_chain)
def test_a_chain_survives_its_file(chain: Chain) -> None:
    text = to_json(chain)
    back = from_json(text)
    assert to_json(back) == text
    assert from_json(to_json(back)) == back
    assert back.effects == chain.effects
    for one, own in zip(back.settings, chain.settings, strict=True):
        assert one.values == pytest.approx(own.values, abs=1e-9)


@pytest.mark.parametrize(
    "knob",
    [(effect, knob) for effect in EFFECTS for knob in effect.parameters],
    ids=lambda knob: f"{knob[0].name}.{knob[1].name}",
)
def test_what_rounding_leads_out_of_a_range_is_at_its_end(knob: tuple[Effect, Parameter]) -> None:
    effect, own = knob
    place = effect.parameters.index(own)
    for end, position in ((own.low, 0.0), (own.high, 1.0)):
        for value in (float(np.float32(end)), end * (1 + 1e-12), end * (1 - 1e-12)):
            found = from_json(json.dumps([{"effect": effect.name, "params": {own.name: value}}])).settings[0]
            assert found.values[place] == pytest.approx(position, abs=1e-6)
            assert 0 <= found.values[place] <= 1
    slack = 1e-3 * (own.high - own.low)
    for value in (own.low - slack, own.high + slack):
        with pytest.raises(ValueError, match="lies outside"):
            own.to_unit(value)


def test_a_position_that_rounding_led_out_is_at_its_end() -> None:
    assert Setting("delay", (-1e-17, 0.1 * 3 + 0.7 + 1e-12, 1.0)).values == (0.0, 1.0, 1.0)


def test_it_sounds_the_same(dry: np.ndarray) -> None:
    chain = DRIVE | DELAY
    assert np.array_equal(render(dry, from_json(to_json(chain))), render(dry, chain))


def test_it_is_written_as_multiafx_writes_its_own() -> None:
    text = to_json(DRIVE | Setting("delay", EFFECTS[0].defaults))
    assert text.startswith('[\n  {\n    "effect": "overdrive",\n    "params": {\n      "drive": 27.6,\n')
    assert json.loads(text)[1] == {"effect": "delay", "params": {"time": 0.25, "feedback": 0.35, "mix": 0.4}}


def test_it_is_read_as_multiafx_reads_its_own() -> None:
    default = Chain((Setting("delay", EFFECTS[0].defaults),))
    step = '[{"effect": "delay", "params": {}}]'
    for text in (step, '[{"effect": "delay"}]', f'{{"chain": {step}}}', f'{{"steps": {step}}}'):
        assert from_json(text) == default
    assert from_json("[]") == Chain()
    assert from_json(b'[{"effect": "delay", "params": {"mix": 0.6}}]').settings[0].values[2] == 1.0


STEP = '{"effect": "delay"}'
HOSTILE = {
    "empty": ("", "The chain file is not JSON"),
    "half": ('[{"effect": "delay", "par', "not JSON"),
    "YAML": ("- effect: delay\n", "not JSON"),
    "a pickle": (b"\x80\x04]\x94.", "not text in UTF-8"),
    "too long": (" " * (MAX_BYTES + 1), "longer than 100 kB"),
    "too deep": ("[" * 50_000, "nested too deep"),
    "an object": ('{"format": "latentfx-path/2"}', "no list of steps"),
    "a list and more": (f'{{"chain": [{STEP}], "seed": 1}}', "no list of steps"),
    "a step that is none": (f"[{STEP}, 3]", "step 2 must be an object"),
    "no effect": ('[{"params": {}}]', "step 1 lacks the field 'effect'"),
    "effect no text": ('[{"effect": 1}]', "step 1.effect must be a text"),
    "foreign": ('[{"effect": "sox_reverb", "params": {"reverberance": 40.0}}]', "step 1 names the effect sox_reverb"),
    "hostile": ('[{"effect": "](javascript:x)"}]', "the effect ??javascript?x?, which"),
    "unknown": ('[{"effect": "delay", "bypass": true}]', "step 1 has an unknown field bypass"),
    "twice": ('[{"effect": "delay", "effect": "reverb"}]', "must not come twice"),
    "params a list": ('[{"effect": "delay", "params": [1]}]', "step 1.params must be an object"),
    "foreign param": ('[{"effect": "delay", "params": {"wet": 1}}]', "step 1 gives delay the param wet"),
    "param a text": ('[{"effect": "delay", "params": {"mix": "0.4"}}]', "step 1.params.mix must be a number"),
    "param true": ('[{"effect": "delay", "params": {"mix": true}}]', "step 1.params.mix must be a number"),
    "NaN": ('[{"effect": "delay", "params": {"mix": NaN}}]', "step 1.params.mix must be a finite number"),
    "too far": ('[{"effect": "reverb"}, {"effect": "delay", "params": {"time": 2}}]', "step 2 cannot be played"),
    "an effect twice": (f"[{STEP}, {STEP}]", "each effect comes once"),
    "too many": (f"[{', '.join([STEP] * 5)}]", "has 5 steps, and a chain has 4 at most"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_no_chain_is_refused_in_a_sentence(text: str | bytes, words: str) -> None:
    with pytest.raises(ChainFileError) as refused:
        from_json(text)
    said = str(refused.value)
    assert words in said
    assert said.startswith("The chain file")
    assert ". Please " in said
    assert said.endswith(".")
    assert len(said) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(["delay", "mix"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["effect", "params", "mix", "chain"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@DRAWN
@given(json_values)
def test_any_json_is_a_chain_or_is_refused(value: object) -> None:
    said = chain = None
    try:
        chain = from_json(json.dumps(value))
    except ChainFileError as refused:
        said = str(refused)
    assert (said is None) == isinstance(chain, Chain)
    assert said is None or "Please" in said


@DRAWN
@given(st.binary(max_size=100) | st.text(max_size=100))
def test_any_bytes_are_refused(text: bytes | str) -> None:
    assume(text.strip() not in ("[]", b"[]"))
    with pytest.raises(ChainFileError, match="Please"):
        from_json(text)
