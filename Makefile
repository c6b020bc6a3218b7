# make demo | make test | make test-fast | make test-all | make test-writes | make lint | make clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: demo test test-fast test-all test-writes lint clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed-report
	$(BIN)/scrapy demo

# A worker per core and one more; tests that share one crawl stay together (loadgroup)
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup

# All promises, within eight minutes on two cores
test: $(VENV)/.installed-test .venv-pywb/.installed
	$(PYTEST) -m 'not long and not every_write'

# Without servers and processes, within 90 seconds
test-fast: $(VENV)/.installed-test
	$(PYTEST) -m 'not slow'

# Also what takes long or needs more software
test-all: $(VENV)/.installed-test $(VENV)/.installed-ray .venv-pywb/.installed
	$(PYTEST) -m 'not every_write'

# Lets each write of a crawl and of each command fail once, and prints the table: an hour
test-writes: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m every_write -s

lint: $(VENV)/.installed-test $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) --editable .
	touch $@

$(VENV)/.installed-report: $(VENV)/.installed
	$(PIP) --editable '.[report]'
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed-report
	$(PIP) --editable '.[test,browser]'
	touch $@

$(VENV)/.installed-ray: $(VENV)/.installed-test
	$(PIP) --editable '.[ray]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-test
	$(PIP) --editable '.[dev]'
	touch $@

# pywb is GPL, and needs versions of its own: a server for the tests, never imported
.venv-pywb/.installed: constraints-pywb.txt
	$(PYTHON) -m venv .venv-pywb
	.venv-pywb/bin/pip --disable-pip-version-check install --quiet --constraint constraints-pywb.txt pywb
	touch $@

clean:
	rm -rf $(VENV) .venv-pywb data/demo .pytest_cache .mypy_cache .ruff_cache *.egg-info
