# What a person and an integration machine run here; every target does its own set-up.
MAILCOW ?= stand-in
VENV := .venv/installed.lock
PYTHON := .venv/bin/python
export MAILCOW

.PHONY: help demo test unit check bench soak docs locks clean engine lane-site lane-kill lane-prepared lane-others

help: ## Show this list.
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile

demo: $(VENV) engine ## Make test hosts, deploy the whole site on them and send a mail (MAILCOW=upstream: the real Mailcow).
	@$(PYTHON) -m tests.demo

test: unit engine ## Run all tests, the long series in part: those without hosts, then the others in four lanes, three at a time.
	@$(PYTHON) -m tests.images
	@echo "Four lanes of tests run, three at a time, for about a quarter of an hour; each shows its result when it has ended."
	@$(MAKE) --no-print-directory --jobs=3 --keep-going --output-sync=target lane-site lane-kill lane-prepared lane-others

lane-site: # what shares the deployed site
	@$(PYTHON) -m pytest tests/stories tests/hosts -m "site and not soak" --durations=15

lane-kill: # a first deployment that is killed again and again
	@$(PYTHON) -m pytest tests/stories/test_kill.py --durations=5

lane-prepared: # what shares hosts without mail
	@$(PYTHON) -m pytest tests/hosts -m "prepared and not soak" --durations=10

lane-others: # what needs no host, or hosts of its own
	@$(PYTHON) -m pytest tests/contract tests/stories tests/hosts --ignore=tests/stories/test_kill.py -m "not site and not prepared and not soak" --durations=15

unit: $(VENV) ## Run the tests that need no host, in seconds.
	@$(PYTHON) -m pytest tests/unit

check: $(VENV) ## Look at the code without running it: style, types, import directions, docs in step.
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m ruff format --check --quiet .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m pytest tests/unit/test_import_directions.py tests/unit/test_docs_in_step.py

bench: $(VENV) engine ## Measure first and no-change runs; writes build/bench.json.
	@$(PYTHON) -m tests.bench

soak: $(VENV) engine ## Run the long series whole; writes build/soak.json.
	@$(PYTHON) -m tests.soak

docs: $(VENV) ## Write the pages and schemas that are made from the code.
	@$(PYTHON) -m sams.cli.pages

locks: $(VENV) ## Write the lock files anew (UPGRADE=--upgrade: with newer versions).
	@.ci/locks $(UPGRADE)

clean: ## Remove test hosts, images, .venv and caches; never a Docker engine or another's containers.
	@python3 provision/docker_clean.py
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build sams.egg-info pyinfra-debug.log

engine:
	@python3 provision/docker_engine.py

$(VENV): requirements-dev.lock .ci/venv
	@.ci/venv && touch $@
