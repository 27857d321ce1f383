"""The page: HTML that needs nothing beside it, and the same as Markdown."""
import datetime
import html
import os
import re

import experiments
import sections

STYLE = """
:root { --paper: #fff; --text: #222; --soft: #5c5c5c; --rule: #ddd; --mark: #0072b2; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --text: #e2e2e2; --soft: #a6a6a6; --rule: #33373c; --mark: #56b4e9; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 46rem; background: var(--paper); color: var(--text);
  font: 16px/1.55 Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.8rem 0 .6rem; }
.soft { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--rule);
  vertical-align: top; }
th { font-weight: 600; }
figure { margin: 1.2rem 0; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; max-width: 40rem; }
h2, table, figure { break-inside: avoid; } h2 { break-after: avoid; }
.dots text { font-size: 13px; fill: var(--text); }
.dots .soft { fill: var(--soft); }
.dots path { stroke: var(--rule); fill: none; }
.dots circle { fill: var(--mark); fill-opacity: .55; }
.dots .mean { stroke: var(--text); stroke-width: 2; }
"""


def dots(section):
    """A line for each kind: a dot per seed, and a stroke at the mean."""
    rows, left, right, top, step = section.dots, 170, 560, 30, 26
    values = [value for _, row in rows for value in row]
    low, high = min(values), max(values)
    margin = (high - low or 1) * 0.08
    low, high = low - margin, high + margin

    def x(value):
        return left + (value - low) / (high - low) * (right - left)
    bottom = top + step * len(rows)
    parts = []
    for number in range(5):
        value = low + margin + (high - low - 2 * margin) * number / 4
        parts.append(f'<path d="M{x(value):.1f},{top - 6}V{bottom}"/>'
                     f'<text class="soft" x="{x(value):.1f}" y="{bottom + 18}" text-anchor="middle">{value:.2f}</text>')
    for index, (name, row) in enumerate(rows):
        y = top + step * index + step / 2
        mean = sum(row) / len(row)
        parts.append(f'<text x="{left - 12}" y="{y + 4:.1f}" text-anchor="end">{html.escape(name)}</text>')
        parts += [f'<circle cx="{x(value):.1f}" cy="{y:.1f}" r="5"/>' for value in row]
        parts.append(f'<path class="mean" d="M{x(mean):.1f},{y - 8:.1f}v16"/>')
    return (f'<svg class="dots" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 {bottom + 28}" role="img" '
            f'aria-label="{html.escape(section.unit)}"><text class="soft" x="{left}" y="14">'
            f'{html.escape(section.unit)}: a dot per seed, a stroke at the mean</text>' + "".join(parts) + "</svg>")


def table(section):
    def row(cells, kind):
        return "<tr>" + "".join(f"<{kind}>{html.escape(cell)}</{kind}>" for cell in cells) + "</tr>"
    return ('<div class="wide"><table><thead>' + row(section.header, "th") + "</thead><tbody>"
            + "".join(row(cells, "td") for cells in section.rows) + "</tbody></table></div>")


def as_html(parts, introduction, output):
    body, styles = [], set()
    for section in parts:
        body.append(f"<h2>{html.escape(section.title)}</h2>")
        body += [f"<p>{html.escape(words)}</p>" for words in section.words]
        if section.dots:
            body.append(f"<figure>{dots(section)}</figure>")
        for picture, _ in section.pictures:
            with open(os.path.join(output, picture), encoding="utf-8") as file:
                picture = file.read()
            # All charts of the launcher have one style sheet, which a page needs once.
            style = re.search(r"<style>.*?</style>", picture, re.S)
            if style and style[0] in styles:
                picture = picture.replace(style[0], "")
            elif style:
                styles.add(style[0])
            body.append(f"<figure>{picture}</figure>")
        body.append(table(section))
    return ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{TITLE}</title><style>{STYLE}</style></head><body>\n<h1>{TITLE}</h1>\n"
            + "".join(f'<p class="soft">{html.escape(words)}</p>\n' for words in introduction)
            + "\n".join(body) + "\n</body></html>\n")


def as_markdown(parts, introduction):
    lines = [f"# {TITLE}", ""]
    for words in introduction:
        lines += [words, ""]
    for section in parts:
        lines += [f"## {section.title}", ""]
        for words in section.words:
            lines += [words, ""]
        for picture, name in section.pictures:
            lines += [f"![{name}]({picture})", ""]
        lines += ["| " + " | ".join(section.header) + " |", "| " + " | ".join("---" for _ in section.header) + " |"]
        lines += ["| " + " | ".join(cells) + " |" for cells in section.rows] + [""]
    return "\n".join(lines).rstrip() + "\n"


TITLE = "The paper's experiments, on the demo's corpus"


def write(measures, output, machine):
    parts = sections.everything(measures, output)
    introduction = [
        "Sutskever, Vinyals & Le (2014) trained four layers of 1000 cells on 12 million sentence pairs, on eight GPUs "
        "for ten days. Here one to four layers of 256 cells saw 23,750 segments of at most 8 English words "
        f"{experiments.BASE['training.epochs']} times. The recipe is the paper's but for Adam in place of SGD, and a start that "
        "fits the size: in so few steps plain SGD leaves four layers where they began. The question is not whether the numbers are the paper's, but whether what "
        "the paper says moves them does. Numbers are of 490 test segments; where a model was trained with several seeds, "
        "they are the mean, with the least and the largest in brackets. BLEU is sacreBLEU's, at beam 12 unless said "
        "otherwise; scores count <eos> and do not know length normalisation, as in the paper.",
        f"{datetime.date.today():%-d %B %Y}" + (f", {machine}" if machine else "")
        + ". Made by make reproduce.",
    ]
    for name, text in (("index.html", as_html(parts, introduction, output)),
                       ("README.md", as_markdown(parts, introduction))):
        with open(os.path.join(output, name), "w", encoding="utf-8") as file:
            file.write(text)
