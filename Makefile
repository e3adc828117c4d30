# Every target works alone from a fresh clone. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
NODE_PATH_SH := . scripts/node-on-path.sh
SOURCES := $(shell find src packages/*/src proto -type f -not -name '*.spec.ts' 2>/dev/null)

.PHONY: help setup build run triton test chaos check format docs bench train pack clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules/.package-lock.json: package-lock.json package.json $(wildcard packages/*/package.json) .npmrc
	@$(NODE_PATH_SH) && npm ci --no-progress --loglevel=error
	@touch $@

setup: node_modules/.package-lock.json ## Install Node 24 (if the one on PATH is older) and the locked packages

.build/built: node_modules/.package-lock.json tsconfig.json tsconfig.build.json $(wildcard packages/*/tsconfig*.json) $(SOURCES)
	@$(NODE_PATH_SH) && rm -rf dist packages/*/dist && npx tsc -b --force tsconfig.build.json
	@for cjs in packages/*/dist/cjs; do echo '{ "type": "commonjs" }' > "$$cjs/package.json"; done
	@mkdir -p .build && touch $@

build: .build/built ## Compile src/ into dist/, and each package into its own dist/

run: build ## Start the gateway with the shipped models (BACKEND=embedded|triton); it learns from feedback in .state/
	@$(if $(BACKEND),PAIRSTREAM_BACKEND=$(BACKEND) )PAIRSTREAM_STATE_DIR="$${PAIRSTREAM_STATE_DIR-.state}" ./pairstream serve

triton: ## Serve triton-models/ by NVIDIA's Triton on the CPU: in Docker, else as a process (settings: scripts/triton.sh)
	@scripts/triton.sh

test: build ## Run every test this machine can run; ends with `N passed, N failed, N skipped`
	@$(NODE_PATH_SH) && npm run --silent test

# Tests that kill, pause, fill and crash real parts, each in its full form; `make test` runs the short forms.
CHAOS := test/workers test/backends/triton/chaos.spec.ts test/backends/triton/network-faults.spec.ts \
  test/backends/triton/failing-model.spec.ts test/feedback/killed-gateway.spec.ts test/feedback/killed-process.spec.ts \
  test/feedback/log/kill.spec.ts test/feedback/disk-full.spec.ts test/feedback/state-thread-crash.spec.ts test/feedback/clock-steps.spec.ts \
  test/feedback/kafka test/hostile/fuzz-workers.spec.ts
chaos: build ## Kill, pause, crash and fill real parts, many times, and soak: the full form of the fault tests
	@$(NODE_PATH_SH) && KILL_ROUNDS=50 CRASH_ROUNDS=30 FAULT_ROUNDS=10 FAULT_MS=10000 SOAK_MINUTES=30 MUTATIONS=1000000 npx vitest run $(CHAOS)

check: build ## Format, lint, strict types, layers, dead code, docs drift
	@$(NODE_PATH_SH) && npx oxfmt --check
	@$(NODE_PATH_SH) && npx oxlint --type-aware --deny-warnings
	@$(NODE_PATH_SH) && npx tsc --noEmit
	@$(NODE_PATH_SH) && npm run --silent layers
	@$(NODE_PATH_SH) && npx knip && npx knip --production --include files,exports,types
	@scripts/docs-drift.sh

format: setup ## Rewrite the sources in the project's format
	@$(NODE_PATH_SH) && npx oxfmt --write

docs: build ## Rewrite docs/reference from the sources, the wire modules from proto/, and the forest kernel
	@scripts/generate.sh

bench: build ## Measure; results go to bench/results
	@$(NODE_PATH_SH) && node dist/cli/main.js bench

train: build ## generate, replay, train, export, fit, evaluate (SIZE=small|tiny SEED=1); needs Python 3.11+
	@./pairstream train --size "$(or $(SIZE),small)" --seed "$(or $(SEED),1)"

pack: build ## Pack the gateway and the packages into .work/tarballs, and check them
	@scripts/pack.sh

clean: ## Remove everything that is built or installed
	@scripts/docker-down.sh .work/docker
	rm -rf dist packages/*/dist .build .work node_modules .toolchain training/.venv training/.venv.lock triton-models/*/*/checkpoint.tl \
	  examples/python/pairstream examples/python/google examples/go/stubs
