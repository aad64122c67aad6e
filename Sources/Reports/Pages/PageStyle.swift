/// What every page looks like.
enum PageStyle {
  static let text =
    ":root{\(light)}\n@media(prefers-color-scheme:dark){:root{\(dark)}}\n" + layout + tables
    + charts + steps + print

  // Text has a contrast of at least 4.5 to 1 on its ground (WCAG 2.2, 1.4.3), lines and marks of 3.
  private static let light = """
    color-scheme:light dark;--ground:#fff;--raised:#f6f8f9;--ink:#182026;--soft:#5a6670;--line:#dde3e7;
    --mark:#0f7484;--pale:#d5ebee;--bad:#b3261e;--odd:#8a5300;
    --c1:#0f7484;--c2:#c2500a;--c3:#6741d9;--c4:#2b7a36;--c5:#c2255c;--c6:#1864ab;--c7:#806000;--c8:#4f5b66;
    --q1:#eaf5f6;--q2:#d0eaec;--q3:#aedbdf;--q4:#84c6cd;--q5:#58aeb8;--q6:#2f8f9b;--q7:#167280;--q8:#0b5561;
    --q9:#073c45;--on1:#0b2d33;--on2:#fff
    """
  private static let dark = """
    --ground:#12171b;--raised:#1a2126;--ink:#e4e9ec;--soft:#9aa7b0;--line:#313b42;
    --mark:#54bfce;--pale:#1d434a;--bad:#ff8a80;--odd:#f0b35a;
    --c1:#54bfce;--c2:#ff9f5a;--c3:#a893ff;--c4:#74d186;--c5:#ff85ab;--c6:#7fbcff;--c7:#dcc04a;--c8:#b3bec7;
    --q1:#14292e;--q2:#183940;--q3:#1d4b54;--q4:#236069;--q5:#2f7a85;--q6:#459aa6;--q7:#6ab9c4;--q8:#9bd5dd;
    --q9:#d3f0f3;--on1:#eafafc;--on2:#062a30
    """

  private static let layout = """
    *{box-sizing:border-box}
    html{scroll-padding-top:1rem}
    body{font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);
    background:var(--ground);margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:68rem}
    h1{font-size:1.7rem;line-height:1.25;margin:0 0 .75rem;overflow-wrap:anywhere}
    h2{font-size:1.15rem;line-height:1.3;margin:0 0 .75rem}h3{font-size:1rem;margin:1.5rem 0 .5rem}
    p{max-width:46rem;margin:0 0 .75rem;overflow-wrap:anywhere}
    .kind{color:var(--mark);font-weight:600;font-size:.85rem;letter-spacing:.04em;margin:0 0 .25rem}
    .verdict{font-size:1.1rem;margin:0 0 .35rem}.note{color:var(--soft);font-size:.9rem}
    a{color:var(--mark);text-underline-offset:.15em}
    :focus-visible{outline:2px solid var(--mark);outline-offset:2px;border-radius:2px}
    nav{margin:1.25rem 0 0;border-block:1px solid var(--line);padding:.5rem 0}
    nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0;padding:0}
    nav a{text-decoration:none}nav a:hover{text-decoration:underline}
    section,footer{margin-top:2.75rem}
    dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(24rem,100%),1fr));gap:0 2.5rem;margin:0}
    dl div{display:grid;grid-template-columns:8.5rem 1fr;gap:.75rem;padding:.3rem 0;
    border-bottom:1px solid var(--line)}
    dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
    footer{border-top:1px solid var(--line);padding-top:1.25rem;font-size:.9rem}footer h2{font-size:1rem}
    footer dl{grid-template-columns:1fr}
    pre{font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;background:var(--raised);margin:.5rem 0 0;
    border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem;white-space:pre-wrap;
    overflow-wrap:anywhere;max-height:32rem;overflow:auto}
    summary{cursor:pointer}main>section>details{margin-top:.9rem}
    .chip{border-radius:99px;padding:.05rem .6rem;font-size:.85rem;background:var(--pale);white-space:nowrap}
    .error{color:var(--bad);font-weight:600}.warning{color:var(--odd);font-weight:600}
    .passed{color:var(--c4);font-weight:600}.failed{color:var(--bad);font-weight:600}
    @media(max-width:46rem){body{padding:1.5rem 1rem 3rem}h1{font-size:1.35rem}
    dl div{grid-template-columns:6.5rem 1fr;gap:.5rem}section,footer{margin-top:2.25rem}}

    """

