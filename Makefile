# The toolbox. `make` lists what is in it.
.DEFAULT_GOAL := help
.PHONY: help setup run web test planner small teeth browser kill sim sim-long fuzz mutants gen fmt lint bench

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the tests need, or say what is missing
	scripts/setup

run: ## Try it: build the page and the program, and start the demo (no account anywhere is needed)
	@scripts/setup run
	@$(MAKE) --no-print-directory web
	@echo "Building Concord. The first time takes some minutes, later starts take seconds; the address and a sign-in are printed then."
	cargo run --profile fast -p concord -- demo

web: web/app/dist/index.html ## Build the page that the program takes in

# The program is told that there is another page: it takes in what it finds when its own source is compiled.
web/app/dist/index.html: openapi.json $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/e2e/*' -not -name schema.ts)
	npm ci --prefix web
	npm run build --prefix web
	@touch web/app/dist/index.html crates/server/src/pages.rs

test: ## All that has to hold (ONLY="format lint" for some of it)
	@scripts/setup
	scripts/test $(ONLY)

planner: ## Decide about random situations, a million of each kind (a quarter of an hour)
	PROPTEST_CASES=1000000 cargo test --profile fast -p concord-sync --test it planner

small: ## Go through every interleaving of two workers, two calendars and people, one crash and one lost answer (two hours, 6 GB)
	PROPTEST_CASES=1000000 cargo test --profile fast -p concord-sync --test it small_world -- --nocapture

teeth: ## Look for a simulated world that shows each mistake that can be made on purpose, and keep it (ONLY="lease" for some)
	cargo run -q -p concord-sim -- teeth="$(or $(ONLY),all)" from=$(or $(FROM),1)

browser: ## What people see and do, in a real browser, wide and on a phone
	scripts/test browser

kill: ## Kill the program while it syncs, 200 times on each database: nothing may be lost or doubled
	scripts/kill --rounds 200 --database sqlite
	scripts/kill --rounds 200 --database postgres

fuzz: ## Let libFuzzer look for input that breaks something (MINUTES=5 for each target; ONLY="rules lines" for some)
	scripts/fuzz --minutes $(or $(MINUTES),5) $(ONLY)

mutants: ## Break sync in every small way, one at a time: some test has to notice (hours; SHARD=0/16 for a part of it)
	@cargo mutants --version >/dev/null 2>&1 || cargo install --locked cargo-mutants
	PROPTEST_RNG_SEED=20261121 PROPTEST_CASES=48 nice -n 15 cargo mutants -p concord-sync --jobs 1 --timeout 120 \
		--sharding round-robin $(if $(SHARD),--shard $(SHARD)) -o target

sim: ## Live through one simulated world and tell its story: SEED=7 STEPS=500 (TRACE=1 tells every call, SHRINK=1 makes a failing one small, KEPT=FILE replays a kept one, MIXED=1 for several providers, AT=microsoft for that one)
	cargo run -q -p concord-sim -- seed=$(or $(SEED),1) steps=$(or $(STEPS),500) trace=$(TRACE) shrink=$(SHRINK) kept=$(KEPT) bold=$(BOLD) mixed=$(MIXED) at=$(AT)

sim-long: ## Live through fresh worlds until stopped, or for MINUTES=10 (FROM=1000000 is the first seed)
	cargo run -q -p concord-sim -- from=$(or $(FROM),$(shell date +%s)) steps=$(or $(STEPS),500) minutes=$(MINUTES) bold=$(BOLD) mixed=$(MIXED) at=$(AT)

gen: ## Write anew what is made from other files: openapi.json, docs/configuration.md, the index of docs/capabilities.md, docs/museum.md
	UPDATE_EXPECT=1 cargo test -q -p concord-server --test it description
	UPDATE_EXPECT=1 cargo test -q -p concord --lib reference_page
	UPDATE_EXPECT=1 cargo test -q -p concord --test capabilities index
	UPDATE_EXPECT=1 cargo test -q -p concord --test capabilities museum

fmt: ## Format all code
	cargo fmt --all

lint: ## Only the lints, with every warning an error
	scripts/test format lint

bench: ## Run all measurements (an optimised build of everything first)
	cargo bench --workspace --profile fast --bench '*'
