# Every verb does its own set-up; CI runs these same verbs (.ci/run). `make help` lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# A user's own installations must not leak into .venv.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PYTHON

ROOT := $(CURDIR)
BIN := $(ROOT)/.venv/bin
# The tools find the collection and each other here, whatever the user's shell says.
RUN := env PATH="$(BIN):$$PATH" ANSIBLE_CONFIG="$(ROOT)/ansible.cfg" ANSIBLE_COLLECTIONS_PATH="$(ROOT)/.collections"
TYPED := plugins/module_utils/_engine plugins/module_utils/_vsphere plugins/plugin_utils
# Two processes prove faster even on two cores.
JOBS ?= 2
LINKED := .collections/ansible_collections/dejima/hypervisor

.PHONY: help
help: ## List the verbs
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | sort | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

.PHONY: link
link: ## Link this checkout as the collection dejima.hypervisor
	@mkdir -p $(dir $(LINKED))
	@[ "$$(readlink $(LINKED))" = ../../.. ] || ln -sfn ../../.. $(LINKED)

.PHONY: venv
venv: link ## Set up what runs the playbooks (.venv, hash-locked)
	@tools/venv run

.PHONY: dev
dev: link ## Set up what tests and checks them, too
	@tools/venv dev

.PHONY: demo
demo: venv ## Audit, harden, audit again: the real playbooks on a practice vSphere
	@$(RUN) $(BIN)/python tools/demo.py

.PHONY: test
test: dev ## Run every test (ARGS="-k name" chooses, JOBS=0 in one process)
	@$(RUN) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(or $(ARGS),tests)

.PHONY: lint
lint: dev ## Style, types, playbooks, documentation, changelog
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy $(addprefix $(LINKED)/,$(TYPED)) simulator
	$(RUN) yamllint --strict .
	$(RUN) antsibull-changelog lint
	$(RUN) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
	@# The default inventory needs a vCenter; a syntax check must not.
	$(RUN) ANSIBLE_INVENTORY=/dev/null ansible-lint --offline --profile production

.PHONY: sanity
sanity: dev ## ansible-test sanity, every test (ARGS="pylint" chooses)
	@$(RUN) $(BIN)/python tests/sanity/run.py $(ARGS)

.PHONY: peers
peers: dev ## The playbooks against govmomi's vcsim (built with Go)
	@status=0; $(BIN)/python tests/peers/build_vcsim.py || status=$$?; \
	if [ $$status = 0 ]; then $(RUN) $(BIN)/python -m pytest tests/peers $(ARGS); \
	elif [ $$status != 3 ] || [ "$${CI:-}" = true ]; then exit $$status; fi

.PHONY: molecule
molecule: dev ## Every molecule scenario (ARGS="-s drift" chooses)
	@$(RUN) ANSIBLE_HOME="$(ROOT)/.cache/ansible" MOLECULE_GLOB='molecule/*/molecule.yml' $(BIN)/molecule --base-config .config/molecule/config.yml test $(if $(ARGS),$(ARGS),--all)

.PHONY: build
build: dev ## The collection's tarball, in build/, checked and installed elsewhere
	@$(BIN)/python tools/build.py

.PHONY: lock
lock: dev ## Resolve requirements/*.in into hashed locks anew
	tools/lock

.PHONY: clean
clean: ## Remove everything that was built here, reports and journals (.dejima) excepted
	rm -rf .venv .cache .collections build .ansible
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
