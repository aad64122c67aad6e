internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Finds the tensors of a model in what a pickle built (PT-40 to PT-43).
struct StateDictionary {
  /// Keys under which programs wrap the model beside other things, such as an optimizer.
  private static let wrappers: [ByteString] = [
    "state_dict", "model_state_dict", "model", "module",
  ]

  private static let longestName = 4096

  /// Names and indexes into the heap, in the pickle's order.
  private(set) var tensors: [(name: ByteString, tensor: Int)] = []
  /// Keys beside the model that were left out.
  private(set) var leftOut: [ByteString] = []

  private let heap: PickleHeap
  private let limits: ReadLimits
  private let source: String
  private var visits: UInt64 = 0
  private var nameBytes: UInt64 = 0
  private var names = Set<ByteString>()

  init(
    _ root: PickleValue, _ heap: PickleHeap, in source: String, limits: ReadLimits
  ) throws(FormatError) {
    self.heap = heap
    self.limits = limits
    self.source = source
    try collect(unwrap(root), "", depth: 0)
  }

  /// The dictionary of the model itself: wrappers are opened, one inside another at most four times.
  private mutating func unwrap(_ root: PickleValue) -> PickleValue {
    var value = root
    for _ in 0..<4 {
      guard let entries = heap.entries(value) else { return value }
      // A model whose own tensors lie at the top may still have a part that is called "model".
      guard !entries.contains(where: { if case .tensor = $0.value { true } else { false } }),
        let wrapper = Self.wrappers.first(where: { name in
          entries.contains { $0.key.text == name && heap.entries($0.value)?.isEmpty == false }
        }), let inner = entries.last(where: { $0.key.text == wrapper })
      else { return value }
      for entry in entries {
        if let key = entry.key.text, key != wrapper { leftOut.append(key) }
      }
      value = inner.value
    }
    return value
  }

  private mutating func collect(
    _ value: PickleValue, _ name: ByteString, depth: Int
  ) throws(FormatError) {
    // A container can be in many places, and in itself: visits are counted, not containers.
    visits += 1
    guard visits <= limits.tensors &* 2, depth <= limits.depth else {
      throw fault(.limitExceeded, "containers nest deeper than \(limits.depth), or without an end")
    }
    if case .tensor(let place) = value {
      try add(name.isEmpty ? "tensor" : name, place)
    } else if let entries = heap.entries(value) {
      for entry in entries where isContainer(entry.value) {
        guard let key = entry.key.text ?? entry.key.integer.map({ ByteString("\($0)") }) else {
          throw fault(.invalidValue, "a tensor under a key that is \(entry.key.kind)")
        }
        try collect(entry.value, try join(name, key), depth: depth + 1)
      }
    } else if let elements = heap.elements(value) {
      for (index, element) in elements.enumerated() where isContainer(element) {
        try collect(element, try join(name, ByteString("\(index)")), depth: depth + 1)
      }
    }
  }

  private func isContainer(_ value: PickleValue) -> Bool {
    switch value {
    case .tensor, .dictionary, .list, .tuple: true
    case .none, .bool, .integer, .largeInteger, .float, .text, .bytes, .global, .storage, .ignored:
      false
    }
  }

  private func join(_ prefix: ByteString, _ key: ByteString) throws(FormatError) -> ByteString {
    guard prefix.count + key.count < Self.longestName else {
      throw fault(.limitExceeded, "a name of more than \(Self.longestName) bytes")
    }
    return prefix.isEmpty ? key : ByteString(prefix.bytes + [UInt8(ascii: ".")] + key.bytes)
  }

  private mutating func add(_ name: ByteString, _ place: Int) throws(FormatError) {
    nameBytes += UInt64(name.count)
    guard UInt64(tensors.count) < limits.tensors, nameBytes <= limits.headerBytes else {
      throw fault(.limitExceeded, "more than \(limits.tensors) tensors, or too long names")
    }
    guard names.insert(name).inserted else {
      throw fault(.duplicateName, "two tensors are named '\(PickleMachine.display(name))'")
    }
    tensors.append((name, place))
  }

  private func fault(_ code: FormatError.Code, _ message: String) -> FormatError {
    FormatError(code, message, in: source)
  }
}
