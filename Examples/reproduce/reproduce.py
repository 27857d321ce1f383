#!/usr/bin/env python3
"""Trains what the paper trained, scaled down to the demo's corpus, and writes the paper's numbers beside ours.

    Examples/reproduce/reproduce.py LAUNCHER [--work FOLDER] [--output FOLDER] [--jobs N]

It can be stopped at any time and goes on where it was: a finished training or measurement is not made twice,
and one that was interrupted is begun anew. Trainings are of one rank each, as many side by side as there are
cores, for that is what uses a machine best where there are many of them. What is timed comes last and alone.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import time

import experiments
import page
from measures import Measures, Stopped, call, fail


def is_finished(folder, values):
    try:
        with open(os.path.join(folder, "finished.json"), encoding="utf-8") as file:
            return json.load(file)["settings"] == experiments.fingerprint(values)
    except (OSError, ValueError, KeyError):
        return False


def train(launcher, work, corpus, name, values):
    """Trains one model; gives the seconds it took."""
    folder = os.path.join(work, "runs", name)
    path = os.path.join(work, name + ".yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(experiments.configuration(values, os.path.abspath(corpus), f"runs/{name}"))
    start = time.time()
    call([launcher, "train", path, "--overwrite"])
    with open(os.path.join(folder, "finished.json"), "w", encoding="utf-8") as file:
        json.dump({"settings": experiments.fingerprint(values), "seconds": time.time() - start}, file)
    return time.time() - start


def train_all(launcher, work, corpus, jobs):
    runs = experiments.runs()
    left = {name: values for name, values in runs.items()
            if not is_finished(os.path.join(work, "runs", name), values)}
    print(f"{len(runs) - len(left)} of {len(runs)} models are trained", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        begun = {pool.submit(train, launcher, work, corpus, name, values): name
                 for name, values in left.items()}
        try:
            for number, future in enumerate(concurrent.futures.as_completed(begun), len(runs) - len(left) + 1):
                print(f"[{number}/{len(runs)}] {begun[future]}: {future.result():.0f} s", flush=True)
        except BaseException:
            # Those that have not begun shall not begin.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("launcher")
    parser.add_argument("--work", default="demo/reproduce", help="for models and results")
    parser.add_argument("--output", help="for the page and its pictures (default: the work folder)")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="trainings side by side")
    parser.add_argument("--machine", default="", help="what the page says of the machine")
    arguments = parser.parse_args()
    output = arguments.output or arguments.work
    corpus = os.path.join(arguments.work, "corpus")
    for folder in (os.path.join(arguments.work, "runs"), output):
        os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(corpus, "test.fr")):
        subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "..", "debian_corpus.py"), corpus],
                       check=True)
    train_all(arguments.launcher, arguments.work, corpus, arguments.jobs)
    measures = Measures(arguments.launcher, arguments.work, corpus)
    page.write(measures, output, arguments.machine)
    print(f"written: {os.path.join(output, 'index.html')} and README.md beside it")


if __name__ == "__main__":
    try:
        main()
    except Stopped as error:
        fail(error)
    except KeyboardInterrupt:
        fail("stopped; the same command goes on from here")
