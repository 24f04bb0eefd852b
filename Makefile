.DEFAULT_GOAL := help
SHELL := /bin/sh

# Flags that make test and make verify add to go test, for example -count=1.
TESTFLAGS ?=

# What make verify does: random modules, seeds per unit, time per fuzz target.
MODULES  ?= 20000
SEEDS    ?= 2 3 4
FUZZTIME ?= 30s

.PHONY: help
help: ## print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: tools build ## text, a matrix product and HE-Mult on the simulated hardware, co-verified; a trace and a report
	build/simulate run ternary --prompt "The Rays of Light" --tokens 240 \
		--temperature 0.6 --top-k 40 --seed 5 --trace build/trace.json
	build/simulate cosim --unit 'ternary_(tmatmul|rms|rowwise|quant|argmax)'
	build/simulate run gemm --preset v6e --m 1024 --n 1024 --k 1024
	build/simulate run he --op mult --params HEAP
	build/simulate cosim ternary --prompt "The Rays of Light" --tokens 16
	build/simulate sweep he-ablation --store build/results/he-ablation
	build/simulate report build/results/he-ablation --html build/report.html
	@echo
	@echo "The report is build/report.html: open it in a browser, it needs no network."
	@echo "The trace is build/trace.json ($$(wc -c <build/trace.json) bytes): open https://ui.perfetto.dev,"
	@echo "press \"Open trace file\" and choose it. It stays in the browser."

.PHONY: test
test: tools ## everything: tests against all tools, format, vet, staticcheck
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./...
	@$(MAKE) --no-print-directory lint

.PHONY: lint
lint: ## format, vet, staticcheck
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "not gofmt-clean (run: make fmt):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

.PHONY: verify
verify: tools ## long campaigns: random modules, fault injection, more seeds, fuzzing
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./rtl -run TestRandomModules -timeout 3h -modules $(MODULES) -module-seed 1000001
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./verify -v -timeout 3h -full
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./systolic/cosim -run Random -programs 1500 -timeout 1h
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./systolic/cosim -run TestChipSynthesises -v -timeout 1h -synthesise 8
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./systolic/array -run TestLargeArray -full -timeout 2h
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./ternary/cosim -v -timeout 1h -programs 2000 -full
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./ternary/ablation -v -timeout 4h -run 'TestAreas|TestWholeCores' -full
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./area -run 'TestUnitTable|TestPlaceWide' -v -timeout 4h -full
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./hecross/whatif -timeout 30m -full
	go test $(TESTFLAGS) ./hecross/calibration -run TestFit -v -timeout 1h -full
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./hecross/barrett -run 'TestProof|TestExhaustive' -v -timeout 1h -prove
	@units=$$(sh scripts/units.sh) && for seed in $(SEEDS); do \
		echo "units with seed $$seed:"; \
		LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) $$units -timeout 1h -seed $$seed || exit 1; \
	done
	sh scripts/fuzz.sh $(FUZZTIME)
	@sh scripts/tools.sh slurmctld slurm-wlm
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./examples/slurm -run TestSlurm -v -timeout 20m -full
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./cmd/simulate -run TestSweepKilled -v -timeout 30m -full
	LOCKSTEP_REQUIRE_TOOLS=1 go test $(TESTFLAGS) ./hecross/ntt/cosim -v -timeout 30m -large

.PHONY: bench
bench: ## operations per second of the kernel, tokens per second of the models
	go test -run '^$$' -bench . ./sim ./ternary/... ./systolic/... ./hecross/...

.PHONY: rtl
rtl: ## regenerate the committed Verilog of all units and the tables of docs/
	units=$$(sh scripts/units.sh) && go test $$units -short -count=1 -update
	go test . -run TestVerificationTable -count=1 -update

.PHONY: areas
areas: tools ## measure the units of docs/area.md whose Verilog changed; takes minutes for each large one
	LOCKSTEP_REQUIRE_TOOLS=1 go test ./area -run TestUnitTable -count=1 -timeout 4h -update

.PHONY: reports
reports: tools ## record and render the committed reports anew; takes an hour with a cold cache of areas
	LOCKSTEP_REQUIRE_TOOLS=1 go test ./sweeps -run TestCommittedReports -count=1 -timeout 4h -update -record all

.PHONY: build
build: ## build/simulate
	go build -o build/simulate ./cmd/simulate

.PHONY: tools
tools: ## check the tools; install missing ones with apt-get, saying so first
	@sh scripts/tools.sh

.PHONY: fmt
fmt: ## gofmt
	gofmt -w .

.PHONY: clean
clean: ## remove build/; cached Verilator binaries stay in the user's cache directory
	rm -rf build
