#!/usr/bin/env python3
"""Makes the fixtures beside this file: what PyTorch computes, in float64, from float32 weights.

    pip install torch numpy safetensors && python3 make_fixtures.py [NAME ...]

A fixture is a model folder (`config.yaml`, vocabularies, `model.safetensors`) with

  batches.json          sentences as ids, by the name of a batch
  expected.safetensors  of each batch `NAME/logProbability` [B], and the gradient of the summed
                        loss for every parameter, `NAME/gradient/PARAMETER`
  train.source, .target a text of ten minibatches, and in `training.json` the losses and gradient
                        norms of ten steps on it in file order

The sentences go through PyTorch one by one, so that its handling of padding plays no part.
"""
import json
import os
import sys

import numpy
import torch
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH, STEPS, RATE, CLIP = 4, 10, 0.7, 1.2
BATCHES = {
    "unequal": {"source": [5, 1, 0, 3, 7], "target": [2, 6, 3, 0, 4]},
    "single": {"source": [4], "target": [3]},
    "short": {"source": [1, 1, 1], "target": [1, 1, 1]},
    "equal": {"source": [4, 4, 4], "target": [5, 5, 5]},
    "empty source": {"source": [0], "target": [2]},
}


CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


class Model(torch.nn.Module):
    def __init__(self, cell, layers, hidden, embedding, sources, targets):
        super().__init__()
        self.cell = cell
        self.encoder = torch.nn.ModuleDict({
            "embedding": torch.nn.Embedding(sources, embedding),
            cell: CELLS[cell](embedding, hidden, layers)})
        self.decoder = torch.nn.ModuleDict({
            "embedding": torch.nn.Embedding(targets, embedding),
            cell: CELLS[cell](embedding, hidden, layers),
            "output": torch.nn.Linear(hidden, targets)})

    def log_probability(self, source, target):
        """log p(target, <eos> | source) of one sentence; the source is read backwards."""
        state = None
        if source:
            ids = torch.tensor(source[::-1]).unsqueeze(1)
            _, state = self.encoder[self.cell](self.encoder["embedding"](ids))
        ids = torch.tensor([0] + target).unsqueeze(1)
        hidden, _ = self.decoder[self.cell](self.decoder["embedding"](ids), state)
        logits = self.decoder["output"](hidden).squeeze(1)
        return torch.log_softmax(logits, 1)[range(len(target) + 1), target + [0]].sum()


def save_model(model, folder, layers, hidden, embedding, sources, targets):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/config.yaml", "w") as file:
        cell = "" if model.cell == "lstm" else f"  cell: {model.cell}\n"
        file.write(f"model:\n{cell}  layers: {layers}\n  hiddenSize: {hidden}\n"
                   f"  embeddingSize: {embedding}\n")
    for side, size in [("source", sources), ("target", targets)]:
        with open(f"{folder}/{side}.vocab", "w") as file:
            file.write("<eos>\n<unk>\n" + "".join(f"w{i}\n" for i in range(2, size)))
    save_file({k: v.detach().numpy().astype(numpy.float32) for k, v in model.state_dict().items()},
              f"{folder}/model.safetensors")


def make(name, layers, hidden, embedding, sources, targets, seed, cell="lstm"):
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    torch.manual_seed(seed)
    random = numpy.random.RandomState(seed)
    folder = f"{HERE}/{name}"
    model = Model(cell, layers, hidden, embedding, sources, targets)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(-0.5, 0.5)
    save_model(model, folder, layers, hidden, embedding, sources, targets)
    model = model.double()

    batches, expected = {}, {}
    for batch, lengths in BATCHES.items():
        sentences = {side: [random.randint(1, size, n).tolist() for n in lengths[side]]
                     for side, size in [("source", sources), ("target", targets)]}
        batches[batch] = sentences
        model.zero_grad()
        scores = torch.stack([model.log_probability(s, t)
                              for s, t in zip(sentences["source"], sentences["target"])])
        (-scores.sum()).backward()
        expected[f"{batch}/logProbability"] = scores.detach().numpy()
        for key, parameter in model.named_parameters():
            gradient = parameter.grad
            if gradient is None:
                gradient = torch.zeros_like(parameter)
            expected[f"{batch}/gradient/{key}"] = gradient.numpy()
    with open(f"{folder}/batches.json", "w") as file:
        json.dump(batches, file)
    save_file({k: v.astype(numpy.float32) for k, v in expected.items()},
              f"{folder}/expected.safetensors")
    train(model, folder, random, sources, targets)


def train(model, folder, random, sources, targets):
    # PyTorch has two biases where, but for a GRU, one would do; trained both, their sum moves twice as
    # fast as a bias should and counts twice in the norm. One of them is held still.
    for key, parameter in model.named_parameters():
        parameter.requires_grad = model.cell == "gru" or "bias_hh" not in key
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    pairs = [(random.randint(2, sources, random.randint(1, 8)).tolist(),
              random.randint(2, targets, random.randint(1, 8)).tolist())
             for _ in range(BATCH * STEPS)]
    for side, index in [("source", 0), ("target", 1)]:
        with open(f"{folder}/train.{side}", "w") as file:
            for pair in pairs:
                file.write(" ".join(f"w{i}" for i in pair[index]) + "\n")
    losses, norms = [], []
    for step in range(STEPS):
        model.zero_grad()
        batch = pairs[step * BATCH:(step + 1) * BATCH]
        loss = -sum(model.log_probability(s, t) for s, t in batch) / BATCH
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained, CLIP)))
        losses.append(loss.item())
        with torch.no_grad():
            for parameter in trained:
                parameter -= RATE * parameter.grad
    with open(f"{folder}/training.json", "w") as file:
        json.dump({"losses": losses, "norms": norms}, file)


if __name__ == "__main__":
    make("layers1", 1, 19, 5, 11, 13, 1)
    make("layers2", 2, 11, 9, 12, 17, 2)
    make("layers3", 3, 8, 8, 9, 10, 3)
    make("layers4", 4, 5, 6, 10, 8, 4)
    make("gru", 2, 19, 7, 11, 13, 5, cell="gru")
    make("gru3", 3, 6, 5, 9, 12, 6, cell="gru")
    make("rnn", 2, 21, 6, 10, 12, 7, cell="rnn")