  private static let tables = """
    .find{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:0 0 .6rem}
    .find input{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--soft);
    border-radius:6px;padding:.3rem .6rem;width:18rem;max-width:100%}
    .find span{color:var(--soft);font-size:.9rem}
    button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
    .find button{color:var(--mark);text-decoration:underline;text-underline-offset:.15em}
    .scroll{overflow:auto;max-height:min(80vh,46rem);border-bottom:1px solid var(--line);
    background:linear-gradient(270deg,var(--ground) 30%,transparent) right/3rem 100% no-repeat local,
    linear-gradient(270deg,var(--line),transparent) right/1.25rem 100% no-repeat scroll}
    table{border-collapse:separate;border-spacing:0;font-variant-numeric:tabular-nums;font-size:.93rem;
    min-width:100%}
    caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    th,td{text-align:left;vertical-align:top;padding:.35rem 1rem .35rem 0;border-bottom:1px solid var(--line);
    font-weight:400;white-space:nowrap}
    tbody tr:last-child>*{border-bottom:0}
    td{overflow-wrap:anywhere}th.n,td.n{text-align:right}th:last-child,td:last-child{padding-right:.25rem}
    thead th{position:sticky;top:0;background:var(--ground);color:var(--soft);font-weight:600;z-index:1;
    border-bottom:1px solid var(--soft)}
    tbody th{position:sticky;left:0;background:var(--ground);min-width:8.5rem;max-width:26rem;
    white-space:normal;overflow-wrap:break-word}tbody th.n{min-width:0}
    thead th:first-child{left:0;z-index:2}
    .code,td code{font:13px/1.5 ui-monospace,Menlo,Consolas,monospace}.code{user-select:all;min-width:13rem}
    td .prose{white-space:normal;min-width:13rem;max-width:26rem}td details{white-space:normal;min-width:14rem}
    thead button::after{content:"";display:inline-block;width:.9em;text-align:right}
    [aria-sort=ascending] button::after{content:"↑"}[aria-sort=descending] button::after{content:"↓"}
    tr:target>*{background:var(--pale)}
    @media(max-width:46rem){tbody th{max-width:11rem;min-width:6.5rem}.code{min-width:7rem}th,td{padding-right:.75rem}}

    """

  private static let charts = """
    figure{margin:0 0 1rem}figcaption{color:var(--soft);font-size:.9rem;margin-top:.4rem;max-width:46rem}
    svg.chart{display:block;width:100%;height:auto;max-width:60rem;overflow:visible}
    svg.narrow{display:none;max-width:30rem}
    @media(max-width:46rem){svg.chart.wide{display:none}svg.chart.narrow{display:block}}
    svg text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--soft);
    font-variant-numeric:tabular-nums}
    svg .strong{fill:var(--ink)}svg .end{text-anchor:end}svg .mid{text-anchor:middle}
    .grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}
    .leader{stroke:var(--soft);stroke-width:.75}.whisker{stroke:var(--mark);stroke-width:1.5}
    .frontier{stroke:var(--mark);stroke-width:1.5;fill:none;stroke-dasharray:5 4}
    .dot{fill:var(--mark);stroke:var(--ground);stroke-width:1.5}
    .hollow{fill:var(--ground);stroke:var(--mark);stroke-width:1.5}
    .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
    .point{stroke:var(--ground);stroke-width:1}
    .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.25rem;list-style:none;margin:.5rem 0 0;padding:0;
    font-size:.9rem}
    .legend li{display:flex;gap:.45rem;align-items:center;overflow-wrap:anywhere}
    .legend svg{flex:none;width:24px;height:14px}
    .bars{border-spacing:0;width:100%;font-size:.93rem}.bars tbody th{position:static;width:16rem}
    .bars td,.bars th{border:0;padding:.18rem .75rem .18rem 0;vertical-align:middle}
    .bars .track{width:auto;padding-right:1rem}.bars .n{width:11rem}
    .bars span{display:block;height:.8rem;border-radius:2px;background:var(--mark);min-width:1px}
    @media(max-width:46rem){.bars tr{display:grid;grid-template-columns:1fr auto;align-items:center;
    padding:.2rem 0}.bars tbody th{grid-column:1/3;width:auto;max-width:none;padding-bottom:0}
    .bars .n{width:auto;min-width:6rem;padding-right:0}}
    .spark{display:block;width:96px;height:24px}.spark path{fill:var(--mark)}
    #tip{position:fixed;z-index:9;pointer-events:none;max-width:20rem;padding:.3rem .6rem;border-radius:6px;
    background:var(--ink);color:var(--ground);font-size:.85rem;overflow-wrap:anywhere;white-space:pre-line}

    """

  /// Nine steps from few bits to many: the ground, and what is written on it.
  private static let steps =
    (1...9).map { step in
      ".q\(step){fill:var(--q\(step));background:var(--q\(step))}"
        + "svg .o\(step){fill:var(--on\(step < 6 ? 1 : 2))}.h\(step){stroke:var(--q\(step))}"
    }.joined() + "\n.tile{stroke:var(--ground);stroke-width:1}\n"
    + "svg .halo{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}\n"

  private static let print = """
    @media print{:root{\(light);color-scheme:light}body{padding:0;max-width:none;font-size:10pt}
    nav,.find,#tip{display:none!important}.scroll{max-height:none;overflow:visible;background:none}
    thead th,tbody th{position:static}section{break-inside:auto}figure,tr{break-inside:avoid}
    h2,h3{break-after:avoid}svg.chart.narrow{display:none}svg.chart.wide{display:block}
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    """
}
