# The commands of this repository. `make run` starts the platform, `make test` checks everything.
# A fresh Debian or Ubuntu needs git and make; the rest is installed by the targets, each once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

export GEMINI_HOME ?= $(CURDIR)/.gemini
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The images of a cluster are built on BASE and called localhost/gemini-*:IMAGE_TAG.
export BASE ?= localhost/python:3.11
export IMAGE_TAG ?= test

STAMPS := .venv/.stamps
# The system's Python first: every account can run it, so an ordinary person can use this clone, too.
PYTHONS := /usr/bin/python3 python3.14 python3.13 python3.12 python3.11 python3
# The platform's programs, as program:package.
RUN_PROGRAMS := runc:runc pasta:passt newuidmap:uidmap
TEST_PROGRAMS := $(RUN_PROGRAMS) chromium:chromium

EXTENSION := server_extension/gemini_server/labextension
LAB_SOURCES := $(shell find labextension \( -name node_modules -o -name lib -o -name '*.tsbuildinfo' \) -prune -o -type f -print 2>/dev/null)
CONFIG_SOURCES := $(shell find server_extension/jupyter-config server_extension/lab-settings -type f 2>/dev/null)

# apt-get for root; for everybody else the line to run.
define apt
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing > /dev/null; \
	else echo "Missing: $$missing. To install, run:  sudo apt-get install -y $$missing"; fi
endef

# $(call programs,PROGRAM:PACKAGE …): installs the packages of the programs that are not there.
define programs
	missing=; for one in $(1); do \
	  command -v "$${one%%:*}" > /dev/null || missing="$$missing $${one##*:}"; done; \
	if [ -n "$$missing" ]; then $(apt); fi
endef

# What our wheel is made of.
PACKAGES := core control_plane hub_config/gemini_hub spawner server_extension
WHEEL_SOURCES := pyproject.toml hatch_build.py README.md $(shell find $(PACKAGES) \( -name __pycache__ -o -name labextension \
  -o -name pages \) -prune -o -type f -print 2>/dev/null)

.PHONY: run test pictures docs faults soak bench bench-cluster build wheel images images-for-tests lint format clean system system-test help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

run: system $(STAMPS)/run $(STAMPS)/bundles ## install what is missing and start the platform
	@exec gemini up

# What has neither a platform nor a sandbox of its own to look after.
SIDE_BY_SIDE := $(addprefix tests/,test_architecture.py client control_plane core docs faults labextension server_extension)

# A busy machine breaks some waits. What fails is tried once more, and the report names it (RERUN): each is to be mended.
PYTEST := pytest --durations=15 --reruns 1 --rerun-show-tracebacks

test: system-test $(STAMPS)/test $(STAMPS)/bundles lint images-for-tests ## everything that CI checks
	@# Those of a cluster mostly wait: they run beside those with platforms, and their report follows. The browser's
	@# driver keeps an event loop of its own; tests with an event loop need another process. All run, whatever fails.
	@failed=0; mkdir -p test-results; \
	$(PYTEST) -n 2 --dist worksteal -m 'not browser' $(SIDE_BY_SIDE) || failed=1; \
	$(PYTEST) -m cluster tests/cluster > test-results/cluster.log 2>&1 & beside=$$!; \
	$(PYTEST) -m 'not browser and not cluster' $(SIDE_BY_SIDE:%=--ignore=%) || failed=1; \
	wait $$beside || failed=1; cat test-results/cluster.log; \
	$(PYTEST) -m browser || failed=1; \
	exit $$failed

PICTURES := magics-en-light lab-en-light home-en-light training-create-zh-light task-en-dark training-jobs-zh-dark admin-health-en-light

pictures: system-test $(STAMPS)/test $(STAMPS)/bundles ## take the README's screenshots anew
	@GEMINI_SHOTS=test-results/pictures pytest -q tests/browser/test_main_job.py tests/browser/test_views.py tests/browser/test_magics.py
	@mkdir -p docs/images && cp $(PICTURES:%=test-results/pictures/%.png) docs/images/

docs: $(STAMPS)/docs ## the documents in both languages, in build/docs (open index.html there)
	@export NO_MKDOCS_2_WARNING=1; for one in mkdocs.yml mkdocs.zh.yml; do mkdocs build --strict -f $$one 2>&1 | sed '/^INFO/d'; done
	@echo "Open build/docs/index.html; with a search: python -m http.server -d build/docs"

faults: system-test $(STAMPS)/test $(STAMPS)/bundles ## kill every process in every state; writes docs/faults.md
	@GEMINI_FAULTS_DOCUMENTS=docs pytest -q -s -m faults tests/faults_real

soak: system-test $(STAMPS)/test $(STAMPS)/bundles ## half an hour (GEMINI_SOAK_SECONDS) of everyday work; writes docs/soak.md
	@GEMINI_SOAK_DOCUMENTS=docs pytest -q -s -m soak tests/soak

