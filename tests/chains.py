"""Chains that the tests draw."""

from hypothesis import strategies as st

from core.effects import EFFECTS, Chain, Effect, Setting
from core.effects.chain import MOST


def of_effect(effect: Effect) -> st.SearchStrategy[Setting]:
    """Any setting of an effect."""
    knobs = st.tuples(*[st.floats(0, 1)] * len(effect.parameters))
    return knobs.map(lambda values: Setting(effect.name, values))


effects = st.lists(st.sampled_from(EFFECTS), max_size=MOST, unique=True)
any_setting = st.sampled_from(EFFECTS).flatmap(of_effect)
any_chain = effects.flatmap(lambda some: st.tuples(*map(of_effect, some)).map(Chain))
