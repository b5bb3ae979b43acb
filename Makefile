# make study   opens the study screen      make test   runs the tests
# make check   everything that CI asks     make help   the rest

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
JOBS ?= 2

.PHONY: study test check style test-slow bench schema help clean
.DEFAULT_GOAL := help

study: $(VENV)/.ready ## make the environment, install, open the study screen
	@$(BIN)/quizapp study

test: $(VENV)/.ready-dev ## make the environment, install, run the tests
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -m "not slow"

check: style test ## style, types, imports, the deck, the tests

style: $(VENV)/.ready-dev ## ruff, mypy --strict, import-linter, quizapp lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/quizapp lint

test-slow: $(VENV)/.ready-dev ## the slow lane: each claim over 200 seeds and the like
	$(BIN)/pytest -m slow -n $(JOBS) --dist loadgroup --timeout 7200 --ignore tests/content/test_content_timing.py
	$(BIN)/pytest -m slow --timeout 7200 tests/content/test_content_timing.py # alone: it measures time

bench: $(VENV)/.ready-dev ## the figures: ratios measured in one run
	for benchmark in benchmarks/*.py; do $(BIN)/python $$benchmark || exit 1; done

schema: $(VENV)/.ready-dev ## write what is generated: db/schema.sql and the decks' JSON Schema
	$(BIN)/python -m quizapp.store.schema
	$(BIN)/python -m quizapp.deck.schema

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

clean: ## remove the environment and caches
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "quizapp needs Python 3.11 or newer; set PYTHON=python3.11 or the like")'
	$(PYTHON) -m venv $(VENV)

# The stamps make a second run instant: pip runs again only when what it installs has changed.
$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/.ready
