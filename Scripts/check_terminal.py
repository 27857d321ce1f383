#!/usr/bin/env python3
"""Checks the line that tells how a training goes on, in terminals of tmux.

    apt-get install tmux
    check_terminal.py [LAUNCHER]

LAUNCHER is the program, `.build/debug/launcher` unless given. Trains a small model at several widths,
while a terminal becomes narrower, with TERM=dumb and into a file, on one rank and on two, and presses
Ctrl-C. Exits with 1 and a sentence at the first thing that does not hold.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time

LAUNCHER = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".build/debug/launcher")
ENDLESS, SHORT = "100000", "50"  # epochs of 4 steps
# A narrow terminal cuts the line behind the number of the step.
STATUS = re.compile(r"^(?!launcher: ).*step ([\d,]+)(?![\d,])(?!  validation)")
VALIDATION = re.compile(r"step [\d,]+  validation loss")
CONFIGURATION = """
model: {layers: 1, hiddenSize: 256, embeddingSize: 16}
data:
  source: train.source
  target: train.target
  validationSource: train.source
  validationTarget: train.target
training: {output: model, batchSize: 16, logEverySteps: 5, validateEverySteps: 50}
"""


class Failure(Exception):
    """Something that does not hold, as a sentence."""


def check(holds, sentence):
    if not holds:
        raise Failure(sentence)


def wait(condition, sentence, seconds=60):
    """Waits until `condition()` is something, and returns it."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        check(time.monotonic() < end, sentence)
        time.sleep(0.02)
    return value


def make_project(folder):
    words = "zero one two three four five six seven".split()
    pairs = [(f"{a} {b}\n", f"{words[a]} {words[b]}\n") for a in range(8) for b in range(8)]
    for name, text in [("train.source", "".join(p[0] for p in pairs)),
                       ("train.target", "".join(p[1] for p in pairs)), ("config.yaml", CONFIGURATION)]:
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)


def command(ranks, epochs):
    return [LAUNCHER, "train", "config.yaml", "--overwrite", "--set", f"training.epochs={epochs}"] + (
        ["--ranks", str(ranks)] if ranks > 1 else [])


class Screen:
    """A terminal of tmux in which a training runs in a fresh folder."""

    def __init__(self, columns, ranks, epochs, kind="tmux-256color"):
        self.folder = tempfile.TemporaryDirectory()
        make_project(self.folder.name)
        self.socket = os.path.join(self.folder.name, "socket")
        # The shell survives Ctrl-C, so that what the training left stays to be looked at.
        script = (f"trap : INT; TERM={kind} {shlex.join(command(ranks, epochs))}; echo $? >code; sleep 600")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", "40", "-c",
                  self.folder.name, "sh", "-c", script)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")
        self.folder.cleanup()

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def lines(self, *options):
        """All that stands in the terminal, lines that it wrapped put together."""
        text = self.tmux("capture-pane", "-p", "-J", "-S", "-", *options)
        return [line.rstrip() for line in text.rstrip().split("\n")]

    def code(self):
        """The exit code of the training, when it has ended."""
        try:
            with open(os.path.join(self.folder.name, "code")) as file:
                return file.read().strip()
        except FileNotFoundError:
            return ""


def statuses(lines):
    return [line for line in lines if STATUS.search(line)]


def step(line):
    return int(STATUS.search(line)[1].replace(",", ""))


def watch(screen, columns, samples, enough):
    """Looks at the terminal until the status has changed `enough` times; returns the last one."""
    last, changes, validations = None, 0, 0
    end = time.monotonic() + 60
    while changes < enough:
        check(time.monotonic() < end, "the status does not change for a minute")
        lines = screen.lines()
        found = statuses(lines)
        check(len(found) <= 1, f"{len(found)} rows show a status: {found}")
        now = sum(1 for line in lines if VALIDATION.search(line))
        check(now >= validations, "a validation line went away")
        validations = now
        others = [line for line in lines if "step" in line and line not in found
                  and not VALIDATION.search(line) and " steps" not in line]
        check(not others, f"rows are neither status nor validation: {others}")
        if found:
            samples.append(found[0])
            check(len(found[0]) <= columns - 3, f"{len(found[0])} columns of status on {columns}: {found[0]}")
            check(lines[-1] == found[0], f"rows below the status: {lines[-1]}")
            check(last is None or step(found[0]) >= step(last), "the step goes back")
            changes += found[0] != last
            last = found[0]
    check(validations > 0, "no validation line stays")
    return last


