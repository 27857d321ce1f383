"""What the page says: of each experiment a table with the paper's numbers beside ours, and plain words."""
import os
import statistics

import experiments
from experiments import ENSEMBLE, PAIRS, SEEDS

PAPER = "Sutskever, Vinyals & Le 2014"


class Section:
    """A heading, words, tables of rows, dots for a chart, and pictures that are files."""

    def __init__(self, title, words):
        self.title, self.words = title, words
        self.header, self.rows = [], []
        self.dots, self.unit = [], ""
        self.pictures = []


def spread(values, digits=2):
    """The mean, and from what to what."""
    values = list(values)
    text = f"{statistics.mean(values):.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def seeds(kind):
    return [f"{kind}-seed{seed}" for seed in SEEDS]


def of(measures, kind, what):
    return [measures.evaluate([name])[what] for name in seeds(kind)]


def verdict(better, worse, what, lower_is_better=False):
    """Whether each seed of one kind beats the same seed of another, said plainly."""
    sign = -1 if lower_is_better else 1
    wins = sum(sign * (a - b) > 0 for a, b in zip(better, worse))
    change = statistics.mean(better) - statistics.mean(worse)
    if wins == len(better):
        return f"{what} moves in the paper's direction with all {len(better)} seeds ({change:+.2f} on average)."
    if wins == 0:
        return f"{what} moves against the paper's direction with all {len(better)} seeds ({change:+.2f} on average)."
    return (f"{what} moves in the paper's direction with {wins} of {len(better)} seeds ({change:+.2f} on average): "
            "no clear effect here.")


def reversal(measures):
    forward, reverse = ({what: of(measures, kind, what) for what in ("perplexity", "BLEU")}
                        for kind in ("forward", "depth1"))
    section = Section(
        "Reversed source sentences",
        [verdict(reverse["perplexity"], forward["perplexity"], "Perplexity", lower_is_better=True),
         verdict(reverse["BLEU"], forward["BLEU"], "BLEU"),
         "The paper's sentences have 20 words and more, ours 3 to 8. Reversal brings the first words of a sentence "
         "close to the first words of its translation; in short sentences nothing is far from anything."])
    section.header = ["source", "perplexity", "BLEU", "paper: perplexity", "paper: BLEU"]
    section.rows = [
        ["forward", spread(forward["perplexity"]), spread(forward["BLEU"]), "5.8", "25.9"],
        ["reversed", spread(reverse["perplexity"]), spread(reverse["BLEU"]), "4.7", "30.6"]]
    section.dots = [("forward", forward["perplexity"]), ("reversed", reverse["perplexity"])]
    section.unit = "test perplexity"
    return section


def depth(measures):
    kinds = [f"depth{layers}" for layers in (1, 2, 3, 4)]
    perplexities = {kind: of(measures, kind, "perplexity") for kind in kinds}
    steps = [100 * (statistics.mean(perplexities[b]) / statistics.mean(perplexities[a]) - 1)
             for a, b in zip(kinds, kinds[1:])]
    best = min(kinds, key=lambda kind: statistics.mean(perplexities[kind]))
    section = Section(
        "Depth",
        ["Each further layer changes perplexity by " + ", ".join(f"{step:+.1f} %" for step in steps)
         + "; in the paper by nearly −10 % each.",
         verdict(perplexities["depth2"], perplexities["depth1"], "From one layer to two, perplexity",
                 lower_is_better=True),
         verdict(perplexities["depth4"], perplexities["depth1"], "From one layer to four, perplexity",
                 lower_is_better=True),
         f"Best here: {best[5:]} layer{'s' if best != 'depth1' else ''}. On the training text perplexity ends at "
         + ", ".join(spread([measures.training(name) for name in seeds(kind)]) for kind in kinds)
         + " with 1, 2, 3 and 4 layers: the deeper ones have not learnt what they were shown, and have not had the time to. "
         f"The paper trained on 12 million sentence pairs for ten days, these on 23,750 short ones, "
         f"{experiments.BASE['training.epochs']} times."])
    section.header = ["layers", "perplexity", "BLEU", "perplexity against one layer less", "paper"]
    changes = ["", *(f"{step:+.1f} %" for step in steps)]
    section.rows = [[kind[5:], spread(perplexities[kind]), spread(of(measures, kind, "BLEU")), change,
                     "nearly −10 %" if change else ""] for kind, change in zip(kinds, changes)]
    section.dots = [(f"{kind[5:]} layer{'s' if kind != 'depth1' else ''}", perplexities[kind]) for kind in kinds]
    section.unit = "test perplexity"
    return section


