"""What is measured: calls of the launcher, whose results are kept so that none is made twice."""
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys

import experiments


class Stopped(Exception):
    """A call that failed, with what it said."""


def call(arguments, **options):
    """Runs a program with one thread per process, and gives what it printed."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS", "1")}
    result = subprocess.run(arguments, env=environment, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)
    if result.returncode != 0:
        raise Stopped(f"{' '.join(arguments)}\nended with {result.returncode}: {result.stderr[-2000:]}")
    return result.stdout


class Measures:
    """Results by name, in a file that is written after each."""

    def __init__(self, launcher, work, corpus):
        self.launcher, self.work, self.corpus = launcher, work, corpus
        self.path = os.path.join(work, "results.json")
        self.results = {}
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                self.results = json.load(file)

    def once(self, what, compute, models=(), inputs=""):
        """A result that is kept under its name, the settings of the models that it is of, and what they read."""
        settings = "".join(experiments.fingerprint(experiments.settings(model)) for model in models)
        name = what + " " + hashlib.sha256((settings + inputs).encode()).hexdigest()[:12]
        if name not in self.results:
            print(f"measuring {what}", flush=True)
            self.results[name] = compute()
            temporary = self.path + ".new"
            with open(temporary, "w", encoding="utf-8") as file:
                json.dump(self.results, file, indent=1, sort_keys=True)
            os.replace(temporary, self.path)
        return self.results[name]

    def test(self, side):
        return os.path.join(self.corpus, f"test.{side}")

    def models(self, names):
        folders = [os.path.join(self.work, "runs", name) for name in names]
        return [part for folder in folders for part in ("--model", folder)]

    def evaluate(self, names, beam=12):
        """Perplexity, exact matches, BLEU and chrF on the test text, of a model or an ensemble."""
        def compute():
            return numbers(call([self.launcher, "evaluate", *self.models(names), "--source", self.test("en"),
                                 "--target", self.test("fr"), "--beam", str(beam), "--metric", "bleu",
                                 "--metric", "chrf"]))
        return self.once(f"{'+'.join(names)}, beam {beam}", compute, names)

    def logged(self, *folder):
        """The lines of a run's metrics."""
        with open(os.path.join(self.work, *folder, "metrics.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def validation(self, name):
        """The best perplexity on the validation text."""
        return min(line["perplexity"] for line in self.logged("runs", name) if line.get("validation"))

    def training(self, name):
        """The perplexity on the training text, of the last tenth of the steps that were logged."""
        logged = [line["perplexity"] for line in self.logged("runs", name) if not line.get("validation")]
        return statistics.geometric_mean(logged[-max(1, len(logged) // 10):])

    def rescoring(self, maker, rescorers, size):
        """BLEU of an n-best list of one model as it is, and with the scores of others in an even average."""
        made = experiments.fingerprint(experiments.settings(maker))
        lists = os.path.join(self.work, f"{maker}.{made}.{size}best")
        if not os.path.exists(lists):
            with open(self.test("en"), encoding="utf-8") as source:
                text = call([self.launcher, "translate", *self.models([maker]), "--beam", str(size), "--n-best",
                             str(size)], stdin=source)
            with open(lists + ".new", "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(lists + ".new", lists)

        def compute():
            folders = [os.path.join(self.work, "runs", name) for name in rescorers]
            best = call([self.launcher, "rescore", *folders, "--source", self.test("en"), "--n-best", lists,
                         "--best"])
            return self.hypotheses(best)
        return self.once(f"{size}-best of {maker}, rescored by {'+'.join(rescorers)}", compute,
                         [maker, *rescorers])

    def hypotheses(self, text):
        path = os.path.join(self.work, "hypotheses")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return numbers(call([self.launcher, "evaluate", "--hypotheses", path, "--target", self.test("fr")]))

    def groups(self, names, by, chart):
        """The launcher's table of BLEU by `length` or `frequency`, and its chart."""
        def compute():
            text = call([self.launcher, "evaluate", *self.models(names), "--source", self.test("en"), "--target",
                         self.test("fr"), "--by", by, "--groups", "6", "--chart", chart])
            table = text[text.index(f"\nby "):].strip().split("\n")[1:]
            return [re.split(r"\s{2,}", line.strip()) for line in table]
        return self.drawn(f"BLEU by {by}", compute, chart, names)

    def vectors(self, name, chart):
        """The states of the sentences of `experiments.SENTENCES`, drawn by their principal components."""
        def compute():
            lines, vectors = (os.path.join(self.work, file) for file in ("sentences", "vectors.npy"))
            with open(lines, "w", encoding="utf-8") as file:
                file.write("".join(line + "\n" for line in experiments.SENTENCES))
            call([self.launcher, "embed", os.path.join(self.work, "runs", name), "--source", lines, "--output",
                  vectors])
            table = call([self.launcher, "project", vectors, "--labels", lines, "--chart", chart])
            return [line.split("\t") for line in table.strip().split("\n")]
        return self.drawn(f"vectors of {name}", compute, chart, [name], "".join(experiments.SENTENCES))

    def drawn(self, what, compute, chart, models, inputs=""):
        """A result whose chart is a file: if that is gone, both are made again."""
        def both():
            table = compute()
            with open(chart, encoding="utf-8") as file:
                return {"table": table, "chart": file.read()}
        result = self.once(what, both, models, inputs)
        with open(chart, "w", encoding="utf-8") as file:
            file.write(result["chart"])
        return result["table"]

    def speed(self, name, values, ranks=1, steps=400):
        """Words per second, losses and padding of some steps of a training on an otherwise idle machine."""
        def compute():
            path = os.path.join(self.work, "timing.yaml")
            short = {**values, "training.steps": steps, "training.logEverySteps": max(1, steps // 20),
                     "training.validateEverySteps": steps}
            with open(path, "w", encoding="utf-8") as file:
                file.write(experiments.configuration(short, os.path.abspath(self.corpus), "timing"))
            printed = call([self.launcher, "train", path, "--overwrite", *(["--ranks", str(ranks)] if ranks > 1 else [])])
            logged = [line for line in self.logged("timing") if not line.get("validation")]
            padding = re.search(r"padding ([\d.]+) %", printed)
            return {"wordsPerSecond": statistics.median(line["wordsPerSecond"] for line in logged[2:] or logged),
                    "losses": [line["loss"] for line in logged],
                    "padding": float(padding[1]) if padding else None}
        return self.once(name, compute, inputs=f"{experiments.fingerprint(values)} {steps}")


def numbers(printed):
    """The named numbers of `launcher evaluate`."""
    found = re.findall(r"^(perplexity|exact|BLEU|chrF2?)\s+([\d.,]+)", printed, re.M)
    return {name: float(value.replace(",", "")) for name, value in found}


def fail(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(1)
