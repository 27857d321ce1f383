#!/usr/bin/env python3
"""Measures the launcher and PyTorch in turn, and prints words per second and their ratio as a table.

    compare.py LAUNCHER PYTHON [--shapes small,large,...] [--rounds N] [--text FILE]

PYTHON is an interpreter with torch. The shapes are those of SHAPES below; `language` counts its target
words alone, as there are no others. The launcher runs two ranks with one thread each. PyTorch runs
as one process with two threads and as DistributedDataParallel over gloo with two processes, each with
dense and with sparse embedding gradients; the best of the four counts. A round runs all five, one
after the other; only figures of one round compare, for machines have other things to do.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PAIR = "--layers={} --hidden={} --source-vocabulary={} --target-vocabulary={} --length={} --target-length={}"
# Options of torch_peer.py. The launcher has the same, but for those of KEYS.
SHAPES = {
    "paper": PAIR.format(4, 1000, 160000, 80000, 25, 25) + " --steps=2 --warmup=1",
    "large": PAIR.format(4, 1000, 30000, 30000, 25, 25) + " --steps=3 --warmup=1",
    "medium": PAIR.format(2, 512, 10000, 10000, 25, 25) + " --steps=8 --warmup=3",
    "small": PAIR.format(1, 256, 60, 60, 29, 11) + " --steps=60 --warmup=3",
    "gru": PAIR.format(2, 512, 10000, 10000, 25, 25) + " --steps=8 --warmup=3 --cell=gru",
    "attention": PAIR.format(1, 256, 60, 60, 29, 11) + " --steps=60 --warmup=3 --attention",
    # Blocks of 35 words of 20 streams, as Zaremba, Sutskever and Vinyals (2014) train their medium model.
    "language": "--language-model --layers=2 --hidden=650 --target-vocabulary=10000 --batch=20 --length=35"
                " --steps=30 --warmup=3",
}
KEYS = {
    "--cell=gru": "--set=model.cell=gru",
    "--attention": "--set=model.attention=dot",
    "--language-model": "--set=model.type=language-model",
}
VARIANTS = [(processes, sparse) for sparse in (False, True) for processes in (1, 2)]


def flags(shape, text):
    return SHAPES[shape].split() + ([f"--text={text}"] if text else [])


def launcher(program, shape, text):
    """By kind of words, (words per second, part of the peak, memory in GB)."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, "benchmark", "--grids=2x1", f"--json={file.name}",
                        *(KEYS.get(flag, flag) for flag in flags(shape, text))],
                       check=True, stdout=subprocess.DEVNULL)
        results = json.load(open(file.name))
    found = {}
    for result in results:
        steps = result["steps"]
        rate = statistics.median(step["words"] / step["seconds"] for step in steps)
        peak = statistics.median(step["operations"] / step["seconds"] for step in steps)
        memory = sum(rank["memory"] for rank in result["perRank"]) / 1e9
        found[result["words"]] = rate, peak / result["peak"], memory
    return found


def torch(python, shape, text, processes, sparse):
    """(words per second, memory of a process in GB)"""
    output = subprocess.run(
        [python, f"{HERE}/torch_peer.py", f"--processes={processes}", f"--threads={3 - processes}",
         *(["--sparse"] if sparse else []), *flags(shape, text)],
        check=True, capture_output=True, text=True).stdout
    rate, memory = output.strip().splitlines()[-1].split(", ")
    return float(rate.split()[0]), float(memory.split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("launcher")
    parser.add_argument("python")
    parser.add_argument("--shapes", default="small,medium,large")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--text", help="a file of text, to draw words from as well as uniformly")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    print("| shape | words | round | launcher | of peak | torch, 2 threads | DDP | "
          "2 threads, sparse | DDP, sparse | launcher / best of torch |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for shape in options.shapes.split(","):
        ratios = {}
        for number in range(1, options.rounds + 1):
            ours = launcher(options.launcher, shape, options.text)
            for words, (rate, peak, memory) in ours.items():
                text = options.text if words == "text" else None
                theirs = [torch(options.python, shape, text, *variant) for variant in VARIANTS]
                ratio = rate / max(theirs)[0]
                ratios.setdefault(words, []).append(ratio)
                cells = [f"{peer:.0f}, {size:.1f} GB" for peer, size in theirs]
                print(f"| {shape} | {words} | {number} | {rate:.0f}, {memory:.1f} GB | "
                      f"{100 * peak:.0f} % | {' | '.join(cells)} | {ratio:.2f} |", flush=True)
        for words, values in ratios.items():
            print(f"| {shape} | {words} | median | | | | | | | {statistics.median(values):.2f} |",
                  flush=True)


if __name__ == "__main__":
    main()
