# Thin on purpose: what a target does stands in tools/setup and in `./thecal`.
#   make test ARGS="-k gate"     hands ARGS to pytest; the targets that call ./thecal hand it on too
#   make PYTHON=python3.13 run   picks the Python that set-up starts from (3.11 or newer)

PYTHON ?= python3
ARGS ?=
VENV_PYTHON := .venv/bin/python
CHECK := $(VENV_PYTHON) tools/setup/check.py
# Two workers, as continuous integration has two cores.
PYTEST := $(VENV_PYTHON) -m pytest -n 2 --dist worksteal --durations=5 --durations-min=0.5
PROOF := PYTHONPATH=firmware:tools:tools/virtual_bench/modules:tools/virtual_bench/cpython $(VENV_PYTHON) -m thecal_tools.proof
# Everything but whole scenarios, emulation, MicroPython, campaigns, sabotages, set-up and the lint step.
NOT_UNIT := $(addprefix --ignore=host_tests/,scenarios emulated micropython power_cut faults exploration house sabotage test_lint.py \
	tools/test_bench_figures.py tools/test_micropython_host.py virtual_bench/test_both_interpreters.py)

.DEFAULT_GOAL := help
.PHONY: help prepare run test test-unit lint format typecheck bench emulate flash trace \
	proof proof-cuts proof-states proof-faults proof-sabotage proof-mutants proof-years proof-emulated lock clean

help: ## list the targets
	@printf 'Thecal: a bench and research instrument. Not a medical device; not for use on people or animals.\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nSet-up happens by itself and stays inside this folder.\n'

prepare: ## set up .venv, node_modules and typings (every target does this first)
	@$(PYTHON) tools/setup/prepare.py

run: prepare ## a day of the pump on the virtual bench, with its report
	@./thecal run $(ARGS)

test: prepare ## lint and the whole test suite
	@$(PYTEST) $(ARGS)

test-unit: prepare ## the quick part of the suite
	@$(PYTEST) host_tests $(NOT_UNIT) $(ARGS)

lint: prepare ## ruff, import contracts, MicroPython's syntax, types
	@$(CHECK)

format: prepare ## let ruff mend layout and order of imports
	@$(VENV_PYTHON) -m ruff check --quiet --select I --fix . && $(VENV_PYTHON) -m ruff format --quiet .

typecheck: prepare ## types alone, against each board's stubs and for the host
	@$(CHECK) pyright-rp2 pyright-esp32 pyright-bench pyright-host

bench: prepare ## speed and size against the budgets
	@./thecal bench $(ARGS)

emulate: prepare ## the firmware in an emulated RP2040
	@./thecal emulate $(ARGS)

flash: prepare ## bring the firmware onto a board: BOARD=RPI_PICO [PORT=/dev/ttyACM0]
	@./thecal flash $(BOARD) $(if $(filter command,$(origin PORT)),--port $(PORT)) $(ARGS)

trace: prepare ## the matrix hazard, requirement, tests, result in build/trace
	@test -f build/trace/results.json || $(PYTEST) || test -f build/trace/results.json
	@PYTHONPATH=tools $(VENV_PYTHON) -m thecal_tools.trace $(ARGS)

proof: prepare ## every long proof that is stale, and the table of all
	@$(PROOF) $(ARGS)

proof-cuts: prepare ## the whole walk of power cuts, resumable
	@$(PROOF) cuts $(ARGS)

proof-states: prepare ## every reachable state of the pump
	@$(PROOF) states $(ARGS)

proof-faults: prepare ## the whole fault campaign and fault-free years, resumable
	@$(PROOF) faults $(ARGS)

proof-sabotage: prepare ## each safety requirement broken in turn, resumable
	@$(PROOF) sabotage $(ARGS)

proof-mutants: prepare ## mutation testing of therapy, safety and pump, resumable
	@$(PROOF) mutants $(ARGS)

proof-years: prepare ## whole years of steps, one by one
	@$(PROOF) years $(ARGS)

proof-emulated: prepare ## all trials on the emulated RP2040; needs an image
	@$(PROOF) emulated $(ARGS)

lock: prepare ## renew every lock file (developers; needs uv)
	@$(PYTHON) tools/setup/lock.py

clean: ## remove everything that is not in git's care: set-up, results, caches
	@rm -rf .venv node_modules typings build .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
