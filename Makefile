# make demo   the demonstration, from nothing
# make test   all tests
# make lint   the linters
# make lock   pin anew what envs/requirements*.in name
CORES ?= 2
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test unit lint lock bedtools
.DELETE_ON_ERROR:

demo: $(VENV)/run.installed bedtools
	snakemake --cores $(CORES)

test: $(VENV)/dev.installed bedtools
	pytest --numprocesses $(CORES) --dist loadgroup

unit: $(VENV)/dev.installed bedtools
	pytest tests/unit --numprocesses $(CORES)

lint: $(VENV)/dev.installed
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	snakemake --lint

lock: $(VENV)/dev.installed
	pip install --quiet uv
	cd envs && for name in requirements requirements-dev; do \
	  uv pip compile --quiet --no-header --no-emit-index-url --no-emit-find-links \
	    --python-version 3.11 $$name.in --output-file $$name.txt || exit 1; \
	done

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; set PYTHON=" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "python -m venv failed; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/run.installed: envs/requirements.txt | $(VENV)/bin/python
	pip install --quiet --disable-pip-version-check -r envs/requirements.txt
	@touch $@

$(VENV)/dev.installed: envs/requirements-dev.txt $(VENV)/run.installed
	pip install --quiet --disable-pip-version-check -r envs/requirements-dev.txt
	@touch $@

bedtools:
	@command -v bedtools >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -qq -y bedtools >/dev/null; \
	  else \
	    echo "bedtools is missing: install it (apt-get install bedtools) or use" \
	      "'snakemake --sdm conda'" >&2; exit 1; \
	  fi; }
