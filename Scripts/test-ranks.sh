#!/bin/sh
# Runs the suites over ranks: mpirun starts the test program itself, and groups of every size up
# to the number of ranks are formed within it. Only rank 0 is heard unless a rank fails.
set -eu
ranks=$1
tests=$(ls .build/debug/*PackageTests.xctest)
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
if [ "$(id -u)" -eq 0 ]; then root=--allow-run-as-root; else root=; fi
for suite in DistributedTests.MultiRank Seq2SeqTests.MultiRank; do
  code=0
  # shellcheck disable=SC2086
  mpirun $root --oversubscribe --bind-to none --timeout 600 -n "$ranks" sh -c '
    exec "$0" --testing-library swift-testing --filter "$1" >"$2/$OMPI_COMM_WORLD_RANK" 2>&1
  ' "$tests" "$suite" "$log" || code=$?
  cat "$log/0"
  if [ "$code" -ne 0 ]; then
    grep -h '✘' "$log"/* || true
    exit "$code"
  fi
done
