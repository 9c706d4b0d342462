"""Promise: no stranger's word in a table becomes a formula of a spreadsheet, and no number another one."""

import csv
import io

import pytest

from core.cells import inert
from pages.shared.downloads import table_csv


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-take.wav", "\t=1", "\r=1"])
def test_what_would_be_a_formula_is_a_text(text: str) -> None:
    assert inert(text) == f"'{text}"
    rows = list(csv.reader(io.StringIO(table_csv({text: [text, 1.5]}))))
    assert rows == [[f"'{text}"], [f"'{text}"], ["1.5"]]


@pytest.mark.parametrize("text", ["-3.5", "+1e-9", "take=1.wav", "", "a-b", "-inf"])
def test_all_else_stays(text: str) -> None:
    assert inert(text) == text
