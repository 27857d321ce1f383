#!/usr/bin/env python3
"""The same model and step in PyTorch, to measure against: a deep encoder and decoder, softmax over the
whole vocabulary, gradients clipped to norm 5, SGD. Prints words per second (source plus target words),
the median over steps, and the most memory that a process held.

    torch_peer.py --threads 2                      one process
    torch_peer.py --processes 2 --threads 1        DistributedDataParallel over gloo
    mpirun … torch_peer.py --threads 1             the same over the ranks of a job

With --language-model it is a decoder alone, whose state goes on from block to block: --batch is the
streams, --length the words of a block, and the words are the target's. --cell, --attention and --peeky
choose other models. Words are drawn uniformly, or with --text as pieces of a running text.
"""
import argparse
import collections
import os
import resource
import statistics
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


class EncoderDecoder(torch.nn.Module):
    """Of the options that choose a model, each leaves the others' work undone."""

    def __init__(self, options):
        super().__init__()
        size, cell = options.hidden, CELLS[options.cell]
        self.attention, self.peeky = options.attention, options.peeky
        self.source = torch.nn.Embedding(options.source_vocabulary, size, sparse=options.sparse)
        self.target = torch.nn.Embedding(options.target_vocabulary, size, sparse=options.sparse)
        self.encoder = cell(size, size, options.layers)
        self.decoder = cell(size * (1 + options.peeky), size, options.layers)
        self.output = torch.nn.Linear(size * (1 + options.attention), options.target_vocabulary)
        if options.peeky:
            self.seen = torch.nn.Linear(size, options.target_vocabulary, bias=False)
        start(self)

    def forward(self, source, target_input, target_output):
        encoded, state = self.encoder(self.source(source))
        words = self.target(target_input)
        if self.peeky:
            words = torch.cat([encoded[-1:].expand_as(words), words], 2)
        hidden, _ = self.decoder(words, state)
        if self.attention:
            # Sentences are equally long, so that nothing is masked.
            rows = encoded.transpose(0, 1)
            weights = torch.softmax(torch.bmm(hidden.transpose(0, 1), rows.transpose(1, 2)), 2)
            hidden = torch.cat([torch.bmm(weights, rows).transpose(0, 1), hidden], 2)
        logits = self.output(hidden)
        if self.peeky:
            # The state is the same at every step: its product is computed once per sentence.
            logits += self.seen(encoded[-1])
        return torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), target_output.flatten(), reduction="sum")


class LanguageModel(torch.nn.Module):
    def __init__(self, options):
        super().__init__()
        size = options.hidden
        self.target = torch.nn.Embedding(options.target_vocabulary, size, sparse=options.sparse)
        self.decoder = CELLS[options.cell](size, size, options.layers)
        self.output = torch.nn.Linear(size, options.target_vocabulary)
        start(self)

    def forward(self, target_input, target_output, state):
        hidden, state = self.decoder(self.target(target_input), state)
        loss = torch.nn.functional.cross_entropy(
            self.output(hidden).flatten(0, 1), target_output.flatten())
        return loss, tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def start(model):
    for parameter in model.parameters():
        torch.nn.init.uniform_(parameter, -0.08, 0.08)


def clip(parameters, limit):
    """The global norm with sparse gradients, which torch's own function does not take."""
    squares = 0.0
    for parameter in parameters:
        gradient = parameter.grad
        if gradient.is_sparse:
            gradient = parameter.grad = gradient.coalesce()
            gradient = gradient.values()
        squares += float((gradient * gradient).sum())
    norm = squares ** 0.5
    if norm > limit:
        for parameter in parameters:
            gradient = parameter.grad.values() if parameter.grad.is_sparse else parameter.grad
            gradient.mul_(limit / norm)
    return norm


def word_source(options):
    """A function from (words of a sentence, sentences, vocabulary, generator) to a batch."""
    if not options.text:
        return lambda length, batch, vocabulary, generator: torch.randint(
            2, vocabulary, (length, batch), generator=generator)
    words = open(options.text, encoding="utf-8", errors="replace").read().split()
    numbers = {word: place + 2
               for place, (word, _) in enumerate(collections.Counter(words).most_common())}
    text = torch.tensor([numbers[word] for word in words])

    def pieces(length, batch, vocabulary, generator):
        starts = torch.randint(0, len(text) - length + 1, (1, batch), generator=generator)
        found = text[starts + torch.arange(length)[:, None]]
        return torch.where(found < vocabulary, found, 1)
    return pieces


def pair_losses(model, options, draw, batch):
    """Endless losses of minibatches; each is a function, so that drawing words is not timed."""
    end = torch.zeros(1, batch, dtype=torch.long)
    while True:
        source = draw(options.length, options.source_vocabulary)
        words = draw(options.target_length, options.target_vocabulary)
        yield lambda: model(source, torch.cat([end, words]), torch.cat([words, end])) / batch


def block_losses(model, options, draw, batch):
    """Endless losses of blocks of streams."""
    state = None
    while True:
        words = draw(options.length + 1, options.target_vocabulary)

        def loss():
            nonlocal state
            value, state = model(words[:-1], words[1:], state)
            return value
        yield loss


def run(rank, options):
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    model = LanguageModel(options) if options.language_model else EncoderDecoder(options)
    if options.processes > 1:
        os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
        os.environ["MASTER_PORT"] = str(options.port)
        dist.init_process_group("gloo", rank=rank, world_size=options.processes)
        model = torch.nn.parallel.DistributedDataParallel(model)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=0.7)
    batch = options.batch // options.processes
    generator = torch.Generator().manual_seed(rank + 1)
    source = word_source(options)
    losses = (block_losses if options.language_model else pair_losses)(
        model, options, lambda length, vocabulary: source(length, batch, vocabulary, generator), batch)
    seconds = []
    for step in range(options.warmup + options.steps):
        compute = next(losses)
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        compute().backward()
        clip(parameters, 5)
        optimizer.step()
        if step >= options.warmup:
            seconds.append(time.perf_counter() - start)
    if rank == 0:
        words = options.batch * options.length
        if not options.language_model:
            words += options.batch * options.target_length
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{words / statistics.median(seconds):.0f} words/s, {memory:.2f} GB")
    if options.processes > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name, value in [("layers", 2), ("hidden", 512), ("source-vocabulary", 10000),
                        ("target-vocabulary", 10000), ("length", 25), ("target-length", 25),
                        ("batch", 128), ("threads", 2), ("processes", 1), ("steps", 8),
                        ("warmup", 2), ("port", 29511)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--cell", choices=CELLS, default="lstm")
    parser.add_argument("--attention", action="store_true", help="dot products, context before the state")
    parser.add_argument("--peeky", action="store_true", help="the encoder's last state at every step")
    parser.add_argument("--language-model", action="store_true")
    parser.add_argument("--text", help="a file of text")
    parser.add_argument("--sparse", action="store_true", help="sparse embedding gradients")
    options = parser.parse_args()
    if "OMPI_COMM_WORLD_SIZE" in os.environ:
        options.processes = int(os.environ["OMPI_COMM_WORLD_SIZE"])
        run(int(os.environ["OMPI_COMM_WORLD_RANK"]), options)
    elif options.processes > 1:
        mp.spawn(run, (options,), options.processes)
    else:
        run(0, options)
