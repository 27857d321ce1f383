# make demo    installs what is missing, makes a corpus, trains on two ranks, translates
# make test    the unit tests and the tests over ranks
# make build   the launcher, optimised, as .build/release/launcher

# The processor that the cluster has. x86-64-v3 has AVX2 and fused multiply-add (2013 and later);
# older machines need MARCH=x86-64-v2.
MARCH ?= $(shell grep -qw avx2 /proc/cpuinfo && echo x86-64-v3)
RELEASE = -c release $(if $(MARCH),-Xcc -march=$(MARCH))
LAUNCHER = .build/release/launcher
RANKS ?= 2

.PHONY: demo test build setup setup-python setup-test lint format clean

build: setup
	swift build $(RELEASE) --product launcher

# Open MPI, OpenBLAS and libxsmm (which exists for x86-64), from Debian's packages.
XSMM = $(if $(filter x86_64,$(shell uname -m)),libxsmm-dev)
setup:
	@Scripts/setup.sh libopenmpi-dev openmpi-bin libopenblas-dev $(XSMM) pkg-config

setup-python:
	@Scripts/setup.sh python3

demo: build setup-python
	Examples/demo.sh $(LAUNCHER) $(RANKS)

# The cluster of the tests is made of network namespaces.
setup-test:
	@Scripts/setup.sh iproute2 procps

test: export OPENBLAS_NUM_THREADS = 1
test: setup setup-test
	swift build --build-tests
	swift test --skip-build
	Scripts/test-ranks.sh 8

lint:
	swift format lint --strict -r Sources Tests Package.swift

format:
	swift format -i -r Sources Tests Package.swift

clean:
	rm -rf .build demo
