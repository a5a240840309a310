# The two commands that matter are `make bench` and `make test`. Both need Go
# and make sure of everything else themselves.

SHELL := /bin/sh
.DEFAULT_GOAL := help

GO    ?= go
BIN   := bin/redisduel
# Flags for `redisduel run`, as in: make bench ARGS='scan --rtt 5ms'
ARGS  ?=
# Packages for `make test`; the benchmarks of `make benchstat` and how often.
PACKAGES ?= ./scenarios ./patterns ./bench/redisd ./bench/cmd/redisduel ./...
# The race detector leaves out packages of others that only reckon and paint: each
# call works on what its caller alone has, and a race for that shows in the caller
# (latency.Hist writes fields of its own with each sample). Under it they took half
# of the time of all tests. Without make, `go test -race` watches them, too.
RECKON   := github.com/HdrHistogram/hdrhistogram-go gonum.org/v1/gonum/... compress/... image/... \
	golang.org/x/image/draw golang.org/x/image/vector github.com/golang/freetype/raster
RACE     := -race $(RECKON:%=-gcflags=%=-race=false)
BENCH    ?= .
COUNT    ?= 6
TOOL  := $(GO) tool -modfile=tools/go.mod

.PHONY: help
help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: bench
bench: redis build ## fight all duels and write reports/ (about five minutes)
	$(BIN) run $(ARGS)

.PHONY: quick
quick: redis build ## a first look on less data, in about a minute
	$(BIN) run --quick $(ARGS)

.PHONY: sweep
sweep: redis build ## find where each pair breaks even (a quarter of an hour; SCENARIO=name for one)
	$(BIN) sweep $(or $(SCENARIO),all) $(ARGS)

.PHONY: test
test: redis-native ## run all tests, with the race detector, against a real Redis
	@# Two packages at a time, those that take longest first; tests that time a
	@# real server have no such company (benchtest.Times). A process with the race
	@# detector otherwise sleeps for a second at its end.
	GORACE=atexit_sleep_ms=0 $(GO) test $(RACE) -shuffle=on -timeout 20m -p 2 -parallel 4 $(PACKAGES)
	@# Not for some packages: they take all there is.
	$(if $(filter ./...,$(PACKAGES)),cd tools/compose && $(GO) test ./...)
	$(if $(filter ./...,$(PACKAGES)),cd tools/deploy && $(GO) test ./...)
	$(if $(filter ./...,$(PACKAGES)),scripts/fuzz.sh 2s)

.PHONY: fuzz
fuzz: ## every fuzz target for a while (TIME=1m each)
	scripts/fuzz.sh $(or $(TIME),1m)

.PHONY: lint
lint: ## vet, staticcheck, a small set of other linters, and the workflow
	$(TOOL) golangci-lint run
	$(GO) tool -modfile=tools/actionlint/go.mod actionlint
	cd tools && $(GO) mod verify >/dev/null
	cd tools/actionlint && $(GO) mod verify >/dev/null
	cd tools/toxiproxy && $(GO) mod verify >/dev/null
	cd tools/compose && $(GO) vet ./... && $(GO) mod verify >/dev/null
	cd tools/deploy && $(GO) vet ./... && $(GO) mod verify >/dev/null

.PHONY: build
build: ## build bin/redisduel
	@# As the Dockerfile does.
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./bench/cmd/redisduel

.PHONY: benchstat
benchstat: redis-native ## the twins as Go benchmarks, compared by benchstat (about a minute)
	@mkdir -p bin
	$(GO) test -run '^$$' -bench '$(BENCH)' -count $(COUNT) . > bin/bench.txt || { cat bin/bench.txt; exit 1; }
	@# Of the module that go.mod pins for the tests of what benchstat reads.
	$(GO) run golang.org/x/perf/cmd/benchstat -col /impl bin/bench.txt

.PHONY: peers
peers: redis-native build ## redisduel against other programs of its kind and theory (about twelve minutes, on a quiet machine)
	$(GO) build -modfile=tools/toxiproxy/go.mod -o bin/toxiproxy github.com/Shopify/toxiproxy/v2/cmd/server
	$(GO) run ./bench/cmd/peers --redisduel $(BIN) --toxiproxy bin/toxiproxy $(ARGS)

.PHONY: up
up: ## start the hardened server of docker-compose.yml, with secrets made for it
	scripts/make-secrets.sh
	docker compose up -d --wait

.PHONY: down
down: ## stop it; its data stay (docker compose down -v drops them)
	docker compose down

.PHONY: redis
redis: ## make sure of a Redis: on PATH, else Docker, else the package manager
	@scripts/ensure-redis.sh

.PHONY: redis-native
redis-native: ## the same, but not Docker: the tests start many servers
	@scripts/ensure-redis.sh --native

.PHONY: clean
clean: ## remove what was built
	rm -rf bin
