# make demo      install everything and run the demonstration
# make test      run all tests
# make lint      run the linters
# make unit      run the unit tests that start no server and no other process
# make portable  run the numeric tests as on other processors and on a busy machine
# make slurm     run the tests on a SLURM of this machine, with interruptions (12 min)
# make slow      run the tests that take minutes in real time
# make coverage  simulate the coverage of intervals and the size of tests (15 min)
# make gauntlet  introduce every known defect and record what catches it
# make docs      write config/README.md from the schemas, and the page of dropped rows
# make pictures  draw the pictures of README.md and resources/docs, after `make demo`
# make bench     time the demonstration, prediction, resampling and a full-size run against
#                their bars; needs the history of Git (30 min)
# make bench-weights  measure the open model by batch on this machine's device, with random
#                weights; needs the packages of service weights
# make check-service  ask the service, in at most 20 calls, what the code takes for granted
# make check-config   name the line of a config (CONFIG=mine.yaml) that cannot be read
# make check-inputs   ask every address of the sheets whether its file is still there
# make lock      pin the packages of envs/requirements*.in, and update envs/*.yaml
CORES ?= 2
CONFIG ?= config/gtex_whole_blood.yaml
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Install a Debian package if permitted, or name the missing one.
define apt
{ if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
    apt-get update -qq && apt-get install -qq -y $(1) >/dev/null; \
  else \
    echo "$(1) is missing; on Debian: apt-get install $(1)" >&2; exit 1; \
  fi; }
endef

# Test modules are compiled once, not by each process in each run.
test unit portable: export PYTHONDONTWRITEBYTECODE :=
# Each file is run by one process, the longest first: see tests/conftest.py.
BY_SIZE := --dist loadfile --no-loadscope-reorder

.PHONY: help demo test unit portable slow coverage gauntlet docs pictures bench lint lock slurm bedtools chromium slurmd graphviz
.PHONY: check-config check-service check-inputs bench-weights
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \(make \| \)/\1/p' Makefile | sed '/^$$/q'

demo: $(VENV)/run.installed bedtools
	$(BIN)/snakemake --cores $(CORES)

# Two processes more than cores: some tests wait for a browser, a server or a cluster.
test: $(VENV)/dev.installed bedtools chromium slurmd
	$(BIN)/pytest --numprocesses $$(($(CORES) + 2)) $(BY_SIZE)

unit: $(VENV)/dev.installed bedtools
	$(BIN)/pytest tests/unit -m "not services and not studies" --numprocesses $(CORES) $(BY_SIZE)

portable: $(VENV)/dev.installed bedtools
	PYTHONPATH=scripts $(BIN)/python scripts/maintenance/portable.py -- \
	  --numprocesses $(CORES) $(BY_SIZE)

slurm: $(VENV)/dev.installed bedtools slurmd
	$(BIN)/pytest tests/slurm

slow: $(VENV)/dev.installed bedtools
	$(BIN)/pytest tests/slow

coverage: $(VENV)/run.installed
	PYTHONPATH=scripts $(BIN)/python scripts/maintenance/coverage_study.py resources/docs/coverage.tsv

gauntlet: $(VENV)/dev.installed bedtools
	PYTHONPATH=scripts:tests:tests/support:tests/support/serving:tests/support/made $(BIN)/python -m gauntlet.page resources/docs/gauntlet.md
	PYTHONPATH=scripts:tests:tests/support:tests/support/serving:tests/support/made $(BIN)/python -m gauntlet.power resources/docs/power.md

docs: $(VENV)/dev.installed
	PYTHONPATH=scripts $(BIN)/python scripts/maintenance/config_readme.py config/README.md
	PYTHONPATH=scripts $(BIN)/python scripts/maintenance/reasons_page.py resources/docs/numbers/dropped_rows.md

pictures: $(VENV)/dev.installed graphviz chromium
	PYTHONPATH=scripts $(BIN)/python scripts/maintenance/pictures.py results resources/docs/pictures

bench: $(VENV)/run.installed bedtools
	PYTHONPATH=scripts $(BIN)/python scripts/bench/demonstration.py
	PYTHONPATH=scripts $(BIN)/python scripts/bench/engine.py
	PYTHONPATH=scripts $(BIN)/python scripts/bench/gene_stages.py
	PYTHONPATH=scripts $(BIN)/python scripts/bench/atlas.py
	PYTHONPATH=scripts $(BIN)/python scripts/bench/statistics.py
	PYTHONPATH=scripts $(BIN)/python scripts/bench/full_size.py

bench-weights: $(VENV)/run.installed
	PYTHONPATH=scripts $(BIN)/python scripts/bench/weights.py

check-config: $(VENV)/run.installed
	@PYTHONPATH=scripts $(BIN)/python scripts/maintenance/check_config.py $(CONFIG)

# These two ask others' servers, so neither runs in a test or in CI.
check-service: $(VENV)/run.installed
	PYTHONPATH=scripts $(BIN)/python scripts/maintenance/check_service.py $(CONFIG)

check-inputs: $(VENV)/run.installed
	PYTHONPATH=scripts $(BIN)/python scripts/maintenance/check_inputs.py $(CONFIG)

lint: $(VENV)/dev.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	PYTHONPATH=scripts $(BIN)/lint-imports --no-cache .importlinter
	$(BIN)/snakemake --lint

lock: $(VENV)/dev.installed
	$(BIN)/python -m pip install --quiet uv
	cd envs && for name in requirements requirements-dev; do \
	  ../$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url --no-emit-find-links \
	    --python-version 3.11 $$name.in --output-file $$name.txt || exit 1; \
	done
	PYTHONPATH=scripts $(BIN)/python scripts/maintenance/environments.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; set PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call apt,python3-venv)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/run.installed: envs/requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check -r envs/requirements.txt
	@touch $@

$(VENV)/dev.installed: envs/requirements-dev.txt $(VENV)/run.installed
	$(BIN)/python -m pip install -qq --disable-pip-version-check -r envs/requirements-dev.txt
	@touch $@

bedtools:
	@command -v bedtools >/dev/null || $(call apt,bedtools)

graphviz:
	@command -v dot >/dev/null || $(call apt,graphviz)

# Without chromium, the tests of the report page are skipped.
chromium:
	@command -v chromium >/dev/null || ( $(call apt,chromium) ) || \
	  echo "without chromium, the tests of the report page are skipped" >&2

# Without SLURM, the tests on a cluster are skipped. RUNLEVEL=1 keeps the packages from
# starting their own daemons.
slurmd:
	@command -v slurmctld >/dev/null || \
	  ( export RUNLEVEL=1; $(call apt,slurmctld slurmd slurm-client munge) ) || \
	  echo "without SLURM, the tests on a cluster are skipped" >&2
