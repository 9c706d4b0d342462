# make run: the dashboard on port 8501. make test: everything that CI runs. Both make .venv first.
PYTHON ?= python3.11
PORT ?= 8501
BIN := .venv/bin

run: .venv/installed
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

test: .venv/installed-test
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.browser.firefox
	@$(MAKE) --no-print-directory --output-sync=target -j 2 checked widgets
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not alone"
	$(BIN)/python -m pytest -m alone

checked: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The widgets' JavaScript: types, lint, and tests of all that needs no browser.
widgets:
	@if command -v npm > /dev/null; then $(MAKE) --silent --no-print-directory tests/widgets/node_modules/installed && \
		npm --prefix tests/widgets run --silent check; \
	else echo "npm is not here: types, lint and unit tests of the widgets' JavaScript are left out."; fi

tests/widgets/node_modules/installed: tests/widgets/package-lock.json
	npm --prefix tests/widgets ci --silent --no-audit --no-fund
	touch $@

benchmark: .venv/installed-test
	$(BIN)/python -m pytest tests/benchmarks/bench_*.py -s

# Every package of the image at one version and by its hash.
lock: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check "uv>=0.8"
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --python-platform x86_64-manylinux_2_28 --custom-compile-command "make lock" \
		--upgrade --quiet --output-file .github/requirements.txt

# What is known of their weaknesses; fails where the advisories cannot be reached.
audit: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check "pip-audit>=2.9"
	$(BIN)/pip-audit --requirement .github/requirements.txt --disable-pip --strict

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv || python3 -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-test: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

.PHONY: run test checked widgets benchmark lock audit
