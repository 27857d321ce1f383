#!/usr/bin/env python3
"""Translates lines in PyTorch by a beam search of its own, batched, to measure the launcher's against.

    search_peer.py MODEL [--beam 12] [--batch 128] [--threads 2] [--alone] <LINES >TRANSLATIONS

MODEL is a folder of a seq2seq model of LSTMs without options, of `data.tokenizer` whitespace or words.
The search is that of docs/reference.md: scores are log-probabilities; `<eos>` completes a hypothesis where
it is among the best `beam` candidates of a step; a sentence ends when no partial hypothesis can become
better than its best complete one, or at 2n + 50 symbols. Sentences of one length are read together,
sentences of about one length are searched together, finished ones leave the batch. --alone
translates a line at a time, as for somebody who types. Says on standard error how many seconds the search
took, without reading the model.
"""
import argparse
import os
import re
import sys
import time
import unicodedata

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Scripts"))
import torch_reference  # noqa: E402

END = 0
JOINER = "￭"


# --- text

def is_word(c):
    return unicodedata.category(c) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No")


def words(line):
    """The symbols of `data.tokenizer: words`."""
    symbols = []
    for run in re.findall("[^ \t\r\n]+", line):
        run, symbol, word = run.replace(JOINER, "■"), "", False
        for place, c in enumerate(run):
            if is_word(c):
                if symbol and not word:
                    symbols.append(symbol + JOINER)
                    symbol = ""
                symbol, word = symbol + c, True
            elif word and c in "'’.,-_" and place + 1 < len(run) and is_word(run[place + 1]):
                symbol, word = symbol + c, c not in "'’"
            else:
                if symbol:
                    symbols.append(symbol)
                symbol, word = (JOINER if symbol else "") + c, False
        if symbol:
            symbols.append(symbol)
    return symbols


def text(symbols, tokenizer):
    """The line of some symbols."""
    if tokenizer == "whitespace":
        return " ".join(symbols)
    line, joins = "", True
    for symbol in symbols:
        before = symbol.startswith(JOINER)
        symbol = symbol[before:]
        after = symbol.endswith(JOINER)
        line += ("" if joins or before else " ") + symbol[:len(symbol) - after]
        joins = after
    return line


# --- search

