# What README and .ci/run call. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
# One build serves demo, tests and benchmarks; some tests look inside their module.
BUILD := swift build -c release -Xswiftc -enable-testing
BIN := .build/release/weighbridge
# What is installed has the Swift runtime linked in, and the archives of the C libraries, which lie alone in
# a folder that the linker searches first: one native binary that runs on machines without any of them.
ARCHIVES := .build/archives
STATIC := swift build -c release --static-swift-stdlib --scratch-path .build/static \
  -Xlinker -L$(CURDIR)/$(ARCHIVES)
DIST ?= dist
MODEL := Fixtures/models/jargon-llama
TEXT := Fixtures/text/test.txt
DEMO ?= demo

HEADERS := zstd.h:libzstd-dev yaml.h:libyaml-dev openssl/evp.h:libssl-dev

.PHONY: help deps build demo example test peers lint lint-tools format sanitize bench fuzz static install \
  package uninstall clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The C libraries. Root on Debian gets them installed; anybody else is told the line.
deps:
	@missing=""; \
	for pair in $(HEADERS); do \
	  header=$${pair%%:*}; package=$${pair##*:}; \
	  printf '#include <%s>\n' $$header | $${CC:-clang} -E -x c - >/dev/null 2>&1 || missing="$$missing $$package"; \
	done; \
	if command -v ldconfig >/dev/null && ! ldconfig -p | grep -q 'libcurl.*\.so\.4'; then \
	  missing="$$missing libcurl4"; fi; \
	if [ -n "$$missing" ]; then \
	  line="apt-get install -y --no-install-recommends$$missing"; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "missing libraries; running: $$line"; \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$line) >/tmp/weighbridge-apt.log 2>&1 \
	      || { tail -5 /tmp/weighbridge-apt.log; exit 1; }; \
	  else \
	    echo "missing libraries; run: sudo $$line   (on macOS: brew install zstd libyaml openssl)"; exit 1; \
	  fi; \
	fi

build: deps ## Build the release binary
	$(BUILD) --product weighbridge

demo: build ## The main job, end to end, on a small trained Llama
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	$(BIN) inspect $(MODEL)
	$(BIN) convert $(MODEL) -o $(DEMO)/jargon-f16.gguf --type F16
	$(BIN) quantize $(DEMO)/jargon-f16.gguf -o $(DEMO)/jargon-q8_0.gguf --type Q8_0
	$(BIN) quantize $(DEMO)/jargon-f16.gguf -o $(DEMO)/jargon-q4_0.gguf --type Q4_0
	$(BIN) quantize $(DEMO)/jargon-f16.gguf -o $(DEMO)/jargon-q4_k_m.gguf --type Q4_K_M
	$(BIN) pack $(DEMO)/jargon-q8_0.gguf -o $(DEMO)/jargon.oci.tar
	$(BIN) inspect $(DEMO)/jargon.oci.tar
	$(BIN) unpack $(DEMO)/jargon.oci.tar -o $(DEMO)/unpacked
	cmp $(DEMO)/jargon-q8_0.gguf $(DEMO)/unpacked/jargon-q8_0.gguf && echo "unpacked bit for bit the same"
	$(BIN) compare $(MODEL) $(DEMO)/jargon-f16.gguf $(DEMO)/jargon-q8_0.gguf \
	  $(DEMO)/jargon-q4_0.gguf $(DEMO)/jargon-q4_k_m.gguf --text $(TEXT)

# The example is a package of its own and sees what a dependent sees. Built where and as all else is, it
# finds the modules there: only its own are compiled. SwiftPM keeps a plan in that folder and would take
# one package's for the other's, so each is planned anew.
PLAN := $(BUILD) --disable-build-manifest-caching
example: build ## Build and run the example package that uses the library
	$(PLAN) --package-path Examples/ConvertAndCompare --scratch-path .build
	@rm -rf .build/example && mkdir -p .build/example
	.build/release/ConvertAndCompare $(MODEL) $(TEXT) .build/example
	$(PLAN) --product weighbridge

test: deps ## Run all tests, in release: numbers are tested as they are shipped
	$(BUILD) --build-tests
	$(MAKE) --no-print-directory example
	swift test -c release -Xswiftc -enable-testing --skip-build

# Peers are asked with a Python that has torch, transformers and safetensors.
PYTHON ?= python3
ZOO ?= ../shared/data/zoo
FLIPS ?= 40

