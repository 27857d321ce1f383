#!/usr/bin/env bash
# Looks with libFuzzer for a file that the launcher's readers trap on, hang on, or refuse without a
# sentence:
#
#     Scripts/fuzz.sh FORMAT [SECONDS]
#
# FORMAT is weights, vocabulary, pairs, prepared, configuration, hostfile, text, dictionary or
# vectors;
# SECONDS are 60 unless given. SANITIZE=address looks for wrong accesses to memory too. What it finds
# is kept in .build-fuzz/found; give such a file as an argument after SECONDS to read it again.
set -euo pipefail
cd "$(dirname "$0")/.."
format=${1:?which format: see the head of this script}
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))

build=.build-fuzz${SANITIZE:+-$SANITIZE}
sanitize=fuzzer${SANITIZE:+,$SANITIZE}
runtime=$(echo "$(dirname "$(readlink -f "$(command -v swiftc)")")"/../lib/clang/*/lib/linux)
FUZZ=1 swift build -c release --scratch-path "$build" --product fuzzer \
  -Xswiftc -enable-testing -Xswiftc "-sanitize=$sanitize" -Xcc "-fsanitize=${sanitize/fuzzer/fuzzer-no-link}" \
  -Xlinker "-L$runtime" -Xswiftc -use-ld=lld

# In memory where there is such a folder: an input is a file.
parent=/dev/shm
[ -w "$parent" ] || parent=${TMPDIR:-/tmp}
folder=$(mktemp -d "$parent/fuzz-XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/seeds" .build-fuzz/found
# Traps are libFuzzer's to report, with the input.
export SWIFT_BACKTRACE=enable=no TMPDIR=$folder FUZZ_FORMAT=$format FUZZ_SEEDS=$folder/seeds
[ $# -gt 0 ] || set -- -dict="Fuzz/words.txt" "$FUZZ_SEEDS"
"$build/release/fuzzer" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=5 -max_len=65536 \
  -artifact_prefix=.build-fuzz/found/"$format"- -print_final_stats=1 "$@"
