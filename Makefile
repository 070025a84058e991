# `make train` and `make test` set everything up on a bare machine with Python 3.11.
PYTHON ?= python3
BIN := .venv/bin
CONSTRAINED := $(BIN)/python -m pip install --quiet --constraint constraints.txt

.PHONY: setup train test check fmt lint types layers bench nightly docs help

help:           ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: .venv/.installed      ## Create .venv with the pinned dependencies

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("coexplore needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	@# torch first and by itself: a build for the processor wherever the index has one
	$(CONSTRAINED) torch
	$(CONSTRAINED) --editable '.[dev]'
	touch $@

train: setup    ## Run the default search: python -m agents.train env=nacim
	$(BIN)/python -m agents.train env=nacim

test: setup     ## Run the tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: setup     ## Check style and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell agents async_sim benchmarks configs docs envs examples hwmodels snn tests *.md

fmt: setup      ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: setup    ## Check types
	$(BIN)/mypy

layers: setup   ## Check who imports whom
	$(BIN)/lint-imports

check: lint types layers test docs  ## Everything that must hold before a change lands

bench: setup    ## Run the benchmarks
	$(BIN)/python -m pytest benchmarks --benchmark-only --timeout=0 -s

nightly: setup  ## Compare the engines of the network-on-chip on 20,000 random networks
	$(BIN)/python benchmarks/noc_fuzz.py 20000

docs: setup     ## Build the documentation
	$(CONSTRAINED) --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
