"""Changes of files, for `mutate_files.py`: of any bytes, and of what the launcher's formats are made of."""
import re
import struct

NUMBERS = ["0", "1", "2", "-1", "3", "65535", "65536", "1000000", "2147483647", "2147483648", "4294967296",
           "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e99", "1e-99", "0.5", "nan",
           "inf", "0x10", "1_0", "99999999999999999999999999"]
LINES = ["\n", "\n\n", "\r", "\r\n", " ", "\t", "\0", "\x1b[2J", "\ufeff", "\u0301", "\u2028", "\u202e", "\U0001f468\u200d",
         "x" * 400, "a b c d\n" * 40]
YAML = ["*a ", "&a ", "[", "]", "{", "}", "- ", "? ", ": ", "null", "~", "!!int ", "!!binary ", "|\n", ">-\n", "'", '"',
        "#", "%YAML 9.9\n", "---\n", "...\n", "<<: ", "true", "0x", ".inf", ", ", "model:", "data:", "training:",
        "parallel:", "layers: ", "hiddenSize: ", "embeddingSize: ", "initRange: ", "tokenizer: ", "characters",
        "words", "reverseSource: false\n", "maxLength: ", "order: ", "random", "sequential", "batchSize: ", "optimizer: ",
        "adam", "sgd", "learningRate: ", "clipNorm: ", "seed: ", "softmax: shared\n", "exchange: mpi\n", "chunkSteps: ",
        "sourceVocabulary: ", "sourceVocabularySize: ", "/dev/zero", "/", "../", "source.vocab", "\\x1b"]
WORDS = {
    "weights": NUMBERS + ["shape", "data_offsets", "dtype", '"F16"', "[-1]", "{", "}", "[", "]", ",", '"', "\\u0000",
                          "__metadata__", "encoder.embedding.weight", "[" * 600] + LINES[:8],
    "vocabulary": LINES + ["<eos>", "<unk>", "<eos>\n<unk>\n", "one", "one\n", "1\n"],
    "prepared": NUMBERS + ["S2SPAIRS", "pairs", "fingerprint", "null", "{", "}", "[", "]", '"', "<unk>\n", "\n"],
    "configuration": NUMBERS + YAML + LINES,
    "hostfile": NUMBERS + LINES + ["slots=", "max_slots=", "max-slots=", "slots=2 ", "localhost ", "[::1]", "#", "=",
                                   "@", "%", "-", "node1,node2", "../", "+e"],
    "vectors": NUMBERS + ["'shape': (", "'descr': '<f4'", "'<f8'", "'fortran_order': ", "True", "False", "(", ")", ",", "'",
                          "{", "}", "\x93NUMPY"] + LINES[:8],
    "text": LINES + ["1 2", "one two", "@@ ", "\u2581", "\uffed", "&quot;", "<skipped>", "\u0661", "0\n" * 300, "7 " * 300],
}


def number_bytes(rng):
    value = rng.choice([0, 1, 2, 3, rng.randrange(40), 1 << 31, 1 << 40, 2**63 - 1, 2**63, 2**64 - 1, 2**32 - 1])
    size = rng.choice([4, 8])
    return (value % (1 << 8 * size)).to_bytes(size, "little")


def mutate_once(rng, data, words, other):
    """One change of bytes."""
    start = rng.randrange(len(data) + 1)
    end = min(len(data), start + rng.randint(1, rng.choice([4, 16, 200])))
    kind = rng.randrange(12)
    if kind == 0 and start < len(data):
        return data[:start] + bytes([data[start] ^ 1 << rng.randrange(8)]) + data[start + 1:]
    if kind == 1:
        return data[:start] + bytes([rng.randrange(256)]) + data[start + rng.randrange(2):]
    if kind == 2:
        return data[:start] + data[end:]
    if kind == 3:
        return data[:rng.choice([start, start, len(data) - 1, 8, 1])]
    if kind == 4:
        return data[:end] + data[start:end] * rng.choice([1, 1, 2, 100]) + data[end:]
    if kind == 5:
        place = start // 4 * 4
        number = number_bytes(rng)
        return data[:place] + number + data[place + len(number):]
    if kind in (6, 7):
        found = list(re.finditer(rb"-?\d+(\.\d+)?", data[:1 << 16]))
        if found:
            place = rng.choice(found)
            return data[:place.start()] + rng.choice(NUMBERS).encode() + data[place.end():]
    if kind == 8:
        return data[:start] + other[rng.randrange(len(other) + 1):]
    if kind == 9:
        size = rng.choice([0, 1, 7, 8, 9, 15, 16, 255, 4096, 65536, 65537])
        return (data + bytes([rng.choice([0, 10, 32, 255])]) * size)[:max(size, rng.choice([size, len(data)]))]
    word = rng.choice(words).encode()
    return data[:start] + word + data[rng.choice([start, end]):]


def change_gently(rng, data, words):
    """A change that leaves most of a format's rules alone: a number, a value, a line."""
    kind = rng.randrange(5)
    if data.startswith(b"S2SPAIRS"):
        place, size = 16 + rng.randrange(max(1, len(data) - 16)) // 4 * 4, rng.choice([4, 8])
        return data[:place] + rng.randrange(16).to_bytes(size, "little") + data[place + size:]
    if kind < 2:
        places = list(re.finditer(rb"-?\d+(\.\d+)?", data[:1 << 16]))
        if places:
            place = rng.choice(places)
            return data[:place.start()] + rng.choice(NUMBERS).encode() + data[place.end():]
    lines = data.split(b"\n")
    index = rng.randrange(len(lines))
    if kind == 2 and b": " in lines[index]:
        lines[index] = lines[index].split(b": ")[0] + b": " + rng.choice(words + NUMBERS).strip().encode()
    elif kind == 3:
        lines[index] = lines[index] + rng.choice(words).strip().encode()
    else:
        lines[index:index + rng.randrange(2)] = [rng.choice(lines)] * rng.randrange(2)
    return b"\n".join(lines)


def mutate(rng, data, words, other):
    if rng.random() < 0.5:
        for _ in range(rng.choice([1, 1, 2, 3])):
            data = change_gently(rng, data, words)
        return data
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        data = mutate_once(rng, data, words, other)
    return data


def split_weights(data):
    size = struct.unpack("<Q", data[:8])[0]
    return data[8:8 + size], data[8 + size:]


def join_weights(header, tensors):
    return struct.pack("<Q", len(header)) + header + tensors
