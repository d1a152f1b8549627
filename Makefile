# Laurels. `make` lists what can be done.
#
# Every environment lives in this folder, is installed from a lock file with hashes, and
# is made again when its lock changes. Nothing is installed outside.

.DEFAULT_GOAL := help
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
PROTOS := $(sort $(wildcard protos/laurels/v1/*.proto))
STUBS := clients/python/laurels/v1
PROTOSET := clients/laurels.protoset
LOCKS := locks/bench.txt locks/build.txt locks/dev.txt locks/generate.txt locks/lock.txt locks/run.txt locks/serve.txt

PIP := -m pip --quiet --disable-pip-version-check --no-input
# Wheels only: building from source would fetch build requirements that no lock pins.
PIP_INSTALL_LOCK := $(PIP) install --require-hashes --only-binary :all: --requirement

# pyright and its Node.js are wheels of the lock; this keeps it from asking for a newer one.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# The theme tells of a newer MkDocs at every build.
export NO_MKDOCS_2_WARNING := 1
unexport PYRIGHT_PYTHON_FORCE_VERSION PYRIGHT_PYTHON_PYLANCE_VERSION

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- Use ----------------------------------------------------------------------------------

.PHONY: run
run: .venv/installed.stamp ## Serve on 127.0.0.1:50051 with PostgreSQL, Valkey and samples (ARGS=...)
	@exec $(BIN)/laurels dev $(ARGS)

.PHONY: test
test: .venv/dev.stamp .venv/installed.stamp ## Run the tests on real servers (PYTEST_ARGS=... for some of them)
	@$(BIN)/python -m $(if $(PYTEST_ARGS),pytest $(PYTEST_ARGS),tests)

.PHONY: faults
faults: .venv/dev.stamp .venv/installed.stamp ## Break every part in turn, for long, and print what it did (PYTEST_ARGS=...)
	@FAULTS=full $(BIN)/python -m pytest tests/faults $(PYTEST_ARGS)

.PHONY: mutants
mutants: .venv/dev.stamp .venv/installed.stamp ## Break our own guards one by one and show which test notices (NAMES=...)
	@$(BIN)/python -m tests.mutants $(NAMES)

.PHONY: check
check: check-format check-lint check-types check-imports check-protos check-stubs check-locks check-docs ## Run every static check

.PHONY: format
format: .venv/dev.stamp ## Format the code and mend what ruff can
	$(BIN)/ruff check --quiet --fix-only
	$(BIN)/ruff format

.PHONY: bench
bench: .venv/bench.stamp .venv/installed.stamp ## Measure, in some 10 minutes (BENCH_ARGS=...)
	@$(BIN)/python -m bench $(BENCH_ARGS)

.PHONY: bench-quick
bench-quick: .venv/bench.stamp .venv/installed.stamp ## Measure, in 2 minutes, and keep nothing
	@$(BIN)/python -m bench --quick $(BENCH_ARGS)

.PHONY: bench-guarantee
bench-guarantee: .venv/bench.stamp .venv/installed.stamp ## Measure what is guaranteed, with 2 million learners
	@$(BIN)/python -m bench --guarantee $(BENCH_ARGS)

.PHONY: bench-scale
bench-scale: .venv/bench.stamp .venv/installed.stamp ## Measure with tables of up to 20 million rows
	@$(BIN)/python -m bench --scale $(BENCH_ARGS)

.PHONY: bench-soak
bench-soak: .venv/bench.stamp .venv/installed.stamp ## Measure a server's memory over 10 minutes
	@$(BIN)/python -m bench --soak $(BENCH_ARGS)

.PHONY: bench-backfill
bench-backfill: .venv/installed.stamp ## Measure the import of a million learners
	@$(BIN)/python -m bench.backfill

.PHONY: bench-client
bench-client: .venv/installed.stamp ## Measure what the comfort of the Python client costs
	@$(BIN)/python -m bench.client

.PHONY: docs
docs: .venv/dev.stamp ## Write the documentation as a site, to site/
	@$(BIN)/mkdocs build --quiet --strict

.PHONY: generate
generate: .venv-generate/stamp .venv/dev.stamp ## Write what follows from protos/: Python stubs, descriptor set, docs/api/
	@rm -f $(STUBS)/*_pb2*.py $(STUBS)/*_pb2*.pyi
	$(call write-stubs,clients/python)
	$(call write-protoset,$(PROTOSET))
	@$(BIN)/python -m tools.reference write

# OUT is where they go, if not into the client; the tests compare the two.
.PHONY: generate-typescript generate-go generate-java
generate-typescript: OUT ?= clients/typescript/src/generated
generate-typescript: .venv-generate/stamp .venv/run.stamp ## Write the TypeScript stubs; needs npm
	@test -x clients/typescript/node_modules/.bin/protoc-gen-ts_proto || npm --prefix clients/typescript ci
	@mkdir -p $(OUT)
	@$(PROTOC) --proto_path="$$(echo .venv/lib/python3*/site-packages)" --ts_proto_out=$(OUT) \
		--plugin=protoc-gen-ts_proto=clients/typescript/node_modules/.bin/protoc-gen-ts_proto \
		--ts_proto_opt=env=node,outputServices=grpc-js,esModuleInterop=true,importSuffix=.js \
		--ts_proto_opt=stringEnums=true,exportCommonSymbols=false \
		$(PROTOS) google/rpc/status.proto google/rpc/error_details.proto

generate-go: OUT ?= clients/go
generate-go: .venv-generate/stamp ## Write the Go stubs; needs Go
	@GOBIN='$(CURDIR)/clients/go/build/bin' go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
	@GOBIN='$(CURDIR)/clients/go/build/bin' go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2
	@mkdir -p $(OUT)
	@PATH="clients/go/build/bin:$$PATH" $(PROTOC) $(PROTOS) \
		--go_out=$(OUT) --go_opt=module=laurels.dev/go --go-grpc_out=$(OUT) --go-grpc_opt=module=laurels.dev/go

generate-java: OUT ?= clients/java/src/main/java
generate-java: ## Write the Java stubs; needs Maven
	@rm -rf clients/java/target/stubs
	@mvn --quiet --batch-mode --file clients/java -Pgenerate protobuf:generate
	@mkdir -p $(OUT)/dev/laurels/v1 && cp clients/java/target/stubs/dev/laurels/v1/*.java $(OUT)/dev/laurels/v1/

.PHONY: lock
lock: .venv-lock/stamp ## Write locks/ from the pyproject files (LOCK_ARGS=--upgrade for newer versions)
	$(COMPILE) pyproject.toml $(COMPILE_PROJECT) --extra embedded --group dev $(LOCK_ARGS) -o locks/dev.txt
	@# Beginning from dev.txt keeps the versions that it chose.
	cp locks/dev.txt locks/run.txt && $(COMPILE) pyproject.toml $(COMPILE_PROJECT) --extra embedded --group build -o locks/run.txt
	cp locks/dev.txt locks/bench.txt && $(COMPILE) --group bench -o locks/bench.txt
	cp locks/dev.txt locks/serve.txt && $(COMPILE) pyproject.toml $(COMPILE_PROJECT) -o locks/serve.txt
	cp locks/dev.txt locks/build.txt && $(COMPILE) --group build -o locks/build.txt
	$(COMPILE) --group generate $(LOCK_ARGS) -o locks/generate.txt
	$(COMPILE) --group lock $(LOCK_ARGS) -o locks/lock.txt
	@.venv-lock/bin/python tools/locks.py seal $(LOCKS)

.PHONY: clean
clean: ## Remove the environments and caches; data in .laurels/ stays
	rm -rf .venv .venv-generate .venv-lock .venv-oldest .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf clients/*/build clients/java/target clients/typescript/dist clients/typescript/node_modules
	find clients server tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# --- Checks -------------------------------------------------------------------------------

.PHONY: check-format check-lint check-types check-imports check-protos check-stubs check-locks check-docs

check-format: .venv/dev.stamp
	$(BIN)/ruff format --check

check-lint: .venv/dev.stamp
	$(BIN)/ruff check --quiet

check-types: .venv/dev.stamp .venv/installed.stamp
	$(BIN)/pyright

check-imports: .venv/dev.stamp .venv/installed.stamp
	$(BIN)/lint-imports --no-logo

check-protos: .venv/dev.stamp
	$(BIN)/buf lint

check-stubs: .venv-generate/stamp
	@rm -rf .venv-generate/stubs && mkdir -p .venv-generate/stubs
	$(call write-stubs,.venv-generate/stubs)
	@diff -r --exclude=__init__.py --exclude=__pycache__ .venv-generate/stubs/laurels/v1 $(STUBS) || \
		{ echo 'The stubs do not follow from protos/: run make generate.' >&2; exit 1; }

check-locks: .venv/dev.stamp
	$(BIN)/python tools/locks.py check $(LOCKS)

check-docs: .venv-generate/stamp .venv/dev.stamp
	$(call write-protoset,.venv-generate/laurels.protoset)
	@cmp -s .venv-generate/laurels.protoset $(PROTOSET) || \
		{ echo '$(PROTOSET) does not follow from protos/: run make generate.' >&2; exit 1; }
	$(BIN)/python -m tools.reference check
	$(BIN)/python -m tools.links
	@# Not --quiet, which would hide the warnings from --strict too.
	@said=$$($(BIN)/mkdocs build --strict --site-dir .venv-generate/site 2>&1) || { echo "$$said" >&2; exit 1; }

# --- Environments -------------------------------------------------------------------------

# $(call make-venv,FOLDER,LOCK): a new environment with what the lock names.
define make-venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo 'Laurels needs Python 3.11 or newer, and $(PYTHON) is not: try make PYTHON=python3.11' >&2; exit 1; }
@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo '$(PYTHON) cannot make environments: install its venv module (python3-venv on Debian)' >&2; exit 1; }
@echo 'Installing $(2) into $(1)/'
@rm -rf $(1)
@$(PYTHON) -m venv $(1)
@$(1)/bin/python $(PIP_INSTALL_LOCK) $(2)
endef

