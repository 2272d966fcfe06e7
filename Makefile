# `make run_server` and `make test` are all that is needed; each makes the environment first.
PYTHON ?= python3
STAMP := venv/.installed

# One process more than cores, since many tests wait.
PYTEST = venv/bin/python -m pytest -n $$(($$(nproc) + 1)) --dist loadfile

.PHONY: create_venv install install_dev run_server test test_all lint bench

create_venv: venv/bin/python

venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with PYTHON=, as in: make PYTHON=python3.12 run_server")'
	$(PYTHON) -m venv venv || { rm -rf venv; exit 1; }

install: $(STAMP)

install_dev: $(STAMP)-dev

$(STAMP): requirements.txt venv/bin/python
	@echo 'Installing requirements.txt into venv/, which takes a minute or two'
	venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(STAMP)-dev: requirements.txt requirements-dev.txt venv/bin/python
	@echo 'Installing requirements-dev.txt into venv/, which takes some minutes'
	venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

run_server: install
	exec venv/bin/python run.py

test: install_dev
	$(PYTEST)

test_all: install_dev
	$(PYTEST) --all

lint: install_dev
	venv/bin/ruff format --check .
	venv/bin/ruff check .
	venv/bin/mypy
	venv/bin/sqlfluff lint sql

bench: install_dev
	venv/bin/python -m bench.start
	venv/bin/python -m bench.jobs --times 10
