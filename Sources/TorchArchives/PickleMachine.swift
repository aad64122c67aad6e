internal import WeighbridgeByteIO

/// What a pickle may ask for.
struct PickleLimits {
  /// Bytes of one pickle.
  var bytes: UInt64
  /// Values on the stack.
  var stack = 1 << 20
  /// Values in the memo.
  var memo = 1 << 22
  /// Containers, storages and tensors.
  var containers = 1 << 22

  /// Limits within those of a reader.
  init(_ limits: ReadLimits) { self.bytes = limits.headerBytes }
}

/// Runs the instructions of a pickle (protocols 2 to 5) without running a program.
///
/// The instructions build numbers, strings and containers, and refer to classes and functions by
/// name. Here a name is either one of `PickleGlobal`, whose meaning for tensors is known, or an error
/// that says which name it was (PT-20 to PT-27). Every instruction takes at least a byte and puts at
/// most one value on the stack, and the limits bound stack, memo and containers: the memory is a
/// small multiple of the pickle's bytes, and so is the time.
struct PickleMachine: ~Copyable {
  var reader: ByteReader
  var heap = PickleHeap()
  var stack: [PickleValue] = []
  var marks: [Int] = []
  var memo: [Int: PickleValue] = [:]
  /// Elements copied by calls: bounded by the pickle's bytes.
  var copied = 0
  let limits: PickleLimits
  private var start: UInt64
  /// Where the instruction that is run begins.
  var instruction: UInt64

  /// Starts at `position`.
  init(_ source: any ByteSource, at position: UInt64 = 0, limits: ReadLimits) {
    self.reader = ByteReader(source, at: position, limits: limits)
    self.limits = PickleLimits(limits)
    self.start = position
    self.instruction = position
  }

  /// The offset behind the last pickle.
  var position: UInt64 { reader.position }

  /// Runs one pickle to its end and returns what it built; containers stay in the heap.
  mutating func run() throws(FormatError) -> PickleValue {
    start = reader.position
    stack = []
    marks = []
    memo = [:]
    copied = 0
    instruction = start
    guard try reader.read(UInt8.self, "a pickle") == PickleOpcode.protocolVersion.rawValue else {
      throw fault(.notThisFormat, "not a pickle of protocol 2 or later")
    }
    let version = try reader.read(UInt8.self)
    guard (2...5).contains(version) else {
      throw fault(.unsupportedVersion, "a pickle of protocol \(version); 2 to 5 are read")
    }
    while true {
      instruction = reader.position
      let code = try reader.read(UInt8.self, "a pickle")
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw fault(.invalidValue, "\(code) is not an instruction of a pickle of tensors")
      }
      if opcode == .stop {
        let result = try pop()
        guard stack.isEmpty, marks.isEmpty else {
          throw fault(.invalidValue, "the pickle ends with values left over")
        }
        return result
      }
      try execute(opcode)
      guard reader.position - start <= limits.bytes else {
        throw fault(.limitExceeded, "the pickle has more than \(limits.bytes) bytes")
      }
    }
  }

  func fault(_ code: FormatError.Code, _ message: String, hint: String? = nil) -> FormatError {
    reader.fault(code, message, at: instruction, hint: hint)
  }

  mutating func push(_ value: PickleValue) throws(FormatError) {
    guard stack.count < limits.stack else {
      throw fault(.limitExceeded, "more than \(limits.stack) values on the pickle's stack")
    }
    stack.append(value)
  }

  mutating func pop() throws(FormatError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw fault(.invalidValue, "the pickle takes a value from an empty stack")
    }
    return value
  }

  func top() throws(FormatError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else {
      throw fault(.invalidValue, "the pickle needs a value, and the stack is empty")
    }
    return value
  }

  /// The values since the last mark, which is removed with them.
  mutating func popToMark() throws(FormatError) -> [PickleValue] {
    guard let mark = marks.popLast() else {
      throw fault(.invalidValue, "the pickle goes back to a mark that was not set")
    }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  mutating func pop(_ count: Int) throws(FormatError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw fault(.invalidValue, "the pickle takes \(count) values from a shorter stack")
    }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  mutating func remember(_ value: PickleValue, at place: Int) throws(FormatError) {
    guard memo.count < limits.memo || memo[place] != nil else {
      throw fault(.limitExceeded, "more than \(limits.memo) values in the pickle's memo")
    }
    memo[place] = value
  }

  mutating func recall(_ place: Int) throws(FormatError) {
    guard let value = memo[place] else {
      throw fault(.invalidValue, "the pickle recalls value \(place), which it has not kept")
    }
    try push(value)
  }

  /// `count` bytes, bounded by what is left of the pickle's allowance before they are read.
  mutating func bytes(_ count: UInt64) throws(FormatError) -> [UInt8] {
    guard count <= limits.bytes, reader.position - start <= limits.bytes - count else {
      throw fault(.limitExceeded, "the pickle has more than \(limits.bytes) bytes")
    }
    return try reader.readBytes(count, "a string in the pickle")
  }

  mutating func text(_ count: UInt64) throws(FormatError) -> ByteString {
    let bytes = try bytes(count)
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw fault(.invalidUTF8, "a string in the pickle is not valid UTF-8")
    }
    return ByteString(bytes)
  }

  /// A name that ends with a line feed, as `GLOBAL` has them.
  mutating func line() throws(FormatError) -> ByteString {
    var bytes: [UInt8] = []
    while true {
      let byte = try reader.read(UInt8.self, "a name in the pickle")
      if byte == 0x0A { return ByteString(bytes) }
      guard bytes.count < 1024 else {
        throw fault(.limitExceeded, "a name of more than 1024 bytes in the pickle")
      }
      bytes.append(byte)
    }
  }

  mutating func makeRoom() throws(FormatError) {
    guard heap.count < limits.containers else {
      throw fault(.limitExceeded, "more than \(limits.containers) containers in the pickle")
    }
  }
}
