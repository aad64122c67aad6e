internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Step 3 VL: CLIP's names for a tower with fused projections, convolutions that make tokens fewer.
  package static let step3VL = Projector(
    "step3vl", "StepVLForConditionalGeneration", "Step3p7ForConditionalGeneration",
    places: ProjectorPlaces {
      // The means of OpenAI's images (conversion/base.py, `_MISTRAL_COMMON_DATASET_MEAN`).
      $0.processorDefaults = [
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
      ]
    },
    kept: ["vision_model.", "vit_large_projector."],
    metadata: [
      HyperparameterRule.visionTower().replacing(stepNetwork),
      [
        .projectorType("step3vl"), .visionEpsilon(otherwise: 1e-5), stepStride,
        // What its processor scales images to at most (processing_step3.py).
        .constant("clip.vision.preproc_image_size", .uint32(3024)),
      ],
    ],
    tensors: [
      [
        .tower("vision_model.conv1.{s}", "v.patch_embd.{s}"),
        .tower("vision_model.positional_embedding", "v.position_embd.weight"),
        .tower("vision_model.ln_pre.{s}", "v.pre_ln.{s}"),
        .tower("vision_model.vit_downsampler1.{s}", "mm.0.{s}"),
        .tower("vision_model.vit_downsampler2.{s}", "mm.1.{s}"),
        .tower("vit_large_projector.weight", "mm.model.fc.weight"),
        .tower(stepLayer + "attn.in_proj_weight", "v.blk.{n}.attn_qkv.weight"),
        .tower(stepLayer + "attn.in_proj_bias", "v.blk.{n}.attn_qkv.bias"),
        .tower(stepLayer + "ls_1.gamma", "v.blk.{n}.ls1.weight"),
        .tower(stepLayer + "ls_2.gamma", "v.blk.{n}.ls2.weight"),
      ],
      TensorRule.layers(
        stepLayer,
        [
          ("ln_1", "ln1"), ("ln_2", "ln2"), ("attn.out_proj", "attn_out"), ("mlp.c_fc", "ffn_up"),
          ("mlp.c_proj", "ffn_down"),
        ]),
    ],
    pins: [
      .output(".position_embd.", .single), .outputs(["mm.0.", ".weight"], .halfOrSingle),
      .outputs(["mm.1.", ".weight"], .halfOrSingle),
    ])

  private static let stepLayer = "vision_model.transformer.resblocks.{n}."

  /// Where it is not said, as many times the width as its class assumes.
  private static let stepNetwork = HyperparameterRule.count("clip.vision.feed_forward_length") {
    (configuration) throws(ModelError) in
    let name: ByteString = "intermediate_size"
    if let value = configuration.vision(name), value.integer != 0 {
      return try Configuration.count(value, [name])
    }
    guard let width = configuration.vision("hidden_size", "width")?.double, width > 0, width < 1e6
    else {
      throw ModelError(.missingMetadata, "config.json", "the vision tower's width is missing")
    }
    let ratio = configuration.vision("mlp_ratio")?.double ?? 8960.0 / 1536
    let inner = (width * ratio).rounded(.toNearestOrEven)
    return inner >= 0 && inner < 1e9 ? Int(inner) : nil
  }

  /// Its square is how many tokens become one.
  private static let stepStride = HyperparameterRule.count("clip.vision.projector.scale_factor") {
    (configuration) throws(ModelError) in
    guard let stride = configuration.whole("understand_projector_stride")?.integer, stride == 2
    else {
      throw ModelError(
        .unsupportedSetting, "config.json",
        "'understand_projector_stride' must be 2, which is all that readers of the projector know")
    }
    return stride * stride
  }
}
