// Types that only ik_llama.cpp writes and whose rows are whole blocks: sizes, so that such files can be
// listed, copied and split. Types with a header in every row are not blocks and are left out.

/// `Q8_0_X4` of ik_llama.cpp, known by its size.
package enum Q8_0_X4: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q8_0_X4", elementsPerBlock: 32, bytesPerBlock: 34, ggufType: 97)
}

/// `Q8_1_X4` of ik_llama.cpp, known by its size.
package enum Q8_1_X4: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q8_1_X4", elementsPerBlock: 32, bytesPerBlock: 36, ggufType: 98)
}

/// `Q8_2_X4` of ik_llama.cpp, known by its size.
package enum Q8_2_X4: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q8_2_X4", elementsPerBlock: 32, bytesPerBlock: 36, ggufType: 99)
}

/// `Q6_0` of ik_llama.cpp, known by its size.
package enum Q6_0: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "Q6_0", elementsPerBlock: 32, bytesPerBlock: 26, ggufType: 133)
}

/// `IQ2_K` of ik_llama.cpp, known by its size.
package enum IQ2_K: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ2_K", elementsPerBlock: 256, bytesPerBlock: 76, ggufType: 137)
}

/// `IQ3_K` of ik_llama.cpp, known by its size.
package enum IQ3_K: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ3_K", elementsPerBlock: 256, bytesPerBlock: 110, ggufType: 138)
}

/// `IQ4_K` of ik_llama.cpp, known by its size.
package enum IQ4_K: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ4_K", elementsPerBlock: 256, bytesPerBlock: 144, ggufType: 139)
}

/// `IQ5_K` of ik_llama.cpp, known by its size.
package enum IQ5_K: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ5_K", elementsPerBlock: 256, bytesPerBlock: 176, ggufType: 140)
}

/// `IQ6_K` of ik_llama.cpp, known by its size.
package enum IQ6_K: TensorEncoding {
  /// Identity and sizes.
  package static let traits = EncodingTraits(
    name: "IQ6_K", elementsPerBlock: 256, bytesPerBlock: 212, ggufType: 141)
}
