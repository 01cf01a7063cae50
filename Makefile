# Everything a newcomer types. The first run fetches what is missing into this folder (.venv, .cache); nothing needs root
# but Chromium for `make test`.

PYTHON ?= python3
WORKERS ?= $(shell expr 1 + $$(nproc))  # tests at once that use a browser: each fills most of a core
WAITERS ?= $(shell expr 2 \* $$(nproc))  # of the others at once: a board mostly waits
BOOTSTRAP = $(PYTHON) -m tools.bootstrap
VENV = .venv/bin
# where the types of MicroPython's standard library are
STUBS = $(VENV)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))"
LOCK = uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --annotation-style line --quiet

.PHONY: help demo demo-once test test-long promise bench lighthouse check screenshots film screenshots-ready lock clean

help:
	@echo "make demo        the whole thing on this machine: a page with two phones, a door, and buttons that break things"
	@echo "make demo LAN=1  the same, and a code for the camera of your own phone"
	@echo "make demo-once   the same without a browser: opens one door, prints the receipt"
	@echo "make test        every test (installs Chromium with apt when you are root)"
	@echo "make test-long   the tests that take minutes"
	@echo "make promise N=2 the tests that show one promise of docs/promises.md"
	@echo "make check       lint, types, who imports whom"
	@echo "make bench       what an open costs"
	@echo "make lighthouse  what Lighthouse says of the app on a phone (needs npm's registry the first time)"
	@echo "make screenshots the pictures of the README and docs/design.md, from a real run; make film: the film"
	@echo "make lock        the newest versions that pyproject.toml allows (needs uv)"
	@echo "make clean       remove what was fetched and made (.venv, .cache); the demo's data stays"

demo:
	@$(BOOTSTRAP)
	@$(VENV)/python -m tools.parts demo
	@exec $(VENV)/iomando demo $(if $(LAN),--lan $(LAN))

demo-once:
	@$(BOOTSTRAP)
	@$(VENV)/python -m tools.parts demo
	@exec $(VENV)/iomando demo --once

test: screenshots-ready
	$(VENV)/python -m pytest -n $(WORKERS) -m "not long and browser"; browser=$$?; \
	$(VENV)/python -m pytest -n $(WAITERS) -m "not long and not browser" && exit $$browser

test-long: screenshots-ready
	$(VENV)/python -m pytest -m long

promise: screenshots-ready
	@$(VENV)/python -m tools.promise $(N)

screenshots: screenshots-ready
	@$(VENV)/python -m sim.screenshots
	@$(VENV)/python -m tests.design_pictures

film: screenshots-ready
	@$(VENV)/python -m sim.film

bench: screenshots-ready
	@exec $(VENV)/python -m bench --json bench.json

lighthouse: screenshots-ready
	@exec $(VENV)/python -m bench.lighthouse

check:
	@$(BOOTSTRAP) dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/pyright
	$(VENV)/pyright --project tools/pyright-firmware.json --typeshedpath "$$($(STUBS))"
	$(VENV)/python -m pytest -q tests/test_imports.py

# the tests' tools and a browser
screenshots-ready:
	@$(BOOTSTRAP) dev
	@$(VENV)/python -m tools.parts

lock:
	$(LOCK) --upgrade pyproject.toml --group install -o requirements.lock
	$(LOCK) --upgrade pyproject.toml --group install --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --upgrade --group node -o requirements-node.lock

clean:
	rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
