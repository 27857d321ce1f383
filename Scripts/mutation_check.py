#!/usr/bin/env python3
"""Checks that the tests notice faults: applies a list of small ones, one by one, and runs the suites.

    Scripts/mutation_check.py [--only WORD ...] [--list]

Works on a copy of the committed tree in .build/mutants, so that nothing here changes. Each mutant replaces one
piece of text, which must be there exactly once: when code changes, the list says so. The suites run from the
quickest on, and a mutant is done with when one fails: the unit tests, the tests over 8 ranks, those of the
launcher. Prints a table as docs/testing.md has it, and exits with 1 if a mutant survives.

Takes about a minute per mutant on two cores; run it after a change to what is computed, not in CI.
"""
import argparse
import collections
import os
import re
import subprocess
import sys

from mutants import MUTANTS

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPY = os.path.join(ROOT, ".build", "mutants")
TEST = ["swift", "test", "--skip-build", "--filter"]
# Those that take half a minute are asked when the others have found nothing.
UNIT, LONG = "Seq2SeqTests|DistributedTests", "NumbersTests|DamagedFileTests"
SUITES = [("unit", TEST + [UNIT, "--skip", LONG], 240), ("unit", TEST + [LONG], 240),
          ("ranks", ["Scripts/test-ranks.sh", "8"], 300),
          ("launcher", TEST + ["EndToEndTests|WholeModelTests"], 400)]


def run(command, seconds):
    """The exit code and the output; a command that does not end is killed with all that it started."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    process = subprocess.Popen(command, cwd=COPY, env=environment, text=True, errors="replace",
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        return None, process.communicate()[0]


def cause(suite, code, output):
    """What a failing suite says first."""
    if code is None:
        return f"{suite}: does not end"
    found = re.search(r'✘ Test "?(.+?)"? recorded an issue', output) or re.search(r'✘ Test "?(.+?)"? failed', output)
    if found:
        return f"{suite}: {found.group(1)}"
    found = re.search(r"Fatal error: (.+)|✘ (rank .+)|Swift runtime failure: (.+?)(?: \*\*\*|$)", output, re.M)
    return f"{suite}: " + (next(filter(None, found.groups())) if found else f"exit code {code}")[:100]


def prepare():
    """Brings the copy to what is committed."""
    if not os.path.isdir(COPY):
        subprocess.run(["git", "clone", "-q", ROOT, COPY], check=True)
    subprocess.run(["git", "fetch", "-q", "origin", "HEAD"], cwd=COPY, check=True)
    subprocess.run(["git", "reset", "-q", "--hard", "FETCH_HEAD"], cwd=COPY, check=True)


def check(mutant):
    """Which suite catches a mutant, and how; None if none does."""
    path = os.path.join(COPY, mutant.file)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(mutant.old) != 1:
        sys.exit(f"{mutant.file}: {text.count(mutant.old)} times what the mutant {mutant.name!r} replaces")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(mutant.old, mutant.new))
    try:
        code, output = run(["swift", "build", "--build-tests"], 900)
        if code != 0:
            errors = re.findall(r"error: .+", output)
            sys.exit(f"the mutant {mutant.name!r} does not build: {errors[:2]}")
        for suite, command, seconds in SUITES:
            code, output = run(command, seconds)
            if code != 0:
                return cause(suite, code, output)
        return None
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="WORD", help="mutants whose name or file has one of these")
    parser.add_argument("--list", action="store_true", help="list the mutants")
    arguments = parser.parse_args()
    chosen = [m for m in MUTANTS
              if not arguments.only or any(w in m.name or w in m.file for w in arguments.only)]
    rooms = collections.Counter(m.file.split("/")[-2] for m in MUTANTS)
    if arguments.list:
        for mutant in chosen:
            print(f"{mutant.file}: {mutant.name}")
        return print(f"{len(chosen)} of {len(MUTANTS)} mutants; " + ", ".join(f"{r} {n}" for r, n in rooms.items()))
    prepare()
    code, output = run(["swift", "build", "--build-tests"], 900)
    if code == 0:
        code, output = run(TEST + [UNIT], 240)
    if code != 0:
        sys.exit("the tree as it is does not pass\n" + output[-2000:])
    print("| mutant | where | caught by |\n| --- | --- | --- |", flush=True)
    survivors = 0
    for mutant in chosen:
        caught = check(mutant)
        survivors += caught is None
        where = mutant.file.removeprefix("Sources/").removeprefix("Seq2Seq/").removesuffix(".swift")
        print(f"| {mutant.name} | {where} | {caught or '**nothing**'} |", flush=True)
    print(f"\n{len(chosen) - survivors} of {len(chosen)} caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
