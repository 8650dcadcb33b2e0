# "make help" lists the targets.
PYTHON ?= python3
# Requirement of PyTorch for pip. Another build, for example:
# make env TORCH=torch==2.13.0+cpu
TORCH ?= torch==2.13.0
# Test files run at once; 0: one after the other, in one process.
JOBS ?= auto
DEMO_ARGS ?=
TEST_ARGS ?=
# Minutes of each target of "make fuzz", and the targets.
FUZZ_MINUTES ?= 10
FUZZ_TARGETS ?= all
# Number of mutants of "make mutate", and what draws them.
MUTANTS ?= 300
MUTATE_SEED ?= 0
MUTATE_ARGS ?=
# One thread a process: more only slow each other down. In the order of the
# files: by the number of tests, a long file of few tests would come last.
PARALLEL = -n $(JOBS) --dist loadfile --no-loadscope-reorder
VENV := .venv
# Outside this folder: mim would otherwise find the configs of the mmdmr that is
# installed in this environment, too.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/mmdmr
VENV_UPSTREAM ?= $(CACHE)/venv-upstream
VENV_AUDIT := $(CACHE)/venv-audit

.DEFAULT_GOAL := help
.PHONY: help env demo test test-browser docs test-upstream fuzz mutate lint
.PHONY: format audit lock
.PHONY: clean

help:
	@echo 'make demo    draw scenes, train, search and score, on a CPU'
	@echo '             (DEMO_ARGS=--check: fail if the network learned nothing)'
	@echo 'make test    run the tests (TEST_ARGS="-m slow": the slow ones;'
	@echo '             JOBS=0: in one process, as --pdb needs it)'
	@echo 'make test-browser  try the page of demo_app in Chromium'
	@echo 'make docs    build the documentation site: docs/_build/html'
	@echo 'make test-upstream  run the tests on upstream mmcv 2.1, mmdet 3.3 and'
	@echo '             mmengine 0.10.7, with mmdmr from a wheel, in the environment'
	@echo '             $(VENV_UPSTREAM)'
	@echo 'make fuzz    read files that are damaged at random, for 10 minutes each'
	@echo '             kind of file (FUZZ_MINUTES=1, FUZZ_TARGETS="readers dumps")'
	@echo 'make mutate  put small errors into the code, see whether the tests see'
	@echo '             them (MUTANTS=100, MUTATE_SEED=1;'
	@echo '             MUTATE_ARGS="readers --jobs 2 --resume")'
	@echo 'make lint    check style and types'
	@echo 'make format  format the code and fix its style'
	@echo 'make lock    write down all versions of both environments:'
	@echo '             requirements/locks/'
	@echo 'make audit   look for known vulnerabilities of these versions'
	@echo 'make env     create the environment $(VENV); demo and test do so first'
	@echo '             (PYTHON=python3.12, TORCH=torch==2.13.0+cpu: other versions;'
	@echo '             MAX_JOBS=1: compile with less memory)'
	@echo 'make clean   remove caches and build files; keep $(VENV), data'
	@echo '             and work_dirs'

env:
	@PYTHON='$(PYTHON)' TORCH='$(TORCH)' VENV='$(VENV)' tools/make_env.sh

demo: env
	$(VENV)/bin/mmdmr demo --work-dir work_dirs/demo $(DEMO_ARGS)

test: env
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest $(PARALLEL) $(TEST_ARGS)

# They fail where Chromium is missing: nobody takes that for a success.
test-browser: env
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -m browser \
	    tests/test_web/test_browser.py $(TEST_ARGS)

# A warning, such as a link that leads nowhere, fails the build.
docs: env
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m sphinx -q -E -W --keep-going \
	    -b html docs docs/_build/html
	@echo 'The site begins at docs/_build/html/index.html'

test-upstream:
	@PYTHON='$(PYTHON)' TORCH='$(TORCH)' VENV='$(VENV_UPSTREAM)' \
	    STACK=openmmlab tools/make_env.sh
	OMP_NUM_THREADS=1 '$(VENV_UPSTREAM)/bin/pytest' $(PARALLEL) $(TEST_ARGS)

# One process and one thread: where a recipe ends must not depend on a race.
fuzz: env
	OMP_NUM_THREADS=1 PYTHONPATH=tests:tests/helpers \
	    $(VENV)/bin/python -m fuzz $(FUZZ_TARGETS) --minutes $(FUZZ_MINUTES)

# One thread: 300 processes fork from one that has imported PyTorch.
mutate: env
	OMP_NUM_THREADS=1 PYTHONPATH=.:tests:tests/helpers \
	    $(VENV)/bin/python -m mutation $(MUTATE_ARGS) \
	    --mutants $(MUTANTS) --seed $(MUTATE_SEED)

lint: env
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: env
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# What the audit does not know fails it: with no database to be had, pip-audit
# alone ends with "No known vulnerabilities found".
audit:
	$(PYTHON) -m venv '$(VENV_AUDIT)'
	'$(VENV_AUDIT)/bin/python' -m pip install --quiet pip-audit
	for lock in requirements/locks/*.txt; do \
	    '$(VENV_AUDIT)/bin/pip-audit' --strict --disable-pip --no-deps \
	        --requirement "$$lock" || exit; \
	done

# The versions that the tests ran with, but for pip and mmdmr themselves.
lock: env
	@mkdir -p requirements/locks
	for lock in onedl=$(VENV) openmmlab=$(VENV_UPSTREAM); do \
	    { echo "# All of what $${lock%%=*}.txt was tested with. To install it:"; \
	      echo '# PIP_CONSTRAINT=FILE make env'; \
	      "$${lock#*=}/bin/python" -m pip list --format=freeze | \
	          sed 's/+.*//' | grep -vE '^(pip|mmdmr)=='; \
	    } >requirements/locks/$${lock%%=*}.txt; \
	done

clean:
	rm -rf build dist mmdmr.egg-info .pytest_cache
	rm -rf .mypy_cache .ruff_cache docs/_build docs/code
	find configs docs mmdmr tests tools setup.py -name __pycache__ -prune \
	    -exec rm -rf {} +
