internal import WeighbridgeByteIO
package import WeighbridgeJSON

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A chat template: Jinja as transformers runs it, in a sandbox.
///
/// The environment is that of `apply_chat_template` (transformers/utils/chat_template_utils.py): immutable
/// sandbox, `trim_blocks`, `lstrip_blocks`, loop controls, `generation`, its own `tojson`,
/// `raise_exception` and `strftime_now`. Templates come with models and are not trusted: they can read what
/// they are given and nothing else, and end after a bounded number of steps.
package struct ChatTemplate: Sendable {
  private let statements: [Statement]

  /// Parses a template.
  ///
  /// Throws where it is no valid one, with line and column.
  package init(_ source: some StringProtocol) throws(TemplateError) {
    let text = String(source)
    statements = try LargeStack.run { () throws(TemplateError) in try TemplateParser.parse(text) }
  }

  /// What the template writes, given variables (`messages`, `tools`, `add_generation_prompt`, …).
  ///
  /// Throws what the template raises, and what goes wrong in it, with line and column.
  package func render(
    _ variables: [(name: String, value: JSONValue)], now: TemplateTime = .now,
    limits: TemplateLimits = TemplateLimits()
  ) throws(TemplateError) -> String {
    let statements = statements
    return try LargeStack.run { () throws(TemplateError) in
      var values: [String: Value] = [:]
      for (name, value) in variables { values[name] = try Value(value) }
      return try Renderer(values, now: now, limits: limits).render(statements)
    }
  }
}

extension Value {
  /// A value from JSON.
  ///
  /// Integers beyond 64 bits are refused.
  init(_ json: JSONValue) throws(TemplateError) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .unsigned(let value):
      throw TemplateError(.overflow, "the number \(value) does not fit into 64 bits with a sign")
    case .double(let value): self = .float(value)
    case .string(let value): self = .text(value.text)
    case .array(let elements):
      var values: [Value] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try Value(element)) }
      self = .list(values)
    case .object(let object):
      var dictionary = Dictionary()
      for member in object.members { dictionary.set(member.key.text, to: try Value(member.value)) }
      self = .dictionary(dictionary)
    }
  }
}

/// Runs deep recursions on a stack that is large enough for them.
///
/// A template may nest a thousand constructs, each of which takes a few frames here, and a thread of a pool
/// has half a megabyte.
private enum LargeStack {
  private static let byteCount = 256 << 20

  static func run<Result: Sendable>(
    _ body: @escaping @Sendable () throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    let work = Work(body)
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    unsafe pthread_attr_init(attributes)
    defer {
      unsafe pthread_attr_destroy(attributes)
      unsafe attributes.deallocate()
    }
    unsafe pthread_attr_setstacksize(attributes, byteCount)
    var thread: pthread_t = 0
    let argument = unsafe Unmanaged.passRetained(work).toOpaque()
    let status = unsafe pthread_create(
      &thread, attributes,
      { argument in
        if let argument = unsafe argument {
          unsafe Unmanaged<AnyWork>.fromOpaque(argument).takeRetainedValue().run()
        }
        return nil
      }, argument)
    guard status == 0 else {
      unsafe Unmanaged<AnyWork>.fromOpaque(argument).release()
      throw TemplateError(.limit, "no thread can be started for the template")
    }
    pthread_join(thread, nil)
    guard let result = work.result else {
      throw TemplateError(.limit, "the template's thread ended without a result")
    }
    return try result.get()
  }

  private class AnyWork {
    func run() {}
  }

  private final class Work<Result: Sendable>: AnyWork {
    private let body: @Sendable () throws(TemplateError) -> Result
    private(set) var result: Swift.Result<Result, TemplateError>?

    init(_ body: @escaping @Sendable () throws(TemplateError) -> Result) { self.body = body }

    override func run() {
      do throws(TemplateError) { result = .success(try body()) } catch { result = .failure(error) }
    }
  }
}