def interrupt(screen, ranks, before):
    """Presses Ctrl-C and looks at what is left."""
    screen.tmux("send-keys", "C-c")
    code = wait(screen.code, "Ctrl-C does not end the training", 20)
    lines = wait(lambda: [x for x in screen.lines() if x], "the terminal is empty")
    check(code == "75", f"the exit code after Ctrl-C is {code}")
    check(lines[-1].startswith("launcher: stopped by SIGINT (Ctrl-C)"), f"the last line is {lines[-1]}")
    check(re.search("; a model of it is in \\S+/model", lines[-1]),
          f"the last line does not say what was saved: {lines[-1]}")
    found = statuses(lines)
    check(len(found) <= 1, f"{len(found)} rows show a status after Ctrl-C: {found}")
    if os.environ.get("VERBOSE"):
        print("\n".join(lines[-3:]))


def at_width(columns, ranks):
    with Screen(columns, ranks, ENDLESS) as screen:
        samples = []
        last = watch(screen, columns, samples, 60)
        for field, least in [("left", 60), ("epoch", 80), ("words/s", 200), ("loss", 200)]:
            check((field in last) or columns < least, f"{field} is missing on {columns} columns: {last}")
        interrupt(screen, ranks, last)


def resized(ranks):
    with Screen(120, ranks, ENDLESS) as screen:
        samples = []
        last = watch(screen, 120, samples, 20)
        for columns in [50, 120, 24]:
            screen.tmux("resize-window", "-x", str(columns), "-y", "40")
            # The terminal breaks or cuts the line that stands there; the next one must fit.
            wait(lambda: any(step(x) > step(last) + 50 for x in statuses(screen.lines())),
                 "the status does not go on after the terminal was resized")
            last = watch(screen, columns, samples, 20)
        interrupt(screen, ranks, last)


def to_the_end(ranks):
    with Screen(80, ranks, SHORT) as screen:
        check(wait(screen.code, "the training does not end") == "0", "the training fails")
        lines = [x for x in screen.lines() if x]
        check(lines[-1].startswith("trained 200 steps in "), f"the last line is {lines[-1]}")
        check(not statuses(lines), f"a status stays when the training has ended: {statuses(lines)}")
        check(sum(1 for x in lines if VALIDATION.search(x)) == 4, "validation lines went away")


def check_plain(text, where):
    escapes = [c for c in text if ord(c) < 32 and c not in "\n"]
    check(not escapes, f"{where} gets {escapes[0]!r}" if escapes else "")
    lines = text.rstrip("\n").split("\n")
    check([step(x) for x in statuses(lines)] == list(range(5, 201, 5)), f"{where} lacks lines of statuses")
    check(sum(1 for x in lines if VALIDATION.search(x)) == 4, f"{where} lacks validation lines")


def dumb(ranks):
    with Screen(120, ranks, SHORT, "dumb") as screen:
        log = os.path.join(screen.folder.name, "log")
        screen.tmux("pipe-pane", f"cat >{log}")
        check(wait(screen.code, "the training does not end") == "0", "the training fails")
        with open(log, newline="") as file:
            check(not re.search("[\x00-\x08\x0b-\x0c\x0e-\x1f]|\r[^\r\n]", file.read()), "TERM=dumb gets escapes")
        check_plain("\n".join(x for x in screen.lines() if x), "TERM=dumb")


def into_file(ranks):
    with tempfile.TemporaryDirectory() as folder:
        make_project(folder)
        result = subprocess.run(command(ranks, SHORT), cwd=folder, text=True, timeout=60,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(result.returncode == 0, f"the training fails: {result.stderr}")
        check_plain(result.stdout, "a file")


def main():
    for ranks in [1, 2]:
        cases = [(f"{n} columns, then Ctrl-C", lambda n=n: at_width(n, ranks)) for n in [14, 60, 80, 200]] + [
            ("narrower, then Ctrl-C", lambda: resized(ranks)), ("to the end", lambda: to_the_end(ranks)),
            ("TERM=dumb", lambda: dumb(ranks)), ("into a file", lambda: into_file(ranks))]
        for name, case in cases:
            try:
                case()
            except Failure as failure:
                sys.exit(f"{name}, {ranks} rank{'s' * (ranks > 1)}: {failure}")
            print(f"{name}, {ranks} rank{'s' * (ranks > 1)}: holds", flush=True)


main()
