#!/usr/bin/env python3
"""Checks which folder of Sources/ names whose types.

    Scripts/check_rooms.py

Files of one Swift module import nothing, so dependencies are read from names: a type that one folder alone
declares, and another names. ROOMS lists the folders from the ground up, each with what it is for; a folder may
name only those below it, so that there can be no circle. Prints each name that is out of order, and exits
with 1 if there is one.
"""
import os
import re
import sys

ROOMS = {
    "Distributed": "ranks, communicators, exchange; knows spans of numbers, no models",
    "Seq2Seq/Files": "bytes of files, and what is said of them",
    "Seq2Seq/Charts": "numbers and text as pictures; knows no models and no trainings",
    "Seq2Seq/Memory": "limits of memory",
    "Seq2Seq/Random": "numbers that follow from a seed",
    "Seq2Seq/Metrics": "what translations score beside references; knows no models",
    "Seq2Seq/Tensor": "memory, views, products, loops",
    "Seq2Seq/Parameters": "where parameters and gradients lie",
    "Seq2Seq/Storage": "safetensors",
    "Seq2Seq/Vectors": "vectors of sentences: their file, directions, neighbours",
    "Seq2Seq/Configuration": "config.yaml, and what keys may be",
    "Seq2Seq/Layers": "forward and backward passes of layers",
    "Seq2Seq/Data": "text, symbols, minibatches",
    "Seq2Seq/Tasks": "texts that are made up",
    "Seq2Seq/Models": "what layers make up, and its folder",
    "Seq2Seq/Inference": "search",
    "Seq2Seq/Evaluation": "models and translations, held against a text",
    "Seq2Seq/Parallel": "what a rank does of a model",
    "Seq2Seq/Training": "steps, optimizers, what training leaves",
    "Seq2Seq/Reports": "pages about trainings",
    "Seq2Seq/Benchmarks": "measurements",
    "launcher": "the command line",
}
# Rooms that know no ranks, and what says that one does.
RANKLESS = [room for room in ROOMS if room.startswith("Seq2Seq/")
            and room.split("/")[1] not in ("Configuration", "Parallel", "Training", "Reports", "Benchmarks")]
RANK = re.compile(r"import Distributed|import CMPI|\b(ranks?|replicas?|[Cc]ommunicators?|MPI\w*)\b")

DECLARATION = re.compile(
    r"^( *)(?:(?:public|internal|final|static|indirect|@\w+(?:\([^)]*\))?)\s+)*"
    r"(?:class|struct|enum|protocol|actor|typealias)\s+(\w+)", re.M)


def sources():
    """Of each Swift file: its room, its text, and its text without comments and strings."""
    for folder, _, names in sorted(os.walk("Sources")):
        room = os.path.relpath(folder, "Sources")
        for name in sorted(names):
            if name.endswith(".swift"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                code = re.sub(r'"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"', '""', re.sub(r"//[^\n]*", "", text))
                yield room, os.path.join(folder, name), text, code


def main():
    files = list(sources())
    faults = [f"{path}: the room {room} is not in ROOMS" for room, path, _, _ in files if room not in ROOMS]
    floors = {room: floor for floor, room in enumerate(ROOMS)}
    homes, namesakes = {}, {}
    for room, _, _, code in files:
        for indent, word in DECLARATION.findall(code):
            namesakes.setdefault(word, set()).add(room)
            if not indent:
                homes.setdefault(word, set()).add(room)
    for room, path, text, code in files:
        for word in sorted(set(re.findall(r"\b[A-Z]\w+\b", code))):
            home = homes.get(word, set())
            if len(home | namesakes.get(word, set())) == 1 and home and room in floors and floors.get(min(home), 0) > floors[room]:
                faults.append(f"{path}: names {word} of {min(home)}, which stands above {room}")
        if room in RANKLESS:
            for number, line in enumerate(text.splitlines(), 1):
                if RANK.search(line):
                    faults.append(f"{path}:{number}: {room} knows no ranks: {line.strip()}")
    print("\n".join(faults) or f"{len(files)} files in {len(ROOMS)} rooms, none out of order")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
