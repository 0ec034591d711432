# Needs Python >= 3.10, Java >= 17, Maven and make; `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

PYTHON ?= python3
OUTDIR ?= results/demo
ARGS ?=
IMAGES ?= cpu gpu
SIF_DIR ?= images
# Read only where an image is built
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' bin/lncprom/__init__.py)
# Has the packages of all steps and those of the tests, ruff and import-linter
RUN := .venv-gpu/bin/python
PYTEST = OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 $(RUN) -m pytest --durations=20
# The pipeline's own Nextflow files, without those that runs and installs leave in the checkout.
NEXTFLOW_FILES := $(wildcard main.nf nextflow.config conf workflows subworkflows modules tests)

# A recipe that begins with this finds the commands of .venv-gpu and a Nextflow >= 25.04 first on PATH. Nextflow starts in
# half the time without Java's optimising compiler, which pays in long runs only.
tools = nextflow=$$($(PYTHON) tools/setup_nextflow.py) || exit 1; \
	export PATH="$(CURDIR)/.venv-gpu/bin:$$(dirname "$$nextflow"):$$PATH"; \
	export NXF_OPTS="$${NXF_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}"; [ -t 1 ] || export NXF_ANSI_LOG=false

# Checked in the shell, since an older Python cannot parse the set-up scripts.
python = command -v $(PYTHON) >/dev/null || { \
	echo "Error: $(PYTHON) is not on PATH. Install Python 3.10 or later, or name another: make PYTHON=python3.12" >&2; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	echo "Error: $(PYTHON) is $$($(PYTHON) --version 2>&1), lncprom needs Python 3.10 or later." \
		"Name another: make PYTHON=python3.12" >&2; exit 1; }

.PHONY: help demo test test-all test-hpc lint format benchmark benchmark-models dag lock check-published venv venv-gpu venv-test venv-lint nextflow images sif clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: nextflow venv venv-gpu ## run the pipeline on assets/demo, then apply two of its models; prints the paths of the reports
	@$(tools); nextflow run main.nf -profile demo,venv -resume --outdir "$(OUTDIR)" $(ARGS)
	@[ -z "$(ARGS)" ] || exit 0; $(tools); models=models/promoter_vs_nonpromoter_300; \
	printf '%s\n' name,model_dir "logistic_regression,$$models.logistic_regression.model" "dnabert_3,$$models.dnabert_3.seed42.model" \
		> "$(OUTDIR)/apply.csv"; \
	nextflow run main.nf -profile demo,venv -resume --apply "$(OUTDIR)/apply.csv" --outdir "$(OUTDIR)/applied" \
		--regions assets/demo/lncrna_promoters.bed,assets/demo/variants.vcf --variant_null 20

