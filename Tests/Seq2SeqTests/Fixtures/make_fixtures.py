#!/usr/bin/env python3
"""Makes the fixtures beside this file: what PyTorch computes, in float64, from float32 weights.

    pip install torch numpy safetensors && python3 make_fixtures.py [NAME ...]

A fixture is a model folder (`config.yaml`, vocabularies, `model.safetensors`) with

  batches.json          sentences as ids, by the name of a batch
  expected.safetensors  of each batch `NAME/logProbability` [B], and the gradient of the summed
                        loss for every parameter, `NAME/gradient/PARAMETER`
  train.source, .target a text of ten minibatches, and in `training.json` the losses and gradient
                        norms of ten steps on it in file order

A language model has no source. Its ten steps are blocks of streams, two epochs, and `training.json`
names the keys of the configuration that make them; its losses are per symbol.

The sentences go through PyTorch one by one, so that its handling of padding plays no part. The models
are those of `Scripts/torch_reference.py`.
"""
import json
import os
import sys

import numpy
import torch
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../../Scripts")
import torch_reference  # noqa: E402

BATCH, STEPS, RATE, CLIP = 4, 10, 0.7, 1.2
BATCHES = {
    "unequal": {"source": [5, 1, 0, 3, 7], "target": [2, 6, 3, 0, 4]},
    "single": {"source": [4], "target": [3]},
    "short": {"source": [1, 1, 1], "target": [1, 1, 1]},
    "equal": {"source": [4, 4, 4], "target": [5, 5, 5]},
    "empty source": {"source": [0], "target": [2]},
}


def make(name, layers, hidden, embedding, sources, targets, seed, **options):
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    torch.manual_seed(seed)
    random = numpy.random.RandomState(seed)
    folder = f"{HERE}/{name}"
    options.update(layers=layers, hiddenSize=hidden, embeddingSize=embedding)
    model = torch_reference.random_model(options, sources, targets)
    torch_reference.save(model, folder, sources, targets)

    sides = [("source", sources), ("target", targets)]
    if model.is_language_model:
        sides = sides[1:]
    batches, expected = {}, {}
    for batch, lengths in BATCHES.items():
        if model.is_language_model and batch == "empty source":
            continue
        sentences = {side: [random.randint(1, size, n).tolist() for n in lengths[side]]
                     for side, size in sides}
        batches[batch] = sentences
        model.zero_grad()
        sources_of_batch = sentences.get("source", [[]] * len(sentences["target"]))
        scores = torch.stack([model.log_probability(s, t)
                              for s, t in zip(sources_of_batch, sentences["target"])])
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
    train = train_language_model if model.is_language_model else train_on_pairs
    with open(f"{folder}/training.json", "w") as file:
        json.dump(train(model, folder, random, sources, targets), file)


def train_on_pairs(model, folder, random, sources, targets):
    pairs = [(random.randint(2, sources, random.randint(1, 8)).tolist(),
              random.randint(2, targets, random.randint(1, 8)).tolist())
             for _ in range(BATCH * STEPS)]
    for index, side in enumerate(["source", "target"]):
        write(f"{folder}/train.{side}", [pair[index] for pair in pairs])
    losses, norms = torch_reference.descend(
        model, torch_reference.sentence_losses(model, pairs, BATCH), RATE, CLIP)
    return {"losses": losses, "norms": norms}


def train_language_model(model, folder, random, sources, targets):
    # 56 symbols: of each stream four blocks and one of two steps, and two symbols are left over.
    lines = [random.randint(2, targets, n).tolist() for n in (6, 1, 9, 4, 7, 12, 2, 3, 3)]
    write(f"{folder}/train.target", lines)
    # Losses per symbol are small, and so are their gradients.
    keys = {"batchSize": 3, "blockLength": 4, "epochs": 2, "stateful": True, "lossPer": "symbol",
            "learningRate": 2.0, "clipNorm": 0.4}
    losses, norms = torch_reference.descend(
        model, torch_reference.block_losses(
            model, lines, keys["batchSize"], keys["blockLength"], keys["epochs"]),
        keys["learningRate"], keys["clipNorm"])
    return {"losses": losses, "norms": norms, **keys}


def write(path, sentences):
    with open(path, "w") as file:
        for sentence in sentences:
            file.write(" ".join(f"w{i}" for i in sentence) + "\n")


if __name__ == "__main__":
    make("layers1", 1, 19, 5, 11, 13, 1)
    make("layers2", 2, 11, 9, 12, 17, 2)
    make("layers3", 3, 8, 8, 9, 10, 3)
    make("layers4", 4, 5, 6, 10, 8, 4)
    make("gru", 2, 19, 7, 11, 13, 5, cell="gru")
    make("gru3", 3, 6, 5, 9, 12, 6, cell="gru")
    make("rnn", 2, 21, 6, 10, 12, 7, cell="rnn")
    make("attention", 2, 7, 6, 11, 13, 8, attention="dot")
    make("attention-gru", 1, 11, 7, 10, 12, 9, cell="gru", attention="dot")
    make("self-attention", 2, 7, 5, 11, 9, 10, selfAttention=6)
    make("self-attention-attention", 1, 9, 6, 10, 12, 11, selfAttention=5, attention="dot")
    make("peeky", 2, 6, 7, 9, 11, 12, peeky=True)
    make("peeky-attention", 2, 9, 5, 11, 10, 13, cell="rnn", peeky=True, attention="dot")
    make("hidden", 2, 7, 5, 10, 9, 14, handOver="hidden")
    make("tied", 2, 7, 7, 10, 12, 15, tiedEmbeddings=True)
    make("everything", 2, 5, 6, 9, 11, 16, selfAttention=7, attention="dot", peeky=True,
         handOver="hidden")
    make("everything-gru", 2, 6, 5, 11, 10, 17, cell="gru", selfAttention=4, attention="dot",
         peeky=True)
    make("language-model", 2, 9, 7, 0, 13, 18, type="language-model")
    make("language-model-rnn", 2, 11, 6, 0, 12, 19, cell="rnn", type="language-model")
