#!/usr/bin/env python3
"""Looks at pages and pictures in a headless Chromium, as a reader would.

    Scripts/check_pages.py [--screenshots FOLDER] FILE.html|FILE.svg…

Each is opened 400 and 1,400 pixels wide, light and dark, as it is and with
everything opened that opens, and printed.
Says what a reader would complain of: a page wider than its window, text of a picture on other text or
beyond its edge, text cut off, text whose contrast with what is below it is less than 4.5 to 1 (3 to 1 if
it is large: WCAG 2.1, 1.4.3), errors on the console, files that are not in the page, a figure that is
cut by the end of a printed page. Exits with 1 if there is anything, with 64 if it is called wrongly.
Debian's chromium is all that is needed; without one this says so and exits with 0.
"""
import os
import re
import sys
import urllib.parse

import chromium

WIDTHS = (400, 1400)
PAPER = 718  # pixels of A4 between the margins that Chromium leaves

# Returns a list of sentences. Boxes of text are as high as the font's lines; its letters are not.
LOOK = r"""(isPrinted => {
  const faults = [];
  const say = (what, text) => faults.push(what + ': "' + text.trim().slice(0, 60) + '"');
  const root = document.documentElement;
  if (root.localName === 'html' && root.scrollWidth > innerWidth)
    faults.push(`the page is ${root.scrollWidth} pixels wide in a window of ${innerWidth}`);
  const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible';
  const letters = e => {
    const b = e.getBoundingClientRect(), upright = b.width >= b.height;
    const [dx, dy] = e.localName !== 'text' ? [0, 0] : /rotate\(-?90/.test(e.getAttribute('transform')) || !upright && e.textContent.length > 2
      ? [b.width * 0.2, 0] : [0, b.height * 0.2];
    return {left: b.left + dx, right: b.right - dx, top: b.top + dy, bottom: b.bottom - dy};
  };
  for (const svg of document.querySelectorAll('svg')) {
    if (!shown(svg)) continue;
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].filter(t => shown(t) && t.textContent.trim());
    const boxes = texts.map(letters);
    boxes.forEach((a, i) => {
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1)
        say('text beyond its picture', texts[i].textContent);
      for (let j = 0; j < i; j++) {
        const b = boxes[j];
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
          say('text on other text', texts[i].textContent + '" and "' + texts[j].textContent);
      }
    });
    if (!texts.length && !svg.querySelector('path, rect, circle, line')) faults.push('a picture without anything in it');
  }
  for (const e of document.querySelectorAll('body *')) {
    const style = getComputedStyle(e);
    if (e.clientWidth && ['hidden', 'clip'].includes(style.overflowX) && e.scrollWidth > e.clientWidth + 1) say('text cut off', e.textContent);
  }
  const html = name => document.createElementNS('http://www.w3.org/1999/xhtml', name);
  const canvas = html('canvas').getContext('2d', {willReadFrequently: true}), known = new Map();
  const color = (text, opacity = 1) => {
    if (!known.has(text)) {
      canvas.clearRect(0, 0, 1, 1), canvas.fillStyle = text, canvas.fillRect(0, 0, 1, 1);
      known.set(text, [...canvas.getImageData(0, 0, 1, 1).data]);
    }
    const [r, g, b, a] = known.get(text);
    return [r, g, b, a / 255 * opacity];
  };
  const probe = html('div');
  probe.style.color = 'Canvas', (document.body || root).append(probe);
  const base = isPrinted || root.localName === 'svg' ? [255, 255, 255, 1] : color(getComputedStyle(probe).color);
  probe.remove();
  const over = (a, b) => [0, 1, 2].map(k => a[k] * a[3] + b[k] * (1 - a[3])).concat(1);
  const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, weight, k) => {
    const v = c[k] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const faintness = e => { let all = 1; for (; e; e = e.parentElement) all *= getComputedStyle(e).opacity; return all; };
  const isShape = e => e instanceof SVGGeometryElement;
  // What lies below a place of a page: shapes and backgrounds, the topmost first; on paper white.
  const below = (e, x, y) => {
    let layers = [], stack = document.elementsFromPoint(x, y);
    if (!stack.includes(e)) return null;  // scrolled out of sight
    stack = stack.slice(stack.indexOf(e) + 1);
    for (const other of stack) {
      const style = getComputedStyle(other);
      if (isShape(other)) { if (style.fill !== 'none') layers.push(color(style.fill, style.fillOpacity * faintness(other))); }
      else if (!(other instanceof SVGElement) && !isPrinted) layers.push(color(style.backgroundColor));
    }
    return layers.reduceRight((under, layer) => over(layer, under), base);
  };
  const contrast = (e, text, x, y, ink) => {
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const paper = below(e, x, y);
    if (!paper) return;
    const front = over(color(ink, faintness(e)), paper);
    const [high, low] = [light(front), light(paper)].sort((a, b) => b - a), ratio = (high + 0.05) / (low + 0.05);
    const isLarge = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
    if (ratio < (isLarge ? 3 : 4.5)) say(`contrast ${ratio.toFixed(1)} of`, text);
  };
  for (const t of document.querySelectorAll('svg text')) {
    const b = t.getBoundingClientRect();
    if (shown(t) && t.textContent.trim()) contrast(t, t.textContent, b.left + b.width / 2, b.top + b.height / 2, getComputedStyle(t).fill);
  }
  const walker = document.createTreeWalker(document.body || root, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const e = node.parentElement;
    if (!node.data.trim() || e instanceof SVGElement || !shown(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const b = range.getClientRects()[0];
    if (b) contrast(e, node.data, b.left + b.width / 2, b.top + b.height / 2, getComputedStyle(e).color);
  }
  return [...new Set(faults)];
})"""

