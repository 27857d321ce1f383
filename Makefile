# make demo    installs what is missing, makes a corpus, trains on two ranks, translates
# make test    the unit tests and the tests over ranks
# make build   the launcher, optimised, as .build/release/launcher
# make man     docs/launcher.1, the manual page
# make reproduce       the paper's experiments on the demo's corpus, an hour on two cores
# make benchmark       measures training, its products and its exchange
# make benchmark-peer  measures PyTorch and the launcher in turn; installs torch in a virtual environment

# The processor that the cluster has. x86-64-v3 has AVX2 and fused multiply-add (2013 and later);
# older machines need MARCH=x86-64-v2.
MARCH ?= $(shell grep -qw avx2 /proc/cpuinfo && echo x86-64-v3)
RELEASE = -c release $(if $(MARCH),-Xcc -march=$(MARCH))
LAUNCHER = .build/release/launcher
RANKS ?= 2

.PHONY: demo reproduce test build benchmark benchmark-peer setup setup-python setup-test man lint format clean

build: setup
	swift build $(RELEASE) --product launcher

# Open MPI, zlib and LAPACK, from Debian's packages.
setup:
	@Scripts/setup.sh libopenmpi-dev openmpi-bin zlib1g-dev liblapack3 pkg-config

setup-python:
	@Scripts/setup.sh python3

demo: build setup-python
	Examples/demo.sh $(LAUNCHER) $(RANKS)

# Goes on where it was stopped.
reproduce: build setup-python
	Examples/reproduce/reproduce.py $(LAUNCHER)

# Real text for the benchmarks' words: the licences that every Debian has.
TEXT = .build/benchmark.txt
$(TEXT):
	@mkdir -p .build
	@cat /usr/share/common-licenses/* >$@

benchmark: build $(TEXT)
	$(LAUNCHER) benchmark exchange --ranks $(RANKS)
	$(LAUNCHER) benchmark kernels --ranks $(RANKS)
	$(LAUNCHER) benchmark kernels --ranks $(RANKS) --hidden 512
	$(LAUNCHER) benchmark --grids 1x1,$(RANKS)x1 --text $(TEXT)
	$(LAUNCHER) benchmark --grids 1x1,$(RANKS)x1 --text $(TEXT) --layers 4 --hidden 1000 \
	  --source-vocabulary 30000 --target-vocabulary 30000 --steps 2 --warmup 1
	$(LAUNCHER) benchmark --grids 1x1,$(RANKS)x1 --layers 1 --hidden 256 --source-vocabulary 60 \
	  --target-vocabulary 60 --length 29 --target-length 11 --steps 60

# SHAPES=paper takes ten minutes a round, and 14 GB for PyTorch.
SHAPES ?= small,medium,large
ROUNDS ?= 3
VENV = .build/venv
benchmark-peer: build $(TEXT)
	@Scripts/setup.sh python3-venv
	@test -x $(VENV)/bin/python || python3 -m venv $(VENV)
	@$(VENV)/bin/python -c 'import torch' 2>/dev/null || $(VENV)/bin/pip install --quiet torch numpy
	Benchmarks/compare.py $(LAUNCHER) $(VENV)/bin/python --shapes $(SHAPES) --rounds $(ROUNDS) \
	  --text $(TEXT)

# The cluster of the tests is made of network namespaces, and a browser looks at pages.
setup-test:
	@Scripts/setup.sh iproute2 procps python3
	@Scripts/setup.sh chromium || echo "chromium cannot be installed here: pages are not looked at"

# The unit tests once more as users have the code: optimised, and with several threads per process.
OPTIMISED = -c release -Xswiftc -enable-testing --scratch-path .build/optimised
UNIT = 'Seq2SeqTests|DistributedTests'

test: export OPENBLAS_NUM_THREADS = 1
test: setup setup-test
	swift build --build-tests
	swift test --skip-build
	Scripts/test-ranks.sh 8
	Scripts/test-pages.sh .build/debug/launcher
	swift build $(OPTIMISED) --build-tests
	swift test $(OPTIMISED) --skip-build --filter $(UNIT)
	OPENBLAS_NUM_THREADS=3 swift test $(OPTIMISED) --skip-build --filter $(UNIT)

# The manual page, from what --help says. The date is fixed, so that nothing changes where help does not.
MANUAL = .build/plugins/GenerateManual/outputs/launcher/launcher.1
man: setup
	swift package plugin generate-manual --configuration debug --date 2026-11-25
	{ cat $(MANUAL); echo; } >docs/launcher.1

lint: setup-python
	Scripts/check_rooms.py
	swift format lint --strict -r Sources Tests Fuzz Package.swift

format:
	swift format -i -r Sources Tests Fuzz Package.swift

clean:
	rm -rf .build demo
