# Needs Python >= 3.10, Java >= 17, Maven and make; `make help` says what there is.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

PYTHON ?= python3
OUTDIR ?= results/demo
ARGS ?=
IMAGES ?= cpu gpu
SIF_DIR ?= images
# Asked for only where an image is built
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' bin/lncprom/__init__.py)
RUN := .venv/bin/python
RUN_MODELS := .venv-gpu/bin/python
# The pipeline's own Nextflow files; what runs and installs leave in the checkout is nobody's to lint.
NEXTFLOW_FILES := $(wildcard main.nf nextflow.config conf workflows subworkflows modules tests)

export PYTHONDONTWRITEBYTECODE := 1

# A recipe that begins with this finds .venv's commands and a Nextflow >= 25.04 first on PATH.
tools = nextflow=$$($(PYTHON) tools/setup_nextflow.py) || exit 1; \
	export PATH="$(CURDIR)/.venv/bin:$$(dirname "$$nextflow"):$$PATH"; \
	[ -t 1 ] || export NXF_ANSI_LOG=false

# Said by the shell, since a Python that is too old cannot even read the set-up scripts.
python = command -v $(PYTHON) >/dev/null || { \
	echo "Error: no $(PYTHON) on PATH; install Python 3.10 or later, or name yours: make PYTHON=python3.12" >&2; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	echo "Error: $(PYTHON) is $$($(PYTHON) --version 2>&1), lncprom needs Python 3.10 or later;" \
		"name another: make PYTHON=python3.12" >&2; exit 1; }

.PHONY: help demo test test-models lint format benchmark benchmark-models dag lock pin venv venv-test venv-lint venv-gpu nextflow images sif test-hpc clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: nextflow venv venv-gpu ## the whole pipeline on the data in assets/demo; says at its end where the report is
	@$(tools); nextflow run main.nf -profile demo,venv -resume --outdir "$(OUTDIR)" $(ARGS)

test: lint venv-lint test-models ## lint, pytest, nf-test where it is installed
	@$(tools); $(RUN) -m pytest -n 2 --dist loadfile -m pipeline
	@$(tools); if command -v nf-test >/dev/null; then nf-test test --ci; \
	else echo "nf-test is not on PATH, so its tests did NOT run; to get it: https://www.nf-test.com/installation"; fi

test-models: ## the tests of the package and its scripts, in .venv-gpu (torch; 6 GB at the first time)
	@$(python); $(PYTHON) tools/setup_venv.py test-gpu
	@$(tools); OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 $(RUN_MODELS) -m pytest -n 2 -m "not pipeline" --ignore=tests/hpc

lint: venv-test ## ruff, and Nextflow's own lint by the strict syntax
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@PYTHONPATH=bin .venv/bin/lint-imports
	@$(tools); NXF_SYNTAX_PARSER=v2 nextflow lint -exclude nf-test.config $(NEXTFLOW_FILES)

format: venv-test ## the Python files in the house style
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format

benchmark: venv-test ## speed and memory beside a peer's, into docs/benchmarks
	@for script in $$(grep -l '^if __name__' benchmarks/*.py | grep -v -e /peer_ -e /finetune -e /predict -e /attention -e /real_data -e /tata_box); do $(RUN) "$$script" || exit 1; done

benchmark-models: ## training, predicting, attention beside a peer's, on a GPU where there is one; into docs/benchmarks
	@$(python); $(PYTHON) tools/setup_venv.py gpu
	@for name in finetune predict attention; do $(RUN_MODELS) benchmarks/$$name.py || exit 1; done

dag: venv venv-gpu ## draw the graph that the report shows (assets/dag.mmd)
	@$(tools); beside=$$(mktemp -d); trap 'rm -rf "$$beside"' EXIT; \
	nextflow -log "$$beside/log" run main.nf -preview -profile demo --outdir "$$beside" -with-dag "$$beside/dag.mmd"; \
	mv "$$beside/dag.mmd" assets/dag.mmd

lock: ## write the locks anew from containers/*/requirements.in and tools/nextflow/pom.xml (needs uv; UPGRADE=--upgrade)
	@$(python); command -v uv >/dev/null || { echo "Error: make lock needs uv: pip install uv" >&2; exit 1; }
	@within=; for name in cpu test gpu; do \
		uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header $$within \
			$(UPGRADE) containers/$$name/requirements.in --output-file containers/$$name/requirements.lock || exit 1; \
		within="$$within --constraints containers/$$name/requirements.lock"; \
	done
	@uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header \
		$(UPGRADE) containers/lint/requirements.in --output-file containers/lint/requirements.lock
	@$(PYTHON) tools/setup_nextflow.py --lock

pin: venv-gpu ## assets/models.csv with the commit that each checkpoint's `main` is now (needs a network)
	@$(RUN_MODELS) bin/pin_checkpoints.py --models assets/models.csv --out assets/.models.csv
	@mv assets/.models.csv assets/models.csv

venv: ## .venv from containers/cpu/requirements.lock, where that changed
	@$(python); $(PYTHON) tools/setup_venv.py cpu

venv-test: ## the same and what tests need, from containers/test/requirements.lock
	@$(python); $(PYTHON) tools/setup_venv.py test

venv-lint: ## .venv-lint from containers/lint/requirements.lock: nf-core's lint, which the tests run
	@$(python); $(PYTHON) tools/setup_venv.py lint

venv-gpu: ## .venv-gpu from containers/gpu/requirements.lock: what the language models need (torch; 6 GB)
	@$(python); $(PYTHON) tools/setup_venv.py gpu

nextflow: ## a Nextflow >= 25.04: the one on PATH, or one from Maven Central into ~/.cache/lncprom; prints its path
	@$(python); $(PYTHON) tools/setup_nextflow.py

images: ## Docker images lncprom-cpu and lncprom-gpu, 1 and 7 GB (IMAGES=cpu: that one; BASE_IMAGE=, BUILD_OPTIONS=)
	@for name in $(IMAGES); do \
		docker build $(BUILD_OPTIONS) $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) \
			--file containers/$$name/Dockerfile --tag lncprom-$$name:$(VERSION) containers || exit 1; \
	done

sif: ## the same for Apptainer and Singularity, no Docker needed (into images/; SIF_DIR=, IMAGES=, BASE_IMAGE=)
	@engine=$$(command -v apptainer || command -v singularity) || { \
		echo "Error: neither apptainer nor singularity is on PATH; load or install one (make images builds for Docker)" >&2; exit 1; }; \
	mkdir -p "$(SIF_DIR)"; sif_dir=$$(cd "$(SIF_DIR)" && pwd); cd containers; for name in $(IMAGES); do \
		beside="$$sif_dir/.lncprom-$$name-$(VERSION).sif"; \
		"$$engine" build --force --build-arg IMAGE=$$name $(if $(BOOTSTRAP),--build-arg BOOTSTRAP=$(BOOTSTRAP)) \
			$(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) "$$beside" apptainer.def || exit 1; \
		mv "$$beside" "$$sif_dir/lncprom-$$name-$(VERSION).sif"; \
	done

test-hpc: venv-test venv-gpu ## images, Slurm, Apptainer, Docker, faults: as root on Debian or Ubuntu; half an hour
	@$(tools); LNCPROM_HPC=1 $(RUN) -m pytest tests/hpc

clean: ## remove work/, results/demo, Nextflow's logs and caches; .venv and other results stay
	@rm -rf work results/demo .nextflow .nextflow.log* .nf-test .nf-test.log .pytest_cache .ruff_cache .hypothesis
	@find bin tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
