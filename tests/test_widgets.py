"""Promise: widgets' modules become one script that means the same, and bytes travel in parts."""

import json
from pathlib import Path

import numpy as np
import pytest

from pages.widgets.shared import parts
from pages.widgets.shared.bundle import bundle
from pages.widgets.shared.bytes import int16, pack

ENTRY = 'import { one } from "./one.js";\nimport {\n  two,\n} from "./two.js";\n\nexport default one + two;\n'


def joined(folder: Path, **modules: str) -> str:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return bundle(folder / "entry.js")


def test_modules_stand_after_what_they_import_each_once(tmp_path: Path) -> None:
    script = joined(
        tmp_path,
        entry=ENTRY,
        one='import { two } from "./two.js";\nexport const one = two;\n',
        two="// Why.\n/**\n * What * it is.\n */\nexport const two = 2; // here\n",
    )
    assert script == "const two = 2; // here\n\nconst one = two;\n\n\nexport default one + two;\n"


@pytest.mark.parametrize(
    ("two", "said"),
    [
        ("const one = 1;\nexport const two = one;\n", "use a name twice: one"),
        ('import * as all from "./one.js";\nexport const two = all;\n', "cannot be joined .*: import"),
        ("const hidden = 2;\nexport { hidden as two };\n", "cannot be joined .*: export"),
        ('import { one } from "./one.js";\nexport const two = one;\n', "imports itself"),
    ],
)
def test_what_cannot_be_joined_is_named(tmp_path: Path, two: str, said: str) -> None:
    one = 'import { two } from "./two.js";\nexport const one = two;\n'
    with pytest.raises(ValueError, match=said):
        joined(tmp_path, entry=ENTRY, one=one, two=two)


@pytest.mark.parametrize("name", ["morph", "pad", "ab", "curve"])
def test_every_widget_is_whole(name: str) -> None:
    made = parts(name)
    assert made["js"].count("export default") == 1
    assert "<!--" not in made["html"]
    assert made["html"].count('class="bar"') == 1


def test_bytes_travel_in_parts() -> None:
    line, _, rest = pack({"name": "é"}, [b"\n\n", b"", b"end"]).partition(b"\n")
    assert json.loads(line) == {"name": "é", "parts": [2, 0, 3]}
    assert rest == b"\n\nend"
    assert np.frombuffer(int16(np.array([-2.0, -1.0, 0.0, 0.4 / 32767, 2.0])), "<i2").tolist() == [
        -32767,
        -32767,
        0,
        0,
        32767,
    ]