peers: build ## Ask transformers: what every key of config.json computes, and the way to GGUF and back
	@$(PYTHON) -c 'import torch, transformers, safetensors' 2>/dev/null || \
	  { echo "peers: $(PYTHON) lacks torch, transformers or safetensors (PYTHON=... names another)"; exit 1; }
	@test -d $(ZOO) || { echo "peers: no checkpoints at $(ZOO) (ZOO=... names another folder)"; exit 1; }
	$(PYTHON) Tests/Peers/branches.py --sample $(FLIPS) $(BIN) $(ZOO)
	$(PYTHON) Tests/Peers/roundtrip.py $(BIN) $(ZOO)

# clang-format and ruff come from PyPI in these versions; continuous integration installs them into
# .build/lint, and a desk that has neither is told so and goes on.
CLANG_FORMAT := 19.1.7
RUFF := 0.17.6
C_FILES = $$(git ls-files '*.c' '*.h')

lint-tools:
	@test -x .build/lint/bin/ruff || { python3 -m venv .build/lint && \
	  .build/lint/bin/pip install -q clang-format==$(CLANG_FORMAT) ruff==$(RUFF); }

lint: ## Check format and documentation: Swift, C and Python
	swift format lint --strict --parallel --recursive Sources Tests Examples Package.swift
	@PATH="$$PWD/.build/lint/bin:$$PATH"; \
	need() { command -v $$1 >/dev/null && return; \
	  echo "$$1 is missing: 'make lint-tools' installs it into .build/lint"; \
	  if [ -n "$$CI" ]; then exit 1; else return 1; fi; }; \
	if need clang-format; then \
	  echo "clang-format --dry-run -Werror"; clang-format --dry-run -Werror $(C_FILES) || exit 1; fi; \
	if need ruff; then ruff check . && ruff format --check . || exit 1; fi

format: ## Format Swift, C and Python as lint wants them
	swift format -i --recursive Sources Tests Examples Package.swift
	@PATH="$$PWD/.build/lint/bin:$$PATH"; clang-format -i $(C_FILES) && ruff format -q .

bench: build ## Time against the peers that are on PATH
	Benchmarks/run

fuzz: deps ## Fuzz the readers for a minute each
	Tests/Fuzz/run

sanitize: deps ## Run under AddressSanitizer and UndefinedBehaviorSanitizer, then ThreadSanitizer
	Tests/Sanitize/run address
	Tests/Sanitize/run thread

static: deps
	@mkdir -p $(ARCHIVES); for name in zstd yaml crypto; do \
	  archive=$$($${CC:-clang} -print-file-name=lib$$name.a); \
	  if [ -e "$$archive" ]; then ln -sf "$$archive" $(ARCHIVES); \
	  else echo "lib$$name.a is missing: the binary will need lib$$name where it runs"; fi; done
	$(STATIC) --product weighbridge

install: static ## Install the binary, completions and man pages into PREFIX (builds for minutes, 3 GB)
	install -d $(PREFIX)/bin $(PREFIX)/share/bash-completion/completions \
	  $(PREFIX)/share/zsh/site-functions $(PREFIX)/share/fish/vendor_completions.d \
	  $(PREFIX)/share/man/man1
	install -s -m 755 .build/static/release/weighbridge $(PREFIX)/bin/weighbridge
	$(PREFIX)/bin/weighbridge completions bash \
	  > $(PREFIX)/share/bash-completion/completions/weighbridge
	$(PREFIX)/bin/weighbridge completions zsh \
	  > $(PREFIX)/share/zsh/site-functions/_weighbridge
	$(PREFIX)/bin/weighbridge completions fish \
	  > $(PREFIX)/share/fish/vendor_completions.d/weighbridge.fish
	$(PREFIX)/bin/weighbridge manual > $(PREFIX)/share/man/man1/weighbridge.1
	for command in $$($(PREFIX)/bin/weighbridge manual --list); do \
	  $(PREFIX)/bin/weighbridge manual $$command \
	    > $(PREFIX)/share/man/man1/weighbridge-$$command.1 || exit 1; done

package: ## Make a tar, a Debian package, a Python wheel and a container image in DIST (dist)
	rm -rf .build/package
	$(MAKE) --no-print-directory install PREFIX=.build/package
	Packaging/package .build/package $(DIST)

uninstall: ## Remove what install put into PREFIX
	rm -f $(PREFIX)/bin/weighbridge $(PREFIX)/share/man/man1/weighbridge.1 \
	  $(PREFIX)/share/man/man1/weighbridge-*.1 \
	  $(PREFIX)/share/bash-completion/completions/weighbridge \
	  $(PREFIX)/share/zsh/site-functions/_weighbridge \
	  $(PREFIX)/share/fish/vendor_completions.d/weighbridge.fish

clean: ## Remove what was built
	rm -rf .build $(DEMO)
