# The toolbox. `make` lists what is in it.
.DEFAULT_GOAL := help
.PHONY: help setup test kill gen fmt lint bench

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the tests need, or say what is missing
	scripts/setup

test: ## All that has to hold (ONLY="format lint" for some of it)
	scripts/test $(ONLY)

kill: ## Kill the program while it syncs, 200 times on each database: nothing may be lost or doubled
	scripts/kill --rounds 200 --database sqlite
	scripts/kill --rounds 200 --database postgres

gen: ## Write anew what is made from other files: openapi.json, docs/configuration.md, the index of docs/capabilities.md
	UPDATE_EXPECT=1 cargo test -q -p concord-server --test it description
	UPDATE_EXPECT=1 cargo test -q -p concord --lib reference_page
	UPDATE_EXPECT=1 cargo test -q -p concord --test capabilities index

fmt: ## Format all code
	cargo fmt --all

lint: ## Only the lints, with every warning an error
	scripts/test format lint

bench: ## Run all measurements (an optimised build of everything first)
	cargo bench --workspace --profile fast --bench '*'
