#!/usr/bin/env python3
"""Runs the launcher on thousands of damaged files and checks that it says so in one sentence.

    mutate_files.py LAUNCHER [COUNT] [--seed N] [--only FORMAT] [--number N] [--faults FOLDER]

LAUNCHER is the program (`.build/release/launcher`), COUNT how many files to make, 20000 unless given.
The script trains a toy model, and changes its files and those it was made of: weights, vocabularies,
prepared corpora, configurations, hostfiles, vectors, and texts, compressed ones too. The same seed makes the
same files every time, but for the name of the folder that they stand in. `--only` makes those of one format, `--number` one file alone.

Of every run it checks the exit code (0, 64, 65 or 75), that a failure has one line on standard error
beside warnings, of 300 code points at most and without control characters, that it ends within 5
seconds, and that it takes no more memory than twice what the honest file takes and 50 MB. A training
that is too large or slow is counted as "large" where the same file is fast with the honest sizes.
Runs stand in folders of their own and write there alone; mpirun is a program that does nothing.

Prints a table, keeps the files of faults in FOLDER (`mutated-faults`), and exits with 1 if there
are some. Needs Linux and Python 3.9, nothing else. 20,000 files take about 15 minutes on two cores.
"""
import argparse
import gzip
import json
import multiprocessing
import os
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata

from mutations import WORDS, join_weights, mutate, split_weights

SECONDS = 5
ADDRESS_SPACE = 4 << 30  # so that a model which no toy needs is refused before it is made


