"""templates.py [OUT.json]: renders small templates by transformers' own environment; the results are the goldens
of Fixtures/templates/snippets.json.

Needs transformers and jinja2. Every line of SNIPPETS is one template; each is rendered with the variables below."""

import datetime
import json
import sys

import transformers.utils.chat_template_utils as chat

VARIABLES = {
    "messages": [
        {"role": "user", "content": "Hello  World"},
        {"role": "assistant", "content": "Hi & <b>bye</b>", "n": 3},
        {"role": "User", "content": "äöü ß Σας", "n": 1.5},
    ],
    "text": "The quick brown fox, jumps-over the lazy dog.\nSecond line\r\n\n  third\tline ",
    "words": ["pear", "Apple", "fig", "apple", "Banana"],
    "numbers": [3, 1, 2, -7, 0],
    "floats": [1.0, 0.1, 1e16, 1e-5, 123456789.123, -0.0, 1e300, 2.5, 3.5],
    "mapping": {
        "b": 1,
        "a": [1, 2, {"c": None}],
        "C": True,
        "key with space": "v'q\"x",
        "items": 5,
    },
    "nested": [{"k": {"x": 2}}, {"k": {"x": 1}}, {"k": {}}, {}],
    "none": None,
    "yes": True,
    "zero": 0,
    "empty": "",
    "big": 9007199254740993,
}

