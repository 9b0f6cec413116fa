# litlab: everything a person needs starts here. `make demo` on a fresh machine, then `make lab`.
PYTHON ?= python3
BIN := .venv/bin
TRAIN := $(shell command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi >/dev/null 2>&1 && echo train-gpu || echo train-cpu)
WORKSPACE ?= demo-workspace
# Jupyter refuses root unless told: in a container there is often no other user.
AS_ROOT := $(shell [ "$$(id -u)" -eq 0 ] && echo --allow-root)

# Compiled once instead of at every start of every process, whatever the surroundings prefer.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo lab serve test lint format bench soak extension constraints clean

help:
	@echo "make demo      the whole walkthrough on the sample tape, from ticks to an explained prediction"
	@echo "make lab       JupyterLab on the demo's workspace"
	@echo "make serve     the apps in a browser, without JupyterLab"
	@echo "make test      all tests          make lint    ruff and mypy"
	@echo "make bench     speed beside peers make soak    the long laws"

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "litlab needs Python 3.11 or later: make PYTHON=python3.12 …"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[lab,$(TRAIN),serve,calendars,test]'
	@$(BIN)/python -m litlab.server.place
	@# Nothing leaves the machine: JupyterLab's news feed is off in this environment.
	@$(BIN)/jupyter labextension disable --level=sys_prefix @jupyterlab/apputils-extension:announcements >/dev/null 2>&1
	@touch $@

demo: install
	$(BIN)/litlab demo --workspace $(WORKSPACE)

lab: install
	LITLAB_HOME=$(abspath $(WORKSPACE)) $(BIN)/jupyter lab --notebook-dir=notebooks $(AS_ROOT)

serve: install
	$(BIN)/litlab serve --workspace $(WORKSPACE)

# Files of tests run beside each other, in their order: what compiles comes before browsers wait for it, and
# the many short doctests come last, so that no process is left alone with a long file. JOBS=0: one by one.
JOBS ?= 2
test: install
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# For example: make bench BENCH="windows bars --ticks 5e6 --json figures.json"
bench: .venv/.bench
	$(BIN)/python -m tests.bench $(BENCH)

.venv/.bench: .venv/.installed
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -r pyproject.toml --extra bench
	@touch $@

soak: install
	$(BIN)/python -m pytest -m soak --timeout 3600 tests

# Rebuild litlab/labextension and litlab/static from their sources, then commit them.
extension: install
	cd extensions/canvas && npm ci --ignore-scripts && npm run build
	cd extensions/labextension && npm ci --ignore-scripts && npm run build
	$(BIN)/python -m litlab.server.place

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