class Project:
    """Honest files, and runs of the launcher on one that is not."""

    def __init__(self, launcher, root):
        self.launcher, self.root = launcher, root
        names = "zero one two three four five six seven".split()
        pairs = [(f"{a} {b}", f"{names[a]} {names[b]}") for a in range(8) for b in range(8)]
        for side in (0, 1):
            for name, lines in (("train", pairs), ("valid", pairs[::5])):
                self.write(f"{name}.{'source target'.split()[side]}", "".join(p[side] + "\n" for p in lines).encode())
        self.write("config.yaml", b"""model: {layers: 1, hiddenSize: 8, embeddingSize: 4}
data:
  source: train.source
  target: train.target
  validationSource: valid.source
  validationTarget: valid.target
  prepared: prep
training:
  output: model
  optimizer: adam
  batchSize: 16
  epochs: 2
""")
        self.write("hosts", b"# a cluster\nnode1 slots=2\nnode2.example.org slots=4 max_slots=4 # two\n[::1] slots=1\nlocalhost\n")
        os.mkdir(f"{root}/bin")
        self.write("bin/mpirun", b"#!/bin/sh\nexit 0\n")
        os.chmod(f"{root}/bin/mpirun", 0o755)
        subprocess.run([launcher, "train", f"{root}/config.yaml"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        subprocess.run([launcher, "embed", f"{root}/model", "--source", f"{root}/valid.source", "--output",
                        f"{root}/vectors.npy"], check=True)
        # Weights that do not say what they belong to, as those of other programs.
        shutil.copytree(f"{root}/model", f"{root}/foreign")
        header, tensors = split_weights(self.read("model/model.safetensors"))
        entries = json.loads(header)
        del entries["__metadata__"]
        header = json.dumps(entries).encode()
        self.write("foreign/model.safetensors", join_weights(header + b" " * (-len(header) % 8), tensors))

    def write(self, name, data):
        with open(f"{self.root}/{name}", "wb") as file:
            file.write(data)
        # A prepared corpus remembers the time, and the same seed shall make the same files.
        os.utime(f"{self.root}/{name}", (10**9, 10**9))

    def read(self, name):
        with open(f"{self.root}/{name}", "rb") as file:
            return file.read()


MODEL = ["config.yaml", "source.vocab", "target.vocab", "model.safetensors"]
PREPARED = ["prepared.json", "source.vocab", "target.vocab", "train.pairs", "valid.pairs"]
FORMATS = {  # and of how many files in a hundred
    "weights": 22, "vocabulary": 14, "prepared": 14, "model configuration": 12, "train configuration": 12,
    "hostfile": 10, "text": 10, "gzip": 6, "vectors": 6}


class Case:
    """A file, what it is changed from, and the command that reads it in a folder of its own."""

    def __init__(self, project, format_, rng):
        self.project, self.format = project, format_
        self.stdin = b"1 2\n\n7 x\n"
        self.files = {}
        config, root = f"{project.root}/config.yaml", project.root
        bounds = ["--set", "training.output=out", "--set", "data.prepared=prep"]
        # Relative to the configuration, which stands elsewhere.
        here = lambda folder: ["--set", f"training.output={folder}/out", "--set", f"data.prepared={folder}/prep"]
        self.sizes = []
        if format_ in ("weights", "model configuration") or format_ == "vocabulary" and rng.random() < 0.6:
            model = rng.choice(["model", "foreign"])
            name = {"weights": "model.safetensors", "model configuration": "config.yaml"}.get(
                format_, rng.choice(["source.vocab", "target.vocab"]))
            self.files = {f"model/{file}": project.read(f"{model}/{file}") for file in MODEL}
            self.mutated, self.other = f"model/{name}", project.read(f"{'model' if model == 'foreign' else 'foreign'}/{name}")
            self.arguments = lambda folder: ["translate", "model", "--beam", "2"]
            self.kind = f"translate {model} {name}"
            if rng.random() < 0.15:
                self.arguments = lambda folder: [
                    "train", config, "--from", "model", "--set", "training.steps=1", *here(folder)]
                self.kind = f"train --from {model} {name}"
        elif format_ == "vocabulary":
            side = rng.choice(["source", "target"])
            self.files = {"vocab": project.read(f"model/{side}.vocab")}
            self.mutated, self.other = "vocab", project.read("model/source.vocab")
            self.arguments = lambda folder: ["prepare", config, "--set", f"data.{side}Vocabulary={folder}/vocab", *here(folder)]
            self.kind = f"prepare {side}"
        elif format_ == "prepared":
            name = rng.choice(["train.pairs", "train.pairs", "valid.pairs", *PREPARED])
            self.files = {f"prep/{file}": project.read(f"prep/{file}") for file in PREPARED}
            self.mutated, self.other = f"prep/{name}", project.read("prep/valid.pairs")
            steps = rng.choice([0, 1])
            self.arguments = lambda folder: ["train", config, "--set", f"training.steps={steps}", *here(folder)]
            self.kind = f"train {name} {steps}"
        elif format_ == "train configuration":
            names = [f"{part}.{side}" for part in ("train", "valid") for side in ("source", "target")]
            self.files = {name: project.read(name) for name in ["config.yaml", *names]}
            self.mutated, self.other = "config.yaml", project.read("model/config.yaml")
            self.arguments = lambda folder: ["train", "config.yaml", *bounds, "--set", "training.steps=1"]
            self.sizes = ["model.layers=1", "model.hiddenSize=8", "model.embeddingSize=4", "training.batchSize=16"]
            self.kind = "train config.yaml"
        elif format_ == "hostfile":
            self.files = {"hosts": project.read("hosts")}
            self.mutated, self.other = "hosts", project.read("hosts")
            self.arguments = lambda folder: ["train", config, "--ranks", "1", "--hosts", "hosts", *here(folder)]
            self.kind = "train --hosts"
        elif format_ == "vectors":
            self.files = {"v.npy": project.read("vectors.npy")}
            self.mutated, self.other = "v.npy", project.read("vectors.npy")
            self.arguments = lambda folder: ["project", "v.npy", "--nearest", "2", "--chart", "c.svg"]
            self.kind = "project"
        else:
            self.text(format_, rng, config, here)

    def text(self, format_, rng, config, here):
        side, read = rng.choice(["source", "target"]), self.project.read
        command = rng.choice(["score", "evaluate", "hypotheses", "prepare"] + ["translate"] * (format_ == "text"))
        self.files = {"a": read(f"valid.{side}"), "b": read(f"valid.{'target' if side == 'source' else 'source'}")}
        if format_ == "gzip":
            self.files["a"] = gzip.compress(self.files["a"], mtime=0)
        self.mutated, self.other = "a", self.files["b"]
        model = f"{self.project.root}/model"
        # The same file on both sides has as many lines as itself.
        pair = rng.choice([("a", "a"), ("a", "b"), ("b", "a")])
        self.kind = f"{command} {format_}"
        options = {
            "score": ["score", model, "--source", pair[0], "--target", pair[1]],
            "evaluate": ["evaluate", model, "--beam", "2", "--source", pair[0], "--target", pair[1]],
            "hypotheses": ["evaluate", "--hypotheses", pair[0], "--target", pair[1], "--tokenize",
                           rng.choice(["13a", "none", "char"])],
            "translate": ["translate", model, "--beam", "2"],
        }
        if command == "prepare":
            tokenizer = rng.choice(["whitespace", "words", "characters"])
            self.arguments = lambda folder: [
                "prepare", config, "--set", f"data.source={folder}/{pair[0]}", "--set", f"data.target={folder}/{pair[1]}",
                "--set", f"data.tokenizer={tokenizer}", *here(folder)]
        else:
            self.arguments = lambda folder: options[command]
        if command == "translate":
            self.stdin = None

    def mutant(self, rng):
        data = self.files[self.mutated]
        words = WORDS[self.format.split()[-1] if self.format != "gzip" else "text"]
        if self.format == "weights" and rng.random() < 0.6:
            # A header that is read as a whole, whatever its length.
            header, tensors = split_weights(data)
            return join_weights(mutate(rng, header, words, split_weights(self.other)[0]), tensors)
        if self.format == "gzip" and rng.random() < 0.5:
            return gzip.compress(mutate(rng, gzip.decompress(data), words, self.other), mtime=0)
        return mutate(rng, data, words, self.other)


def execute(project, case, folder, data, settings=()):
    """Runs a command on a file; returns exit code, seconds, kilobytes and standard error."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, content in case.files.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data if name == case.mutated else content)
    with open(f"{folder}/stdin", "wb") as file:
        file.write(data if case.stdin is None else case.stdin)
    command = [project.launcher, *case.arguments(folder)] + [part for s in settings for part in ("--set", s)]
    environment = dict(os.environ, PATH=f"{project.root}/bin:{os.environ['PATH']}", TMPDIR=folder,
                       OPENBLAS_NUM_THREADS="1", OMPI_MCA_ess_singleton_isolated="1")
    start = time.monotonic()
    with open(f"{folder}/stdin", "rb") as stdin, open(f"{folder}/stderr", "wb") as stderr:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr,
            start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE)))
    descriptor = os.pidfd_open(process.pid)
    ended = select.select([descriptor], [], [], SECONDS)[0]
    os.close(descriptor)
    if not ended:
        os.killpg(process.pid, signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    with open(f"{folder}/stderr", "rb") as file:
        return process.returncode if ended else None, seconds, usage.ru_maxrss, file.read()


def fault(code, kilobytes, errors, honest):
    """What is wrong with a run; nothing if all is as it should be."""
    if code is None:
        return f"no end within {SECONDS} s"
    if code not in (0, 64, 65, 75):
        return f"exit code {code}"
    try:
        lines = errors.decode().split("\n")
    except UnicodeDecodeError:
        return "standard error is not UTF-8"
    if lines.pop():
        return "standard error does not end in a line feed"
    if any(unicodedata.category(c) == "Cc" for line in lines for c in line):
        return "control characters"
    if max(map(len, lines), default=0) > 300:
        return "a long line"
    if any(not line.startswith("launcher: ") for line in lines):
        return "a line of something else"
    own = [line for line in lines if not line.startswith("launcher: warning: ")]
    if len(own) != (code != 0):
        return f"{len(own)} sentences with exit code {code}"
    if kilobytes > 2 * honest + 50 * 1024:
        return f"{kilobytes // 1024} MB where the honest file takes {honest // 1024} MB"
    return None


def check(job):
    """Makes and runs one mutant."""
    project, seed, number, format_, faults, honest_runs = job
    rng = random.Random(f"{seed}:{number}")
    case = Case(project, format_, rng)
    folder = f"{project.root}/work{os.getpid()}"
    if case.kind not in honest_runs:
        code, _, kilobytes, errors = execute(project, case, folder, case.files[case.mutated])
        if code != 0:
            sys.exit(f"the honest file of '{case.kind}' is refused: {errors.decode()}")
        honest_runs[case.kind] = kilobytes
    honest = honest_runs[case.kind]
    data = case.mutant(rng)
    run = execute(project, case, folder, data)
    found = fault(run[0], *run[2:], honest)
    if found and run[0] is None:
        # Other programs may have had the cores.
        run = execute(project, case, folder, data)
        found = fault(run[0], *run[2:], honest)
    if found and case.sizes and (run[0] is None or found.endswith("MB")):
        small = execute(project, case, folder, data, case.sizes)
        if not fault(small[0], *small[2:], honest):
            return format_, "large", 0, 0, None
    if found:
        os.makedirs(faults, exist_ok=True)
        with open(f"{faults}/{number}", "wb") as file:
            file.write(data)
        found = f"{number}: {case.kind}: {found}\n    {run[3][:300]!r}"
    outcome = "faults" if found else {0: "read", 75: "stopped"}.get(run[0], "refused")
    return format_, outcome, run[1], (run[2] - honest) / 1024, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("launcher", type=os.path.abspath)
    parser.add_argument("count", type=int, nargs="?", default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=FORMATS)
    parser.add_argument("--number", type=int)
    parser.add_argument("--faults", type=os.path.abspath, default="mutated-faults")
    options = parser.parse_args()
    wheel = [name for name, weight in FORMATS.items() for _ in range(weight)]
    jobs = [(number, random.Random(f"{options.seed}:format:{number}").choice(wheel)) for number in range(options.count)]
    jobs = [(n, f) for n, f in jobs if options.only in (None, f) and options.number in (None, n)]
    columns = ["files", "read", "refused", "stopped", "large", "faults"]
    table = {name: dict.fromkeys(columns, 0) | {"seconds": 0, "MB": 0} for name in FORMATS}
    with tempfile.TemporaryDirectory(prefix="mutate-") as root, multiprocessing.Manager() as manager:
        project, honest = Project(options.launcher, root), manager.dict()
        with multiprocessing.Pool(2) as pool:
            work = [(project, options.seed, n, f, options.faults, honest) for n, f in jobs]
            for done, (name, outcome, seconds, megabytes, found) in enumerate(
                    pool.imap_unordered(check, work, chunksize=8), 1):
                if sys.stderr.isatty() or done % 1000 == 0:
                    print(f"{done} of {len(work)}", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
                row = table[name]
                row["files"] += 1
                row[outcome] += 1
                row["seconds"], row["MB"] = max(row["seconds"], seconds), max(row["MB"], megabytes)
                if found:
                    print(found, flush=True)
    print(f"{'format':20}" + "".join(f"{c:>9}" for c in columns) + f"{'worst s':>9}{'worst MB above':>16}")
    for name in FORMATS:
        row = table[name]
        print(f"{name:20}" + "".join(f"{row[c]:9}" for c in columns) + f"{row['seconds']:9.2f}{row['MB']:16.1f}")
    total = {c: sum(row[c] for row in table.values()) for c in columns}
    print(f"{'together':20}" + "".join(f"{total[c]:9}" for c in columns))
    if total["faults"]:
        sys.exit(f"the files are in {options.faults}")


if __name__ == "__main__":
    main()