SNIPPETS = r"""
{{ text }}|{{ text|length }}|{{ text.splitlines() }}|{{ text.splitlines(true) }}
{{ text.split() }}|{{ text.split(' ', 2) }}|{{ text.rsplit(None, 2) }}|{{ text.rsplit('e', 1) }}|{{ 'a,b,,c'.split(',') }}
{{ '  x y '.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'abc'.lstrip('ab') }}|{{ 'abc'.rstrip('bc') }}|{{ ''.split() }}|{{ ''.split(',') }}
{{ 'abc'.partition('b') }}|{{ 'abcb'.rpartition('b') }}|{{ 'abc'.partition('x') }}|{{ 'abc'.rpartition('x') }}
{{ 'hello world'.title() }}|{{ 'hello WORLD'.capitalize() }}|{{ 'Hello'.swapcase() }}|{{ 'ß'.upper() }}|{{ 'ΑΣ ΣΑ'.lower() }}
{{ 'a-b c(d) [e] {f} <g'|title }}|{{ 'they\'re bill\'s'.title() }}|{{ 'they\'re bill\'s'|title }}
{{ 'abcabc'.replace('b', 'X') }}|{{ 'abcabc'.replace('b', 'X', 1) }}|{{ 'abc'.replace('', '-') }}|{{ 'abc'|replace('b', 3) }}
{{ 'abc'.find('c') }}|{{ 'abc'.find('x') }}|{{ 'abcabc'.rfind('b') }}|{{ 'abcabc'.index('c') }}|{{ 'abab'.count('ab') }}|{{ 'abc'.count('') }}
{{ 'abc'.index('x') }}
{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith(('x', 'c')) }}|{{ 'abc'.startswith('b', 1) }}|{{ 'abc'.removeprefix('a') }}|{{ 'abc'.removesuffix('c') }}
{{ 'abc'.center(8) }}|{{ 'abc'.center(8, '*') }}|{{ 'ab'.ljust(5, '.') }}|{{ 'ab'.rjust(5) }}|{{ '-42'.zfill(6) }}|{{ 'a\tb'.expandtabs(4) }}
{{ 'abcd'.center(7, '*') }}|{{ 'abc'.center(6, '*') }}|{{ 'abc'|center(9) }}|
{{ 'abc'.isalpha() }}|{{ '12'.isdigit() }}|{{ '½'.isnumeric() }}|{{ ' \n'.isspace() }}|{{ 'Ab'.isupper() }}|{{ 'ab1'.islower() }}|{{ 'a b'.isidentifier() }}|{{ 'Abc Def'.istitle() }}
{{ ', '.join(words) }}|{{ words|join }}|{{ numbers|join('-') }}|{{ messages|join('; ', attribute='role') }}
{{ ', '.join(numbers) }}
{{ words|sort }}|{{ words|sort(case_sensitive=true) }}|{{ words|sort(reverse=true) }}|{{ numbers|sort }}
{{ messages|sort(attribute='content')|map(attribute='role')|list }}|{{ words|unique|list }}|{{ numbers|min }}|{{ words|max }}
{{ mapping|dictsort }}|{{ {'b': 2, 'a': 3}|dictsort(by='value') }}|{{ {'b': 2, 'A': 3}|dictsort(true) }}|{{ {'b': 2, 'a': 3}|dictsort(reverse=true) }}
{{ mapping }}|{{ mapping.b }}|{{ mapping['a'][2].c }}
{{ mapping.get('b') }}|{{ mapping.get('zz') }}|{{ mapping.get('zz', 'd') }}|{{ mapping.keys()|list }}|{{ mapping.values()|list }}
{% for k, v in mapping.copy().items() %}{{ k }}={{ v }};{% endfor %}
{% for k, v in mapping|items %}{{ k }}={{ v }};{% endfor %}{{ undefinedthing|items|list }}
{{ mapping.items() }}|{{ {'a': 1}.items() }}|{{ {'a': 1}.keys() }}
{{ mapping|tojson }}|{{ mapping|tojson(indent=2) }}|{{ words|tojson(separators=(',', ':')) }}|{{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }}
{{ 'äö\n\t"\\/\u2028'|tojson }}|{{ 'äö€😀'|tojson(ensure_ascii=true) }}|{{ floats|tojson }}|{{ {1: 2, none: 3, true: 4, 1.5: 6}|tojson }}
{{ {}|tojson }}|{{ []|tojson(indent=4) }}|{{ [[], {}]|tojson(indent=1) }}|{{ (1, 2)|tojson }}|{{ none|tojson }}|{{ [1, [2, [3]]]|tojson(indent='\t') }}
{{ undefinedthing|tojson }}
{{ numbers|map('abs')|tojson }}
{{ floats }}|{{ floats|map('string')|list }}|{{ 1e22 }}|{{ 1.5e-7 }}|{{ 100000.0 }}|{{ 1e15 }}|{{ 123456789012345680.0 }}
{{ 7 // 2 }}|{{ -7 // 2 }}|{{ 7 % 3 }}|{{ -7 % 3 }}|{{ 7 % -3 }}|{{ 7 / 2 }}|{{ 2 ** 10 }}|{{ 2 ** -1 }}|{{ 7.5 // 2 }}|{{ -7.5 % 2 }}|{{ 1 / 3 }}
{{ 2 ** 3 ** 2 }}|{{ -2 ** 2 }}|{{ 1 + 2 * 3 }}|{{ (1 + 2) * 3 }}|{{ 'a' * 3 }}|{{ 3 * 'ab' }}|{{ [1] * 2 }}|{{ (1,) + (2,) }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ 1.0 / 0 }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ [1] + (2,) }}
{{ none + 1 }}
{{ 'a' ~ 1 ~ none ~ 2.0 ~ true ~ undefinedthing }}
{{ 1 < 2 < 3 }}|{{ 1 < 2 > 3 }}|{{ 'a' < 'b' }}|{{ [1, 2] < [1, 3] }}|{{ 1 == 1.0 }}|{{ true == 1 }}|{{ 'a' == 1 }}|{{ none == none }}
{{ 'a' < 1 }}
{{ [1] < ['a'] }}
{{ 1 >= 'a' }}
{{ 'ell' in 'hello' }}|{{ 1 in [1, 2] }}|{{ 'b' in mapping }}|{{ 3 not in numbers }}|{{ 'x' in undefinedthing }}|{{ 2 in range(3) }}
{{ 1 in 'abc' }}
{{ 1 in 5 }}
{{ numbers[0] }}|{{ numbers[-1] }}|{{ numbers[1:3] }}|{{ numbers[::-1] }}|{{ text[4:9] }}|{{ text[-5:] }}|{{ numbers[10:] }}|{{ 'äöü'[1] }}
{{ numbers[::2] }}|{{ numbers[3:0:-1] }}|{{ 'abc'[::-1] }}|{{ numbers[:-1] }}|{{ (1,2,3)[1:] }}
{{ numbers[99] }}|{{ numbers['a'] }}|{{ mapping['zz'] }}|{{ none.x }}|{{ text.nothing }}
{{ numbers[99].x }}
{{ mapping.zz.yy }}
{{ none.x.y }}
{{ undefinedthing.x }}
{{ undefinedthing + 1 }}
{{ undefinedthing() }}
{{ undefinedthing|length }}|{{ undefinedthing|list }}|{{ undefinedthing|default('d') }}|{{ empty|default('d') }}|{{ empty|default('d', true) }}|{{ none|d('x') }}
{{ 5|length }}
{{ numbers|map('string')|length }}
{{ text is string }}|{{ 1 is number }}|{{ mapping is mapping }}|{{ numbers is sequence }}|{{ numbers is iterable }}|{{ none is none }}|{{ yes is boolean }}|{{ 1 is integer }}|{{ 1.0 is float }}|{{ yes is integer }}|{{ yes is number }}
{{ undefinedthing is defined }}|{{ text is defined }}|{{ 3 is odd }}|{{ 4 is even }}|{{ 9 is divisibleby 3 }}|{{ 3 is eq 3 }}|{{ 3 is ne(4) }}|{{ 3 is gt 2 }}|{{ 2 is in [1,2] }}|{{ 'a' is lower }}|{{ 'A' is upper }}
{{ yes is true }}|{{ 1 is true }}|{{ false is false }}|{{ none is sameas none }}|{{ range is callable }}|{{ 'upper' is filter }}|{{ 'odd' is test }}|{{ 'zz' is filter }}
{{ not yes }}|{{ yes and 'x' }}|{{ empty or 'y' }}|{{ 'a' if zero else 'b' }}|{{ 'a' if zero }}|{{ not none is none }}
{{ ('a' if zero) + 'b' }}
{{ numbers|select('odd')|list }}|{{ numbers|reject('gt', 0)|list }}|{{ numbers|select|list }}|{{ messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|list }}
{{ messages|selectattr('n')|list|length }}|{{ messages|rejectattr('n')|list|length }}|{{ messages|selectattr('n', 'defined')|map(attribute='n')|list }}
{{ messages|map(attribute='n', default='none')|list }}|{{ nested|map(attribute='k.x', default=0)|list }}|{{ words|map('upper')|list }}|{{ words|map('replace', 'p', 'q')|list }}
{{ numbers|map('nofilter')|list }}
{{ words|first }}|{{ words|last }}|{{ []|first }}|{{ []|last }}|{{ numbers|sum }}|{{ numbers|sum(start=10) }}|{{ nested|map(attribute='k')|list }}
{{ numbers|batch(2)|list }}|{{ numbers|batch(2, 'x')|list }}|{{ numbers|slice(3)|list }}|{{ numbers|slice(3, 'f')|list }}
{{ words|groupby('0') }}
{% for key, group in messages|groupby('role') %}{{ key }}:{{ group|length }};{% endfor %}
{{ numbers|reverse|list }}|{{ 'abc'|reverse }}|{{ numbers|list }}|{{ 'abc'|list }}|{{ mapping|list }}
{{ '42'|int }}|{{ '42.9'|int }}|{{ 'x'|int }}|{{ 'x'|int(7) }}|{{ '0x1f'|int(base=16) }}|{{ 3.99|int }}|{{ ' 12 '|int }}|{{ '1_000'|int }}|{{ none|int }}|{{ true|int }}
{{ '1.5'|float }}|{{ 'x'|float }}|{{ 'x'|float(2.5) }}|{{ 3|float }}|{{ '1e3'|float }}
{{ 42.55|round }}|{{ 42.55|round(1) }}|{{ 42.55|round(1, 'floor') }}|{{ 42.51|round(0, 'ceil') }}|{{ 2.5|round }}|{{ 3.5|round }}|{{ 7|round }}|{{ 2.675|round(2) }}|{{ 1234.5|round(-2) }}
{{ -5|abs }}|{{ (-5)|abs }}|{{ (-5.5)|abs }}
{{ 'a & <b> "c" \'d\''|escape }}|{{ ('<a>'|safe) + '<b>' }}|{{ '<x>' + ('<y>'|safe) }}|{{ '<a>'|e|e }}|{{ '<a>'|safe|forceescape }}|{{ ('<a>'|safe) ~ '<b>' }}
{{ '<p>Hello <b>World</b></p> <!-- c --> x'|striptags }}|{{ 'a b&c/d?é'|urlencode }}|{{ {'a b': 'c&d', 'e': 1}|urlencode }}
{{ 'one two three four five six'|truncate(12) }}|{{ 'one two three four'|truncate(9, true) }}|{{ 'one two three four'|truncate(9, false, '…') }}|{{ 'short'|truncate(3) }}|{{ 'one two three'|truncate(9, leeway=0) }}
{{ 'a b c'|wordcount }}|{{ 'The quick brown fox jumps over'|wordwrap(10) }}|{{ 'abcdefghijklmnop'|wordwrap(5) }}|{{ 'foo-bar baz-qux'|wordwrap(6) }}|{{ 'abcdefgh ij'|wordwrap(4, false) }}
{{ 'a\nb\n\nc'|indent }}|{{ 'a\nb\n\nc'|indent(2, true) }}|{{ 'a\nb\n\nc'|indent(2, blank=true) }}|{{ 'a\nb'|indent('> ') }}|{{ ''|indent }}
{{ ' x '|trim }}|{{ 'xxaxx'|trim('x') }}|{{ 5|string }}|{{ 5|upper }}|{{ none|upper }}|{{ 'aBC'|lower }}|{{ 'hello world'|capitalize }}
{{ '%s is %d and %05.2f, %x %%'|format('a', 3, 3.14159, 255) }}|{{ '%(a)s-%(b)r'|format(a=1, b='x') }}|{{ '%5s|%-5s|%+d' % ('a', 'b', 3) }}
{{ '%s' % none }}|{{ '%s %s' % (1, 2) }}|{{ '%d' % 3.9 }}|{{ '%c%c' % ('a', 98) }}|{{ '%e' % 12345.678 }}|{{ '%g' % 0.00001 }}
{{ '%s %s' % 1 }}
{{ '%d' % 'a' }}
{{ 'a' % 1 }}
{{ '{} {}'.format(1, 'b') }}|{{ '{1} {0}'.format(1, 2) }}|{{ '{a:>5}|{b:<4}|{c:^7}'.format(a=1, b='x', c='mid') }}|{{ '{:05d} {:.2f} {:,} {:x}'.format(42, 3.14159, 1234567, 255) }}|{{ '{{}} {}'.format(1) }}
{{ '{:+d} {: d} {:#x} {:b} {:e} {:g} {:%}'.format(5, 5, 255, 5, 12345.678, 0.0001, 0.25) }}|{{ '{!r:>6}'.format('a') }}|{{ '{0[1]} {0}'.format([1, 2]) }}|{{ '{m.b}'.format(m=mapping) }}
{{ '{:*^10}'.format('x') }}|{{ '{:>{w}}'.format('a', w=4) }}|{{ '{:d}'.format(true) }}|{{ '{}'.format(none) }}|{{ '{:10}|'.format(3) }}|{{ '{:10}|'.format('a') }}|{{ '{:.2}'.format('abc') }}|{{ '{:_}'.format(1234567) }}
{{ '{} {}'.format(1) }}
{{ '{a}'.format(b=1) }}
{{ '{:d}'.format('x') }}
{{ 1000000|filesizeformat }}|{{ 1|filesizeformat }}|{{ 999|filesizeformat }}|{{ 123456789|filesizeformat(true) }}
{{ {'class': 'a b', 'id': none, 'x': '<'}|xmlattr }}
{{ range(5)|list }}|{{ range(1, 10, 3)|list }}|{{ range(5, 0, -2)|list }}|{{ range(3) }}|{{ range(0)|list }}|{{ range(2, 5)[1] }}
{{ range(0, 10, 3) }}|{{ range(0, 3, 2) == range(0, 4, 2) }}|{{ range(0) == range(5, 2) }}|{{ range(0, 9, 3) == range(0, 9, 2) }}|{{ 9.0 in range(0, 10, 3) }}|{{ 8 in range(0, 10, 3) }}|{{ 1 in range(5, 0, -2) }}|{{ 'a' in range(3) }}|{{ range(0, 10, 3).stop }}
{{ ('ab' * 9 ~ 'c').find('ababababababc') }}|{{ ('xab' ~ 'ab' * 9).rfind('ababababababab') }}|{{ ('abababababa' * 3).split('ababababab') }}|{{ ('aaaaaaaaaaab' * 2).rsplit('aaaaaaaaab', 1) }}|{{ 'aaaaaaaaab' in 'aaaaaaaaaaaaaaaab' }}|{{ 'aaaaaaaaac' in 'aaaaaaaaaaaaaaaab' }}|{{ ('abcabcabcabd' * 3).count('abcabcabd') }}
{{ range(100001) }}
{{ range(1, 2, 0) }}
{{ dict(a=1, b=2) }}|{{ dict([('x', 1)]) }}|{{ dict(mapping, b=9).b }}|{{ {'a': 1, 'a': 2} }}|{{ {(1, 2): 3} }}
{{ [1, 'a', none, true, 1.5, {'x': 'y'}, (1,), ()] }}|{{ 'it\'s' }}|{{ ['it\'s', 'say "x"', 'both \' "', '\n\t\\', '\u200b', '\x1b', 'é'] }}
{% for x in numbers %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 0) }}{{ loop.depth }}, {% endfor %}
{% for x in numbers %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}
{% for x in numbers if x > 0 %}{{ loop.index }}:{{ x }} {% else %}none{% endfor %}|{% for x in [] %}{% else %}empty{% endfor %}
{% for a, b in [(1, 2), (3, 4)] %}{{ a + b }} {% endfor %}|{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for a, b in [(1, 2, 3)] %}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{% for x in 5 %}{% endfor %}
{% for x in numbers %}{% if x == 2 %}{% break %}{% endif %}{% if x == 1 %}{% continue %}{% endif %}{{ x }} {% endfor %}
{% block a %}x{% endblock %}{% block b %}y{% endblock %}
{% block a %}x{% endblock %}{% block a %}y{% endblock %}
{% for i in numbers %}{% set x %}a{% break %}b{% endset %}{% endfor %}|{{ x }}|
{% for i in numbers %}{% filter upper %}a{% break %}b{% endfilter %}{% endfor %}end
{% set x = 0 %}{% for i in numbers %}{% set x %}a{% if i == 1 %}{% continue %}{% endif %}b{% endset %}[{{ x }}]{% endfor %}end|{% for i in numbers %}{% filter upper %}{% if i < 2 %}{% continue %}{% endif %}v{{ i }}{% endfilter %}{% endfor %}
{% for item in [{'n': 1, 'c': [{'n': 2, 'c': []}]}] recursive %}{{ item.n }}@{{ loop.depth }}[{{ loop(item.c) }}]{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + 10 %}{{ x }} {% endfor %}{{ x }}
{% set ns = namespace(n=0, s='') %}{% for i in numbers %}{% set ns.n = ns.n + i %}{% set ns.s = ns.s ~ i %}{% endfor %}{{ ns.n }}|{{ ns.s }}|{{ ns.zz }}
{% set ns.x = 1 %}
{% set ns = namespace(_x=1) %}
{% set a, b = 1, 2 %}{{ b }}{{ a }}|{% set t = 1, %}{{ t }}|{% set c %}block {{ a }}{% endset %}{{ c }}|{% set d | upper %}xy{% endset %}{{ d }}
{% if false %}{% set z = 1 %}{% endif %}{{ z }}|{% if true %}{% set z = 2 %}{% endif %}{{ z }}
{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}
{% macro m(a, b='d', c=a) %}[{{ a }},{{ b }},{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}{{ m.name }}{{ m.arguments }}
{% macro m(a) %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% macro m() %}<{{ caller(1) }}>{% endmacro %}{% call(x) m() %}body {{ x }}{% endcall %}
{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}
{% set outer = 1 %}{% macro m() %}{{ outer }}{% endmacro %}{% set outer = 2 %}{{ m() }}
{% filter upper %}abc {{ 'd' }}{% endfilter %}|{% filter replace('a', 'b')|upper %}aaa{% endfilter %}
{% raw %}{{ not }} {% this %}{% endraw %}|{%- raw -%}  x  {%- endraw -%}  y
{# comment #}a{#- b -#}  c   {#+ d +#} e
  {% if true %}  a  {% endif %}  b
x  {%- if true -%}   y   {%- endif -%}   z
x {%+ if true %} y {% endif +%} z
{{- ' a ' -}}   b   {{ 'c' }}
{{ '{{' }}|{{ "}}" }}|{{ '%}' }}|{{ {'a': {'b': 1}}['a']['b'] }}
{{ 'a' 'b' "c" }}|{{ '\x41\u00e9\101\n'|length }}|{{ 'a\qb' }}|{{ "\"" }}
{{ 1_000 }}|{{ 0x1F }}|{{ 0b101 }}|{{ 0o17 }}|{{ 1.5e3 }}|{{ 1e2 }}|{{ .5 is defined }}
{{ messages[0].role }}|{{ messages[0]['role'] }}|{{ messages.0.role }}|{{ (messages|first).role }}|{{ messages[-1]['content']|upper }}
{{ messages[0].update({'a': 1}) }}
{{ words.append('x') }}
{{ ''.__class__ }}|{{ mapping.__class__ }}
{{ ''.__class__.__mro__ }}
{{ raise_exception('no ' ~ 'way') }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %d %b %B %a %A %j %p %I %y %%') }}|{{ strftime_now('%-d %e') }}
{{ cycler('a', 'b').next() }}|{% set c = cycler('x', 'y') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}|{% set j = joiner('; ') %}{{ j() }}a{{ j() }}b
{% generation %}x{{ 1 }}{% endgeneration %}|{% block b %}in block{% endblock %}|{% autoescape true %}{{ '<' }}{{ '<'|safe }}{% endautoescape %}
{% include 'x' %}
{{ 'abc'|nosuchfilter }}
{{ 1 is nosuchtest }}
{% if false %}{{ 1|nosuchfilter }}{% endif %}ok
{% if true %}{{ 1|nosuchfilter }}{% endif %}
{% nosuchtag %}
{% if true %}
{% for x in y %}{% endif %}
{{ 1 + }}
{{ (1 }}
{{ 'abc }}
{{ a b }}
{% set 1 = 2 %}
{% set true = 2 %}
{{ 1 if }}
{{ f(a=1, 2) }}
{{ [1, 2 }}
{{ $ }}
{{ }}
{% %}
{# never closed
{{ big }}|{{ big + 1 }}|{{ -big }}
{{ yes + 1 }}|{{ -yes }}|{{ +3 }}|{{ not not 3 }}
{{ -'a' }}
{{ none|length }}
{{ 'a'.join(['x', 'y']) }}|{{ 'a'.nosuch }}|{{ 'abc'|attr('upper') is callable }}|{{ mapping|attr('b') }}
{{ (1).real }}|{{ 1.5.is_integer() }}|{{ (2.0).is_integer() }}|{{ 255.bit_length() }}
{{ [1, 2, 2].count(2) }}|{{ [1, 2].index(2) }}|{{ (1, 2).count(1) }}
{{ [3].index(4) }}
{{ words|join(', ')|title|replace('A', 'B')|length }}
{{ mapping|length }}|{{ mapping is sequence }}|{{ 'abc' is sequence }}|{{ 5 is iterable }}|{{ none is iterable }}
{{ 'x' if undefinedthing is defined and undefinedthing.y else 'z' }}
{% for m in messages %}{{ m.role }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for m in messages %}{%- if m.role == 'user' -%}  U  {%- elif m.role == 'assistant' %}  A  {% else -%}  ?  {% endif %}{% endfor %}
{{ messages|map(attribute='role')|map('lower')|unique|join('/') }}
{{ "a\
b" }}
{{ 'ab'[5] }}|{{ 'ab'[5:] }}|{{ ''[0:1] }}
{{ mapping[1:] }}
{{ numbers['0':] }}
{{ undefinedthing[1:] }}
"""


class Clock(datetime.datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 11, 22, 14, 5, 9)


def render(source):
    try:
        return {"text": chat._compile_jinja_template(source).render(**VARIABLES)}
    except Exception as error:  # noqa: BLE001
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    chat.datetime = Clock
    cases = [{"template": line, **render(line)} for line in SNIPPETS.strip("\n").split("\n")]
    document = {
        "about": "Written by Tests/Peers/templates.py.",
        "variables": VARIABLES,
        "cases": cases,
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            file.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
