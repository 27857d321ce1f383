#!/usr/bin/env python3
"""Scores a text with PyTorch and with the launcher from one model folder, and compares.

    pip install torch safetensors
    check_with_torch.py LAUNCHER MODEL SOURCE TARGET [PAIRS]

The text must be tokenised (`data.tokenizer: whitespace`). Fails if a log-probability differs by more
than 1e-4 of itself. This is also how to use a model of ours from Python: none of our code is needed.
"""
import re
import subprocess
import sys

import torch
from safetensors.torch import load_file

launcher, folder, source_path, target_path = sys.argv[1:5]
limit = int(sys.argv[5]) if len(sys.argv) > 5 else 200

weights = {key: value.double() for key, value in load_file(f"{folder}/model.safetensors").items()}
config = open(f"{folder}/config.yaml").read()
backwards = not re.search(r"reverseSource: '?false", config)


CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def stack(side):
    """The recurrent layers of one side; the names of tensors say of which cells."""
    cell = next(cell for cell in CELLS if f"{side}.{cell}.weight_hh_l0" in weights)
    name = f"{side}.{cell}"
    own = {key.removeprefix(name + "."): value for key, value in weights.items()
           if key.startswith(name + ".")}
    layers = sum(key.startswith("weight_hh") for key in own)
    hidden = own["weight_hh_l0"].shape[1]
    module = CELLS[cell](own["weight_ih_l0"].shape[1], hidden, layers).double()
    module.load_state_dict(own)
    return module


def vocabulary(side):
    with open(f"{folder}/{side}.vocab", newline="\n") as lines:
        return {line.rstrip("\n"): number for number, line in enumerate(lines)}


def ids(line, words):
    return [max(1, words.get(word, 1)) for word in line.split()]


encoder, decoder = stack("encoder"), stack("decoder")
source_words, target_words = vocabulary("source"), vocabulary("target")


@torch.no_grad()
def score(source, target):
    source, target = ids(source, source_words), ids(target, target_words)
    state = None
    if source:
        order = source[::-1] if backwards else source
        _, state = encoder(weights["encoder.embedding.weight"][order].unsqueeze(1))
    hidden, _ = decoder(weights["decoder.embedding.weight"][[0] + target].unsqueeze(1), state)
    logits = hidden.squeeze(1) @ weights["decoder.output.weight"].T + weights["decoder.output.bias"]
    return float(torch.log_softmax(logits, 1)[range(len(target) + 1), target + [0]].sum())


ours = subprocess.run([launcher, "score", folder, "--source", source_path, "--target", target_path],
                      check=True, stdout=subprocess.PIPE, text=True).stdout.split()
worst = 0.0
with open(source_path) as sources, open(target_path) as targets:
    for number, (source, target) in enumerate(zip(sources, targets)):
        if number == limit:
            break
        exact = score(source, target)
        worst = max(worst, abs(float(ours[number]) - exact) / abs(exact))
print(f"{min(limit, len(ours))} sentence pairs, largest relative difference {worst:.1e}")
sys.exit(worst > 1e-4)
