/// A page of sections in one HTML file, which needs nothing else: no script, no font, no network.
struct ReportPage {
  /// What stands above it and on the window.
  let title: String
  /// A sentence below the title.
  let lead: [Markup]
  /// Titles with their content.
  let sections: [(title: String, content: [Markup])]
  /// Seconds after which a reader's browser loads it again, for a page that changes.
  let refresh: Int?

  /// The file.
  var html: String {
    var head: [Markup] = [
      .element("meta", ["charset": "utf-8"]),
      .element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      .element("meta", ["name": "color-scheme", "content": "light dark"]),
      .element("title", [:], Markup(title)),
    ]
    if let refresh {
      head.append(.element("meta", ["http-equiv": "refresh", "content": "\(refresh)"]))
    }
    head.append(.style(Self.css + ChartTheme.css))
    let links = sections.enumerated().map { number, section in
      Markup.element("a", ["href": "#s\(number)"], Markup(section.title))
    }
    let body = sections.enumerated().map { number, section in
      Markup.element(
        "section", ["id": "s\(number)"],
        [.element("h2", [:], Markup(section.title))] + section.content)
    }
    let page = Markup.element(
      "html", ["lang": "en"], .element("head", [:], [head.joined]),
      .element(
        "body", [:],
        .element("header", [:], [.element("h1", [:], Markup(title))] + lead),
        .element("nav", [:], [links.joined]), .element("main", [:], [body.joined])))
    return "<!DOCTYPE html>\n" + page.characters + "\n"
  }

  private static let css = """
    :root { color-scheme: light dark; --ink: #222; --soft: #595959; --paper: #fff; --rule: #dcdcdc;
      --tint: #f4f5f6; --link: #005a94; --mark: #fff3c4; }
    @media screen and (prefers-color-scheme: dark) { :root { --ink: #dcdcdc; --soft: #a6a6a6;
      --paper: #16181b; --rule: #383c41; --tint: #202327; --link: #7cc4f2; --mark: #4a3f12; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 1180px; padding: 28px 20px 64px; background: var(--paper);
      color: var(--ink); font: 16px/1.55 \(ChartTheme.fonts); overflow-wrap: anywhere; }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 0.3em; letter-spacing: -0.01em; }
    h2 { font-size: 1.3rem; margin: 2.6em 0 0.8em; padding-bottom: 0.3em;
      border-bottom: 1px solid var(--rule); }
    h3 { font-size: 1rem; margin: 1.8em 0 0.5em; }
    p { max-width: 46em; margin: 0.5em 0; }
    header p, figcaption, .soft { color: var(--soft); }
    nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 1.2em; }
    a, summary { color: var(--link); }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr));
      gap: 36px 44px; }
    figure { margin: 0; min-width: 0; break-inside: avoid; }
    figure.wide { margin-top: 1.2em; }
    figure > svg { display: block; width: 100%; height: auto; }
    figure > .scroll { margin: 0; }
    figure > .scroll > svg { display: block; width: 100%; min-width: 540px; max-width: 980px;
      height: auto; }
    figcaption { font-size: 0.875rem; line-height: 1.45; margin-top: 0.5em; max-width: 46em; }
    details { margin-top: 0.6em; font-size: 0.9rem; }
    summary { cursor: pointer; }
    details.beam { margin: 0; font-size: inherit; }
    details.beam > summary { color: var(--ink); list-style-position: inside; }
    details.beam > summary::marker { color: var(--link); }
    .scroll { overflow-x: auto; margin: 0.6em 0; }
    table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.4; }
    th, td { padding: 0.4em 1.1em 0.4em 0; text-align: left; vertical-align: top; font-weight: 400;
      border-bottom: 1px solid var(--rule); overflow-wrap: normal; }
    thead th { color: var(--soft); vertical-align: bottom; }
    .numbers td, .numbers thead th + th { text-align: right; font-variant-numeric: tabular-nums;
      white-space: nowrap; }
    .numbers tbody th { white-space: nowrap; }
    .numbers td:last-child, .numbers th:last-child { padding-right: 0; }
    .words td { max-width: 24em; overflow-wrap: anywhere; }
    .run { display: inline-flex; align-items: baseline; gap: 0.5em; }
    svg.sample { width: 22px; height: 14px; flex: none; align-self: flex-start;
      margin-top: 0.3em; }
    .differs { background: var(--mark); }
    code { font: 0.92em/1.4 'Liberation Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
    .lines { display: grid; grid-template-columns: fit-content(15em) 1fr; gap: 0.35em 1.2em;
      margin: 0; }
    .lines dt { color: var(--soft); }
    .lines dd { margin: 0; min-width: 0; }
    .sentence { padding: 1.1em 0; border-bottom: 1px solid var(--rule); break-inside: avoid; }
    .sentence:first-of-type { padding-top: 0; }
    @media (max-width: 560px) { body { padding: 18px 16px 40px; } h1 { font-size: 1.5rem; }
      .lines { grid-template-columns: 1fr; gap: 0; } .lines dd { margin-bottom: 0.6em; } }
    @media print { body { max-width: none; padding: 0; font-size: 11pt; } nav { display: none; }
      h2, h3 { break-after: avoid; } a { color: inherit; }
      .figures { grid-template-columns: 1fr 1fr; gap: 24px; } .scroll { overflow: visible; }
      figure > .scroll > svg { min-width: 0; }
      table { font-size: 8pt; } th, td { padding-right: 0.8em; }
      .numbers tbody th { white-space: normal; overflow-wrap: anywhere; } }

    """
}
