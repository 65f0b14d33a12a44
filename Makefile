# Everything a person or the CI runs. `make` alone lists the targets.

# Lock files hold names, versions and hashes; where packages come from is pip's own configuration.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-done
BENCH_STAMP := $(VENV)/.bench-setup-done
LOCK := requirements/dev.lock
BENCH_LOCK := requirements/bench.lock
EMHASS_STAMP := .build/emhass/.setup-done
EMHASS_LOCK := requirements/emhass.txt
NODE_STAMP := .build/node/.setup-done
NODE_LOCK := tests/node/package-lock.json
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

# The first interpreter that is new enough; `make PYTHON=...` chooses another.
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$candidate" && break; done)

# One test worker more than there are cores, as some always wait for a server; `make test WORKERS=0`
# runs them in one process.
WORKERS ?= $(shell "$(PYTHON)" -c 'import os; print(1 + (os.cpu_count() or 1))')
PYTEST := $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=worksteal

# The processes that tests start, some thousands, load what the first of them compiled.
export PYTHONDONTWRITEBYTECODE :=

# A virtual environment holds its own path: one that was moved or copied is made again.
ifneq ($(shell cat "$(STAMP)" 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint format-check soak bench format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with the pinned dependencies and the project

run: setup ## the demonstration on real data
	@$(BIN)/tarl demo $(ARGS)

test: lint format-check $(NODE_STAMP) ## all checks and all tests
	@$(PYTEST) $(ARGS)

check: format-check lint ## all checks, unit and property tests (under two minutes)
	@$(PYTEST) $(wildcard tests/unit tests/property) $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

format-check: setup
	@$(BIN)/ruff format --check .

soak: setup ## the crash tests and the simulation at their full counts
	@TARL_SOAK=1 $(PYTEST) --timeout=14400 $(ARGS)

bench: $(BENCH_STAMP) $(EMHASS_STAMP) ## measure against the peers and the disk
	@$(BIN)/python -m benchmarks $(ARGS)

format: setup ## format the code
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

clean: ## remove .venv, caches and builds
	@rm -rf $(VENV) .build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): $(LOCK) pyproject.toml
	@test -n "$(PYTHON)" || { echo "tarl needs Python 3.11 or newer, and no python3 here is." \
		"Install one, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "tarl needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" --version 2>&1)." >&2; exit 1; }
	@test ! -e $(STAMP) || test "$$(cat $(STAMP))" = "$(CURDIR)" || rm -rf $(VENV)
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Making $(VENV) ..."; "$(PYTHON)" -m venv --clear $(VENV); } \
		|| { echo "$(PYTHON) cannot make virtual environments; on Debian: apt install python3-venv" >&2; \
		exit 1; }
	@echo "Installing the pinned dependencies ..."
	@$(PIP) install --require-hashes -r $(LOCK)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@printf '%s\n' "$(CURDIR)" > $(STAMP)

$(BENCH_STAMP): $(STAMP) $(BENCH_LOCK)
	@echo "Installing the benchmarks' peers ..."
	@$(PIP) install --require-hashes -r $(BENCH_LOCK)
	@touch $(BENCH_STAMP)

# A peer that wants other versions than tarl does has an environment of its own.
$(EMHASS_STAMP): $(STAMP) $(EMHASS_LOCK)
	@echo "Making .build/emhass, about 1 GB ..."
	@"$(PYTHON)" -m venv --clear .build/emhass
	@.build/emhass/bin/python -m pip --disable-pip-version-check --no-input --quiet install -r $(EMHASS_LOCK)
	@touch $(EMHASS_STAMP)

# A second implementation of CycloneDX, which bills of materials are held to: nothing else is of npm.
$(NODE_STAMP): $(NODE_LOCK)
	@if command -v npm >/dev/null; then \
		mkdir -p .build/node && cp tests/node/package.json $(NODE_LOCK) .build/node/ && \
		npm ci --prefix .build/node --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	else echo "npm is missing: the tests with npm's CycloneDX library are skipped." >&2; fi

# The lock files. A release's hashes are all of its files', so one lock serves every platform.
PIP_COMPILE := .build/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --upgrade

lock: .build/lock/bin/pip-compile ## pin the newest allowed dependencies
	@mkdir -p requirements
	@$(PIP_COMPILE) --extra dev --output-file $(LOCK) pyproject.toml
	@$(PIP_COMPILE) --extra bench --constraint $(LOCK) --output-file $(BENCH_LOCK) pyproject.toml

.build/lock/bin/pip-compile:
	@"$(PYTHON)" -m venv --clear .build/lock
	@.build/lock/bin/python -m pip --disable-pip-version-check --quiet install pip-tools==7.6.2
