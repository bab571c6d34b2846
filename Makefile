# recordwatch: `make demo` runs the main job here, `make test` proves it. Both set up all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

# Without byte code every process compiles its imports again: two seconds instead of half a one.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test soak lint bench docs setup services clean

demo: $(VENV)/.run
	$(BIN)/recordwatch demo

test: $(VENV)/.test .services/.done
	$(PYTEST) -n 2 --dist worksteal -m "not soak"

soak: $(VENV)/.test .services/.done
	$(PYTEST) --timeout 3600

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.lint.top_level_names
	$(BIN)/python -m tests.lint.tree

bench: $(VENV)/.test
	$(BIN)/python -m bench

docs: $(VENV)/.test
	$(BIN)/python -m docs.generate

setup: $(VENV)/.test

services: .services/.done

# What a user needs: the lock names every version by hash. uv is used when it is there, plain pip otherwise.
$(VENV)/.base:
	$(PYTHON) -c 'import sys; sys.exit("recordwatch needs Python 3.11 or newer: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.run: $(VENV)/.base requirements.lock pyproject.toml
	tests/install $(BIN)/python requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.lock
	tests/install $(BIN)/python requirements-test.lock
	touch $@

.services/.done: tests/services/requirements.lock tests/services/browser.py tests/services/programs.py tests/services/replay.py web/outside/replay.lock | $(VENV)/.test
	$(PYTHON) -m venv .services
	tests/install .services/bin/python tests/services/requirements.lock
	$(BIN)/python -m tests.services.browser
	$(BIN)/python -m tests.services.programs
	$(BIN)/python -m tests.services.replay
	touch $@

clean:
	rm -rf $(VENV) .services demo-home
