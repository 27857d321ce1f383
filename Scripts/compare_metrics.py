#!/usr/bin/env python3
"""Compares the launcher's BLEU, chrF and chrF++ with sacreBLEU's on random corpora of odd text.

    pip install sacrebleu
    compare_metrics.py LAUNCHER [CORPORA]
    compare_metrics.py --fixture FILE

LAUNCHER is the program (`.build/release/launcher`), CORPORA how many corpora to compare, 200 unless
given; they are the same ones every time. Every corpus has one to three references. It is compared with
each of the tokenisers 13a, none, char and intl, and by chrF and chrF++, at the two digits that are
printed, and so are the signatures but for the version. Every tenth corpus is compared with another
translation too, by a bootstrap: means and intervals may differ by 0.01 and p-values by 0.002, for
sacreBLEU computes them in single precision. Prints the first corpora that differ and `N of N equal`;
exits with 1 if some differ, and 64 if it is called wrongly. No model is needed: `launcher evaluate
--hypotheses` takes translations from a file.

With --fixture, the file that the tests read is made anew: some corpora, and sacreBLEU's scores of them.
"""
import json
import os
import random
import re
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


TOKENIZERS = ["13a", "none", "char", "intl"]


def any_character(rng):
    """A code point of any plane that is assigned, or not; no surrogate and no line end."""
    while True:
        point = rng.choice([rng.randrange(0x80), rng.randrange(0x3000), rng.randrange(0x10000),
                            rng.randrange(0x10000, 0x20000), rng.randrange(0x110000)])
        if not 0xD800 <= point < 0xE000 and chr(point) not in "\r\n":
            return chr(point)


def piece(rng):
    """A few code points of one kind, words and blanks most of all."""
    kinds = [WORDS, BLANKS, PUNCTUATION, NUMBERS, ENTITIES, MARKS, NO_BLANKS, None]
    kind = rng.choices(kinds, weights=[10, 9, 4, 3, 2, 2, 1, 3])[0]
    return rng.choice(kind) if kind else any_character(rng)


def segment(rng, longest):
    """A reference, as pieces: empty now and then, long now and then."""
    length = min(longest, rng.choices([0, rng.randint(1, 6), rng.randint(7, 60), rng.randint(200, 900)],
                                      weights=[3, 12, 80, 5])[0])
    return [piece(rng) for _ in range(length)]


def mutated(rng, pieces):
    """A translation: the reference with pieces put in, left out, changed and exchanged."""
    pieces = list(pieces)
    if rng.random() < 0.03:
        return segment(rng, 60)
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


def corpus(rng, references, lines=None, longest=900):
    """Two kinds of translations, and references, all of as many lines. Lines have no line ends, and a file
    does not begin with U+FEFF."""
    texts = [segment(rng, longest) for _ in range(lines or rng.choice([1, 1, 2, 5, 12]))]
    # The first reference is what all others come of, with small changes.
    files = [[mutated(rng, pieces) for pieces in texts] for _ in range(1 + references)] + [texts]
    files = [["".join(pieces) for pieces in lines] for lines in files]
    for lines in files:
        lines[0] = lines[0].lstrip("\ufeff")
    return files[0], files[1], files[2:]


def metrics():
    """sacreBLEU's metrics, by what options of the launcher ask for them."""
    from sacrebleu.metrics import BLEU, CHRF
    found = {("bleu", name): lambda name=name: BLEU(tokenize=name, force=True) for name in TOKENIZERS}
    return {**found, ("chrf", None): CHRF, ("chrf++", None): lambda: CHRF(word_order=2)}


def ours(launcher, paths, metric, options=()):
    """What the launcher prints for a metric: scores, by line, and the signature."""
    name, tokenizer = metric
    hypotheses, compared, *references = paths
    command = [launcher, "evaluate", "--hypotheses", hypotheses, "--metric", name, *options]
    command += [word for path in references for word in ("--target", path)]
    command += ["--tokenize", tokenizer] if tokenizer else []
    command += ["--compare", compared] if options else []
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        return [f"exit code {result.returncode}"], ""
    rows = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    return ([text for row, text in rows if row.lower().startswith(("bleu", "chrf"))],
            next(text for row, text in rows if row == "signature"))


def version_off(signature):
    return signature.rpartition("|version:")[0]