test: lint venv ## run lint and the tests of every step and of the pipeline (10 minutes on two cores)
	@$(tools); $(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "not full and not hpc"

test-all: lint venv venv-lint ## run every test: also the slow ones, nf-core's lint, nf-test, and test-hpc
	@command -v nf-test >/dev/null || { \
		echo "Error: nf-test is not on PATH. Install it: https://www.nf-test.com/installation" >&2; exit 1; }
	@$(tools); $(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "not hpc"
	@$(tools); nf-test test --ci
	@$(MAKE) test-hpc

test-hpc: venv venv-test ## run the tests on Slurm, Apptainer and Docker (root on Debian or Ubuntu; 30 minutes)
	@$(tools); LNCPROM_HPC=1 $(PYTEST) -m "$(or $(HPC),hpc)" tests/hpc

lint: venv-test ## check style (ruff), the order of imports (import-linter) and the Nextflow files (nextflow lint)
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@PYTHONPATH=bin .venv-gpu/bin/lint-imports
	@$(tools); NXF_SYNTAX_PARSER=v2 nextflow lint -exclude nf-test.config -exclude tests/pipeline/cases.nf $(NEXTFLOW_FILES)

format: venv-test ## format the Python files
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format

benchmark: venv-test ## measure speed and memory against other tools, into docs/benchmarks
	@for script in $$(grep -l '^if __name__' benchmarks/*.py | grep -v -e /peer_ -e /finetune -e /predict -e /embed -e /attention -e /real_data -e /tata_box); do $(RUN) "$$script" || exit 1; done

benchmark-models: venv-test ## measure training and attention (on a GPU where there is one), prediction and embedding (on the CPU), into docs/benchmarks
	@for name in finetune predict embed attention; do $(RUN) benchmarks/$$name.py || exit 1; done

dag: venv venv-gpu ## draw the graph of the steps (assets/dag.svg; needs Graphviz)
	@$(tools); beside=$$(mktemp -d); trap 'rm -rf "$$beside"' EXIT; \
	nextflow -log "$$beside/log" run main.nf -preview -profile demo --outdir "$$beside" -with-dag "$$beside/dag.dot"; \
	$(RUN) tools/draw_dag.py "$$beside/dag.dot"

lock: ## resolve containers/*/requirements.in and tools/nextflow/pom.xml into locks (needs uv; UPGRADE=--upgrade)
	@$(python); command -v uv >/dev/null || { echo "Error: uv is not on PATH. Install it: pip install uv" >&2; exit 1; }
	@within=; for name in cpu test gpu; do \
		uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header $$within \
			$(UPGRADE) containers/$$name/requirements.in --output-file containers/$$name/requirements.lock || exit 1; \
		within="$$within --constraints containers/$$name/requirements.lock"; \
	done
	@uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header \
		$(UPGRADE) containers/lint/requirements.in --output-file containers/lint/requirements.lock
	@$(PYTHON) tools/setup_nextflow.py --lock

check-published: venv-gpu ## download, load and check every checkpoint of assets/models*.csv (needs a network; 40 GB)
	@$(RUN) bin/check_published.py $(patsubst %,--models %,$(wildcard assets/models*.csv)) --cache ~/.cache/lncprom/checkpoints

venv: ## install containers/cpu/requirements.lock into .venv, for the data steps and the logistic regression
	@$(python); $(PYTHON) tools/setup_venv.py cpu

venv-gpu: ## install containers/gpu/requirements.lock into .venv-gpu, for the language models (torch; 6 GB)
	@$(python); $(PYTHON) tools/setup_venv.py gpu

venv-test: ## install the packages of the tests into .venv-gpu as well
	@$(python); $(PYTHON) tools/setup_venv.py test

venv-lint: ## install nf-core, for its lint, into .venv-lint
	@$(python); $(PYTHON) tools/setup_venv.py lint

nextflow: ## print the path of a Nextflow >= 25.04: the one on PATH, or one from Maven Central in ~/.cache/lncprom
	@$(python); $(PYTHON) tools/setup_nextflow.py

images: ## build the Docker images lncprom-cpu and lncprom-gpu, 1 and 7 GB (IMAGES=, BASE_IMAGE=, BUILD_OPTIONS=)
	@for name in $(IMAGES); do \
		docker build $(BUILD_OPTIONS) $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) \
			--file containers/$$name/Dockerfile --tag lncprom-$$name:$(VERSION) containers || exit 1; \
	done

sif: ## build the images for Apptainer and Singularity, without Docker (into images/; SIF_DIR=, IMAGES=, BASE_IMAGE=)
	@engine=$$(command -v apptainer || command -v singularity) || { \
		echo "Error: neither apptainer nor singularity is on PATH. Load or install one, or build for Docker: make images" >&2; exit 1; }; \
	mkdir -p "$(SIF_DIR)"; sif_dir=$$(cd "$(SIF_DIR)" && pwd); cd containers; for name in $(IMAGES); do \
		beside="$$sif_dir/.lncprom-$$name-$(VERSION).sif"; \
		"$$engine" build --force --build-arg IMAGE=$$name $(if $(BOOTSTRAP),--build-arg BOOTSTRAP=$(BOOTSTRAP)) \
			$(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) "$$beside" apptainer.def || exit 1; \
		mv "$$beside" "$$sif_dir/lncprom-$$name-$(VERSION).sif"; \
	done

clean: ## remove work/, results/demo, logs and caches; keeps the environments and other results
	@rm -rf work results/demo .nextflow .nextflow.log* .nf-test .nf-test.log .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find bin tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
