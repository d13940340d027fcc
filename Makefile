# Needs Python 3.11+ with venv, git and make; everything else is set up in .venv, with hashes checked.
.DEFAULT_GOAL := help
.PHONY: help setup study freeze package verify snapshot restore docs test faults lint badinput bench coverage validate lock certify mutate environments sbom audit clean

STUDY ?= .
CORES ?= all
ARGS ?=

VENV_PYTHON := .venv/bin/python
RUN := $(VENV_PYTHON) workflow/run_study.py --study "$(or $(STUDY),.)" --cores $(CORES)

# The first interpreter that is new enough and can make virtual environments; 3.11 first, as tested.
NEW_ENOUGH := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$name" -c "$(NEW_ENOUGH)" >/dev/null 2>&1 && { echo "$$name"; exit; }; done)

# One thread per job: faster with many jobs, and the same sums in the same order everywhere.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export VECLIB_MAXIMUM_THREADS := 1
export NUMEXPR_NUM_THREADS := 1
# Packages come from .venv alone; compiled modules are kept, which saves each job about a second.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
export PYTHONNOUSERSITE := 1

help: ## this list
	@echo "make TARGET [STUDY=folder] [CORES=n] [ARGS='more arguments']"
	@sed -n 's/^\([a-z]*\):.*## /  \1	/p' Makefile

setup: ## set up .venv (all other targets do so themselves, once)
	@$(VENV_PYTHON) workflow/set_up.py --check 2>/dev/null || { \
		python="$(PYTHON)"; \
		if ! "$$python" -c "$(NEW_ENOUGH)" >/dev/null 2>&1; then \
			echo "No usable Python found$${python:+ ($$python)}: Python 3.11 or newer with venv and ensurepip is needed." >&2; \
			echo "Install it (Debian and Ubuntu: python3 and python3-venv) or name it: make study PYTHON=/path/to/python3" >&2; \
			exit 1; \
		fi; \
		"$$python" workflow/set_up.py; }

study: setup ## run or resume the study: everything config.yaml asks for, and results/report.zip
	@$(RUN) $(ARGS)
	$(if $(filter -n --dry-run --dryrun,$(ARGS)),@:,@$(RUN) --report results/report.zip $(ARGS))

freeze: export FREEZE_STUDY := $(value STUDY)

freeze: setup ## fix the plan of the study (plan.sha256) before its results are seen; ARGS=--again replaces one
	@$(VENV_PYTHON) workflow/freeze.py $(ARGS)

package: export PACKAGE_STUDY := $(value STUDY)

package: setup ## results/package.zip of a finished study: code, data that may be passed on, results, README; ARGS=--check in an unpacked one
	@$(VENV_PYTHON) workflow/package.py $(ARGS)

verify: export VERIFY_STUDY := $(value STUDY)

# Not after setup, which would install what a changed lock names before anything is compared.
verify: ## what differs from the last finished `make study`: inputs, code, environment, results (sha256)
	@test -x $(VENV_PYTHON) || $(MAKE) --no-print-directory setup
	@$(VENV_PYTHON) workflow/verify.py $(ARGS)

# Through the environment: no text of a user becomes part of a command.
snapshot restore: export SNAPSHOT_STUDY := $(value STUDY)
snapshot restore: export SNAPSHOT_REMOTE := $(value REMOTE)
snapshot restore: export SNAPSHOT_REVISION := $(value REVISION)

snapshot: setup ## keep data/raw as it is now (DVC); REMOTE=folder or address pushes it there
	@$(VENV_PYTHON) workflow/snapshot.py take

restore: setup ## bring data/raw back to its .dvc files, or to those of REVISION=commit; REMOTE= as above
	@$(VENV_PYTHON) workflow/snapshot.py restore

test: setup ## every test, by as many workers as there are cores (at most 4); ARGS=tests/test_house.py for one file
	@$(VENV_PYTHON) -m pytest -n logical --maxprocesses 4 $(ARGS)

faults: setup ## 200 kills, full disks, lost permissions and more (an hour); ARGS=--write for docs/faults.md
	@FAULTS=all $(VENV_PYTHON) -m pytest tests/faults
	@PYTHONPATH=scripts $(VENV_PYTHON) -m tests.faults.run_faults $(ARGS)

badinput: setup ## malformed files, wrong configurations and hostile payloads: tried, and what became of them; ARGS=--write for docs/bad-input.md
	@$(VENV_PYTHON) benchmarks/count_bad_inputs.py $(ARGS)

lint: setup ## style of Python and Snakemake files
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m snakefmt --check Snakefile workflow
	$(VENV_PYTHON) -m snakemake --lint

bench: setup ## time, memory and growth; ARGS=--peers for other software too, ARGS=--write for docs/benchmark.md
	@$(VENV_PYTHON) benchmarks/run_benchmarks.py $(ARGS)

docs: setup ## write the generated pages of docs/ and the schema of config.yaml
	@$(VENV_PYTHON) scripts/document_project.py

coverage: setup ## coverage of the intervals of Shapley shares at small R2
	@$(VENV_PYTHON) benchmarks/measure_coverage.py

validate: setup ## every estimator on simulated data: bias, coverage, rejection (long); ARGS=--write for docs/validation.md
	@$(VENV_PYTHON) benchmarks/validate_estimators.py $(ARGS)

certify: setup ## digits of NIST's, exact and published results, every path (a minute); ARGS=--write for docs/certification.md
	@$(VENV_PYTHON) benchmarks/certify.py $(ARGS)

mutate: setup ## small faults in the statistics library: how many do the tests notice? (long); ARGS="--sample 400 --write" for docs/mutation.md
	@$(VENV_PYTHON) benchmarks/mutate_library.py $(ARGS)

environments: setup ## the tiny study in nine environments and on every processor kernel (long); ARGS=--write for docs/environments.md
	@$(VENV_PYTHON) benchmarks/compare_environments.py $(ARGS)

sbom: setup ## bill of materials (CycloneDX) of the locked packages, in sbom.json
	@$(VENV_PYTHON) workflow/write_sbom.py $(ARGS)

audit: setup ## known vulnerabilities of the locked packages (pip-audit, fetched by uv: needs a network)
	@$(VENV_PYTHON) workflow/audit.py $(ARGS)

lock: setup ## choose package versions again (maintainers)
	$(VENV_PYTHON) -m uv pip compile pyproject.toml --group dev --upgrade --universal --python-version 3.11 \
		--fork-strategy fewest --generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
		--quiet --output-file requirements.lock

clean: ## remove what a run makes (results, processed and simulated data); keeps .venv and data/raw
	cd "$(or $(STUDY),.)" && rm -rf results data/processed data/raw/simulated .snakemake
