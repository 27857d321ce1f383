#!/usr/bin/env python3
"""Makes a small English-French corpus of Debian's own translations.

    debian_corpus.py FOLDER

Downloads a few packages into FOLDER/packages (nothing is installed; what is there is not fetched
again) and writes FOLDER/{train,valid,test}.{en,fr}, one segment per line, with counts and origins in
FOLDER/origins.txt. The texts are message catalogs of programs (.mo), pages of the Linux manual and
LibreOffice's help. Only short segments are kept: a small LSTM sees enough of them in ten minutes.

Exit code 3: the archive cannot be reached.
"""
import collections
import glob
import gzip
import hashlib
import html
import io
import os
import re
import struct
import subprocess
import sys
import tarfile

CATALOGS = ["libreoffice-l10n-fr", "gcc-12-locales", "util-linux-locales", "binutils-common",
            "claws-mail-i18n", "vlc-l10n", "krita-l10n", "kdevelop-l10n", "gnupg-l10n", "libc-l10n"]
MANUAL = ["manpages", "manpages-fr"]
HELP = ["libreoffice-help-en-us", "libreoffice-help-fr"]
LONGEST = 8  # English words of a segment
RAREST = 4  # how often each of its words must occur in the whole


# --- packages

def download(folder):
    """The paths of all packages, by name."""
    os.makedirs(folder, exist_ok=True)
    def there():
        return {os.path.basename(p).split("_")[0]: p for p in glob.glob(f"{folder}/*.deb")}
    wanted = CATALOGS + MANUAL + HELP
    missing = [name for name in wanted if name not in there()]
    if missing:
        print(f"downloading {len(missing)} packages", flush=True)
        options = ["-q", "-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else ["-q"]
        subprocess.run(["apt-get", *options, "download", *missing], cwd=folder,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    packages = there()
    missing = [name for name in wanted if name not in packages]
    if missing:
        print(f"the archive did not give {', '.join(missing)}; is the network there, and was "
              "`apt-get update` run?", file=sys.stderr)
        sys.exit(3)
    return {name: packages[name] for name in wanted}


def files(package, pattern):
    """The names and bytes of a package's files whose path matches."""
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True,
                          stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if member.isfile() and re.search(pattern, member.name):
                content = archive.extractfile(member).read()
                yield member.name, gzip.decompress(content) if member.name.endswith(".gz") else content


# --- readers: each yields (English, French) segments

def catalog(package):
    for _, data in files(package, r"/fr/LC_MESSAGES/.*\.mo$"):
        order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
        count, originals, translations = struct.unpack(order + "3I", data[8:20])
        def text(table, index):
            length, start = struct.unpack_from(order + "2I", data, table + 8 * index)
            return data[start:start + length].decode("utf-8", "replace")
        for index in range(count):
            # Before \4 stands a context; \0 parts singular and plural.
            original = text(originals, index).split("\4")[-1]
            yield from zip(original.split("\0"), text(translations, index).split("\0"))


def paragraphs(page):
    """The plain text of a manual page, by paragraph."""
    page = re.sub(r"\\f[BIRP]|\\f\(..|\\f\[.*?\]|\\&|\\c", "", page.decode("utf-8", "replace"))
    for escape, character in [(r"\-", "-"), (r"\(aq", "'"), (r"\(dq", '"'), (r"\ ", " "),
                              (r"\(lq", '"'), (r"\(rq", '"'), (r"\(bu", "•"), (r"\e", "\\")]:
        page = page.replace(escape, character)
    lines = []
    for line in page.split("\n"):
        line = re.sub(r"^\.(B|I|BR|BI|IR|IB|RB|RI|SM) ", "", line)
        lines.append("\0" if line.startswith((".", "'")) else line)
    return [block.strip() for block in " ".join(lines).split("\0") if block.strip()]


def manual(english, french):
    pages = {re.sub(r".*/man(?=\d)", "", name): data
             for name, data in files(english, r"man/man\d/.*\.gz$")}
    for name, data in files(french, r"man/fr/man\d/.*\.gz$"):
        original = pages.get(re.sub(r".*/man(?=\d)", "", name))
        if original is None:
            continue
        # The French page ends with a section on its translators.
        data = data.split(b"\n.SH TRADUCTION")[0]
        left, right = paragraphs(original), paragraphs(data)
        if len(left) == len(right):  # otherwise nothing says which belongs to which
            yield from zip(left, right)


def help_pages(english, french):
    def elements(package):
        found = {}
        for name, data in files(package, r"/text/.*\.html$"):
            page = name.split("/text/")[1]
            for key, text in re.findall(r'<(?:p|h\d)[^>]* id="(\w+)"[^>]*>(.*?)</(?:p|h\d)>',
                                        data.decode("utf-8", "replace"), re.S):
                found[page, key] = re.sub(r"<[^>]*>", "", text)
        return found
    left, right = elements(english), elements(french)
    for key in left.keys() & right.keys():
        yield left[key], right[key]


# --- cleaning

WORD = re.compile(r"\w+(?:[-'’]\w+)*")


def clean(text):
    text = html.unescape(re.sub(r"<[^<>]{1,80}>", "", text)).replace("’", "'")
    text = re.sub(r"(?<!\w)[_~&](?=\w)|(?<=\w)[_~&](?=[a-z])", "", text, count=1)  # menu keys
    return re.sub(r"\s+", " ", text.replace("\\n", " ").replace("\u00ad", "")).strip()


def is_good(english, french):
    for text in (english, french):
        letters = sum(c.isalpha() for c in text)
        if letters < 3 or letters < 0.7 * len(text.replace(" ", "")):
            return False
        if re.search(r"[%$<>{}|\\@#=/*\[\]]|\w\.\w|--|[^\u0020-\u024f\u2010-\u203a]", text):
            return False  # formats, paths, options: nothing to translate
    counts = len(WORD.findall(english)), len(WORD.findall(french))
    return (2 <= counts[0] <= LONGEST and 1 <= counts[1] <= LONGEST + 2
            and english.casefold() != french.casefold())


def frequent(pairs):
    """The pairs without rare words: a small model would not learn what they mean."""
    counts = [collections.Counter(word for pair in pairs for word in set(WORD.findall(pair[side])))
              for side in (0, 1)]
    return [pair for pair in pairs
            if all(counts[side][word] >= RAREST for side in (0, 1)
                   for word in WORD.findall(pair[side]))]


def part(english):
    """Which part a segment belongs to, by its English words: nearly equal ones stay together."""
    key = " ".join(WORD.findall(english.casefold()))
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % 1000
    return "valid" if number < 20 else "test" if number < 40 else "train"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    packages = download(f"{folder}/packages")
    sources = [(name, catalog(packages[name])) for name in CATALOGS]
    sources.append(("manpages-fr", manual(*[packages[name] for name in MANUAL])))
    sources.append(("libreoffice-help-fr", help_pages(*[packages[name] for name in HELP])))

    # Of several translations of one segment the most frequent one is kept.
    votes = collections.defaultdict(collections.Counter)
    report = []
    for name, segments in sources:
        read = kept = 0
        for english, french in segments:
            read += 1
            english, french = clean(english), clean(french)
            if is_good(english, french):
                votes[english][french] += 1
                kept += 1
        report.append(f"{os.path.basename(packages[name]):60} {read:7} segments {kept:7} kept")

    pairs = frequent([(e, translations.most_common(1)[0][0]) for e, translations in votes.items()])
    parts = {"train": [], "valid": [], "test": []}
    for pair in sorted(pairs, key=lambda pair: hashlib.sha256(pair[0].encode()).digest()):
        parts[part(pair[0])].append(pair)
    for name, pairs in parts.items():
        for side, index in (("en", 0), ("fr", 1)):
            with open(f"{folder}/{name}.{side}", "w", encoding="utf-8") as file:
                file.writelines(pair[index] + "\n" for pair in pairs)
        report.append(f"{name:60} {len(pairs):7} distinct pairs")
    with open(f"{folder}/origins.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(report) + "\n")
    print("\n".join(report))


if __name__ == "__main__":
    main()
