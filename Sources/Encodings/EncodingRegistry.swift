/// Every encoding, in the order of GGML's type ids.
///
/// A new one is a file in `Blocks/` and a line here.
public enum EncodingRegistry {
  /// All encodings.
  public static let all: [any TensorEncoding.Type] = [
    F32.self
  ]

  private static let byGGUFType: [UInt32: any TensorEncoding.Type] = {
    var table: [UInt32: any TensorEncoding.Type] = [:]
    for encoding in all { if let id = encoding.traits.ggufType { table[id] = encoding } }
    return table
  }()

  private static let byName: [String: any TensorEncoding.Type] = {
    var table: [String: any TensorEncoding.Type] = [:]
    for encoding in all { table[encoding.traits.name.uppercased()] = encoding }
    return table
  }()

  private static let bySafetensorsType: [String: any TensorEncoding.Type] = {
    var table: [String: any TensorEncoding.Type] = [:]
    for encoding in all { if let id = encoding.traits.safetensorsType { table[id] = encoding } }
    return table
  }()

  /// The encoding with a GGUF type id.
  public static func gguf(_ type: UInt32) -> (any TensorEncoding.Type)? { byGGUFType[type] }
  /// The encoding with a safetensors dtype.
  public static func safetensors(_ type: String) -> (any TensorEncoding.Type)? {
    bySafetensorsType[type]
  }
  /// The encoding with a name as GGML spells it, in any case.
  public static func named(_ name: String) -> (any TensorEncoding.Type)? {
    byName[name.uppercased()]
  }
}