# The run lock first, so that `make run` waits for nothing else. It is made again when
# any of the locks changes: what a lock no longer names must not linger.
.venv/run.stamp: locks/run.txt locks/bench.txt locks/dev.txt
	$(call make-venv,.venv,locks/run.txt)
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	@echo 'Installing locks/dev.txt into .venv/'
	@$(BIN)/python $(PIP_INSTALL_LOCK) locks/dev.txt
	@touch $@

.venv/bench.stamp: .venv/run.stamp
	@echo 'Installing locks/bench.txt into .venv/'
	@$(BIN)/python $(PIP_INSTALL_LOCK) locks/bench.txt
	@touch $@

# Both distributions in place: a change of their code needs no new installation.
.venv/installed.stamp: .venv/run.stamp pyproject.toml clients/python/pyproject.toml
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --no-index \
		--editable clients/python --editable .
	@touch $@

.venv-generate/stamp: locks/generate.txt
	$(call make-venv,.venv-generate,locks/generate.txt)
	@touch $@

.venv-lock/stamp: locks/lock.txt
	$(call make-venv,.venv-lock,locks/lock.txt)
	@touch $@

# --- Recipes used twice ---------------------------------------------------------------------

PROTOC := .venv-generate/bin/python -m grpc_tools.protoc --proto_path=protos

# $(call write-stubs,FOLDER): the stubs of every proto, below FOLDER.
define write-stubs
@PATH=".venv-generate/bin:$$PATH" .venv-generate/bin/python -m grpc_tools.protoc --proto_path=protos \
	--python_out=$(1) --grpc_python_out=$(1) --mypy_out=quiet:$(1) --mypy_grpc_out=quiet:$(1) $(PROTOS)
endef

# $(call write-protoset,FILE): every proto and what it needs, Google's error details too, with comments.
define write-protoset
@$(PROTOC) --proto_path="$$(echo .venv/lib/python3*/site-packages)" --include_imports --include_source_info \
	--descriptor_set_out=$(1) $(PROTOS) google/rpc/error_details.proto google/rpc/status.proto
endef

# One lock serves every platform and every Python from 3.11 on. The two distributions of
# this repository are left out: they are installed from their folders.
COMPILE := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
COMPILE_PROJECT := --no-emit-package laurels
