# Every target does its own set-up. Needs Python 3.11 (PYTHON=… names another) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SEED ?= 2026

.PHONY: setup demo test check format lint types contracts wheel bench lock clean

setup: $(STAMP)

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 of nieuwer is nodig; noem hem met: make PYTHON=…")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "zcc-console: afhankelijkheden installeren …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q zcc_console
	@touch $@

demo: setup
	@$(BIN)/python -m compileall -q zcc_console
	@$(BIN)/zcc-console demo --seed $(SEED)

test: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal

format: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports

# The wheel, started from an empty folder in an environment of its own: it must find its data.
wheel: setup
	sh tests/wheel.sh $(BIN)/python

check: format lint types contracts wheel test

# Ratios to an anchor in the same run; not part of the check.
bench: setup
	$(BIN)/python -m tests.benchmarks

# Needs uv. Hashes only: no registry's name goes into a lock file.
lock:
	uv pip compile pyproject.toml -p 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements/runtime.lock
	uv pip compile pyproject.toml requirements/dev.in -p 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements/dev.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
