#!/usr/bin/env python3
"""Compares the launcher with PyTorch on random models of every kind, there and back.

    pip install torch numpy safetensors
    check_random_models.py LAUNCHER [--kinds attention,peeky,...] [--keep FOLDER] [--seed N]

Of each kind Python writes a model folder and a text. The launcher's scores of the text must be
PyTorch's within 1e-4, the losses of ten of its training steps within 1e-3, and the weights that it
saves within 1e-3 of a tensor's largest number. PyTorch then reads the saved model, and scores must agree
again. Prints the largest relative differences; exits with 1 if one is too large.
"""
import argparse
import itertools
import json
import math
import os
import random
import subprocess
import sys
import tempfile

import torch
import torch_reference
from check_with_torch import largest_difference

SOURCES, TARGETS, HIDDEN = 30, 40, 18
STEPS, BATCH, STREAMS, BLOCK = 10, 8, 4, 6
KINDS = {
    "lstm": {},
    "gru": {"cell": "gru"},
    "rnn": {"cell": "rnn"},
    "attention": {"attention": "dot"},
    "attention-gru": {"attention": "dot", "cell": "gru"},
    "self-attention": {"selfAttention": 9},
    "self-attention-attention": {"selfAttention": 21, "attention": "dot"},
    "peeky": {"peeky": True},
    "peeky-attention": {"peeky": True, "attention": "dot", "cell": "rnn"},
    "hidden": {"handOver": "hidden"},
    "tied": {"tiedEmbeddings": True, "embeddingSize": HIDDEN},
    "tied-attention": {"tiedEmbeddings": True, "attention": "dot", "embeddingSize": 2 * HIDDEN},
    "everything": {"selfAttention": 10, "attention": "dot", "peeky": True, "handOver": "hidden",
                   "tiedEmbeddings": True, "embeddingSize": 3 * HIDDEN},
    "everything-gru": {"cell": "gru", "selfAttention": 10, "attention": "dot", "peeky": True},
    "language-model": {"type": "language-model"},
    "language-model-gru": {"type": "language-model", "cell": "gru"},
    "language-model-tied": {"type": "language-model", "tiedEmbeddings": True, "embeddingSize": HIDDEN},
    "language-model-stateless": {"type": "language-model"},
}


