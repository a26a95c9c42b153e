# The commands that people use; each is a script that also runs by itself.
STACK ?= dev
export STACK

.PHONY: help demo demo-down check test test-long test-fresh test-metal soak bench
.DEFAULT_GOAL := help

help: ## Show these commands
	@sed -n 's/^\([a-z-]*\): .*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: ## From an empty box to a running cluster, in the rehearsal lab; leaves it up (STACK=dev)
	@demo/up "$(STACK)"

demo-down: ## Take down everything that make demo started
	@demo/down "$(STACK)"

check: ## Type check, formatting and unit tests; no lab
	@test/all --unit

test: ## All unit tests, and the lab's end-to-end tests, one chapter a promise; sets up what it needs
	@test/all

test-long: ## Likewise with every chapter on both stacks
	@test/all --long

test-fresh: ## Both of these commands in a new Debian 12 with an empty cache, and how long they take
	@test/fresh

test-metal: ## The scripts on a real kernel, firmware and disks: one guest in QEMU, ten minutes
	@test/metal/run

soak: ## Random changes, kills and losses on a cluster of the lab, for hours: each must end well (KLUSTER_SOAK_SEED)
	@test/soak

bench: ## Measure up, preview, destroy and memory in the lab: a table, and JSON in bench/results
	@bench/run
