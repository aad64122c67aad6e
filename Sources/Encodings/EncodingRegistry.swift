/// Every encoding: by GGML's type ids, then what only safetensors has.
///
/// A new one is a file in `Blocks/` and a line here.
package enum EncodingRegistry {
  /// All encodings.
  package static let all: [any TensorEncoding.Type] = [
    F32.self,
    F16.self,
    Q4_0.self,
    Q4_1.self,
    Q4_2.self,
    Q4_3.self,
    Q5_0.self,
    Q5_1.self,
    Q8_0.self,
    Q8_1.self,
    Q2_K.self,
    Q3_K.self,
    Q4_K.self,
    Q5_K.self,
    Q6_K.self,
    Q8_K.self,
    IQ2_XXS.self,
    IQ2_XS.self,
    IQ3_XXS.self,
    IQ1_S.self,
    IQ4_NL.self,
    IQ3_S.self,
    IQ2_S.self,
    IQ4_XS.self,
    I8.self,
    I16.self,
    I32.self,
    I64.self,
    F64.self,
    IQ1_M.self,
    BF16.self,
    Q4_0_4_4.self,
    Q4_0_4_8.self,
    Q4_0_8_8.self,
    TQ1_0.self,
    TQ2_0.self,
    IQ4_NL_4_4.self,
    IQ4_NL_4_8.self,
    IQ4_NL_8_8.self,
    MXFP4.self,
    NVFP4.self,
    Q1_0.self,
    Q2_0.self,
    Q8_0_X4.self,
    Q8_1_X4.self,
    Q8_2_X4.self,
    Q6_0.self,
    IQ2_K.self,
    IQ3_K.self,
    IQ4_K.self,
    IQ5_K.self,
    IQ6_K.self,
    BOOL.self,
    F4.self,
    F6_E2M3.self,
    F6_E3M2.self,
    U8.self,
    F8_E5M2.self,
    F8_E4M3.self,
    F8_E8M0.self,
    F8_E4M3FNUZ.self,
    F8_E5M2FNUZ.self,
    U16.self,
    U32.self,
    C64.self,
    U64.self,
  ]

  private static let byGGUFType: [UInt32: any TensorEncoding.Type] = {
    var table: [UInt32: any TensorEncoding.Type] = [:]
    for encoding in all { if let id = encoding.traits.ggufType { table[id] = encoding } }
    return table
  }()

  private static let byName: [String: any TensorEncoding.Type] = {
    var table: [String: any TensorEncoding.Type] = [:]
    for encoding in all + legacy { table[encoding.traits.name.uppercased()] = encoding }
    return table
  }()

  private static let bySafetensorsType: [String: any TensorEncoding.Type] = {
    var table: [String: any TensorEncoding.Type] = [:]
    for encoding in all { if let id = encoding.traits.safetensorsType { table[id] = encoding } }
    return table
  }()

  /// The encoding with a GGUF type id.
  package static func gguf(_ type: UInt32) -> (any TensorEncoding.Type)? { byGGUFType[type] }
  /// The encoding with a safetensors dtype.
  package static func safetensors(_ type: String) -> (any TensorEncoding.Type)? {
    bySafetensorsType[type]
  }
  /// The encoding with a name as GGML spells it, in any case.
  package static func named(_ name: String) -> (any TensorEncoding.Type)? {
    byName[name.uppercased()]
  }
}
