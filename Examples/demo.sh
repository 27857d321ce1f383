#!/bin/sh
# The demo: a corpus, a training, translations of sentences that the model has never seen.
#
#   Examples/demo.sh LAUNCHER RANKS        (from the repository's root)
set -eu
launcher=$1 ranks=$2

code=0
python3 Examples/debian_corpus.py demo/debian || code=$?
case $code in
  0) name=debian source=en target=fr line='Select the text.' ;;
  3)
    echo "so the demo learns to read dates instead"
    "$launcher" generate dates --output demo/dates
    name=dates source=source target=target line='Friday, May 6, 2022'
    ;;
  *) exit "$code" ;;
esac
corpus=demo/$name

echo
"$launcher" train "Examples/$name.yaml" --ranks "$ranks" --overwrite

echo
echo "on sentences that were held out:"
"$launcher" evaluate "$corpus/model" --source "$corpus/test.$source" --target "$corpus/test.$target"

echo
echo "some of them, what the model says, and what people said:"
head -12 "$corpus/test.$source" >"$corpus/shown"
"$launcher" translate "$corpus/model" <"$corpus/shown" >"$corpus/said"
head -12 "$corpus/test.$target" | paste "$corpus/shown" "$corpus/said" - |
  while IFS="$(printf '\t')" read -r shown said reference; do
    printf '  %s\n    %s\n    (%s)\n' "$shown" "$said" "$reference"
  done

echo
echo "yours: echo '$line' | $launcher translate $corpus/model"
