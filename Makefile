# `make run` opens the dashboard, `make test` runs every test; both set up .venv first and are quick the second time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_TEST := $(VENV)/.installed-test
PYTEST_WORKERS ?= 2
# Without .pyc files every node and every command compiles the whole program again: a node then starts in twice the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help build run test check lint process simulate ablation thrash bench screenshots wheel clean

help:
	@echo "make run          three local nodes and the dashboard"
	@echo "make test         every test (eight minutes on two cores)"
	@echo "make check        format, lint, types, layers and the quick tests (under a minute)"
	@echo "make simulate     whole clusters in virtual time, SEEDS=1000 of them: crashes, cuts, losses, bad disks;"
	@echo "                  with LOG=seeds.txt it goes on where it was stopped"
	@echo "make thrash       five real nodes, killed, paused, cut off and filled for SECONDS=300"
	@echo "make ablation     each safeguard taken away, and the seed that shows what it is for"
	@echo "make build        .venv with dfs-core and dfs-tui in it, and a wheel in dist/"
	@echo "make bench        measurements, printed and written to bench/results/"
	@echo "make screenshots  pictures of every screen, from a real cluster"
	@echo "make clean        remove what the other targets made (never your data)"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "dfs needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python cannot make virtual environments here; on Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(INSTALLED_TEST): pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(INSTALLED)

build: $(INSTALLED_TEST)
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

run: $(INSTALLED)
	@$(BIN)/dfs-tui

test: $(INSTALLED_TEST)
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup

lint: $(INSTALLED_TEST)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) tests/architecture tests/unit tests/contract tests/vectors tests/tui

process: $(INSTALLED_TEST)
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup tests/process

SEEDS ?= 1000
simulate: $(INSTALLED_TEST)
	$(BIN)/python -m dfs_core.testing.seeds 1-$(SEEDS) $(if $(LOG),--log $(LOG))

SECONDS ?= 300
thrash: $(INSTALLED_TEST)
	$(BIN)/python -m dfs_core.testing.thrash $(SECONDS) $(SEED)

ablation: $(INSTALLED_TEST)
	$(BIN)/python -m tests.ablations --search

bench: $(INSTALLED_TEST)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	$(BIN)/python -m bench

screenshots: $(INSTALLED_TEST)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,screenshots]'
	$(BIN)/python screenshots/make.py

clean:
	rm -rf $(VENV) dist build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