bench: system-test $(STAMPS)/test $(STAMPS)/bundles ## measure the speed beside peers (BENCH=lists,logs: these alone); writes docs/speed.md
	@$(call programs,wrk:wrk)
	@PYTHONPATH=tests python -m bench

bench-cluster: system-test $(STAMPS)/test ## the same of a cluster, that of KUBECONFIG (GEMINI_FAKE_NODES: a program that makes nodes)
	@PYTHONPATH=tests python -m bench_cluster

build: $(STAMPS)/bundles ## the lab extension and the pages

wheel: dist/made ## the wheel, in dist/

images: dist/made ## the images of a cluster (BASE=any Debian-like image with Python 3.11 or later, IMAGE_TAG=test)
	@$(call programs,buildah:buildah)
	@python images/build.py dist/*.whl

# Tests on a cluster use images of this very code; without a cluster, buildah or the base they skip and say so.
images-for-tests:
	@if [ -n "$${KUBECONFIG:-}" ] && buildah inspect --type image $(BASE) > /dev/null 2>&1; then $(MAKE) images; fi

lint: $(STAMPS)/run $(STAMPS)/bundles ## style and types of Python and TypeScript
	@ruff check && ruff format --check && mypy
	@cd labextension && jlpm lint:check

format: $(STAMPS)/run ## put Python in order
	@ruff check --fix && ruff format

clean: ## everything that was built or installed here; GEMINI_HOME stays
	@rm -rf .venv dist build labextension/node_modules labextension/lib labextension/*.tsbuildinfo \
	  $(EXTENSION) server_extension/gemini_server/locale control_plane/gemini_control/static/pages

system:
	@{ $(call programs,$(RUN_PROGRAMS)); } || echo "Not all of it could be installed; the platform says what that means."

system-test:
	@$(call programs,$(TEST_PROGRAMS))
	@if [ ! -d /usr/share/fonts/opentype/noto ]; then missing=fonts-noto-cjk; $(apt); fi
	@if ! ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1; then missing=postgresql; $(apt); fi

# A Python of 3.11 or later that can make virtual environments; one that is there already is kept.
$(STAMPS)/venv:
	@if [ -x .venv/bin/python ]; then mkdir -p $(STAMPS); touch $@; exit; fi; \
	if [ -x /usr/bin/python3 ] && ! /usr/bin/python3 -c 'import ensurepip' 2> /dev/null && [ "$$(id -u)" = 0 ]; then \
	  missing=python3-venv; $(apt) || true; fi; \
	find_python() { for one in $(PYTHONS); do \
	    "$$one" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && { echo "$$one"; return; }; done; true; }; \
	python=$$(find_python); \
	if [ -z "$$python" ]; then missing="python3 python3-venv"; $(apt); python=$$(find_python); fi; \
	if [ -z "$$python" ]; then echo "Python 3.11 or later with venv is needed."; exit 1; fi; \
	"$$python" -m venv .venv && mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/venv pyproject.toml hatch_build.py $(CONFIG_SOURCES)
	@echo "Installing the platform into .venv (some minutes the first time) …"
	@python -m pip install -q -e '.[embedded,dev]' && touch $@

$(STAMPS)/test: $(STAMPS)/run
	@python -m pip install -q -e '.[embedded,dev,test,docs]' && touch $@

$(STAMPS)/docs: $(STAMPS)/run
	@python -m pip install -q -e '.[embedded,dev,docs]' && touch $@

$(STAMPS)/node: $(STAMPS)/run labextension/package.json labextension/yarn.lock
	@echo "Installing what the lab extension is built with …"
	@cd labextension && jlpm install --immutable > ../$(STAMPS)/node.log 2>&1 || { tail -n 40 ../$(STAMPS)/node.log; exit 1; }
	@touch $@

$(STAMPS)/bundles: $(STAMPS)/node $(LAB_SOURCES)
	@echo "Building the lab extension and the pages …"
	@cd labextension && { jlpm build:prod && jlpm build:pages; } > ../$(STAMPS)/bundles.log 2>&1 \
	  || { tail -n 40 ../$(STAMPS)/bundles.log; exit 1; }
	@mkdir -p .venv/share/jupyter/labextensions/@gemini
	@rm -rf .venv/share/jupyter/labextensions/@gemini/lab
	@ln -s $(CURDIR)/$(EXTENSION) .venv/share/jupyter/labextensions/@gemini/lab
	@touch $@

dist/made: $(STAMPS)/bundles $(WHEEL_SOURCES)
	@echo "Building the wheel …"
	@rm -rf dist && mkdir dist && python -m build --wheel > dist/log 2>&1 || { tail -n 40 dist/log; exit 1; }
	@touch $@
