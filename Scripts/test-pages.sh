#!/bin/sh
# Makes a page of two small trainings whose names are hostile, and looks at it in a browser; and sees that the
# look finds the faults of a page that has each.
set -eu
launcher=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for fault in 'the page is' 'text beyond its picture: "too far"' 'text on other text: "another" and "one"' \
  'text cut off: "more than' 'of: "hardly to be seen"' 'of: "dark on dark"' 'a picture without anything' \
  'asks for file' 'said on the console' 'figure 3 is cut'; do
  : "${found:=$(Scripts/check_pages.py Tests/Pages/broken.html || true)}"
  case $found in
  *skipped*)
    echo "$found"
    exit
    ;;
  *"$fault"*) ;;
  *)
    echo "Scripts/check_pages.py does not find on Tests/Pages/broken.html: $fault"
    exit 1
    ;;
  esac
done

"$launcher" generate dates --count 500 --output "$folder/data" >/dev/null
cat >"$folder/config.yaml" <<END
model: {layers: 1, hiddenSize: 24, embeddingSize: 12, attention: dot}
data:
  source: data/train.source
  target: data/train.target
  validationSource: data/valid.source
  validationTarget: data/valid.target
  tokenizer: characters
training: {output: unset, optimizer: adam, steps: 60, batchSize: 32, logEverySteps: 5, validateEverySteps: 20}
END
first="$folder/<b>one & \"only\" <img src=x onerror=console.error(1)>"
second="$folder/second שלום, a name that goes on and on and on and_has_no_end_at_all_before_it_is_left_out"
for run in "$first" "$second"; do
  "$launcher" train "$folder/config.yaml" --set "training.output=$run" --ranks 2 \
    --timeline "$folder/timeline.json" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
  mv "$folder/timeline.json" "$run/"
done
"$launcher" report "$first" "$second" --output "$folder/two.html" >/dev/null
"$launcher" report "$first" --output "$folder/one.html" >/dev/null
Scripts/check_pages.py "$folder/one.html" "$folder/two.html"
