# The doors to Monstera. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.8

.DEFAULT_GOAL := help
.PHONY: help setup demo up down test check lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-6s %s\n", $$1, $$2 }' Makefile

setup: .venv/.installed ## make .venv with everything in it

demo: setup ## a generated company, a year through the real DAGs, and what came of it
	@$(BIN)/monstera demo

up: setup ## start Airflow and the embedded PostgreSQL; prints the address and the login
	@$(BIN)/monstera airflow up

down: setup ## stop Airflow, then the embedded PostgreSQL
	@$(BIN)/monstera airflow down

test: setup ## every test, on real servers
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

check: setup ## style, types, SQL, definitions
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 sql
	$(BIN)/monstera check

lock: $(BIN)/uv ## pin everything that the direct requirements bring along
	$(BIN)/uv pip compile requirements.txt pyproject.toml --extra containers --universal \
		--python-version 3.11 --no-annotate --no-header --quiet --output-file constraints.txt

clean: ## stop everything, delete the environment and the state (.monstera)
	@if [ -x $(BIN)/monstera ]; then $(BIN)/monstera airflow down; fi
	rm -rf .venv .monstera

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Monstera needs Python 3.11 or later, and $(PYTHON) is not. Name another one: make PYTHON=python3.12 ..."; \
		exit 1; }
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; \
		exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.installed: requirements.txt constraints.txt pyproject.toml | $(BIN)/uv
	@echo "Installing into .venv ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt -c constraints.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@