def ensembles(measures):
    """The paper's table 1."""
    def bleu(groups, beam):
        return [measures.evaluate(list(group), beam)["BLEU"] for group in groups]
    singles = [(name,) for name in ENSEMBLE]
    five = [tuple(ENSEMBLE)]
    section = Section("Ensembles and beams (the paper's table 1)", [])
    section.header = ["models", "beam", "BLEU", "paper: BLEU"]
    table = [("one, forward", [(name,) for name in seeds("forward")], 12, "26.17"),
             ("one, reversed", singles, 1, ""), ("one, reversed", singles, 2, ""),
             ("one, reversed", singles, 12, "30.59"), ("two, reversed", PAIRS, 12, "33.27"),
             ("five, reversed", five, 1, "33.00"), ("five, reversed", five, 2, "34.50"),
             ("five, reversed", five, 12, "34.81")]
    for models, groups, beam, paper in table:
        values = bleu(groups, beam)
        section.rows.append([models, str(beam), spread(values), paper])
        section.dots.append((f"{models}, beam {beam}", values))
    section.unit = "test BLEU"
    one, two, all_five = (statistics.mean(bleu(groups, 12)) for groups in (singles, PAIRS, five))
    perplexities = [statistics.mean(measures.evaluate(list(group))["perplexity"] for group in groups)
                    for groups in (singles, PAIRS, five)]
    wins = sum(bleu([pair], 12)[0] > max(bleu([(name,) for name in pair], 12)) for pair in PAIRS)
    section.words = [
        f"At beam 12, BLEU goes from {one:.2f} (one model) over {two:.2f} (two) to {all_five:.2f} (five), and "
        "perplexity from " + ", ".join(f"{value:.2f}" for value in perplexities[:2]) + f" to {perplexities[2]:.2f}. "
        + ("This is the paper's direction." if one < two < all_five and perplexities[0] > perplexities[2]
           else "This is not the paper's direction throughout."),
        f"{wins} of the 5 pairs have a higher BLEU than the better one of their models.",
        "The five are one model of one layer with five seeds; each pair is two neighbours among them. There is one "
        "ensemble of five, hence no spread.",
        "Beams bring " + f"{one - statistics.mean(bleu(singles, 1)):+.2f} BLEU from 1 to 12 with one model, and "
        f"{all_five - bleu(five, 1)[0]:+.2f} with five; the paper's table has +1.81 with five."]
    return section


def attention(measures):
    plain, attending = ({what: of(measures, kind, what) for what in ("perplexity", "BLEU")}
                        for kind in ("depth1", "attention"))
    section = Section(
        "Attention (not in the paper)",
        [verdict(attending["perplexity"], plain["perplexity"], "Perplexity", lower_is_better=True)
         .replace("in the paper's direction", "down").replace("against the paper's direction", "up"),
         verdict(attending["BLEU"], plain["BLEU"], "BLEU").replace("in the paper's direction", "up")
         .replace("against the paper's direction", "down"),
         "Attention came a year after the paper (Bahdanau et al. 2015, Luong et al. 2015): the decoder need not carry "
         "all of a sentence in one state."])
    section.header = ["decoder", "perplexity", "BLEU"]
    section.rows = [[name, spread(values["perplexity"]), spread(values["BLEU"])]
                    for name, values in (("from the last state alone", plain), ("with attention", attending))]
    section.dots = [("none", plain["BLEU"]), ("attention", attending["BLEU"])]
    section.unit = "test BLEU"
    return section


def rescoring(measures, size=100):
    """The paper's table 2."""
    weakest = max(experiments.runs(), key=measures.validation)
    baseline = measures.evaluate([weakest], size)["BLEU"]
    groups = {"one, forward": [[name] for name in seeds("forward") if name != weakest],
              "one, reversed": [[name] for name in ENSEMBLE if name != weakest],
              "five, reversed": [ENSEMBLE]}
    rescored = {label: [measures.rescoring(weakest, names, size)["BLEU"] for names in group]
                for label, group in groups.items()}
    section = Section(
        "Rescoring (the paper's table 2)",
        [f"The paper rescored the 1000-best lists of a phrase-based system. We have none: ours are the {size}-best "
         f"lists of the model here that is weakest on the validation text, {weakest}, at beam {size}. The new score is an even average of the "
         "list's and of all models that rescore.",
         "Rescoring " + ("brings BLEU up with every kind of model, as in the paper." if all(
             value > baseline for values in rescored.values() for value in values) else "does not always bring BLEU up here.")])
    section.header = ["rescored by", "BLEU", "paper: BLEU"]
    section.rows = [["nothing", f"{baseline:.2f}", "33.30"]] + [
        [label, spread(values), paper] for (label, values), paper in zip(
            rescored.items(), ("35.61", "35.85", "36.5"))]
    section.dots = [("nothing", [baseline])] + list(rescored.items())
    section.unit = "test BLEU"
    return section


