"""The models in PyTorch, plainly: what the fixtures of the tests and the checks here compute with.

    model, vocabularies = torch_reference.load("runs/model")
    model.log_probability([5, 3, 7], [4, 9])

A model folder has PyTorch's names and shapes, so this is also how to use one from Python. Sentences
are lists of ids, read one by one, so that no handling of padding plays a part. Without a source
(language models) it is the empty list.
"""
import os
import re

import numpy
import torch
from safetensors.numpy import load_file, save_file

CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
# The keys of a configuration's section `model` that say what is computed.
OPTIONS = {"type": "seq2seq", "cell": "lstm", "attention": "none", "selfAttention": 0, "peeky": False,
           "handOver": "state", "tiedEmbeddings": False, "layers": 4, "hiddenSize": 1000,
           "embeddingSize": 1000}
SIZES = ("layers", "hiddenSize", "embeddingSize")


class Table(torch.nn.Embedding):
    """A row for each symbol, and a bias for all of them."""

    def __init__(self, symbols, size):
        super().__init__(symbols, size)
        self.bias = torch.nn.Parameter(torch.zeros(size))

    def forward(self, ids):
        return super().forward(ids) + self.bias


class SelfAttention(torch.nn.Module):
    """softmax(QKᵀ/√d)·V of a sentence: K from its embeddings, Q and V from tables."""

    def __init__(self, symbols, embedding, size):
        super().__init__()
        self.query = Table(symbols, size)
        self.key = torch.nn.Linear(embedding, size)
        self.value = Table(symbols, size)

    def forward(self, ids, embedded):
        query, key, value = (rows.transpose(0, 1) for rows in
                             (self.query(ids), self.key(embedded), self.value(ids)))
        scores = query @ key.transpose(1, 2) / query.shape[2] ** 0.5
        return (torch.softmax(scores, 2) @ value).transpose(0, 1)


class Model(torch.nn.Module):
    """An encoder and a decoder, or a decoder alone. Arrays are [steps, sentences, …]."""

    def __init__(self, options, sources, targets, reverse_source=True):
        super().__init__()
        self.options = options = {**OPTIONS, **options}
        self.reverse_source = reverse_source
        layers, hidden, embedding = (options[size] for size in SIZES)
        cell = CELLS[options["cell"]]
        if not self.is_language_model:
            encoder = {"embedding": torch.nn.Embedding(sources, embedding)}
            if options["selfAttention"]:
                encoder["self_attention"] = SelfAttention(sources, embedding, options["selfAttention"])
            encoder[options["cell"]] = cell(options["selfAttention"] or embedding, hidden, layers)
            self.encoder = torch.nn.ModuleDict(encoder)
        seen = hidden * options["peeky"]
        read = seen + hidden * (options["attention"] == "dot") + hidden
        self.decoder = torch.nn.ModuleDict({
            "embedding": torch.nn.Embedding(targets, embedding),
            options["cell"]: cell(seen + embedding, hidden, layers),
            "output": torch.nn.Linear(read, targets)})
        if options["tiedEmbeddings"]:
            if read != embedding:
                raise ValueError(f"tiedEmbeddings needs embeddingSize {read}")
            self.decoder["output"].weight = self.decoder["embedding"].weight

    @property
    def is_language_model(self):
        return self.options["type"] == "language-model"

    def encode(self, source):
        """The top layer's states, and the state after the last word; no states and None without words."""
        if not source:
            return self.decoder["output"].bias.new_zeros(0, 1, self.options["hiddenSize"]), None
        ids = torch.tensor(source[::-1] if self.reverse_source else source).unsqueeze(1)
        words = self.encoder["embedding"](ids)
        if self.options["selfAttention"]:
            words = self.encoder["self_attention"](ids, words)
        return self.encoder[self.options["cell"]](words)

    def decode(self, ids, state=None, encoded=None):
        """The log-probabilities of the symbol after each of `ids`, and the state after the last."""
        words = self.decoder["embedding"](ids)
        read = []
        if self.options["peeky"]:
            read.append(encoded[-1:].sum(0).expand(len(ids), -1, -1))
            words = torch.cat([*read, words], 2)
        if self.options["handOver"] == "hidden" and isinstance(state, tuple):
            state = state[0], torch.zeros_like(state[1])
        hidden, state = self.decoder[self.options["cell"]](words, state)
        if self.options["attention"] == "dot":
            weights = torch.softmax(torch.einsum("tbh,sbh->tbs", hidden, encoded), 2)
            read.append(torch.einsum("tbs,sbh->tbh", weights, encoded))
        logits = self.decoder["output"](torch.cat([*read, hidden], 2))
        return torch.log_softmax(logits, 2), state

    def log_probability(self, source, target):
        """log p(target, <eos> | source) of one sentence."""
        encoded, state = self.encode(source)
        scores, _ = self.decode(torch.tensor([0] + target).unsqueeze(1), state, encoded)
        return scores.squeeze(1)[range(len(target) + 1), target + [0]].sum()

    def trained_parameters(self):
        """The parameters that are trained; holds the others still.

        PyTorch has two biases where, but for a GRU, one would do; trained both, their sum moves twice as
        fast as a bias should and counts twice in the norm. One of them is held still.
        """
        for key, parameter in self.named_parameters():
            parameter.requires_grad = self.options["cell"] == "gru" or "bias_hh" not in key
        return [parameter for parameter in self.parameters() if parameter.requires_grad]


