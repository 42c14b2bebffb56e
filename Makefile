PORT ?=
SPEED ?=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UP := $(if $(PORT),--port $(PORT))

.PHONY: help up run-dashboard demo test check web lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

up: $(VENV)/installed web/dist/index.html ## install what is needed, start Lookout, stop it with Ctrl-C
	@exec $(BIN)/lookout up $(UP)

run-dashboard: up ## the same as up

demo: $(VENV)/installed ## play a recorded team session into the running Lookout
	@$(BIN)/lookout demo $(if $(PORT),--port $(PORT)) $(if $(SPEED),--speed $(SPEED))

test: $(VENV)/installed check web/dist/index.html ## check, then run every test
	$(BIN)/pytest

check: $(VENV)/installed ## formatting, lint, types, and the import rules of the design
	$(BIN)/ruff format --check services tests
	$(BIN)/ruff check services tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

web: web/dist/index.html ## build the page

lock: ## renew requirements.lock from pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --extra dev --strip-extras --allow-unsafe --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file requirements.lock pyproject.toml

clean: ## remove what was installed and built; the data folder stays
	rm -rf $(VENV) web/node_modules web/dist .mypy_cache .ruff_cache .hypothesis

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
