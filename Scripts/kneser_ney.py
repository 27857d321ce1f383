#!/usr/bin/env python3
"""The perplexity of a trigram model, which a language model must beat to be worth its training.

    kneser_ney.py [--tokenizer words] TRAIN TEXT VOCABULARY

Trains on TRAIN and prints the perplexity of TEXT, a symbol of it, over the symbols of VOCABULARY (a
model's `target.vocab`); all others are `<unk>`. `<eos>` ends every line and counts, and every line stands
alone after `<eos>`: the same sum that `launcher score` prints by lines. Without --tokenizer the text comes
tokenised; `words` is `data.tokenizer: words`.

The model is interpolated Kneser-Ney smoothing (Kneser and Ney 1995) with the three discounts per order of
Chen and Goodman (1999), estimated from counts of counts; where these are too few for three, an order has one.
The shortest order is interpolated with the uniform distribution over the vocabulary. That probabilities
sum to 1 is checked at some contexts.
"""
import argparse
import collections
import math
import random
import re
import sys
import unicodedata

END, UNKNOWN = 0, 1
JOINER = "\uffed"


def words(line):
    """The symbols of ordinary text, as WordTokenizer.swift makes them."""
    symbols = []
    for run in re.findall(r"[\S\x1c-\x1f]+", line):
        symbol, is_word = "", False
        for place, mark in enumerate(run.replace(JOINER, "■")):
            follows = run[place + 1:place + 2]
            if is_letter(mark):
                if symbol and not is_word:
                    symbols.append(symbol + JOINER)
                    symbol = ""
                symbol += mark
                is_word = True
            elif is_word and mark in "'’.,-_" and follows and is_letter(follows):
                symbol += mark
                is_word = mark not in "'’"
            else:
                if symbol:
                    symbols.append(symbol)
                    mark = JOINER + mark
                symbol, is_word = mark, False
        symbols.append(symbol)
    return symbols


def is_letter(mark):
    """Whether it is a letter, a digit or a mark on one."""
    return unicodedata.category(mark)[0] in "LMN"


class Order:
    """The n-grams of one length: discounted probabilities, and the weight of the next shorter order.

    `counts` are of pairs of a context and a symbol; a context is a number.
    """

    def __init__(self, counts):
        of_counts = collections.Counter(count for count in counts.values() if count < 5)
        self.discounts = discounts([of_counts[count] for count in (1, 2, 3, 4)])
        self.counts = counts
        self.totals, self.left = collections.Counter(), collections.Counter()
        for (context, _), count in counts.items():
            self.totals[context] += count
            self.left[context] += self.discounts[min(count, 3) - 1]

    def probability(self, context, symbol, shorter):
        total = self.totals.get(context)
        if not total:
            return shorter
        count = self.counts.get((context, symbol), 0)
        own = count - self.discounts[min(count, 3) - 1] if count else 0
        return (own + self.left[context] * shorter) / total


def discounts(of_counts):
    """Of counts 1, 2, and 3 or more; `of_counts` says how many counts are 1, 2, 3 and 4."""
    n1, n2, n3, n4 = of_counts
    if n1 and n2:
        one = n1 / (n1 + 2 * n2)
        if n3:
            three = [1 - 2 * one * n2 / n1, 2 - 3 * one * n3 / n2, 3 - 4 * one * n4 / n3]
            if all(0 < value < limit + 1 for limit, value in enumerate(three)):
                return three
    else:
        one = 0.5
    return [one] * 3


class Trigrams:
    def __init__(self, lines, size):
        self.size = size
        trigrams, starts = collections.Counter(), collections.Counter()
        for line in lines:
            starts[(END, line[0])] += 1
            before = END
            for middle, symbol in zip(line, line[1:]):
                trigrams[(before * size + middle, symbol)] += 1
                before = middle
        # How many different symbols an n-gram follows. Nothing stands before a line.
        bigrams = collections.Counter((context % size, symbol) for context, symbol in trigrams)
        bigrams.update(starts)
        unigrams = collections.Counter((0, symbol) for _, symbol in bigrams)
        self.orders = [Order(counts) for counts in (unigrams, bigrams, trigrams)]

    def probability(self, before, middle, symbol):
        """Of `symbol` after two others; `before` is None if `middle` is the `<eos>` before a line."""
        unigrams, bigrams, trigrams = self.orders
        found = unigrams.probability(0, symbol, 1 / self.size)
        found = bigrams.probability(middle, symbol, found)
        return found if before is None else trigrams.probability(
            before * self.size + middle, symbol, found)

    def check(self, contexts):
        for context in contexts:
            total = math.fsum(self.probability(*context, symbol) for symbol in range(self.size))
            if abs(total - 1) > 1e-9:
                raise ArithmeticError(f"probabilities after {context} sum to {total}")


def contexts(line):
    """(before, middle, symbol) of every symbol of a line."""
    return zip([None, END, *line], [END, *line], line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("train")
    parser.add_argument("text")
    parser.add_argument("vocabulary")
    parser.add_argument("--tokenizer", choices=["whitespace", "words"], default="whitespace")
    options = parser.parse_args()
    with open(options.vocabulary, encoding="utf-8", newline="\n") as file:
        numbers = {line.rstrip("\r\n"): number for number, line in enumerate(file)}
    split = words if options.tokenizer == "words" else re.compile("[^ \t\r\n]+").findall

    def read(path):
        """The lines as numbers of symbols, `<eos>` at their ends."""
        with open(path, encoding="utf-8-sig", newline="\n") as file:
            for line in file:
                yield [max(UNKNOWN, numbers.get(symbol, UNKNOWN)) for symbol in split(line)] + [END]

    model = Trigrams(read(options.train), len(numbers))
    text = list(read(options.text))
    grams = [gram for line in text for gram in contexts(line)]
    seen = [gram[:2] for gram in random.Random(1).sample(grams, min(20, len(grams)))]
    unseen = [(UNKNOWN, END), (len(numbers) - 1, len(numbers) - 1)]
    model.check([(None, END), *seen, *unseen])
    total = math.fsum(math.log(model.probability(*gram)) for gram in grams)
    unknown = sum(symbol == UNKNOWN for _, _, symbol in grams)
    for name, order in zip(["unigrams", "bigrams", "trigrams"], model.orders):
        print(f"{len(order.counts)} {name}, discounts "
              + ", ".join(f"{value:.3f}" for value in order.discounts))
    print(f"{len(text)} lines, {len(grams)} symbols with <eos>, {100 * unknown / len(grams):.2f} % <unk>, "
          f"log-probability {total:.2f}")
    print(f"perplexity {math.exp(-total / len(grams)):.3f}")


if __name__ == "__main__":
    sys.exit(main())
