import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

@testable import WeighbridgeTemplates

/// Small templates of every feature, against what transformers' own environment gives
/// (`Tests/Peers/templates.py`), and what no template may do.
@Suite struct SnippetTests {
  private static let now = TemplateTime(
    year: 2026, month: 11, day: 22, hour: 14, minute: 5, second: 9)

  private static let document: JSONValue? = try? JSONValue.read(
    FileSource(path: SharedData.fixture("templates/snippets.json")))

  private static func render(
    _ source: String, _ variables: [(name: String, value: JSONValue)] = [],
    limits: TemplateLimits = TemplateLimits()
  ) -> Result<String, TemplateError> {
    Result { () throws(TemplateError) in
      try ChatTemplate(source).render(variables, now: now ?? .now, limits: limits)
    }
  }

  @Test func everySnippetGivesWhatTransformersGives() throws {
    let document = try #require(Self.document)
    let variables = try #require(document["variables"]?.object).members
      .map { (name: $0.key.text, value: $0.value) }
    let cases = try #require(document["cases"]?.array)
    #expect(cases.count > 170)
    for golden in cases {
      let source = try #require(golden["template"]?.text)
      switch Self.render(source, variables) {
      case .success(let text):
        #expect(text.utf8.elementsEqual((golden["text"]?.text ?? "no text").utf8), "\(source)")
      case .failure(let error):
        #expect("\(error.kind.rawValue): \(error.message)" == golden["error"]?.text, "\(source)")
        #expect(error.line >= 1 && error.column >= 1, "\(source)")
      }
    }
  }

