#!/bin/sh
# Measures the launcher and PyTorch in turn on one shape, round by round, and prints words a second.
#
#   make build && Benchmarks/compare.sh PYTHON [ROUNDS]
#
# PYTHON has torch. The shape: 2×512, vocabularies of 10,000, batch 128, length 25; two cores.
set -eu
python=$1 rounds=${2:-3}
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" "$here/uniform_corpus.py" "$folder" --vocabulary 10000 --length 25 --pairs 12800
cat >"$folder/config.yaml" <<END
model: {layers: 2, hiddenSize: 512, embeddingSize: 512}
data:
  source: source.txt
  target: target.txt
  sourceVocabulary: source.vocab
  targetVocabulary: target.vocab
training: {output: run, steps: 10, logEverySteps: 1}
END
median() {
  "$python" -c '
import json, statistics, sys
rows = [json.loads(line)["wordsPerSecond"] for line in open(sys.argv[1])]
print(f"{statistics.median(rows[2:]):.0f} words/s")' "$1"
}
for round in $(seq "$rounds"); do
  echo "round $round"
  "$here/../.build/release/launcher" train "$folder/config.yaml" --ranks 2 >/dev/null
  echo "  launcher, 2 ranks                      $(median "$folder/run/metrics.jsonl")"
  for sparse in "" --sparse; do
    echo "  torch, 1 process, 2 threads $sparse  $("$python" "$here/torch_peer.py" $sparse)"
    echo "  torch DDP, 2 processes $sparse  $(
      "$python" "$here/torch_peer.py" --processes 2 --threads 1 $sparse)"
  done
done
