internal import WeighbridgeByteIO

extension PickleMachine {
  /// Runs an instruction that refers to a class, a function or a storage.
  mutating func refer(_ opcode: PickleOpcode) throws(FormatError) {
    switch opcode {
    case .global: try push(try resolve(module: try line(), name: try line()))
    case .stackGlobal:
      guard let name = try pop().text, let module = try pop().text else {
        throw fault(.invalidValue, "the pickle refers to something that is not a name")
      }
      try push(try resolve(module: module, name: name))
    case .instance:
      _ = try resolve(module: try line(), name: try line())
      throw fault(.unsafeContent, "the pickle makes an instance of a class", hint: Self.advice)
    case .object, .newObjectWithKeywords:
      throw fault(.unsafeContent, "the pickle makes an instance of a class", hint: Self.advice)
    case .persistentID: try push(try storage(try pop()))
    case .build: try build()
    default:
      let arguments = try pop()
      let function = try pop()
      guard case .global(let global) = function, case .tuple(let place) = arguments else {
        throw fault(
          .unsafeContent, "the pickle calls \(function.kind) with \(arguments.kind)",
          hint: Self.advice)
      }
      try push(try call(global, heap.tuples[place]))
    }
  }

  private static let advice =
    "open it with the program that made it, where you trust it, and save the tensors alone "
    + "(torch.save(model.state_dict(), …), or safetensors)"

