# setup report test lint docs bench: the six words; each does the set-up it needs.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup report test test-long attack lint docs bench oracle clean

.venv/.done: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || (echo "leiomyo needs Python 3.11 or newer" && exit 1)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

setup: .venv/.done

# The main job: three centres are simulated, each in a format of its own, read, reconciled and reported on. Exit code 3
# means warnings only: records have errors on purpose.
SIMULATED := build/simulated
report: setup
	rm -rf $(SIMULATED)
	$(BIN)/leiomyo simulate --patients 900 --seed 1 --format biotab,fhir,csv --noise default --out $(SIMULATED)
	$(BIN)/leiomyo report $(SIMULATED)/exports/C1-biotab $(SIMULATED)/exports/C2-fhir $(SIMULATED)/exports/C3-csv \
	  --centre C1 --centre C2 --centre C3 --out report || [ $$? -eq 3 ] || [ $$? -eq 1 ]
	@echo "Open report/report.html in a browser. What is true of these patients: $(SIMULATED)/truth."

test: setup
	$(BIN)/python -m pytest -n auto

test-long: setup
	LEIOMYO_LONG=1 $(BIN)/python -m pytest -n auto

# Kills, full disks, damaged and hostile files at length; `make test` does the same in short.
attack: setup
	$(BIN)/python -m tests.crash.kills --kills 200
	$(BIN)/python -m tests.crash.damage --turns 300
	LEIOMYO_LONG=1 $(BIN)/python -m pytest -n auto tests/crash tests/contract/sources tests/property/test_any_export.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

# Pages that are made from the code: data dictionary, command line, covariates, endpoints, codes.
docs: setup
	$(BIN)/python docs/make.py

# `make bench BENCH=--short` for a quick look; libraries to compare with: pip install .[bench], and R.
bench: setup
	$(BIN)/python benchmarks/report.py $(BENCH)
	$(BIN)/python benchmarks/scale.py $(BENCH)
	$(BIN)/python benchmarks/outcomes/bench.py $(BENCH)
	$(BIN)/python benchmarks/lines.py $(BENCH)
	$(BIN)/python benchmarks/checks.py $(BENCH)
	$(BIN)/python benchmarks/bulk_fhir.py $(BENCH)
	$(BIN)/python benchmarks/finding.py $(BENCH)
	$(BIN)/python benchmarks/simulation.py $(BENCH)
	$(BIN)/python benchmarks/score.py $(BENCH)
	$(BIN)/python benchmarks/recovery.py $(BENCH)

# Needs R with survival and cmprsk; the tests need only what it writes.
oracle: setup
	$(BIN)/python tests/oracle/datasets.py build/oracle
	Rscript tests/oracle/answers.R build/oracle tests/oracle/answers
	Rscript tests/oracle/relative.R tests/oracle/answers
	Rscript tests/oracle/designs/designs.R tests/oracle/designs
	Rscript tests/oracle/tcga_sarc/tcga_sarc.R $${LEIOMYO_SHARED:-../shared/data}/tcga_sarc > tests/oracle/tcga_sarc/answers.csv

clean:
	rm -rf .venv report
