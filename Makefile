# Shortcuts for those who like them; the README's commands do the same without make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run test lint format build clean

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

setup: ## everything for development, into .venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt -e '.[cpu,train,starter,dev]'

run: ## the window on the sample photos
	$(BIN)/moltbox demo

test: ## all tests
	$(BIN)/python -m pytest

lint: ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: ## rewrite in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

build: ## the desktop build, in dist/moltbox, and its self-check
	$(BIN)/pyinstaller build.spec --noconfirm
	dist/moltbox/moltbox check

clean: ## remove what builds and tests leave behind
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
