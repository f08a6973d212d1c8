# Two commands do all the set-up on a fresh machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
export DO_NOT_TRACK := 1
export PYTHONDONTWRITEBYTECODE :=
WORKERS ?= 2

help:  ## What can be made
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile | expand -t 12

.PHONY: help demo test test-slow fuzz lint generate docs bench package clean tools
.DEFAULT_GOAL := test

.venv/run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "policykit needs Python 3.11 or newer: make PYTHON=python3.11"; exit 2; }
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv .venv
	@echo "installing what policykit needs (once)" && $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/test: .venv/run requirements/test.txt
	@echo "installing what the tests need (once)" && $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/test.txt
	@touch $@

demo: .venv/run  ## Gate a real model by real policies, sign the report, verify it
	@sh examples/demo.sh

test: .venv/test lint  ## Every fast test, types, style and the floors
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

test-slow: .venv/test tools  ## Browser, other people's verifiers, the wheel, whole examples, a minute of fuzz
	$(BIN)/python -m pytest -m slow
	$(BIN)/python -m tests.fuzz.run --seconds 60

tools:  ## What the slow tests need: Chromium, cosign, sigstore-js, SoftHSM, an MLflow server
	@PYTHON=$(PYTHON) sh tests/tools/install.sh

fuzz: .venv/test  ## Ten minutes of fuzz over the loader and the verifier
	$(BIN)/python -m tests.fuzz.run --seconds 600

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache  # its cache misses a module that appears

generate: .venv/test  ## Write schemas, check pages, command line and glossary from the code
	$(BIN)/python docs/generate.py
	$(BIN)/python examples/verdicts.py

docs: .venv/test  ## Build the documentation site into out/site, without a warning
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: .venv/test  ## Measure, and print the table of benchmarks/README.md
	$(BIN)/python -m benchmarks.run

package: .venv/test  ## Build the wheel and try it in an empty environment
	sh tests/tools/package.sh

clean:
	rm -rf .venv .tools out dist build
