PORT ?=
SPEED ?=
PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
UP := $(if $(PORT),--port $(PORT))
NPM := cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm --silent
PAGE := web/dist/index.html
PAGE_SOURCES := $(shell find web/src web/public -type f) web/index.html web/vite.config.ts web/tsconfig.json
CHROMIUM := /usr/bin/chromium
WRK := /usr/bin/wrk
ONLY ?=
FAKETIME := /usr/bin/faketime
SEED ?=
FAULTS ?=

.PHONY: help up run-dashboard demo test check load bench budgets faults soak needed web lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

up: $(VENV)/installed $(PAGE) ## install what is needed, start Lookout, stop it with Ctrl-C
	@exec $(BIN)/lookout up $(UP)

run-dashboard: up ## the same as up

demo: $(VENV)/installed ## play a recorded team session into the running Lookout
	@$(BIN)/lookout demo $(if $(PORT),--port $(PORT)) $(if $(SPEED),--speed $(SPEED))

test: check $(PAGE) $(CHROMIUM) $(WRK) ## check, then run every test, two files at a time; JOBS=1 for one
	$(NPM) test
	$(BIN)/pytest -n $(JOBS) --dist loadfile

check: $(VENV)/installed web/node_modules/installed ## formatting, lint, types, and the import rules of the design
	$(BIN)/ruff format --check --quiet services tests
	$(BIN)/ruff check --quiet services tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(NPM) run check

load: $(VENV)/installed $(PAGE) ## measure a minute of 200 events a second with 20 clients
	@$(BIN)/python -m tests.load

bench: $(VENV)/installed $(PAGE) $(WRK) ## measure every promised speed beside its goal; ONLY=fanout for one group
	@$(BIN)/python -m tests.bench $(ONLY)

budgets: $(VENV)/installed $(PAGE) $(CHROMIUM) ## measure what the page costs beside what it may; SOAK=1 for five minutes more
	@$(BIN)/python -m tests.web.budgets $(if $(SOAK),--soak)

faults: $(VENV)/installed $(PAGE) $(FAKETIME) ## everything that Lookout is to survive; SEED=n for a certain schedule, FAULTS="R1 R7" for some
	@$(BIN)/python -m tests.faults $(FAULTS) $(if $(SEED),--seed $(SEED))

soak: $(VENV)/installed $(PAGE) ## MINUTES=60 of 200 events a second with clients that come and go: memory and descriptors
	@$(BIN)/python -m tests.faults.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

needed: $(VENV)/installed $(PAGE) ## show that each mechanism is needed: without it its test fails; ONLY=splice for one
	@$(BIN)/python -m tests.faults.needed $(ONLY)

web: $(PAGE) ## build the page

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: ## renew requirements.lock, and of it deploy/requirements.lock, from pyproject.toml
	$(LOCK) --extra dev --output-file requirements.lock pyproject.toml
	$(LOCK) --extra build --constraint requirements.lock --output-file deploy/requirements.lock pyproject.toml

clean: ## remove what was installed and built; the data folder stays
	rm -rf $(VENV) web/node_modules web/dist .mypy_cache .ruff_cache .hypothesis

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Node comes with the requirements, so that the page is built by the same one everywhere.
web/node_modules/installed: $(VENV)/installed web/package.json web/package-lock.json
	$(NPM) ci
	@touch $@

$(PAGE): web/node_modules/installed $(PAGE_SOURCES)
	$(NPM) run build
	@touch $@

# The clock of one service jumps by it; where it cannot be installed, that fault is skipped.
$(FAKETIME):
	-$(if $(filter 0,$(shell id -u)),,sudo) apt-get update -qq
	-$(if $(filter 0,$(shell id -u)),,sudo) apt-get install -y -qq --no-install-recommends faketime

$(CHROMIUM):
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get update -qq
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get install -y -qq --no-install-recommends chromium

$(WRK):
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get update -qq
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get install -y -qq --no-install-recommends wrk
