#!/usr/bin/env python3
"""The same model and step in PyTorch, to measure against: a deep LSTM encoder and decoder, softmax
over the whole vocabulary, gradients clipped to norm 5, SGD. Prints words a second (source plus
target words), the median over steps.

    torch_peer.py --threads 2                      one process
    torch_peer.py --processes 2 --threads 1        DistributedDataParallel over gloo
"""
import argparse
import os
import statistics
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


class EncoderDecoder(torch.nn.Module):
    def __init__(self, options):
        super().__init__()
        size, vocabulary = options.hidden, options.vocabulary
        self.source = torch.nn.Embedding(vocabulary, size, sparse=options.sparse)
        self.target = torch.nn.Embedding(vocabulary, size, sparse=options.sparse)
        self.encoder = torch.nn.LSTM(size, size, options.layers)
        self.decoder = torch.nn.LSTM(size, size, options.layers)
        self.output = torch.nn.Linear(size, vocabulary)
        for parameter in self.parameters():
            torch.nn.init.uniform_(parameter, -0.08, 0.08)

    def forward(self, source, target_input, target_output):
        _, state = self.encoder(self.source(source))
        hidden, _ = self.decoder(self.target(target_input), state)
        return torch.nn.functional.cross_entropy(
            self.output(hidden).flatten(0, 1), target_output.flatten(), reduction="sum")


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


def run(rank, options):
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    model = EncoderDecoder(options)
    if options.processes > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(options.port))
        dist.init_process_group("gloo", rank=rank, world_size=options.processes)
        model = torch.nn.parallel.DistributedDataParallel(model)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=0.7)
    batch = options.batch // options.processes
    generator = torch.Generator().manual_seed(rank + 1)
    seconds = []
    for step in range(options.warmup + options.steps):
        shape = (options.length, batch)
        source = torch.randint(2, options.vocabulary, shape, generator=generator)
        words = torch.randint(2, options.vocabulary, shape, generator=generator)
        end = torch.zeros(1, batch, dtype=torch.long)
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = model(source, torch.cat([end, words]), torch.cat([words, end])) / batch
        loss.backward()
        clip(parameters, 5)
        optimizer.step()
        if step >= options.warmup:
            seconds.append(time.perf_counter() - start)
    if rank == 0:
        print(f"{options.batch * 2 * options.length / statistics.median(seconds):.0f} words/s")
    if options.processes > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name, value in [("layers", 2), ("hidden", 512), ("vocabulary", 10000), ("length", 25),
                        ("batch", 128), ("threads", 2), ("processes", 1), ("steps", 8),
                        ("warmup", 2), ("port", 29511)]:
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--sparse", action="store_true", help="sparse embedding gradients")
    options = parser.parse_args()
    if options.processes > 1:
        mp.spawn(run, (options,), options.processes)
    else:
        run(0, options)
