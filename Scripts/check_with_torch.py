#!/usr/bin/env python3
"""Scores a text with PyTorch and with the launcher from one model folder, and compares.

    pip install torch numpy safetensors
    check_with_torch.py LAUNCHER MODEL SOURCE TARGET [LINES]
    check_with_torch.py LAUNCHER MODEL TARGET [LINES]        a language model

The text must be tokenised (`data.tokenizer: whitespace`). Compares the first LINES lines, 200 unless
given. Fails if a log-probability differs by more than 1e-4 of itself. torch_reference.py shows how to
use a model of ours from Python: none of our code is needed.
"""
import itertools
import subprocess
import sys

import torch
import torch_reference


@torch.no_grad()
def largest_difference(launcher, folder, texts, limit=None):
    """Of the launcher's log-probabilities, relative to PyTorch's; and how many there are.

    `texts` are the files by side.
    """
    model, vocabularies = torch_reference.load(folder)
    sentences = {}
    for side, path in texts.items():
        with open(path, encoding="utf-8", newline="\n") as lines:
            sentences[side] = [torch_reference.ids(line, vocabularies[side])
                               for line in itertools.islice(lines, limit)]
    options = [f"--{side}={path}" for side, path in texts.items()]
    ours = subprocess.run([launcher, "score", folder, *options], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.split()
    sources = sentences.get("source") or [[]] * len(sentences["target"])
    exact = [float(model.log_probability(*pair)) for pair in zip(sources, sentences["target"])]
    if len(ours) < len(exact):
        raise ValueError(f"{len(ours)} scores of {len(exact)} lines")
    return max(abs(float(ours[i]) - value) / abs(value) for i, value in enumerate(exact)), len(exact)


def main():
    launcher, folder, *rest = sys.argv[1:]
    keys = torch_reference.configuration(f"{folder}/config.yaml")
    sides = ["target"] if keys.get("model.type") == "language-model" else ["source", "target"]
    limit = int(rest[len(sides)]) if len(rest) > len(sides) else 200
    worst, lines = largest_difference(launcher, folder, dict(zip(sides, rest)), limit)
    print(f"{lines} lines, largest relative difference {worst:.1e}")
    return worst > 1e-4


if __name__ == "__main__":
    sys.exit(main())