class Check:
    """One kind's folder, and what is compared there."""

    def __init__(self, launcher, folder, kind, seed):
        self.launcher, self.folder = launcher, folder
        torch.manual_seed(seed)
        self.random = random.Random(seed)
        options = {"layers": 2, "hiddenSize": HIDDEN, "embeddingSize": 12, **KINDS[kind]}
        self.model = torch_reference.random_model(options, SOURCES, TARGETS)
        self.stateful = kind != "language-model-stateless"
        torch_reference.save(self.model, f"{folder}/model", SOURCES, TARGETS)
        self.sizes = {"target": TARGETS} if self.model.is_language_model else {
            "source": SOURCES, "target": TARGETS}
        # A language model's ten steps end in its second epoch.
        lines = 30 if self.model.is_language_model else STEPS * BATCH
        self.train = self.text("train", lines, shortest=1)
        self.text("score", 40, shortest=0)

    def text(self, name, lines, shortest):
        """Writes a text, a tenth of it words that no vocabulary has; its sentences as ids, by side."""
        found = {}
        for side, size in self.sizes.items():
            found[side] = [[self.random.choice(range(2, size)) if self.random.random() > 0.1 else 1
                            for _ in range(self.random.randint(shortest, 9))] for _ in range(lines)]
            with open(f"{self.folder}/{name}.{side}", "w") as file:
                for sentence in found[side]:
                    file.write(" ".join("stranger" if i == 1 else f"w{i}" for i in sentence) + "\n")
        return found

    def scores(self, model):
        texts = {side: f"{self.folder}/score.{side}" for side in self.sizes}
        return largest_difference(self.launcher, f"{self.folder}/{model}", texts)[0]

    def expected_losses(self):
        """Trains the model in PyTorch."""
        if self.model.is_language_model:
            losses = torch_reference.block_losses(
                self.model, self.train["target"], STREAMS, BLOCK, epochs=2, stateful=self.stateful)
        else:
            pairs = list(zip(self.train["source"], self.train["target"]))
            losses = torch_reference.sentence_losses(self.model, pairs, BATCH)
        losses = itertools.islice(losses, STEPS)
        return torch_reference.descend(self.model, losses, rate=0.7, clip=1.2)[0]

    def losses(self):
        """Trains the model with the launcher."""
        streams = STREAMS if self.model.is_language_model else BATCH
        lines = [torch_reference.configuration_text(self.model.options), "data:\n  order: sequential\n"]
        lines += [f"  {side}: train.{side}\n  {side}Vocabulary: model/{side}.vocab\n" for side in self.sizes]
        lines.append(f"training:\n  output: trained\n  batchSize: {streams}\n  learningRate: 0.7\n"
                     f"  clipNorm: 1.2\n  epochs: 2\n  steps: {STEPS}\n  logEverySteps: 1\n")
        if self.model.is_language_model:
            lines.append(f"  blockLength: {BLOCK}\n  stateful: {str(self.stateful).lower()}\n")
        with open(f"{self.folder}/train.yaml", "w") as file:
            file.writelines(lines)
        subprocess.run([self.launcher, "train", f"{self.folder}/train.yaml", "--overwrite",
                        "--from", f"{self.folder}/model"], check=True, stdout=subprocess.DEVNULL)
        with open(f"{self.folder}/trained/metrics.jsonl") as file:
            metrics = [json.loads(line) for line in file]
        # The perplexity is per symbol, as is the loss of a language model.
        return [math.log(line["perplexity"]) if self.model.is_language_model else line["loss"]
                for line in metrics]

    def weights(self):
        """The largest difference of the trained weights."""
        trained, _ = torch_reference.load(f"{self.folder}/trained")
        ours, theirs = (sums_of_biases(model) for model in (trained, self.model))
        return max(float((ours[name] - value).abs().max() / value.abs().max())
                   for name, value in theirs.items())

    def run(self):
        """What was compared, and how much it differs of how much it may."""
        before = self.scores("model")
        expected, found = self.expected_losses(), self.losses()
        if len(found) != len(expected):
            raise ValueError(f"{len(found)} steps instead of {len(expected)}")
        losses = max(abs(a - b) / b for a, b in zip(found, expected))
        return [(before, 1e-4), (losses, 1e-3), (self.weights(), 1e-3), (self.scores("trained"), 1e-4)]


def sums_of_biases(model):
    """The weights; where one of two biases would do, their sum."""
    weights = {name: value.detach().clone() for name, value in model.named_parameters()}
    if model.options["cell"] != "gru":
        for name in [name for name in weights if "bias_hh" in name]:
            weights[name.replace("bias_hh", "bias_ih")] += weights.pop(name)
    return weights


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("launcher")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--keep", help="a folder for the models and texts, which stay there")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    failed = []
    with tempfile.TemporaryDirectory() as temporary:
        print("kind                      scores   losses   weights  scores of the trained model")
        for kind in options.kinds.split(","):
            folder = os.path.join(options.keep or temporary, kind)
            try:
                results = Check(options.launcher, folder, kind, options.seed).run()
            except (subprocess.CalledProcessError, OSError, ValueError, RuntimeError) as error:
                print(f"{kind:24}  {error}", flush=True)
                failed.append(kind)
                continue
            good = all(value < limit for value, limit in results)
            print(f"{kind:24}  " + "  ".join(f"{value:.1e}" for value, _ in results)
                  + ("" if good else "  too large"), flush=True)
            if not good:
                failed.append(kind)
    print("all agree" if not failed else f"differing: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
