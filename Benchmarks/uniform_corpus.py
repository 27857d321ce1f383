#!/usr/bin/env python3
"""Writes a corpus of sentences of one length with words drawn uniformly, for measuring speed.

    uniform_corpus.py FOLDER --vocabulary 10000 --length 25 --pairs 12800

The vocabulary files hold all the words, so that the softmax has its full size.
"""
import argparse
import os
import random

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--vocabulary", type=int, default=10000)
parser.add_argument("--length", type=int, default=25)
parser.add_argument("--pairs", type=int, default=12800)
arguments = parser.parse_args()

os.makedirs(arguments.folder, exist_ok=True)
words = [f"w{number}" for number in range(2, arguments.vocabulary)]
generator = random.Random(1)
for side in ("source", "target"):
    with open(f"{arguments.folder}/{side}.txt", "w") as text:
        for _ in range(arguments.pairs):
            text.write(" ".join(generator.choices(words, k=arguments.length)) + "\n")
    with open(f"{arguments.folder}/{side}.vocab", "w") as vocabulary:
        vocabulary.write("\n".join(["<eos>", "<unk>"] + words) + "\n")
