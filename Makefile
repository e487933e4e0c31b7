# What one does with this repository, in one word each. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
CODE := app benchmarks desktop engine tests trainer

.DEFAULT_GOAL := help
.PHONY: help setup run test coverage lint format translations docs icons slim-opencv build check-build

help: ## list these words
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: ## make .venv with everything: window, trainer, tests, desktop build
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt -e '.[cpu,train,starter,cluster,dev,docs]'

run: ## open the window
	$(BIN)/moltbox

test: ## run all tests
	$(BIN)/python -m pytest

coverage: ## run all tests and tell which share of engine, trainer and app they reach
	rm -rf build/coverage && mkdir -p build/coverage
	-$(BIN)/python -m coverage run -m pytest
	$(BIN)/python -m coverage combine -q
	@for part in engine trainer app; do echo $$part; $(BIN)/python -m coverage report --include="$$part/*" | tail -n 1; done
	$(BIN)/python -m coverage report --skip-covered --sort=cover

lint: ## look for mistakes: ruff, pyright, the layers
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/pyright
	$(BIN)/lint-imports

format: ## lay out the code
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

translations: ## bring the catalogues of the window's texts up to date
	$(BIN)/python desktop/translations.py

docs: ## make the site of the documents in site/
	$(BIN)/mkdocs build --strict

icons: ## draw the desktop build's icons from the window's own
	$(BIN)/python desktop/icons.py

slim-opencv: ## compile OpenCV with what Moltbox calls alone, for a smaller desktop build (Linux; minutes)
	$(BIN)/python desktop/slim_opencv.py

build: ## make the desktop build in dist/moltbox
	$(BIN)/pyinstaller build.spec --noconfirm

check-build: ## try the desktop build: its parts, its window, and the whole demo without a window
	$(BIN)/python desktop/try_build.py --keep
	dist/moltbox/moltbox demo --headless --out build/demo
