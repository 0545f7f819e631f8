# Every command of the project. README, docs and CI use these and no others.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CARGO := cargo
STAMP := $(VENV)/.set-up
export OMP_NUM_THREADS ?= 2

RUST_SOURCES := $(shell find crates bindings -name '*.rs' -o -name 'Cargo.toml' -o -name '*.bin' 2>/dev/null) Cargo.toml Cargo.lock

.PHONY: setup demo test lint rust-test python-test check check-full fuzz bench forgeries audit vectors bless aleo aleo-test aleo-full aleo-fixtures aleo-bench contracts contracts-check wheel clean

## setup: a virtual environment with the package built in release mode and its development extras; idempotent
setup: $(STAMP)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet "maturin>=1.16,<2"

$(STAMP): $(BIN)/python pyproject.toml $(RUST_SOURCES)
	$(BIN)/maturin develop --release --locked --extras dev
	touch $(STAMP)

## demo: a real trained CNN, committed, proven, verified in another process
demo: setup
	$(BIN)/python -m examples.demo

## test: lints, types and all tests of the core, in release mode
test: lint rust-test python-test

lint: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --locked --workspace --all-targets --features intaglio-prover/mutants,intaglio-prover/audit,intaglio-argument/prove -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/mypy python/intaglio examples bench spec/reference

rust-test: setup
	$(CARGO) test --release --locked -p intaglio-algebra --features prove
	$(CARGO) test --release --locked -p intaglio-argument --features prove,mutants
	$(CARGO) test --release --locked -p intaglio-program --features describe
	$(CARGO) test --release --locked -p intaglio-verifier
	$(CARGO) test --release --locked -p intaglio-prover --features mutants,audit

python-test: setup
	$(BIN)/python -m pytest tests

## forgeries: every named forgery, refused by the verifier and taken by its own mutant; counts into tests/attacks/latest.json
forgeries: setup
	mkdir -p tests/attacks
	INTAGLIO_ATTACKS=$(CURDIR)/tests/attacks/latest.json \
	  $(CARGO) test --release --locked -p intaglio-prover --features mutants --test forgeries -- --nocapture

## vectors: the shared test vectors of spec/vectors, made anew; both verifiers are held to them by tests
vectors: setup
	$(CARGO) test --release --locked -p intaglio-prover --features mutants --test vectors -- --ignored

## audit: T1 to T6 of spec/security.md section 11 on the schedule of every operator, and on mutants of it
audit: setup
	$(CARGO) test --release --locked -p intaglio-prover --features mutants,audit --test audit --test split_runs

## check: what CI runs, and the documentation of the crates
check: test
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --no-deps --workspace

## check-full: everything slow
check-full: check aleo-full contracts-check
	PROPTEST_CASES=4096 INTAGLIO_ZK_PROOFS=10000 INTAGLIO_MUTATIONS=1000000 \
	  $(CARGO) test --release --locked -p intaglio-prover --features mutants
	HYPOTHESIS_PROFILE=long INTAGLIO_MUTATIONS=2000 $(BIN)/python -m pytest tests

## fuzz: coverage-guided fuzzing of every decoder, of verification and of the Python surface; needs a nightly compiler and cargo-fuzz
FUZZ_SECONDS ?= 60
fuzz: setup
	for target in $$($(CARGO) +nightly fuzz list); do \
	  $(CARGO) +nightly fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS) || exit 1; done
	$(BIN)/maturin develop --release --locked --extras dev,fuzz
	$(BIN)/python -m fuzz.python_surface -max_total_time=$(FUZZ_SECONDS)

## bench: times and sizes into bench/latest.json and a table; BENCH=name picks rows
bench: setup
	$(BIN)/python -m bench.run $(BENCH)

## bless: the fixtures of the format version at hand, made again; never after that version was released
bless: setup
	$(BIN)/python tests/fixtures/make.py

## aleo: the Python module of the crates that name snarkVM, apart from the core
# snarkVM declares a newer compiler than it needs
ALEO_FLAGS := --release --locked --ignore-rust-version
# one set of features, so that what takes minutes is built once for the module and for tests
ALEO_ALL := $(ALEO_FLAGS) --workspace --features intaglio-aleo-bindings/describe
aleo: setup
	cd crates/aleo/bindings && VIRTUAL_ENV=$(CURDIR)/$(VENV) \
	  $(CURDIR)/$(BIN)/maturin develop $(ALEO_FLAGS) --features describe

