# `make` alone prints this help.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q

.DEFAULT_GOAL := help
.PHONY: help demo test check golden trial bench docs screenshots wheel clean prerequisites qt-libraries

help:  ## show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

prerequisites:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt install python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is needed: apt install python3-venv"; exit 1; }
	@$(PYTHON) -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' || { echo "Python's headers are needed to build hnswlib: apt install python3-dev"; exit 1; }
	@command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || { echo "A C++ compiler is needed to build hnswlib: apt install g++"; exit 1; }

$(VENV)/bin/python: | prerequisites
	@$(PYTHON) -m venv $(VENV)

# Files whose change makes the installed wheel stale; pyproject.toml decides what is downloaded.
SOURCES := pyproject.toml README.md LICENSE NOTICE $(shell find vporganizer resources -type f -not -name '*.pyc')

dist/.built: $(SOURCES) | $(VENV)/bin/python
	@rm -rf dist && mkdir -p dist
	@$(PIP) wheel --no-deps -w dist .
	@touch $@

wheel: dist/.built  ## build the wheel into dist/
	@ls dist/*.whl

# $(1): the extra to install
define install
	@test -f $(VENV)/.extra-$(1) || echo "Setting up $(VENV): about 400 MB to download, 1.3 GB on disk; two minutes on a fast line, more on a slow one."
	@$(PIP) install "vporganizer[$(1)] @ file://$(CURDIR)/$$(ls dist/vporganizer-*.whl)"
	@$(PIP) install --force-reinstall --no-deps dist/vporganizer-*.whl
	@touch $(VENV)/.extra-$(1)
endef

$(VENV)/.demo: dist/.built
	$(call install,demo)
	@touch $@

$(VENV)/.test: dist/.built
	$(call install,test)
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo  ## set everything up and show the main job on sample videos
	@$(BIN)/vporganizer demo

test: $(VENV)/.test qt-libraries  ## set everything up and pass the tests, against the installed wheel
	@$(BIN)/python -P -m pytest -q -n 2 -m "not trial and not golden" tests

golden: $(VENV)/.test  ## the golden numbers of all full-size models, by hand: 3 GB of disk, 6 GB of memory
	@$(BIN)/python -P -m pytest -q -m golden tests

trial: $(VENV)/.test qt-libraries  ## the slow tests, by hand
	@$(BIN)/python -P -m pytest -q -m trial tests

qt-libraries: $(VENV)/.demo
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -P -c 'import PySide6.QtWidgets' || { echo "Qt's system libraries are needed: apt install libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0 fonts-dejavu-core"; exit 1; }

check: $(VENV)/.test  ## lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports

BENCHES := start search scan memory
PHOTO_BENCHES := moments shots decode starter_frames starter_limits

bench: $(VENV)/.test  ## the benchmarks whose figures stand in the README; with PHOTOS=DIR those over photos too
	@for name in $(BENCHES); do echo "== $$name"; $(BIN)/python -P tests/benchmarks/bench_$$name.py || exit 1; done
	@echo "== encoder"; $(BIN)/python -P tests/benchmarks/encoder.py
	@test -z "$(PHOTOS)" || for name in $(PHOTO_BENCHES); do echo "== $$name"; \
		$(BIN)/python -P tests/benchmarks/bench_$$name.py "$(PHOTOS)" || exit 1; done

docs: $(VENV)/.test  ## write docs/cli.md anew from the help
	@$(BIN)/python -P packaging/build_docs.py

screenshots: $(VENV)/.test  ## the pictures of the README, from the real window
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -P packaging/screenshots.py docs/images

clean:  ## remove what make made
	@rm -rf $(VENV) dist build
