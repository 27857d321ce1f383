"""What is trained: each run's name and its settings. The paper's experiments, scaled down to an hour on two cores.

The corpus is the demo's (Examples/debian_corpus.py): short segments of English and French, as programs speak.

The recipe is the paper's but for the optimizer and the start: in the few thousand steps that there is time for,
SGD at a rate of 0.7 from ±0.08 leaves four layers at a perplexity of about 200, having learnt nothing of the source.
±0.16 is for 256 cells what ±0.08 is for the paper's 1000: the same variance of what a cell reads.
"""
import hashlib

BASE = {
    "model.layers": 1,
    "model.hiddenSize": 256,
    "model.embeddingSize": 192,
    "model.initRange": 0.16,
    "data.tokenizer": "words",
    "data.sourceVocabularySize": 6000,
    "data.targetVocabularySize": 7000,
    "training.batchSize": 32,
    "training.optimizer": "adam",
    "training.learningRate": 0.002,
    "training.halveAfterEpoch": 3,
    "training.epochs": 5,
}
SEEDS = (1, 2, 3)
# An ensemble of five needs five models; the paper's have one recipe and five starts.
ENSEMBLE = [f"depth1-seed{seed}" for seed in (1, 2, 3, 4, 5)]
PAIRS = [(ENSEMBLE[i], ENSEMBLE[(i + 1) % 5]) for i in range(5)]


def kinds():
    """Each kind of model: what its settings are beside the base."""
    forward = {"data.reverseSource": "false"}
    depths = {f"depth{layers}": {"model.layers": layers} for layers in (1, 2, 3, 4)}
    return {**depths, "forward": forward, "attention": {"model.attention": "dot"}}


def runs():
    """Every training: its name and all its settings; what the page cannot do without comes first."""
    names = [f"{kind}-seed{seed}" for seed in SEEDS
             for kind in ("depth1", "forward", "depth2", "depth4", "attention", "depth3")]
    return {name: settings(name) for name in names + ENSEMBLE[3:]}


def settings(name):
    kind, seed = name.rsplit("-seed", 1)
    return {**BASE, **kinds()[kind], "training.seed": int(seed)}


def fingerprint(values):
    """Tells settings apart. Paths are none of them: a run means the same wherever it stands."""
    text = "".join(f"{key}={values[key]}\n" for key in sorted(values))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def configuration(values, corpus, output):
    """The configuration file of a run."""
    sections = {"model": {}, "training": {"output": output},
                "data": {"source": f"{corpus}/train.en", "target": f"{corpus}/train.fr",
                         "validationSource": f"{corpus}/valid.en",
                         "validationTarget": f"{corpus}/valid.fr"}}
    for key, value in values.items():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value
    return "".join(
        f"{section}:\n" + "".join(f"  {key}: {value}\n" for key, value in keys.items())
        for section, keys in sections.items())


# Figure 2 of the paper: sentences that differ in who does what, and in how it is said.
SENTENCES = [
    "The user opens the document.",
    "The document is opened by the user.",
    "The document opens the user.",
    "The user is opened by the document.",
    "The program opens the file.",
    "The file is opened by the program.",
    "The file opens the program.",
    "The program is opened by the file.",
    "The window is closed.",
    "The window is not closed.",
    "The file is deleted.",
    "The file is not deleted.",
]
