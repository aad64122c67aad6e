internal import WeighbridgeByteIO

/// A value on the stack of the pickle machine.
///
/// Containers are indexes into a `PickleHeap`: the value stays small, containers can be shared and
/// can hold themselves as in Python, and nothing recurses when they are released.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case largeInteger([UInt8])
  case float(Double)
  case text(ByteString)
  case bytes([UInt8])
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
  /// Something harmless that no tensor needs: a device.
  case ignored

  /// What to call it in a message.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .integer, .largeInteger: "an integer"
    case .float: "a float"
    case .text: "a string"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global: "a class or a function"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .ignored: "a device"
    }
  }
}

/// A storage that a pickle names: bytes elsewhere in the archive.
struct StorageReference: Hashable {
  /// The key: a file's name in a zip archive, a number in a legacy one.
  let key: ByteString
  /// The type of its elements; nil for bytes whose tensors say what they are.
  let type: TorchNumberType?
  /// Elements, or bytes where there is no type.
  let count: Int
  /// The part of the whole storage that a legacy view is, in elements: offset and count.
  let view: Range<Int>?
}

/// A tensor that a pickle rebuilds; nothing about it is proven yet.
struct TensorReference {
  /// Index into `PickleHeap.storages`.
  let storage: Int
  let type: TorchNumberType
  /// In elements, from the storage's start.
  let offset: Int
  let size: [Int]
  /// In elements.
  let stride: [Int]
}

/// The containers that a pickle builds.
struct PickleHeap {
  var tuples: [[PickleValue]] = []
  var lists: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [StorageReference] = []
  var tensors: [TensorReference] = []

  /// The number of containers.
  var count: Int {
    tuples.count + lists.count + dictionaries.count + storages.count + tensors.count
  }

  /// The elements of a tuple or a list.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let place): tuples[place]
    case .list(let place): lists[place]
    case .none, .bool, .integer, .largeInteger, .float, .text, .bytes, .dictionary, .global,
      .storage, .tensor, .ignored:
      nil
    }
  }

  /// The entries of a dictionary.
  func entries(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    if case .dictionary(let place) = value { dictionaries[place] } else { nil }
  }

  /// The integers of a tuple or a list of at most 64.
  func dimensions(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value), elements.count <= 64 else { return nil }
    var numbers: [Int] = []
    for case .integer(let number) in elements { numbers.append(number) }
    return numbers.count == elements.count ? numbers : nil
  }
}

extension PickleValue {
  var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  var text: ByteString? { if case .text(let value) = self { value } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
}
