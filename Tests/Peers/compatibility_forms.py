"""Writes the table of compatibility decompositions that NFKC and NFKD need.

usage: compatibility_forms.py > Sources/Tokenizers/Structure/CompatibilityForm+Table.swift

Needs `unicodedata2` (PyPI): the version of Unicode is that of the package, not of this Python. What
a character decomposes into never changes once it is assigned (Unicode's policy of stability), so a
newer version only adds characters.
"""

import textwrap

import unicodedata2 as unicode


def mappings():
    """Code points whose NFKD is not their NFD, with it."""
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        form = unicode.normalize("NFKD", chr(code))
        if form != unicode.normalize("NFD", chr(code)):
            yield code, tuple(map(ord, form))


def runs():
    """Neighbours that become neighbours, one code point each: first, last, form of the first."""
    run = None
    for code, form in mappings():
        if run and code == run[1] + 1 and len(form) == len(run[2]) == 1:
            if form[0] - run[2][0] == code - run[0]:
                run = (run[0], code, run[2])
                continue
        if run:
            yield run
        run = (code, code, form)
    yield run


def entry(first, last, form):
    codes = f"{first:X}" if first == last else f"{first:X}-{last:X}"
    return codes + "=" + "+".join(f"{code:X}" for code in form)


print(f'''// Written by Tests/Peers/compatibility_forms.py from Unicode {unicode.unidata_version}.

extension CompatibilityForm {{
  /// `first-last=form`, hexadecimal; in a range, the next becomes the next.
  static let table = """''')
entries = " ".join(entry(*run) for run in runs())
lines = textwrap.wrap(entries, 98, break_on_hyphens=False)
print(" \\\n".join("    " + line for line in lines))
print('''    """
}''')
