internal import WeighbridgeDigests

/// The one script of a page: it sorts and searches tables and shows what a mark of a chart stands for.
///
/// Without it everything is there to be read, only longer.
enum PageScript {
  /// A content security policy under which nothing is fetched and no other script runs: not one that a
  /// model's file would bring along, should it ever get through.
  static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"
    + base64(SHA256.hash(Array(text.utf8)).bytes) + "'"

  /// RFC 4648, section 4.
  private static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var result = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        result += place > group.count ? "=" : String(letters[bits >> (18 - 6 * place) & 63])
      }
    }
    return result
  }

  static let text = sorting + searching + tips + ready

  private static let sorting = """
    'use strict';
    const all = (what, where = document) => [...where.querySelectorAll(what)];
    const value = cell => cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
    for (const table of all('table[data-sort]')) {
      const heads = [...table.tHead.rows[0].cells];
      heads.forEach((head, column) => {
        const button = document.createElement('button');
        button.textContent = head.textContent;
        head.replaceChildren(button);
        button.addEventListener('click', () => {
          const number = head.classList.contains('n');
          const now = head.getAttribute('aria-sort');
          const up = now ? now === 'descending' : !number;
          for (const other of heads) other.removeAttribute('aria-sort');
          head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
          const rows = [...table.tBodies[0].rows].map(row => [row, value(row.cells[column])]);
          const order = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b
            : String(a).localeCompare(String(b), 'en', {numeric: true});
          const isEmpty = v => v === '' || Number.isNaN(v);
          rows.sort((a, b) => isEmpty(a[1]) - isEmpty(b[1])
            || (up ? 1 : -1) * order(a[1], b[1]));
          table.tBodies[0].append(...rows.map(row => row[0]));
          table.dispatchEvent(new Event('sorted'));
        });
      });
    }

    """

  private static let searching = """
    const few = 200;
    for (const box of all('[data-search]')) {
      const table = box.querySelector('table'), noun = box.dataset.search;
      const texts = new Map([...table.tBodies[0].rows]
        .map(row => [row, row.textContent.toLowerCase()]));
      const bar = document.createElement('div');
      const input = document.createElement('input');
      const count = document.createElement('span');
      const more = document.createElement('button');
      bar.className = 'find';
      input.type = 'search';
      input.placeholder = 'Search ' + noun;
      input.setAttribute('aria-label', 'Search ' + noun);
      count.setAttribute('role', 'status');
      let whole = false;
      const show = everything => {
        const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
        let found = 0;
        for (const row of table.tBodies[0].rows) {
          const fits = words.every(word => texts.get(row).includes(word));
          row.hidden = !fits || !(everything || whole) && found >= few;
          if (fits) found += 1;
        }
        const shown = whole ? found : Math.min(found, few);
        count.textContent = (shown < found ? 'the first ' + shown + ' of ' : '')
          + (words.length ? found + ' of ' + texts.size : texts.size) + ' ' + noun;
        more.hidden = shown === found;
        more.textContent = 'show all';
      };
      input.addEventListener('input', () => show(false));
      more.addEventListener('click', () => { whole = true; show(false); });
      table.addEventListener('sorted', () => show(false));
      addEventListener('beforeprint', () => show(true));
      addEventListener('afterprint', () => show(false));
      addEventListener('hashchange', () => {
        const row = document.getElementById(location.hash.slice(1));
        if (!texts.has(row)) return;
        whole = true;
        input.value = '';
        show(false);
        row.scrollIntoView({block: 'center'});
      });
      bar.append(input, count, more);
      box.before(bar);
      show(false);
    }

    """

  private static let tips = """
    const tip = document.createElement('div');
    tip.id = 'tip';
    tip.hidden = true;
    document.body.append(tip);
    for (const title of all('svg title')) {
      const mark = title.parentNode;
      mark.dataset.tip = title.textContent;
      title.remove();
    }
    const point = event => {
      const mark = event.target.closest ? event.target.closest('[data-tip]') : null;
      tip.hidden = !mark;
      if (!mark) return;
      tip.textContent = mark.dataset.tip;
      const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
      const left = Math.max(8, Math.min(event.clientX + 12, room));
      const above = event.clientY - tip.offsetHeight - 12;
      tip.style.left = left + 'px';
      tip.style.top = (above < 8 ? event.clientY + 16 : above) + 'px';
    };
    addEventListener('pointermove', point);
    addEventListener('pointerdown', point);
    addEventListener('scroll', () => { tip.hidden = true; }, true);

    """

  private static let ready = "document.documentElement.dataset.script = 'ready';\n"
}
