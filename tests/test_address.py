"""Promise: an address that says what no choice can be opens the page as it is by default, and is clean."""

import pytest

from tests.app import visit

PAGES = {
    "clusters": {}, "clusters of a recording": {"map_of": "A recording"}, "interpolate": {},
    "interpolate, two checkpoints": {"view": "Beside another checkpoint"}, "match": {}, "models": {}, "play": {},
    "overview": {},
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_empty_and_endless_values_are_taken_out_of_the_address(name: str) -> None:
    page, own = name.split()[0].strip(","), PAGES[name]
    usual = visit(page, own)
    bound = [key for key in usual.session_state["keys_seen"] if key not in own]
    for values in ([""], ["inf", "-inf", "nan", "1e400"]):
        query = {key: values[place % len(values)] for place, key in enumerate(bound)}
        app = visit(page, own | query)
        assert not app.exception
        assert not app.error
        assert dict(app.query_params) == dict(usual.query_params)
        for key in bound:
            assert app.session_state[key] == usual.session_state[key], key