## aleo-test: its lints and tests, with a folder of powers of their own, and again with an empty one
ALEO_TEST := $(CURDIR)/build/aleo
ALEO_POWERS := powers-of-beta-16.usrs.84631bc
ALEO_HOME = HOME=$(ALEO_TEST)/with
ALEO_CARGO_HOME = export CARGO_HOME="$${CARGO_HOME:-$$HOME/.cargo}" RUSTUP_HOME="$${RUSTUP_HOME:-$$HOME/.rustup}" && cd crates/aleo
aleo-test: aleo
	cd crates/aleo && $(CARGO) fmt --all --check && \
	  $(CARGO) clippy $(ALEO_ALL) --all-targets -- -D warnings
	rm -rf $(ALEO_TEST)
	mkdir -p $(ALEO_TEST)/with/.aleo/resources $(ALEO_TEST)/without
	cp tests/data/$(ALEO_POWERS) $(ALEO_TEST)/with/.aleo/resources
	$(ALEO_CARGO_HOME) && $(ALEO_HOME) $(CARGO) test $(ALEO_ALL)
	$(ALEO_CARGO_HOME) && HOME=$(ALEO_TEST)/without $(CARGO) test $(ALEO_ALL) --test proofs
	$(ALEO_HOME) $(BIN)/python -m pytest crates/aleo/bindings/tests
	test -z "$$(find $(ALEO_TEST)/without -name '*.usrs*')"

## aleo-full: the tests' chains made anew and used, programs that need more powers, on a ledger that asks for no proofs
aleo-full: aleo-test
	mkdir -p $(ALEO_TEST)/fixtures
	INTAGLIO_FIXTURES=$(ALEO_TEST)/fixtures $(MAKE) aleo-fixtures
	$(ALEO_CARGO_HOME) && INTAGLIO_FIXTURES=$(ALEO_TEST)/fixtures $(ALEO_HOME) $(CARGO) test $(ALEO_ALL) --test contracts
	$(ALEO_CARGO_HOME) && $(ALEO_HOME) $(CARGO) test $(ALEO_FLAGS) -p intaglio-aleo-ledger --features unproven --test unproven

## aleo-fixtures: the chains that tests and the development chain start from, made anew: after a change of a contract
aleo-fixtures: aleo
	mkdir -p $(ALEO_TEST)/with/.aleo/resources
	cp tests/data/$(ALEO_POWERS) $(ALEO_TEST)/with/.aleo/resources
	$(ALEO_CARGO_HOME) && $(CARGO) build $(ALEO_ALL) --example development_chain && \
	  $(ALEO_HOME) "$${CARGO_TARGET_DIR:-target}/release/examples/development_chain" && \
	  $(ALEO_HOME) $(CARGO) test $(ALEO_ALL) --test contracts -- --ignored

## contracts: the instructions of the Leo sources, by the official compiler
CONTRACTS_COMPILER := contracts/compiler/target/release/contracts-compiler
$(CONTRACTS_COMPILER): contracts/compiler/src/main.rs contracts/compiler/Cargo.lock
	cd contracts/compiler && CARGO_TARGET_DIR=target $(CARGO) build $(ALEO_FLAGS)

contracts: $(CONTRACTS_COMPILER)
	$(CONTRACTS_COMPILER) contracts/src contracts/aleo

## contracts-check: whether they are what is checked in, and whether models written as Leo compute what the models do
contracts-check: $(CONTRACTS_COMPILER) aleo
	$(CONTRACTS_COMPILER) contracts/src contracts/aleo --check
	$(BIN)/python contracts/renderings.py $(CONTRACTS_COMPILER)

## aleo-bench: trained nets as circuits with 2^16 powers, into bench/aleo.json and a table
aleo-bench: aleo
	mkdir -p $(ALEO_TEST)/with/.aleo/resources
	cp tests/data/$(ALEO_POWERS) $(ALEO_TEST)/with/.aleo/resources
	HOME=$(ALEO_TEST)/with $(BIN)/python -m bench.aleo

## wheel: an abi3 wheel
wheel: $(BIN)/python
	$(BIN)/maturin build --release --locked

clean:
	rm -rf $(VENV) target build