  @Test func errorsHaveTheirPlace() {
    guard case .failure(let error) = Self.render("a\nb {{ x.y }}\n") else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == .undefined && error.line == 2 && error.column == 7)
  }

  @Test(arguments: [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ 'a' * 999999999999 }}", "{{ [1] * 999999999999 }}",
    "{% set x = 'a' * 1000000 %}{% for i in range(1000) %}{{ x }}{% endfor %}",
    "{{ ('a' * 4000)|replace('a', 'b' * 100000) }}", "{{ '%999999999d' % 1 }}",
    "{{ '{:>999999999}'.format(1) }}", "{{ 'a'.center(999999999) }}",
    "{{ [1]|tojson(indent=999999999) }}", "{{ 'a'|indent(999999999) }}",
    "{{ [1]|batch(999999999, 0)|list }}", "{{ [1]|slice(999999999)|list }}",
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
  ]) func whatIsTooLongEnds(_ source: String) {
    guard case .failure(let error) = Self.render(source) else {
      Issue.record("no error: \(source)")
      return
    }
    #expect(error.kind == .limit, "\(source): \(error.message)")
  }

  private static let small = TemplateLimits(steps: 60_000, outputLength: 100_000, depth: 1_000)

  /// Values that share their parts would have more of them than any memory.
  @Test(arguments: ["(ns.s, ns.s)", "[ns.s] * 2", "{'a': ns.s, 'b': ns.s}", "dict(a=ns.s, b=ns.s)"])
  func sharedPartsAreCounted(_ twice: String) {
    let source =
      "{% set ns = namespace(s=1) %}{% for i in range(60) %}{% set ns.s = \(twice) %}{% endfor %}"
    guard case .failure(let error) = Self.render(source, limits: Self.small) else {
      Issue.record("no error: \(source)")
      return
    }
    #expect(error.kind == .limit, "\(source): \(error.message)")
  }

  /// Operations on what is long cost more than a step.
  @Test(arguments: [
    "s|upper", "s == t", "s[1:]", "s is lower", "'b' in s", "l|sort", "-1 in l", "l[1:]",
    "range(1000)|list", "l == m", "l|map('string')|list", "s.split('a')", "s|list",
    "(l + l)|length", "s ~ s", "n.items() == k.items()", "p == q", "p in [q]", "[p, q]|sort",
    "[p, q]|unique|list", "p is eq(q)", "{p: 1}", "p|string", "p.count(q)", "n|dictsort",
    "l|join", "ns|string",
  ]) func longLoopsEnd(_ operation: String) {
    func source(_ operation: String) -> String {
      "{% set s = 'a' * 10000 %}{% set t = 'a' * 10000 %}{% set l = range(1000)|list %}"
        + "{% set m = range(1000)|list %}{% set n = dict(l|map('string')|batch(2)) %}"
        + "{% set k = dict(m|map('string')|batch(2)) %}{% set ns = namespace(p=(1,), q=(1,)) %}"
        + "{% for i in range(8) %}{% set ns.p = (ns.p, ns.p) %}{% set ns.q = (ns.q, ns.q) %}"
        + "{% endfor %}{% set p = ns.p %}{% set q = ns.q %}"
        + "{% set ns.a = ns %}{% set ns.b = ns %}"
        + "{% for i in range(2000) %}{% set x = \(operation) %}{% endfor %}"
    }
    #expect(throws: Never.self) { try Self.render(source("1"), limits: Self.small).get() }
    guard case .failure(let error) = Self.render(source(operation), limits: Self.small) else {
      Issue.record("no error: \(operation)")
      return
    }
    #expect(error.kind == .limit, "\(operation): \(error.message)")
  }

  @Test(arguments: [
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{{ " + String(repeating: "(", count: 5_000) + "1" + String(repeating: ")", count: 5_000)
      + " }}",
    "{{ " + String(repeating: "not ", count: 5_000) + "1 }}",
    String(repeating: "{% if true %}", count: 5_000),
    "{{ 1" + String(repeating: " + 1", count: 5_000) + " }}",
    // Long enough that giving up the tree without a limit would overflow the stack.
    "{{ a" + String(repeating: ".b", count: 100_000) + " }}",
    "{{ a" + String(repeating: "[0]", count: 100_000) + " }}",
    "{{ a" + String(repeating: "()", count: 100_000) + " }}",
    "{{ a" + String(repeating: "|string", count: 100_000) + " }}",
    "{{ a" + String(repeating: " * 2", count: 100_000) + " }}",
    "{{ a" + String(repeating: " or a", count: 100_000) + " }}",
    "{{ a" + String(repeating: " if a", count: 100_000) + " }}",
    "{{ " + String(repeating: "(a + ", count: 150) + "1" + String(repeating: " + 1)", count: 150)
      + String(repeating: " + 1", count: 900) + " }}",
  ]) func whatIsTooDeepEnds(_ source: String) {
    guard case .failure(let error) = Self.render(source) else {
      Issue.record("no error: \(source.prefix(60))")
      return
    }
    #expect(error.kind == .recursion || error.kind == .syntax, "\(error.message)")
  }

  /// Python refuses what Jinja makes of these.
  @Test(arguments: [
    "{% break %}", "{% if true %}{% continue %}{% endif %}",
    "{% for x in [1] %}{% endfor %}{% break %}",
    "{% for x in [1] %}a{% else %}{% break %}{% endfor %}",
    "{% for x in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% for x in [1] %}{% block b %}{% break %}{% endblock %}{% endfor %}",
    "{% for x in [1] %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% for x in [1] %}{% call m() %}{% break %}{% endcall %}"
      + "{% endfor %}",
  ]) func whatLeavesALoopStandsInOne(_ source: String) {
    guard case .failure(let error) = Self.render(source) else {
      Issue.record("no error: \(source)")
      return
    }
    #expect(error.kind == .syntax && error.message.contains("outside loop"))
  }

  @Test func loopsAreLeftFromWithin() throws {
    let source =
      "{% for x in [1, 2, 3] %}{% if x == 2 %}{% continue %}{% endif %}{% with y = x %}{{ y }}"
      + "{% if x == 3 %}{% break %}{% endif %}{% endwith %}{% endfor %}"
    #expect(try Self.render(source).get() == "13")
  }

  @Test(arguments: [
    "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 2 }}",
    "{{ 9223372036854775807 * 2 }}", "{{ 10 ** 30 }}",
    "{{ (-9223372036854775807 - 1) // -1 }}", "{{ (-9223372036854775807 - 1)|abs }}",
    "{{ 10.0 ** 400 }}",
  ]) func numbersBeyondTheirRangeAreErrors(_ source: String) {
    guard case .failure(let error) = Self.render(source) else {
      Issue.record("no error: \(source)")
      return
    }
    #expect(error.kind == .overflow)
  }

  @Test func mutationsOfTemplatesNeverTrap() throws {
    let document = try #require(Self.document)
    let sources = try #require(document["cases"]?.array).compactMap { $0["template"]?.text }
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let limits = TemplateLimits(steps: 20_000, outputLength: 20_000, depth: 100)
    for _ in 0..<3_000 {
      var scalars = Array(sources[next(sources.count)].unicodeScalars)
      let other = Array(sources[next(sources.count)].unicodeScalars)
      for _ in 0...next(3) where !scalars.isEmpty {
        let place = next(scalars.count)
        switch next(3) {
        case 0: scalars.remove(at: place)
        case 1: scalars.insert(other[next(max(1, other.count)) % other.count], at: place)
        default: scalars.replaceSubrange(place..., with: other.suffix(next(other.count + 1)))
        }
      }
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars)
      _ = Self.render(String(view), limits: limits)
    }
  }
}
