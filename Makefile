# make demo | make test | make test-fast | make test-all | make test-writes | make lint | make docs | make clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check install --quiet
# Installs the locked packages that the project and these extras need, and nothing else
locked = $(BIN)/python data/make/locked.py $(1) >$(VENV)/locked.txt && $(PIP) --require-hashes --no-deps --requirement $(VENV)/locked.txt

.PHONY: demo test test-fast test-all test-writes lint docs clean
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
test-all: $(VENV)/.installed-test $(VENV)/.installed-ray $(VENV)/.installed-s3 .venv-pywb/.installed
	$(PYTEST) -m 'not every_write'

# Lets each write of a crawl and of each command fail once, and prints the table: an hour
test-writes: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m every_write -s

lint: $(VENV)/.installed-test $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Without network; a warning is an error
docs: $(VENV)/.installed-docs
	$(BIN)/python -m sphinx -W --keep-going --quiet --jobs auto docs docs/_build/html

$(BIN)/pip:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt data/make/locked.py | $(BIN)/pip
	@echo "Installing what a crawl needs: 70 packages, 200 MB ..."
	@$(call locked)
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.installed-report: $(VENV)/.installed
	@echo "Installing what draws the report's charts: 84 MB ..."
	@$(call locked,report)
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed-report
	@echo "Installing what the tests need: 50 packages ..."
	@$(call locked,report test browser)
	@touch $@

$(VENV)/.installed-ray: $(VENV)/.installed-test
	@echo "Installing Ray ..."
	@$(call locked,ray)
	@touch $@

$(VENV)/.installed-s3: $(VENV)/.installed-test
	@echo "Installing a server that speaks S3, for the tests ..."
	@$(call locked,s3)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-test
	@echo "Installing ruff and mypy ..."
	@$(call locked,dev)
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	@echo "Installing Sphinx ..."
	@$(call locked,docs)
	@touch $@

# pywb is GPL, and needs versions of its own: a server for the tests, never imported
.venv-pywb/.installed: constraints-pywb.txt
	$(PYTHON) -m venv .venv-pywb
	@echo "Installing pywb, a server for the tests ..."
	.venv-pywb/bin/pip --disable-pip-version-check install --quiet --constraint constraints-pywb.txt pywb
	touch $@

clean:
	rm -rf $(VENV) .venv-pywb data/demo docs/_build .pytest_cache .mypy_cache .ruff_cache *.egg-info