def lengths(measures, output):
    section = Section(
        "Sentence length and rare words (the paper's figure 3)",
        ["BLEU of the ensemble of five in groups of the test sentences. The paper found no loss up to 35 words, and "
         "less BLEU for sentences of rarer words. Our longest sentences have 8 words: what their length shows is little. "
         + rarity(measures, output)])
    for by in ("length", "frequency"):
        picture = f"bleu-by-{by}.svg"
        table = measures.groups(ENSEMBLE, by, os.path.join(output, picture))
        section.pictures.append((picture, f"BLEU by {by}"))
        section.header = section.header or ["group"] + table[0][1:]
        section.rows += [[f"{by} {row[0]}"] + row[1:] for row in table[1:]]
    return section


def rarity(measures, output):
    """Whether the rarest words cost BLEU, as in the paper."""
    table = measures.groups(ENSEMBLE, "frequency", os.path.join(output, "bleu-by-frequency.svg"))
    common, rare = float(table[1][-1]), float(table[-1][-1])
    return (f"From the most frequent words to the rarest BLEU goes from {common:.1f} to {rare:.1f}"
            + (", as in the paper." if rare < common else ", against the paper."))


def vectors(measures, output):
    name = ENSEMBLE[0]
    picture = "sentences.svg"
    table = measures.vectors(name, os.path.join(output, picture))
    section = Section(
        "Sentences as vectors (the paper's figure 2)",
        [f"The first two principal components of the states of {name} after each of these sentences. In the "
         "paper's figure sentences of one meaning lie together, whoever is named first, and those of other meaning apart. "
         + neighbours(table)])
    section.pictures = [(picture, "Principal components of sentences")]
    section.header, section.rows = ["sentence", "first", "second"], [
        row[:1] + [f"{float(value):.3f}" for value in row[1:3]] for row in table if len(row) >= 3 and is_number(row[1])]
    return section


def neighbours(table):
    """Whether the active and the passive of a sentence lie nearer to one another than to the swapped ones."""
    places = {row[0]: tuple(map(float, row[1:3])) for row in table if len(row) >= 3 and is_number(row[1])}

    def distance(a, b):
        return sum((x - y) ** 2 for x, y in zip(places[a], places[b])) ** 0.5
    near = 0
    for first in (0, 4):
        active, passive, swapped, swapped_passive = experiments.SENTENCES[first:first + 4]
        near += distance(active, passive) < distance(active, swapped)
        near += distance(swapped, swapped_passive) < distance(swapped, active)
    return (f"Here the active lies nearer to its own passive than to the sentence with the roles swapped in {near} of 4 "
            "cases" + (", as in the paper." if near == 4 else ": how a thing is said counts for more than who does it." if near < 2 else "."))


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def buckets(measures):
    values = experiments.settings(ENSEMBLE[0])
    rounds = {order: [measures.speed(f"order {order}, round {number}", {**values, "data.order": order})
                      for number in (1, 2, 3)] for order in ("bucketed", "random")}
    padding = {order: rounds[order][0]["padding"] for order in rounds}
    speed = {order: [result["wordsPerSecond"] for result in rounds[order]] for order in rounds}
    gain = statistics.median(speed["bucketed"]) / statistics.median(speed["random"])
    padded = (100 - padding["bucketed"]) / (100 - padding["random"])
    section = Section(
        "Minibatches of one length",
        [f"Buckets make training {gain:.2f} times as fast here, the paper's 2 times. This trainer computes no row for "
         "padding in either order, so that there is little to gain. A trainer that computes padding would take "
         f"{padded:.2f} times the steps of a sequence with random batches (counted, not timed)."])
    section.header = ["order", "words/s", "padding, if it were computed"]
    section.rows = [[order, spread(speed[order], 0), f"{padding[order]:.1f} %"] for order in rounds]
    return section


def machine(measures):
    values = experiments.settings("depth4-seed1")
    one = measures.speed("one rank, 60 steps", values, steps=60)
    eight = measures.speed("1x(4+4), 60 steps", {**values, "parallel.layers": 4, "parallel.softmax": 4}, ranks=8,
                           steps=60)
    worst = max(abs(a - b) / a for a, b in zip(one["losses"], eight["losses"]))
    section = Section(
        "Eight ways: 4 stages and 4 softmax ranks",
        [f"The losses of 60 steps {'are' if worst < 1e-4 else 'ARE NOT'} those of one rank: they differ by "
         f"{worst:.1e} at most (relative; rounding makes 1e-4 at most).",
         f"On {len(os.sched_getaffinity(0))} cores eight ranks wait for one another's turn: the speed says nothing of a "
         "machine with eight. docs/performance.md has what two ranks on two cores bring."])
    section.header = ["grid", "words/s", "paper: words/s"]
    section.rows = [["1 rank", f"{one['wordsPerSecond']:,.0f}", "1,700 (one GPU)"],
                    ["1×(4+4), 8 ranks", f"{eight['wordsPerSecond']:,.0f}", "6,300 (8 GPUs)"]]
    return section


def everything(measures, output):
    return [reversal(measures), depth(measures), ensembles(measures), attention(measures), rescoring(measures),
            lengths(measures, output), vectors(measures, output), buckets(measures), machine(measures)]
