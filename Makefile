# make run: the app · make test: everything that is fast · make check: style, types, layers
# make browser · make measure: agreement with the gold calls · make bench · make train: the act reader
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test check browser measure bench train calibrate schemas clean

run: $(STAMP)
	$(BIN)/trainer serve

test: $(STAMP)
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff check trainer tests app.py
	$(BIN)/mypy
	$(BIN)/lint-imports

browser: $(STAMP)
	@npm install --no-save --silent axe-core || echo "npm is missing: accessibility is not checked"
	$(BIN)/python -m pytest tests/browser

measure: $(STAMP)
	$(BIN)/trainer agreement tests/gold/open.jsonl
	$(BIN)/trainer agreement tests/gold/sealed.jsonl

bench: $(STAMP)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/bench/bench_grading.py

train: $(STAMP)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[train]"
	$(BIN)/python -m training.train

calibrate: $(STAMP)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[train]"
	$(BIN)/python -m training.calibrate

schemas: $(STAMP)
	$(BIN)/python -m trainer.definitions

$(STAMP): pyproject.toml constraints.txt
	@echo "Installing Zvonok into $(VENV) (a minute or two the first time)…"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --progress-bar on --disable-pip-version-check -q -c constraints.txt -e ".[dev]"
	@touch $@

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache
