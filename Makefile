# make run: the dashboard on port 8501. make test: everything that CI runs. Both make .venv first.
PYTHON ?= python3.11
PORT ?= 8501
BIN := .venv/bin

run: .venv/installed
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

test: .venv/installed-test
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

benchmark: .venv/installed-test
	$(BIN)/python -m pytest tests/benchmarks/bench_*.py -s

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv || python3 -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-test: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

.PHONY: run test benchmark
