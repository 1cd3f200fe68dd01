# The few verbs a person types. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help install figures test lab site report bench lint lock clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/installed
# One thread a process: the work is spread over processes.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Create .venv and install the locked versions (about 3 minutes, once)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=/path/to/python3.11")'
	@echo "Installing the locked versions into .venv (about 3 minutes, 2 GB, once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --progress-bar off -c requirements.lock hatchling editables
	@$(BIN)/python -m pip install -q --disable-pip-version-check --progress-bar off --no-build-isolation -c requirements.lock -e '.[lab,site,test]'
	@touch $@

figures: install ## Run every paper at smoke scale, print the report, build the gallery
	@status=0; for verb in "run --scale smoke" report site; do $(BIN)/companion $$verb || status=$$?; done; exit $$status

test: install ## Everything that guards the project: lint, import rules, tests, notebooks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m pytest

lab: install ## Open JupyterLab on the notebooks
	@$(BIN)/jupyter trust papers/*/*.ipynb
	@$(BIN)/jupyter lab

site: install ## Build the gallery from the executed notebooks
	@$(BIN)/companion site

report: install ## Print the ledger with computed verdicts
	@$(BIN)/companion report

bench: install ## Run the benchmarks by hand (minutes)
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

lint: install ## Format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: install ## Write requirements.lock anew from what is installed in .venv
	@$(BIN)/python -m pip freeze --exclude-editable > build-lock.tmp && sed 's/+cpu$$//' build-lock.tmp > requirements.lock; rm -f build-lock.tmp

clean: ## Remove everything generated but the environment
	@rm -rf build