# Links at the top and the bottom of each figure: a printed page lists its links.
MARK = r"""[...document.querySelectorAll('figure, svg')].filter(e => e.getClientRects().length).map((e, number) => {
  if (e.localName === 'svg' && e.closest('figure')) return 0;
  const frame = e.localName === 'svg' ? e.parentElement : e;
  if (getComputedStyle(frame).position === 'static') frame.style.position = 'relative';
  for (const end of ['top', 'bottom']) {
    const a = document.createElement('a');
    a.href = `https://figure.invalid/${number}/${end}`, a.textContent = '.';
    a.style.cssText = `position:absolute;left:0;${end}:0;width:9px;height:2px;overflow:hidden;color:transparent`;
    frame.append(a);
  }
  return 1;
}).reduce((sum, one) => sum + one, 0)"""


def console(browser, address):
    """What the browser said of the page, and what the page asked for."""
    for event in browser.events:
        method, values = event["method"], event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield "error: " + values["exceptionDetails"]["text"]
        elif method == "Log.entryAdded" and values["entry"]["level"] == "error":
            yield "error: " + values["entry"]["text"]
        elif method == "Runtime.consoleAPICalled" and values["type"] in ("error", "assert"):
            yield "error: " + str(values["args"])
        elif method == "Network.requestWillBeSent":
            url = values["request"]["url"]
            if url.split("#")[0] != address and not url.startswith(("data:", "about:")):
                yield "asks for " + url


def printed(browser):
    """Figures that the end of a printed page cuts."""
    count = browser.run(MARK)
    objects = dict(re.findall(rb"(?m)^(\d+) 0 obj\n?(.*?)\nendobj", browser.pdf(), re.S))
    pages, places = 0, {}
    for body in objects.values():
        if not re.search(rb"/Type\s*/Page\b", body):
            continue
        pages += 1
        names = re.search(rb"/Annots\s*\[(.*?)\]", body, re.S)
        for reference in re.findall(rb"(\d+) 0 R", names.group(1)) if names else []:
            for number, end in re.findall(rb"figure\.invalid/(\d+)/(\w+)", objects.get(reference, b"")):
                places.setdefault(int(number), {})[end] = pages
    if len(places) != count:
        yield f"{count} figures, and {len(places)} of them are printed"
    for number, ends in sorted(places.items()):
        if len(set(ends.values())) != 1 or len(ends) != 2:
            yield f"figure {number + 1} is cut by the end of a printed page"


def check(browser, path, screenshots):
    """The faults of one file."""
    address = "file://" + urllib.parse.quote(os.path.abspath(path))
    is_page = path.endswith((".html", ".htm"))
    name = os.path.splitext(os.path.basename(path))[0]
    ways = [("screen", width, dark) for width in WIDTHS for dark in (False, True)]
    # Whoever reads in the dark prints on white paper.
    for media, width, dark in ways + [("print", PAPER, True)]:
        way = f"{media}, {width} pixels, {'dark' if dark else 'light'}"
        browser.open(address, width, dark, media)
        for opened in ([False, True] if is_page and media == "screen" else [False]):
            if opened:
                browser.run("document.querySelectorAll('details').forEach(e => { e.open = true })")
                browser.fit(width)
            elif screenshots:
                browser.screenshot(os.path.join(screenshots, f"{name}-{media}-{width}-{'dark' if dark else 'light'}.png"))
            for fault in browser.run(f"{LOOK}({'true' if media == 'print' else 'false'})"):
                yield f"{way}: {fault}"
        for fault in console(browser, address):
            yield f"{way}: {fault}"
    if is_page:
        browser.open(address, PAPER, media="print")
        yield from printed(browser)


def main(arguments):
    screenshots = None
    if arguments[:1] == ["--screenshots"] and len(arguments) > 1:
        screenshots, arguments = arguments[1], arguments[2:]
        os.makedirs(screenshots, exist_ok=True)
    if not arguments or any(argument.startswith("-") for argument in arguments):
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 64
    if missing := [path for path in arguments if not os.path.isfile(path)]:
        print(f"check_pages.py: there is no file {missing[0]}", file=sys.stderr)
        return 64
    if not chromium.program():
        print("check_pages.py: skipped, there is no chromium; Debian's package is chromium")
        return 0
    faults = []
    with chromium.Chromium() as browser:
        for path in arguments:
            faults += dict.fromkeys(f"{path}: {fault}" for fault in check(browser, path, screenshots))
    print("\n".join(faults[:100]) or f"{len(arguments)} files, nothing to complain of")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