  private func resolve(
    module: ByteString, name: ByteString
  ) throws(FormatError) -> PickleValue {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw fault(
        .unsafeContent,
        "the pickle refers to \(Self.display(module)).\(Self.display(name)); "
          + "only tensors are read", hint: Self.advice)
    }
    return .global(global)
  }

  /// A name for a message: printable ASCII, and not too much of it.
  static func display(_ name: ByteString) -> String {
    let shown = name.bytes.prefix(80).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
    return String(decoding: shown, as: UTF8.self) + (name.count > 80 ? "…" : "")
  }

  /// The state of an ordered dictionary (a state dictionary's `_metadata`) is of no use here.
  private mutating func build() throws(FormatError) {
    _ = try pop()
    let target = try top()
    guard case .dictionary = target else {
      throw fault(.unsafeContent, "the pickle sets the state of \(target.kind)", hint: Self.advice)
    }
  }

  /// `('storage', class, key, location, count[, view])`: see PT-25.
  private mutating func storage(_ id: PickleValue) throws(FormatError) -> PickleValue {
    guard let parts = heap.elements(id), parts.count >= 5, let kind = parts[0].text else {
      throw fault(.invalidValue, "the pickle refers to a storage in an unknown way")
    }
    guard kind == "storage" else {
      throw fault(
        .unsafeContent,
        "the pickle refers to a whole '\(Self.display(kind))'; only tensors are "
          + "read", hint: Self.advice)
    }
    let key = parts[2].text ?? parts[2].integer.map { ByteString("\($0)") }
    guard let key, key.count <= 256, let count = parts[4].integer, count >= 0 else {
      throw fault(.invalidValue, "a storage without a key or a size in the pickle")
    }
    let type: TorchNumberType?
    switch parts[1] {
    case .global(.storage(let known)): type = known
    case .global(.untypedStorage): type = nil
    default: throw fault(.invalidValue, "a storage of \(parts[1].kind) in the pickle")
    }
    var view: Range<Int>?
    if parts.count > 5, let fields = heap.elements(parts[5]) {
      guard fields.count == 3, let offset = fields[1].integer, let length = fields[2].integer,
        offset >= 0, length >= 0, offset <= count, length <= count - offset
      else { throw fault(.invalidValue, "a view that leaves its storage in the pickle") }
      view = offset..<offset + length
    }
    try makeRoom()
    heap.storages.append(StorageReference(key: key, type: type, count: count, view: view))
    return .storage(heap.storages.count - 1)
  }

  /// Does what a known class or function would do.
  private mutating func call(
    _ global: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FormatError) -> PickleValue {
    switch global {
    case .rebuildTensor, .rebuildTensorV2, .rebuildTensorV3:
      return try tensor(global, arguments)
    case .rebuildParameter, .rebuildParameterWithState:
      guard case .tensor? = arguments.first else {
        throw fault(.invalidValue, "a parameter without a tensor in the pickle")
      }
      return arguments[0]
    case .rebuildFromType:
      guard arguments.count >= 3, case .global(let function) = arguments[0],
        case .global(.tensorClass) = arguments[1], case .tuple(let place) = arguments[2],
        function != .rebuildFromType
      else { throw fault(.invalidValue, "a tensor of an unknown class in the pickle") }
      return try call(function, heap.tuples[place])
    case .orderedDictionary:
      try makeRoom()
      return dictionary(
        try arguments.first.map { (pairs) throws(FormatError) in
          try self.pairs(pairs)
        } ?? [])
    case .set:
      try makeRoom()
      return try arguments.first.map { (values) throws(FormatError) in
        guard case .list = values else { throw fault(.invalidValue, "a set of \(values.kind)") }
        return values
      } ?? list([])
    case .size:
      guard let first = arguments.first, case .tuple = first else {
        throw fault(.invalidValue, "a torch.Size without a tuple in the pickle")
      }
      return first
    case .device: return .ignored
    case .encode: return .bytes(try latin(arguments))
    case .storage, .untypedStorage, .numberType, .tensorClass:
      throw fault(
        .unsafeContent, "the pickle makes an instance of a class", hint: Self.advice)
    }
  }

  /// The keys and values of a list of pairs: how Python 2 wrote an ordered dictionary.
  private mutating func pairs(
    _ value: PickleValue
  ) throws(FormatError) -> [(key: PickleValue, value: PickleValue)] {
    guard let elements = heap.elements(value) else {
      throw fault(.invalidValue, "an ordered dictionary of \(value.kind) in the pickle")
    }
    // The same long list could be copied by each of many short instructions.
    copied += elements.count
    guard copied <= limits.containers else {
      throw fault(.limitExceeded, "ordered dictionaries of more than \(limits.containers) entries")
    }
    var entries: [(key: PickleValue, value: PickleValue)] = []
    for element in elements {
      guard let pair = heap.elements(element), pair.count == 2 else {
        throw fault(.invalidValue, "an ordered dictionary of something else than pairs")
      }
      entries.append((pair[0], pair[1]))
    }
    return entries
  }

  /// `_codecs.encode(text, 'latin1')`.
  private mutating func latin(_ arguments: [PickleValue]) throws(FormatError) -> [UInt8] {
    guard arguments.count == 2, let text = arguments[0].text?.validatedText,
      let name = arguments[1].text, name == "latin1" || name == "latin-1"
    else { throw fault(.invalidValue, "bytes in an unknown form in the pickle") }
    copied += text.utf8.count
    guard copied <= limits.bytes else {
      throw fault(.limitExceeded, "more than \(limits.bytes) bytes made by the pickle")
    }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else {
        throw fault(.invalidValue, "bytes in an unknown form in the pickle")
      }
      bytes.append(byte)
    }
    return bytes
  }

  /// `_rebuild_tensor*(storage, offset, size, stride, …)`: see PT-26.
  private mutating func tensor(
    _ global: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FormatError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      let offset = arguments[1].integer, let size = heap.dimensions(arguments[2]),
      let stride = heap.dimensions(arguments[3]), size.count == stride.count, offset >= 0,
      size.allSatisfy({ $0 >= 0 }), stride.allSatisfy({ $0 >= 0 })
    else { throw fault(.invalidValue, "a tensor with impossible arguments in the pickle") }
    var type = heap.storages[storage].type
    var metadata: PickleValue = .none
    if global == .rebuildTensorV3 {
      guard arguments.count >= 7, case .global(.numberType(let named)) = arguments[6] else {
        throw fault(.invalidValue, "a tensor without a type in the pickle")
      }
      guard type == nil || type == named else {
        throw fault(.invalidValue, "a tensor of another type than its storage")
      }
      type = named
      if arguments.count > 7 { metadata = arguments[7] }
    } else if arguments.count > 6 {
      metadata = arguments[6]
    }
    guard let type else {
      throw fault(.invalidValue, "a tensor without a type in the pickle")
    }
    for entry in heap.entries(metadata) ?? [] where entry.value.bool == true {
      let flag = entry.key.text.map { Self.display($0) } ?? "?"
      throw fault(.unsupportedEncoding, "a tensor with the pending operation '\(flag)'")
    }
    try makeRoom()
    heap.tensors.append(
      TensorReference(storage: storage, type: type, offset: offset, size: size, stride: stride))
    return .tensor(heap.tensors.count - 1)
  }
}
