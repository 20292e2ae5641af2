# The same few commands for people and for CI. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Packages go into the virtual environment, whatever the user's shell or pip.conf sets.
PIP := PIP_USER=0 PIP_TARGET= PIP_PREFIX= PIP_ROOT= $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps
BENCHMARKS := $(patsubst benchmarks/%.py,%,$(wildcard benchmarks/bench_*.py))

.DEFAULT_GOAL := help
.PHONY: help up down test test-python test-end-to-end test-workers check check-python check-types check-sql \
	check-workers check-workflows packages check-docs docs workers test-page bench lost-answers kills adoption-kills plugins mutants tools \
	browser clean

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(INSTALLED)  ## Start the whole launch in the sandbox, verify it, show the links (PLUGINS=official, attached or auto)
	@$(if $(PLUGINS),LAUNCH_PLUGINS=$(PLUGINS)) $(BIN)/python -m launch up

down: $(INSTALLED)  ## Destroy the sandbox's stack and stop the sandbox
	@$(BIN)/python -m launch down

test: test-python test-workers test-end-to-end  ## Run every test, the quick ones first

test-python: tools browser
	$(BIN)/pytest --quiet --numprocesses 2 --dist loadfile --ignore tests/end_to_end

test-workers: $(INSTALLED)
	$(BIN)/python -m toolchain.node workers test
	$(BIN)/python -m toolchain.node packages/application test

test-page: $(INSTALLED)  ## Test the reserved page in Chromium, which apt installs if it is missing; pictures go to .build/pages
	@command -v chromium chromium-browser google-chrome > /dev/null || { \
		apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium; }
	$(BIN)/python -m toolchain.node workers test-page

test-end-to-end: tools
	$(BIN)/pytest --quiet --numprocesses 2 --dist loadfile tests/end_to_end

check: check-python check-types check-sql check-workers check-workflows check-docs  ## Lint everything, check types and documentation

check-python: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: $(INSTALLED)
	$(BIN)/mypy .

check-sql: $(INSTALLED)
	$(BIN)/python -m launch db check
	$(BIN)/pytest --quiet tests/database/row_security/test_lint.py

check-workers: $(INSTALLED)
	$(BIN)/python -m toolchain.node workers check
	$(BIN)/python -m toolchain.node packages/application check

check-workflows: $(INSTALLED)
	$(BIN)/python -m toolchain.workflows .github/workflows

check-docs: $(INSTALLED)
	$(BIN)/python -m tools.docs.generate --check

docs: $(INSTALLED)  ## Write the generated parts of the documentation
	$(BIN)/python -m tools.docs.generate

workers: $(INSTALLED)  ## Bundle the Workers that are written in TypeScript
	$(BIN)/python -m toolchain.node workers build

bench: tools  ## Measure previews, migrations and row security
	@set -e; for benchmark in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$benchmark; done

lost-answers: tools  ## Inject each fault into each creation and print the outcomes (about 15 minutes)
	$(BIN)/python -m tests.end_to_end.lost_answers

adoption-kills: tools  ## Kill `launch adopt apply` at 20 points, continue, and print the outcomes (about 30 minutes)
	$(BIN)/python -m tests.end_to_end.adoption_kills

kills: tools  ## Kill review create and rollback apply at 20 seeded points each and print the outcomes (about 15 minutes)
	$(BIN)/python -m tests.end_to_end.kills

plugins: tools  ## Install the official plugins in the pinned versions, which needs the internet
	@eval "$$($(BIN)/launch env --engine-only)"; $(BIN)/python -m contract.plugins \
		| while read -r plugin; do pulumi plugin install resource $$plugin || exit 1; done

mutants: $(INSTALLED)  ## Break row security in many ways and count how many are detected
	$(BIN)/python -m benchmarks.mutants

# For jobs that run no engine.
packages: $(INSTALLED)

# The engine is built here, with progress, and not in the middle of a test.
tools: $(INSTALLED)
	@$(BIN)/python -m launch env --engine-only > /dev/null

# The tests show pages in a real browser: Debian's Chromium, installed here if it is missing and the user is root.
browser: $(INSTALLED)
	@$(BIN)/python -m tests.browser

clean:  ## Remove installed and generated files from this folder (`make down` first, if the sandbox runs)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .build
	find . \( -name node_modules -o -name __pycache__ \) -prune -exec rm -rf {} +

# Installs only packages that requirements.txt names with their hashes.
$(INSTALLED): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Error: Python 3.11 or newer is needed; name one, such as: make PYTHON=python3.12' >&2; exit 1; }
	@$(BIN)/python -c '' 2> /dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo 'Installing the Python packages of requirements.txt.'
	@$(PIP) --require-hashes --requirement requirements.txt
	@$(PIP) --no-build-isolation --editable .
	@$(BIN)/python -c 'import pulumi, launch' 2> /dev/null || { \
		echo "Error: pip installed the packages outside $(VENV): find out why with $(BIN)/pip config debug" >&2; exit 1; }
	@touch $@
