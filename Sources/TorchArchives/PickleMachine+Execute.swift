internal import WeighbridgeByteIO

extension PickleMachine {
  /// Runs one instruction.
  mutating func execute(_ opcode: PickleOpcode) throws(FormatError) {
    switch opcode {
    case .protocolVersion: throw fault(.invalidValue, "a second protocol version in the pickle")
    case .stop: break
    case .frame:
      let count = try reader.read(UInt64.self)
      guard count <= reader.remaining else {
        throw fault(.truncated, "a frame of \(count) bytes, with \(reader.remaining) left")
      }
    case .mark:
      guard marks.count < limits.stack else {
        throw fault(.limitExceeded, "more than \(limits.stack) marks on the pickle's stack")
      }
      marks.append(stack.count)
    case .pop:
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark: _ = try popToMark()
    case .duplicate: try push(try top())
    case .none, .newTrue, .newFalse, .binaryInteger, .binaryInteger1, .binaryInteger2, .long1,
      .long4, .binaryFloat:
      try push(try number(opcode))
    case .shortBinaryString, .binaryString, .shortBinaryUnicode, .binaryUnicode, .binaryUnicode8,
      .shortBinaryBytes, .binaryBytes, .binaryBytes8, .byteArray8:
      try push(try string(opcode))
    case .emptyTuple, .tuple, .tuple1, .tuple2, .tuple3, .emptyList, .emptyDictionary, .emptySet,
      .frozenSet:
      try push(try container(opcode))
    case .append, .appends, .addItems, .setItem, .setItems: try extend(opcode)
    case .binaryGet: try recall(Int(try reader.read(UInt8.self)))
    case .longBinaryGet: try recall(Int(try reader.read(UInt32.self)))
    case .binaryPut: try remember(try top(), at: Int(try reader.read(UInt8.self)))
    case .longBinaryPut: try remember(try top(), at: Int(try reader.read(UInt32.self)))
    case .memoize: try remember(try top(), at: memo.count)
    case .global, .stackGlobal, .reduce, .build, .newObject, .newObjectWithKeywords, .instance,
      .object, .persistentID:
      try refer(opcode)
    }
  }

  private mutating func number(_ opcode: PickleOpcode) throws(FormatError) -> PickleValue {
    switch opcode {
    case .newTrue: return .bool(true)
    case .newFalse: return .bool(false)
    case .binaryInteger: return .integer(Int(Int32(bitPattern: try reader.read(UInt32.self))))
    case .binaryInteger1: return .integer(Int(try reader.read(UInt8.self)))
    case .binaryInteger2: return .integer(Int(try reader.read(UInt16.self)))
    case .long1: return long(try bytes(UInt64(try reader.read(UInt8.self))))
    case .long4: return long(try bytes(UInt64(try reader.read(UInt32.self))))
    case .binaryFloat:
      return .float(Double(bitPattern: try reader.read(UInt64.self).byteSwapped))
    default: return .none
    }
  }

  /// A number in two's complement, least significant byte first.
  private func long(_ bytes: [UInt8]) -> PickleValue {
    guard bytes.count <= 8 else { return .largeInteger(bytes) }
    guard let last = bytes.last else { return .integer(0) }
    var pattern: UInt64 = last & 0x80 == 0 ? 0 : .max
    for byte in bytes.reversed() { pattern = pattern << 8 | UInt64(byte) }
    return .integer(Int(Int64(bitPattern: pattern)))
  }

  private mutating func string(_ opcode: PickleOpcode) throws(FormatError) -> PickleValue {
    switch opcode {
    case .shortBinaryUnicode: return .text(try text(UInt64(try reader.read(UInt8.self))))
    case .binaryUnicode: return .text(try text(UInt64(try reader.read(UInt32.self))))
    case .binaryUnicode8: return .text(try text(try reader.read(UInt64.self)))
    // Python 2 wrote its `str` so: names of tensors among them, and not always UTF-8.
    case .shortBinaryString:
      return .text(ByteString(try bytes(UInt64(try reader.read(UInt8.self)))))
    case .binaryString:
      return .text(ByteString(try bytes(UInt64(try reader.read(UInt32.self)))))
    case .shortBinaryBytes: return .bytes(try bytes(UInt64(try reader.read(UInt8.self))))
    case .binaryBytes: return .bytes(try bytes(UInt64(try reader.read(UInt32.self))))
    default: return .bytes(try bytes(try reader.read(UInt64.self)))
    }
  }

  private mutating func container(_ opcode: PickleOpcode) throws(FormatError) -> PickleValue {
    try makeRoom()
    switch opcode {
    case .emptyList, .emptySet: return list([])
    case .frozenSet: return list(try popToMark())
    case .emptyDictionary: return dictionary([])
    case .tuple: return tuple(try popToMark())
    case .tuple1: return tuple(try pop(1))
    case .tuple2: return tuple(try pop(2))
    case .tuple3: return tuple(try pop(3))
    default: return tuple([])
    }
  }

  private mutating func tuple(_ values: [PickleValue]) -> PickleValue {
    heap.tuples.append(values)
    return .tuple(heap.tuples.count - 1)
  }

  /// A new list; sets are lists here.
  mutating func list(_ values: [PickleValue]) -> PickleValue {
    heap.lists.append(values)
    return .list(heap.lists.count - 1)
  }

  mutating func dictionary(
    _ entries: [(key: PickleValue, value: PickleValue)]
  ) -> PickleValue {
    heap.dictionaries.append(entries)
    return .dictionary(heap.dictionaries.count - 1)
  }

  /// Adds to the container below the values.
  private mutating func extend(_ opcode: PickleOpcode) throws(FormatError) {
    let values: [PickleValue] =
      switch opcode {
      case .append: try pop(1)
      case .setItem: try pop(2)
      default: try popToMark()
      }
    let target = try top()
    switch (opcode, target) {
    case (.append, .list(let place)), (.appends, .list(let place)), (.addItems, .list(let place)):
      heap.lists[place] += values
    case (.setItem, .dictionary(let place)), (.setItems, .dictionary(let place)):
      guard values.count % 2 == 0 else {
        throw fault(.invalidValue, "a key without a value in the pickle")
      }
      for index in stride(from: 0, to: values.count, by: 2) {
        heap.dictionaries[place].append((values[index], values[index + 1]))
      }
    default:
      throw fault(.invalidValue, "the pickle adds elements to \(target.kind)")
    }
  }
}
