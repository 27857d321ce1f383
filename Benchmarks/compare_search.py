#!/usr/bin/env python3
"""Measures the launcher's search and one in PyTorch (search_peer.py) in turn, and prints seconds and their ratios.

    compare_search.py LAUNCHER PYTHON --model M --source F [--beams 1,12] [--rounds 5] [--batches 64,256]
                      [--alone 100] [--ranks 2]

PYTHON is an interpreter with torch and safetensors. Both have two threads, unless --threads says otherwise.
"whole" is the process from start to end; "search" is without the start: of the peer what it says itself, of
the launcher less what it takes for no lines at all. The peer runs with each of --batches, and the best counts.
--alone gives that many lines one at a time, each when the answer to the one before is there. --ranks compares one
rank of one thread with several of one thread. Lines that differ are counted, and shown with the log-probabilities
that the model gives both, which are nearly equal where rounding alone decides.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command, text, threads):
    """Seconds, standard output and standard error."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stderr.decode()}")
    return seconds, done.stdout, done.stderr.decode()


def launcher(options, beam, text):
    """(search, whole, output)"""
    command = [options.launcher, "translate", options.model, f"--beam={beam}"]
    whole, output, _ = run(command, text, options.threads)
    return whole - run(command, b"", options.threads)[0], whole, output


def peer(options, beam, text, *extra):
    command = [options.python, f"{HERE}/search_peer.py", options.model, f"--beam={beam}",
               f"--threads={options.threads}", *extra]
    whole, output, errors = run(command, text, options.threads)
    return float(errors.split()[-2]), whole, output


def launcher_alone(options, beam, lines):
    """Seconds from the first question to the last answer, and the output."""
    process = subprocess.Popen([options.launcher, "translate", options.model, f"--beam={beam}"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env={**os.environ, "OPENBLAS_NUM_THREADS": str(options.threads)})

    def ask(line):
        process.stdin.write(line)
        process.stdin.flush()
        return process.stdout.readline()

    ask(lines[0])  # the model has been read
    start = time.perf_counter()
    output = b"".join(ask(line) for line in lines)
    seconds = time.perf_counter() - start
    process.stdin.close()
    process.wait()
    return seconds, output


def differences(options, text, ours, theirs):
    """Prints the lines that differ; how many there are."""
    ours, theirs, sources = (data.decode().split("\n") for data in (ours, theirs, text))
    found = [i for i, line in enumerate(ours) if line != theirs[i]]
    if found:
        with tempfile.TemporaryDirectory() as folder:
            def write(name, lines):
                with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                    file.write("".join(line + "\n" for line in lines))
            write("source", [sources[i] for i in found] * 2)
            write("target", [ours[i] for i in found] + [theirs[i] for i in found])
            scores = run([options.launcher, "score", options.model, f"--source={folder}/source",
                          f"--target={folder}/target"], b"", options.threads)[1].split()
        for number, i in enumerate(found):
            print(f"    line {i + 1}: {ours[i]!r} {float(scores[number]):.5f}, "
                  f"{theirs[i]!r} {float(scores[number + len(found)]):.5f}")
    return len(found)


def report(name, ours, theirs, count):
    """Prints medians and the median of the rounds' ratios; pairs are (search, whole) by round."""
    cells = []
    for kind in (0, 1):
        ratios = [their[kind] / our[kind] for our, their in zip(ours, theirs)]
        cells += [statistics.median(our[kind] for our in ours), statistics.median(their[kind] for their in theirs),
                  statistics.median(ratios)]
    print(f"| {name} | {cells[0]:.2f} | {cells[1]:.2f} | {cells[2]:.2f} | {cells[3]:.2f} | {cells[4]:.2f} | "
          f"{cells[5]:.2f} | {count} |", flush=True)


def compare_ranks(options, beam, text):
    command = [options.launcher, "translate", options.model, f"--beam={beam}"]
    ratios, seconds = [], []
    for _ in range(options.rounds):
        found = []
        for ranks in (1, options.ranks):
            job = ["mpirun", "--allow-run-as-root", "-np", str(ranks), *command]
            start = run(job, b"", 1)[0]
            found.append(run(job, text, 1)[0] - start)
        seconds.append(found)
        ratios.append(found[0] / found[1])
    print(f"beam {beam}, search: one rank {statistics.median(s[0] for s in seconds):.2f} s, {options.ranks} ranks "
          f"{statistics.median(s[1] for s in seconds):.2f} s, ratio {statistics.median(ratios):.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("launcher")
    parser.add_argument("python")
    parser.add_argument("--model", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--beams", default="1,12")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", default="64,256")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--alone", type=int, default=0, help="lines that are given one at a time")
    parser.add_argument("--ranks", type=int, default=0, help="compares one rank with so many")
    options = parser.parse_args()
    with open(options.source, "rb") as file:
        text = file.read()
    lines = text.splitlines(keepends=True)[:options.alone]
    print(f"{len(text.splitlines())} lines, seconds\n")
    print("| | search: launcher | PyTorch | ratio | whole: launcher | PyTorch | ratio | lines that differ |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for beam in (int(beam) for beam in options.beams.split(",")):
        ours, theirs, count = [], [], 0
        for _ in range(options.rounds):
            search, whole, output = launcher(options, beam, text)
            ours.append((search, whole))
            search, whole, other = min(peer(options, beam, text, f"--batch={batch}")
                                       for batch in options.batches.split(","))
            theirs.append((search, whole))
            count = differences(options, text, output, other)
        report(f"beam {beam}", ours, theirs, count)
        if not lines:
            continue
        ours, theirs = [], []
        for _ in range(options.rounds):
            seconds, output = launcher_alone(options, beam, lines)
            ours.append((seconds, seconds))
            search, _, other = peer(options, beam, b"".join(lines), "--alone")
            theirs.append((search, search))
            count = differences(options, b"".join(lines), output, other)
        report(f"beam {beam}, {len(lines)} lines one at a time", ours, theirs, count)
    if options.ranks:
        print()
        for beam in options.beams.split(","):
            compare_ranks(options, beam, text)


if __name__ == "__main__":
    main()