def bootstrap(metric, hypotheses, compared, references):
    """sacreBLEU's mean and interval of two translations, the p-value of the second, and the signature."""
    from sacrebleu.significance import PairedTest
    test = PairedTest([("a", hypotheses), ("b", compared)], {"metric": metric}, references, test_type="bs",
                      n_samples=1000)
    signatures, scores = test()
    (name, signature), = signatures.items()
    first, second = scores[name]
    numbers = [first.mean, first.ci, second.mean, second.ci, second.p_value]
    return [float(number) for number in numbers], str(signature)


def is_near(found, expected):
    """Whether the launcher's lines of a bootstrap have these numbers."""
    words = [float(word) for line in found for word in re.findall(r"(?:μ =|±|p =) ([0-9.]+)", line)]
    limits = [0.0101, 0.0101, 0.0101, 0.0101, 0.0021]
    return len(words) == 5 and all(abs(a - b) < limit for a, b, limit in zip(words, expected, limits))


def compare(launcher, number, texts, folder):
    """The differences of one corpus, as sentences, and how many comparisons were made."""
    hypotheses, compared, references = texts
    paths = [os.path.join(folder, str(index)) for index in range(2 + len(references))]
    for path, lines in zip(paths, [hypotheses, compared, *references]):
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.writelines(line + "\n" for line in lines)
    faults, count = [], 0
    for options, make in metrics().items():
        metric = make()
        expected = f"{metric.corpus_score(hypotheses, references).score:.2f}"
        signature = str(metric.get_signature())
        found, found_signature = ours(launcher, paths, options)
        count += 1
        if ([expected], version_off(signature)) != (found, version_off(found_signature)):
            faults.append(f"{options}: the launcher says {found} ({found_signature}), "
                          f"sacreBLEU {expected} ({signature})")
        if number % 10 == 0:
            numbers, signature = bootstrap(make(), hypotheses, compared, references)
            found, found_signature = ours(launcher, paths, options, ["--confidence"])
            count += 1
            if not is_near(found, numbers) or version_off(signature) != version_off(found_signature):
                faults.append(f"{options}, bootstrap: the launcher says {found} ({found_signature}), "
                              f"sacreBLEU {numbers} ({signature})")
    return faults, count


def fixture():
    """Corpora with sacreBLEU's scores."""
    rng = random.Random(20260102)
    entries = []
    for number in range(24):
        hypotheses, compared, references = corpus(
            rng, 1 + number % 3, lines=30 if number == 0 else None, longest=25)
        scores, resampled = {}, {}
        for (name, tokenizer), make in metrics().items():
            scores[tokenizer or name] = make().corpus_score(hypotheses, references).score
            if number == 0:
                resampled[tokenizer or name] = bootstrap(make(), hypotheses, compared, references)[0]
        entries.append({"hypotheses": hypotheses, "compared": compared, "references": references,
                        "scores": scores, "bootstrap": resampled})
    return entries


def main(arguments):
    count = (arguments[1:] or ["200"])[0]
    if len(arguments) not in (1, 2) or (arguments[0] != "--fixture" and not count.isdecimal()):
        print(__doc__.strip(), file=sys.stderr)
        return 64
    try:
        import sacrebleu
    except ImportError:
        print("compare_metrics.py: sacreBLEU is missing; pip install sacrebleu", file=sys.stderr)
        return 64
    if arguments[0] == "--fixture":
        text = ",\n".join(json.dumps(entry) for entry in fixture())
        with open(arguments[1], "w", encoding="ascii") as file:
            file.write(f"[\n{text}\n]\n")
        return 0
    launcher = arguments[0]
    if not os.access(launcher, os.X_OK):
        print(f"compare_metrics.py: {launcher} is no program; build it first", file=sys.stderr)
        return 64

    rng = random.Random(20260101)
    compared, faults = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(int(count)):
            texts = corpus(rng, 1 + number % 3)
            found, comparisons = compare(launcher, number, texts, folder)
            compared += comparisons
            for fault in found if len(faults) < 5 else []:
                print(f"corpus {number}, {fault}\n  {texts!a}")
            faults += found
    print(f"sacreBLEU {sacrebleu.__version__}; {count} corpora")
    print(f"{compared - len(faults)} of {compared} equal")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
