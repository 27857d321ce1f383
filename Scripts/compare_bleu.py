#!/usr/bin/env python3
"""Compares the launcher's BLEU with sacreBLEU's on random corpora of odd text.

    pip install sacrebleu
    compare_bleu.py LAUNCHER [CORPORA]

LAUNCHER is the program (`.build/release/launcher`), CORPORA how many corpora to compare, 2000 unless
given; they are the same ones every time. Every corpus is compared with one of the tokenisers 13a,
none and char, at the two digits that are printed, and its signature but for the version. Prints the
first corpora that differ and `N of N equal`; exits with 1 if some differ, and 64 if it is called
wrongly. No model is needed: `launcher evaluate --hypotheses` takes translations from a file.
"""
import os
import random
import subprocess
import sys
import tempfile

MARKS = ["\u0301", "\u0308", "\u0e49", "\u0949", "\u20e3", "\u200d", "\ufe0f", "\ufe0e", "\U0001f3fd",
         "\U000e0067"]
BLANKS = [" "] * 8 + ["  ", "\t", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u00a0", "\u1680",
                      "\u2003", "\u2007", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"]
NO_BLANKS = ["\u180e", "\u200b", "\u2060", "\ufeff", "\u00ad", "\x00", "\x1b", "\x7f"]
ENTITIES = ["&quot;", "&amp;", "&lt;", "&gt;", "&apos;", "&#39;", "&QUOT;", "&amp;quot;", "&amp;amp;",
            "&amp;lt;", "&lt", "&", "&&amp;;", "<skipped>", "<skip<skipped>ped>", "<Skipped>", "-<skipped>"]
PUNCTUATION = list(".,-'\"!?;:()[]{}<>#*/\\|~^_`@$%+=&") + [
    "...", "--", "''", "\u2019", "\u201c", "\u00ab", "\u2014", "\u060c", "\u3002", "\uff0c", "\u0964"]
NUMBERS = ["1", "3.14", "1,000", "1.000,50", "-7", "5-6", ".5", "5.", ",5", "5,", "1-a", "a-1", "1..2", "1,,2",
           "1.-2", "\u0661,\u0662", "\u096a.\u096b", "\u00b2.", "\uff11.\uff12", "10%", "$5"]
WORDS = ["a", "b", "the", "cat", "Cat", "on", "mat", "U.S.", "e.g.", "it's", "x_y", "caf\u00e9", "cafe\u0301",
         "\u00c5", "A\u030a", "\u212b", "\ufb01", "\u1e9e", "\ud55c", "\u1112\u1161\u11ab", "\u6211\u4eec", "\u304b\u3099",
         "\u304c", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u202b\u05d0\u202c", "\u0915\u094d\u0937", "\u0e19\u0e49\u0e33",
         "\U00010348", "\U0001d518", "\U00020000", "\U0001f468\u200d\U0001f469", "\U0001f1eb\U0001f1f7",
         "\U0001f44d\U0001f3fd", "#\ufe0f\u20e3", "1\ufe0f\u20e3"]


def piece(rng):
    """A few code points of one kind, words and blanks most of all."""
    kinds = [WORDS, BLANKS, PUNCTUATION, NUMBERS, ENTITIES, MARKS, NO_BLANKS]
    return rng.choice(rng.choices(kinds, weights=[10, 9, 4, 3, 2, 2, 1])[0])


def segment(rng):
    """A reference, as pieces: empty now and then, long now and then."""
    length = rng.choices([0, rng.randint(1, 6), rng.randint(7, 60), rng.randint(200, 900)],
                         weights=[3, 12, 80, 5])[0]
    return [piece(rng) for _ in range(length)]


def mutated(rng, pieces):
    """A translation: the reference with pieces put in, left out, changed and exchanged."""
    pieces = list(pieces)
    if rng.random() < 0.03:
        return segment(rng)
    for _ in range(rng.randint(0, 1 + len(pieces) // rng.choice([3, 8, 20]))):
        place = rng.randint(0, len(pieces))
        match rng.randrange(5):
            case 0:
                pieces.insert(place, piece(rng))
            case 1:
                del pieces[place:place + 1]
            case 2:
                pieces[place:place + 1] = [piece(rng)]
            case 3:
                pieces[place:place + 2] = reversed(pieces[place:place + 2])
            case 4:
                pieces.insert(place, rng.choice(MARKS))
    return pieces


def corpus(rng):
    """Hypotheses and references. Lines have no line ends, and a file does not begin with U+FEFF."""
    references = [segment(rng) for _ in range(rng.choice([1, 1, 2, 5, 12]))]
    texts = [["".join(mutated(rng, pieces)) for pieces in references],
             ["".join(pieces) for pieces in references]]
    for lines in texts:
        lines[0] = lines[0].lstrip("\ufeff")
    return texts


def ours(launcher, folder, hypotheses, references, tokenizer):
    """What the launcher prints: BLEU and the signature."""
    paths = [os.path.join(folder, name) for name in ("hypotheses", "references")]
    for path, lines in zip(paths, (hypotheses, references)):
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.writelines(line + "\n" for line in lines)
    result = subprocess.run(
        [launcher, "evaluate", "--hypotheses", paths[0], "--target", paths[1], "--tokenize", tokenizer],
        stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        return f"exit code {result.returncode}", ""
    rows = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    return rows["BLEU"], rows["signature"].strip()


def main(arguments):
    if len(arguments) not in (1, 2) or not (arguments[1:] or ["1"])[0].isdecimal():
        print(__doc__.strip(), file=sys.stderr)
        return 64
    launcher, count = arguments[0], int((arguments[1:] or ["2000"])[0])
    try:
        import sacrebleu
        from sacrebleu.metrics import BLEU
    except ImportError:
        print("compare_bleu.py: sacreBLEU is missing; pip install sacrebleu", file=sys.stderr)
        return 64
    if not os.access(launcher, os.X_OK):
        print(f"compare_bleu.py: {launcher} is no program; build it first", file=sys.stderr)
        return 64

    def version_off(signature):
        return signature.rpartition("|version:")[0]

    rng = random.Random(20260101)
    equal = scoring = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            tokenizer = ("13a", "none", "char")[number % 3]
            hypotheses, references = corpus(rng)
            metric = BLEU(tokenize=tokenizer, force=True)
            score = f"{metric.corpus_score(hypotheses, [references]).score:.2f}"
            signature = str(metric.get_signature())
            found, found_signature = ours(launcher, folder, hypotheses, references, tokenizer)
            scoring += score != "0.00"
            if (found, version_off(found_signature)) == (score, version_off(signature)):
                equal += 1
            elif number - equal < 5:
                print(f"corpus {number}, {tokenizer}: the launcher says {found} ({found_signature}), "
                      f"sacreBLEU {score} ({signature})")
                print(f"  {hypotheses!a}\n  {references!a}")
    print(f"sacreBLEU {sacrebleu.__version__}; {scoring} corpora score more than nothing")
    print(f"{equal} of {count} equal")
    return 0 if equal == count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