def random_model(options, sources, targets):
    """A model with float32 weights in ±0.5, in double precision."""
    model = Model(options, sources, targets)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(-0.5, 0.5)
    return model.double()


# --- training

def descend(model, losses, rate, clip):
    """Plain SGD on each of `losses`; the losses, and the gradients' norms before clipping.

    `losses` is a generator: each loss is computed after the step on the one before.
    """
    trained, found, norms = model.trained_parameters(), [], []
    for loss in losses:
        model.zero_grad()
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained, clip)))
        found.append(loss.item())
        with torch.no_grad():
            for parameter in trained:
                parameter -= rate * parameter.grad
    return found, norms


def sentence_losses(model, pairs, batch):
    """Of minibatches in order: −Σ log p per sentence."""
    for start in range(0, len(pairs), batch):
        chosen = pairs[start:start + batch]
        yield -sum(model.log_probability(*pair) for pair in chosen) / len(chosen)


def block_losses(model, lines, streams, length, epochs, stateful=True):
    """Of the blocks of a running text, `<eos>` after each line: −Σ log p per symbol."""
    text = [symbol for line in lines for symbol in line + [0]]
    steps = len(text) // streams
    inputs, targets = (torch.tensor(symbols[:streams * steps]).view(streams, steps).T
                       for symbols in ([0] + text, text))
    for _ in range(epochs):
        state = None
        for start in range(0, steps, length):
            block = slice(start, start + length)
            scores, last = model.decode(inputs[block], state)
            yield -scores.gather(2, targets[block].unsqueeze(2)).mean()
            if stateful:
                state = tuple(s.detach() for s in last) if isinstance(last, tuple) else last.detach()


# --- model folders

def configuration_text(options):
    """The section `model`: the sizes, and what differs from the defaults."""
    chosen = {key: options.get(key, value) for key, value in OPTIONS.items()
              if key in SIZES or options.get(key, value) != value}
    return "model:\n" + "".join(f"  {key}: {str(value).lower() if value is True else value}\n"
                                for key, value in chosen.items())


def configuration(path):
    """The keys of a configuration as text, by `section.key`, as far as YAML is needed for that."""
    keys, section = {}, ""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            found = re.match(r"""( *)(\w+): *['"]?([^'"#]*)""", line)
            if found and not found[1]:
                section = found[2]
            elif found:
                keys[f"{section}.{found[2]}"] = found[3].strip()
    return keys


def save(model, folder, sources, targets):
    """Writes a model folder; vocabularies of made-up words."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/config.yaml", "w") as file:
        file.write(configuration_text(model.options))
    sides = [("target", targets)] if model.is_language_model else [("source", sources), ("target", targets)]
    for side, size in sides:
        with open(f"{folder}/{side}.vocab", "w") as file:
            file.write("<eos>\n<unk>\n" + "".join(f"w{i}\n" for i in range(2, size)))
    # A parameter that is there twice has its first name.
    save_file({name: value.detach().numpy().astype(numpy.float32)
               for name, value in model.named_parameters()}, f"{folder}/model.safetensors")


def load(folder):
    """The model of a folder in double precision, and the ids of symbols by side."""
    keys = configuration(f"{folder}/config.yaml")
    options = {}
    for key, default in OPTIONS.items():
        text = keys.get(f"model.{key}", str(default))
        options[key] = text.lower() == "true" if isinstance(default, bool) else type(default)(text)
    vocabularies = {}
    for side in ["target"] if options["type"] == "language-model" else ["source", "target"]:
        with open(f"{folder}/{side}.vocab", encoding="utf-8", newline="\n") as lines:
            vocabularies[side] = {line.rstrip("\n"): number for number, line in enumerate(lines)}
    model = Model(options, len(vocabularies.get("source", "")), len(vocabularies["target"]),
                  reverse_source=keys.get("data.reverseSource", "true") == "true").double()
    weights = {name: torch.from_numpy(value)
               for name, value in load_file(f"{folder}/model.safetensors").items()}
    if options["tiedEmbeddings"]:
        weights["decoder.output.weight"] = weights["decoder.embedding.weight"]
    model.load_state_dict(weights)
    return model, vocabularies


def ids(line, vocabulary):
    """The symbols of a line; what is not in the vocabulary, or `<eos>`, is `<unk>`."""
    return [max(1, vocabulary.get(symbol, 1)) for symbol in re.findall("[^ \t\r\n]+", line)]