class Search:
    """A model of LSTMs, and a search with it."""

    def __init__(self, model, beam):
        self.encoder, self.encoder_embedding = model.encoder["lstm"], model.encoder["embedding"].weight
        self.embedding = model.decoder["embedding"].weight
        self.output, self.bias = model.decoder["output"].weight.t(), model.decoder["output"].bias
        self.reverse, self.beam = model.reverse_source, beam
        # Both products of a layer at once.
        decoder = model.decoder["lstm"]
        self.layers = []
        for layer in range(decoder.num_layers):
            inputs, hidden, *biases = (getattr(decoder, f"{name}_l{layer}") for name in
                                       ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            self.layers.append((torch.cat([inputs, hidden], 1).t().contiguous(), biases[0] + biases[1]))

    def encode(self, sources):
        """The last states, [layers, sentences, H] each."""
        rows = torch.tensor([source[::-1] if self.reverse else source for source in sources])
        _, state = self.encoder(self.encoder_embedding[rows.t()])
        return state

    def step(self, symbols, hidden, cell):
        """The logits of the next symbols; the states are lists by layer, and are replaced."""
        x = self.embedding[symbols]
        for layer, (weight, bias) in enumerate(self.layers):
            gates = torch.addmm(bias, torch.cat([x, hidden[layer]], 1), weight)
            i, f, g, o = gates.chunk(4, 1)
            c = torch.sigmoid(f) * cell[layer] + torch.sigmoid(i) * torch.tanh(g)
            x = torch.sigmoid(o) * torch.tanh(c)
            hidden[layer], cell[layer] = x, c
        return torch.addmm(self.bias, x, self.output)

    def states(self, sources):
        """Of a batch, longest first; sentences of one length are read together."""
        parts, start = [], 0
        while start < len(sources):
            end = start
            while end < len(sources) and len(sources[end]) == len(sources[start]):
                end += 1
            parts.append(self.encode(sources[start:end]))
            start = end
        return [list(torch.cat([part[kind] for part in parts], 1).unbind(0)) for kind in (0, 1)]

    def greedy(self, sources):
        hidden, cell = self.states(sources)
        limits = torch.tensor([2 * len(source) + 50 for source in sources])
        found = [[] for _ in sources]
        active = torch.arange(len(sources))
        symbols = torch.full((len(sources),), END)
        steps = []
        for length in range(int(limits.max()) + 1):
            symbols = self.step(symbols, hidden, cell).argmax(1)
            symbols[limits[active] <= length] = END
            steps.append((active, symbols))
            going = symbols != END
            if not going.all():
                kept = going.nonzero().squeeze(1)
                if len(kept) == 0:
                    break
                active, symbols = active[kept], symbols[kept]
                hidden, cell = [h[kept] for h in hidden], [c[kept] for c in cell]
        for active, symbols in steps:
            for sentence, symbol in zip(active.tolist(), symbols.tolist()):
                if symbol != END:
                    found[sentence].append(symbol)
        return found

    def search(self, sources):
        """The best translation of each sentence of a batch."""
        if self.beam == 1:
            return self.greedy(sources)
        beam, count = self.beam, len(sources)
        hidden, cell = self.states(sources)
        limits = torch.tensor([2 * len(source) + 50 for source in sources])
        active = torch.arange(count)  # sentences that go on
        best = torch.full((count,), -torch.inf)
        found = [[] for _ in sources]
        scores = torch.zeros(count, 1)  # of the live hypotheses, [active, live]
        symbols = torch.full((count,), END)
        tails = []  # of each step: which hypothesis of the step before, and the symbol
        for length in range(int(limits.max()) + 1):
            live = scores.shape[1]
            logits = self.step(symbols, hidden, cell)
            values, ids = logits.topk(beam + 1, 1)
            totals = values - logits.logsumexp(1, keepdim=True)
            forced = limits[active] <= length
            if forced.any():
                rows = forced.repeat_interleave(live)
                totals[rows, 0] = (logits[rows, END] - logits[rows].logsumexp(1))
                totals[rows, 1:], ids[rows] = -torch.inf, END
            totals = (scores.unsqueeze(2) + totals.view(-1, live, beam + 1)).flatten(1)
            totals, places = totals.topk(min(2 * beam, totals.shape[1]), 1)
            ids = ids.view(len(active), -1).gather(1, places)
            parents = places.div(beam + 1, rounding_mode="floor")
            # `<eos>` among the best `beam` completes a hypothesis; the best of a step is its first one.
            ends = (ids == END) & (totals > -torch.inf)
            ends[:, beam:] &= forced.unsqueeze(1)
            first = ends.int().argmax(1, keepdim=True)
            complete = totals.gather(1, first).squeeze(1)
            better = ends.any(1) & (complete > best[active])
            for row in better.nonzero().squeeze(1).tolist():
                best[active[row]] = complete[row]
                found[active[row]] = self.trace(tails, row, int(parents[row, first[row, 0]]))
            # The first `beam` of the others go on.
            order = ((ids == END).int() * 1000 + torch.arange(ids.shape[1])).argsort(1)[:, :beam]
            order = order[:, :min(beam, ids.shape[1] - live)] if live == 1 else order
            scores, ids, parents = totals.gather(1, order), ids.gather(1, order), parents.gather(1, order)
            going = (scores[:, 0] > best[active]) & ~forced
            kept = going.nonzero().squeeze(1)
            if len(kept) == 0:
                break
            tails.append((kept.tolist(), parents[kept].tolist(), ids[kept].tolist()))
            rows = (kept.unsqueeze(1) * live + parents[kept]).flatten()
            hidden, cell = [h[rows] for h in hidden], [c[rows] for c in cell]
            symbols, scores, active = ids[kept].flatten(), scores[kept], active[kept]
        return found

    def trace(self, tails, row, hypothesis):
        """The symbols of a hypothesis, by what was noted of the steps."""
        symbols = []
        for kept, parents, ids in reversed(tails):
            symbols.append(ids[row][hypothesis])
            row, hypothesis = kept[row], parents[row][hypothesis]
        return symbols[::-1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--beam", type=int, default=12)
    parser.add_argument("--batch", type=int, help="sentences searched at a time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--alone", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    batch = 1 if options.alone else options.batch or (256 if options.beam == 1 else 64)
    model, vocabularies = torch_reference.load(options.model)
    tokenizer = torch_reference.configuration(f"{options.model}/config.yaml").get("data.tokenizer", "whitespace")
    search = Search(model.float(), options.beam)
    targets = list(vocabularies["target"])
    lines = sys.stdin.buffer.read().decode().split("\n")[:-1]
    start = time.perf_counter()
    split = words if tokenizer == "words" else str.split
    sources = [[max(1, vocabularies["source"].get(symbol, 1)) for symbol in split(line)] for line in lines]
    order = [line for line in range(len(lines)) if sources[line]]
    if not options.alone:
        order.sort(key=lambda line: -len(sources[line]))
    found = [""] * len(lines)
    for first in range(0, len(order), batch):
        chosen = order[first:first + batch]
        for line, symbols in zip(chosen, search.search([sources[line] for line in chosen])):
            found[line] = text([targets[symbol] for symbol in symbols], tokenizer)
    seconds = time.perf_counter() - start
    sys.stdout.buffer.write("".join(line + "\n" for line in found).encode())
    print(f"{seconds:.3f} s", file=sys.stderr)


if __name__ == "__main__":
    with torch.inference_mode():
        main()
