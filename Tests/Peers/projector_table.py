"""More tiny checkpoints of projectors: towers and encoders under their vendors' names."""

from class_table import (
    AUDIO,
    PIXELS,
    PROCESSOR,
    SIGLIP,
    TWO,
    VISION,
    W,
    layered,
    linear,
    projector,
    siglip,
    tower_norms,
    vit,
    whisper,
)

BATCH = ("weight", "bias", "running_mean", "running_var")


def nested(cls, tensors, config, processor=None, near=(), name=None):
    """An entry whose configuration is given whole."""
    made = projector(cls, tensors, config=config)[f"{cls}.mmproj"]
    if processor is not None:
        made["files"]["preprocessor_config.json"] = processor
    if near:
        # Computed by a library whose last bit differs from machine to machine.
        made["near"] = list(near)
    return {name or f"{cls}.mmproj": made}


def shaped(prefix, parts):
    """Tensors below a prefix, by their whole names."""
    return {f"{prefix}{name}": list(shape) for name, shape in parts.items()}


def batch_norm(prefix, width):
    """A batch norm with its statistics."""
    tensors = {f"{prefix}{part}": [width] for part in BATCH}
    tensors[f"{prefix}num_batches_tracked"] = [1]
    return tensors


QWEN_VISION = {"depth": 3, "num_heads": 4, "hidden_size": 32, "intermediate_size": 48}
THINKER = {"text_config": {"hidden_size": W, "rms_norm_eps": 1e-5}}


def qwen_tower(prefix, merger=("ln_q", "mlp.0", "mlp.2"), fused="attn.qkv", gate=None):
    """Qwen's tower and its merger."""
    norm, first, second = merger
    up = ["mlp.up_proj"] if gate else ["mlp.linear_fc1"]
    down = "mlp.down_proj" if gate else "mlp.linear_fc2"
    return {
        **vit(f"{prefix}blocks.", ["norm1", "norm2"], ["attn.proj"], up, down, gate, True, fused),
        f"{prefix}patch_embed.proj.weight": [32, 3, 2, 14, 14],
        **tower_norms([f"{prefix}merger.{norm}"]),
        **linear([f"{prefix}merger.{first}"], 128, 128),
        **linear([f"{prefix}merger.{second}"], W, 128),
    }


def plain_whisper(prefix):
    """The layers of Whisper, without its convolutions."""
    return {name: shape for name, shape in whisper(prefix, {}).items() if "conv" not in name}


def omni_audio(prefix):
    """Qwen 3 Omni's encoder."""
    tensors = {
        name.replace("layer_norm.", "ln_post.") if ".layers." not in name else name: shape
        for name, shape in plain_whisper(prefix).items()
        if "embed_positions" not in name
    }
    for number, channels in ((1, 1), (2, 8), (3, 8)):
        tensors[f"{prefix}conv2d{number}.weight"] = [8, channels, 3, 3]
        tensors[f"{prefix}conv2d{number}.bias"] = [8]
    return {
        **tensors,
        f"{prefix}conv_out.weight": [32, 16],
        **linear([f"{prefix}proj1"], 32, 32),
        **linear([f"{prefix}proj2"], W, 32),
    }


def folded(name):
    """The names in GGUF of three layers' batch norms, which are computed."""
    return [f"a.blk.{layer}.{name}.{part}" for layer in range(3) for part in ("weight", "bias")]


def conformer(prefix, names):
    """Three layers of a conformer, by what its vendor calls the parts."""
    parts = {}
    for kind, values in names.items():
        for name in values:
            if kind == "norm":
                parts.update(tower_norms([name]))
            elif kind == "square":
                parts.update(linear([name]))
            elif kind == "bare":
                parts.update(linear([name], bias=False))
            elif kind == "up":
                parts.update(linear([name], 48, 32))
            elif kind == "down":
                parts.update(linear([name], 32, 48))
    return layered(parts, 3, prefix)


def lfm_audio():
    """LFM2 Audio's conformer."""
    layer = "conformer.layers."
    tensors = conformer(
        layer,
        {
            "norm": [
                "norm_self_att",
                "norm_out",
                "norm_conv",
                "norm_feed_forward1",
                "norm_feed_forward2",
            ],
            "square": [f"self_attn.linear_{part}" for part in ("q", "k", "v", "out")],
            "bare": ["self_attn.linear_pos"],
            "up": ["feed_forward1.linear1", "feed_forward2.linear1"],
            "down": ["feed_forward1.linear2", "feed_forward2.linear2"],
        },
    )
    for number in range(3):
        tensors.update(
            shaped(
                f"{layer}{number}.",
                {
                    "self_attn.pos_bias_u": [4, 8],
                    "self_attn.pos_bias_v": [4, 8],
                    "conv.depthwise_conv.weight": [32, 1, 9],
                    "conv.depthwise_conv.bias": [32],
                    "conv.pointwise_conv1.weight": [64, 32, 1],
                    "conv.pointwise_conv1.bias": [64],
                    "conv.pointwise_conv2.weight": [32, 32, 1],
                    "conv.pointwise_conv2.bias": [32],
                },
            )
        )
        tensors.update(batch_norm(f"{layer}{number}.conv.batch_norm.", 32))
    for number, channels in ((0, 1), (2, 1), (3, 16)):
        tensors[f"conformer.pre_encode.conv.{number}.weight"] = [16, channels, 3, 3]
        tensors[f"conformer.pre_encode.conv.{number}.bias"] = [16]
    return {
        **tensors,
        **linear(["conformer.pre_encode.out"], 32, 64),
        **tower_norms(["audio_adapter.model.0"]),
        **linear(["audio_adapter.model.1"], W, 32),
        **linear(["audio_adapter.model.3"], W, W),
        "audio_embedding.embedding.weight": [16, W],
        "audio_embedding.embedding_norm.weight": [W],
        "audio_embedding.to_logits.weight": [16, W],
        "lfm.layers.0.x.weight": [8, 8],
        "depthformer.x.weight": [8, 8],
    }


QUERIES = {
    f"{attention}.{name}": shape
    for attention, inputs in (("attention", 32), ("crossattention", 48))
    for name, shape in {
        "attention.query.weight": [32, 32],
        "attention.query.bias": [32],
        "attention.key.weight": [32, inputs],
        "attention.key.bias": [32],
        "attention.value.weight": [32, inputs],
        "attention.value.bias": [32],
        "output.dense.weight": [32, 32],
        "output.dense.bias": [32],
        "output.LayerNorm.weight": [32],
        "output.LayerNorm.bias": [32],
    }.items()
} | {
    "intermediate_query.dense.weight": [48, 32],
    "intermediate_query.dense.bias": [48],
    "output_query.dense.weight": [32, 48],
    "output_query.dense.bias": [32],
    "output_query.LayerNorm.weight": [32],
    "output_query.LayerNorm.bias": [32],
}


def granite_audio():
    """Granite Speech's conformer and its queries."""
    tensors = conformer(
        "encoder.layers.",
        {
            "norm": ["ff1.pre_norm", "ff2.pre_norm", "attn.pre_norm", "post_norm", "conv.norm"],
            "square": ["attn.to_out"],
            "bare": ["attn.to_q"],
            "up": ["ff1.up_proj", "ff2.up_proj"],
            "down": ["ff1.down_proj", "ff2.down_proj"],
        },
    )
    for number in range(3):
        tensors.update(
            shaped(
                f"encoder.layers.{number}.",
                {
                    "attn.to_kv.weight": [64, 32],
                    "attn.rel_pos_emb.weight": [17, 8],
                    "conv.up_conv.weight": [128, 32, 1],
                    "conv.up_conv.bias": [128],
                    "conv.depth_conv.conv.weight": [64, 1, 15],
                    "conv.down_conv.weight": [32, 64, 1],
                    "conv.down_conv.bias": [32],
                },
            )
        )
        tensors.update(batch_norm(f"encoder.layers.{number}.conv.batch_norm.", 64))
    for layer in range(2):
        tensors.update(shaped(f"projector.qformer.encoder.layer.{layer}.", QUERIES))
    return {
        **tensors,
        **linear(["encoder.input_linear"], 32, 16),
        **linear(["encoder.out"], 10, 32),
        **linear(["encoder.out_mid"], 32, 10),
        "encoder.attention_dists": [4, 4],
        "projector.query": [1, 3, 32],
        **tower_norms(["projector.qformer.layernorm"]),
        **linear(["projector.linear"], W, 32),
    }


GRANITE_SPEECH = {
    "text_config": {"hidden_size": W},
    "encoder_config": {
        "hidden_dim": 32,
        "feedforward_mult": 2,
        "num_heads": 4,
        "num_layers": 3,
        "input_dim": 16,
        "context_size": 8,
        "conv_kernel_size": 15,
        "max_pos_emb": 8,
    },
    "window_size": 15,
    "downsample_rate": 5,
    "projector_config": {"num_attention_heads": 4, "encoder_hidden_size": 64},
}


def granite_vision():
    """Granite 4 Vision's tower, and projectors of both kinds."""
    tensors = siglip("model.vision_tower.vision_model.")
    tensors["model.vision_tower.vision_model.head.x.weight"] = [8, 8]
    tensors["model.image_newline"] = [W]
    for kind, count in (("layerwise", 2), ("spatial", 3)):
        for number in range(count):
            prefix = f"model.{kind}_projectors.{number}."
            tensors.update(shaped(f"{prefix}qformer.encoder.layer.0.", QUERIES))
            tensors.update(tower_norms([f"{prefix}norm", f"{prefix}qformer.layernorm"]))
            tensors.update(linear([f"{prefix}out_linear"], W, 32))
            tensors[f"{prefix}query"] = [1, 4, 32]
            tensors[f"{prefix}image_positions"] = [1, 16, 32]
    return tensors


def sam():
    """SAM's encoder, in front of another."""
    prefix = "model.sam_model."
    layer = {
        **tower_norms(["norm1", "norm2"], 16),
        **linear(["attn.qkv"], 48, 16),
        **linear(["attn.proj"], 16, 16),
        **linear(["mlp.lin1"], 64, 16),
        **linear(["mlp.lin2"], 16, 64),
        "attn.rel_pos_h": [27, 8],
        "attn.rel_pos_w": [27, 8],
    }
    return {
        **layered(layer, 2, f"{prefix}blocks."),
        f"{prefix}pos_embed": [1, 4, 4, 16],
        f"{prefix}patch_embed.proj.weight": [16, 3, 16, 16],
        f"{prefix}patch_embed.proj.bias": [16],
        f"{prefix}neck.0.weight": [8, 16, 1, 1],
        **tower_norms([f"{prefix}neck.1"], 8),
        f"{prefix}neck.2.weight": [8, 8, 3, 3],
        **tower_norms([f"{prefix}neck.3"], 8),
        f"{prefix}net_2.weight": [16, 8, 3, 3],
        f"{prefix}net_3.weight": [32, 16, 3, 3],
        **linear(["model.projector.layers"], W, 64),
        "model.image_newline": [W],
        "model.view_seperator": [W],
        "model.layers.0.x.weight": [8, 8],
    }


def ocr_clip():
    """CLIP behind SAM."""
    prefix = "model.vision_model."
    return {
        **sam(),
        **vit(
            f"{prefix}transformer.layers.",
            ["layer_norm1", "layer_norm2"],
            ["self_attn.out_proj"],
            "mlp.fc1",
            "mlp.fc2",
            fused="self_attn.qkv_proj",
        ),
        f"{prefix}embeddings.class_embedding": [32],
        f"{prefix}embeddings.patch_embedding.weight": [32, 3, 14, 14],
        f"{prefix}embeddings.position_embedding.weight": [17, 32],
        **tower_norms([f"{prefix}pre_layrnorm"]),
    }


OCR = {
    "text_config": {"hidden_size": W},
    "vision_config": {
        "image_size": 56,
        "width": {
            "clip-l-14-224": {
                "heads": 4,
                "image_size": 56,
                "layers": 4,
                "patch_size": 14,
                "width": 32,
            },
            "sam_vit_b": {"heads": 2, "layers": 2, "width": 16, "downsample_channels": [16, 32]},
        },
    },
}
OCR2 = {
    "text_config": {"hidden_size": W},
    "vision_config": {
        "image_size": 64,
        "width": {
            "qwen2-0-5b": {"dim": 32},
            "sam_vit_b": {"heads": 2, "layers": 2, "width": 16, "downsample_channels": [16, 32]},
        },
    },
}


def moonvit(blocks, projection):
    """MoonViT, and a projection."""
    return {
        **vit(blocks, ["norm0", "norm1"], ["wo"], "mlp.fc0", "mlp.fc1", fused="wqkv"),
        "vision_tower.patch_embed.proj.weight": [32, 3, 14, 14],
        "vision_tower.patch_embed.proj.bias": [32],
        "vision_tower.patch_embed.pos_emb.weight": [4, 4, 32],
        **tower_norms(["vision_tower.encoder.final_layernorm", "mm_projector.pre_norm"]),
        **linear([f"mm_projector.{projection[0]}"], 128, 128),
        **linear([f"mm_projector.{projection[1]}"], W, 128),
    }


def radio(image=4):
    """RADIO's tower: its width is known to the converter, all else is tiny."""
    prefix = "vision_model.radio_model.model."
    return {
        **vit(
            f"{prefix}blocks.",
            ["norm1", "norm2"],
            ["attn.proj"],
            "mlp.fc1",
            "mlp.fc2",
            fused="attn.qkv",
        ),
        f"{prefix}patch_generator.cls_token.token": [2, 1280],
        f"{prefix}patch_generator.embedder.weight": [1280, 12],
        f"{prefix}patch_generator.pos_embed": [1, image * image, 1280],
        f"{prefix}patch_generator.video_embedder.weight": [8, 8],
        "vision_model.radio_model.input_conditioner.norm_mean": [3],
        "mlp1.0.weight": [128],
        "mlp1.1.weight": [48, 128],
        "mlp1.3.weight": [W, 48],
    }


def parakeet():
    """Parakeet's conformer."""
    prefix = "sound_encoder.encoder."
    tensors = conformer(
        f"{prefix}layers.",
        {
            "norm": [
                "norm_self_att",
                "norm_out",
                "norm_conv",
                "norm_feed_forward1",
                "norm_feed_forward2",
            ],
            "square": [f"self_attn.{part}_proj" for part in "qkvo"],
            "bare": ["self_attn.relative_k_proj"],
            "up": ["feed_forward1.linear1", "feed_forward2.linear1"],
            "down": ["feed_forward1.linear2", "feed_forward2.linear2"],
        },
    )
    for number in range(3):
        tensors.update(
            shaped(
                f"{prefix}layers.{number}.",
                {
                    "self_attn.bias_u": [4, 8],
                    "self_attn.bias_v": [4, 8],
                    "conv.depthwise_conv.weight": [32, 1, 9],
                    "conv.pointwise_conv1.weight": [64, 32, 1],
                    "conv.pointwise_conv1.bias": [64],
                    "conv.pointwise_conv2.weight": [32, 32, 1],
                    **batch_norm("conv.norm.", 32),
                },
            )
        )
    return {
        **tensors,
        f"{prefix}subsampling.layers.0.weight": [16, 1, 3, 3],
        f"{prefix}subsampling.layers.0.bias": [16],
        **linear([f"{prefix}subsampling.linear"], 32, 64),
        f"{prefix}feature_extractor.featurizer.fb": [1, 16, 9],
        f"{prefix}feature_extractor.featurizer.window": [16],
        "sound_projection.norm.weight": [32],
        **linear(["sound_projection.linear1"], 48, 32, False),
        **linear(["sound_projection.linear2"], W, 48, False),
    }


NEMOTRON = {
    "text_config": {"hidden_size": W},
    "vision_config": {"patch_size": 2},
    "force_image_size": 8,
    "downsample_ratio": 0.5,
}


def mobilenet():
    """Parts of MobileNet 5: blocks of each kind."""
    prefix = "model.vision_tower.timm_model."
    return {
        f"{prefix}conv_stem.conv.weight": [8, 3, 3, 3],
        f"{prefix}conv_stem.conv.bias": [8],
        f"{prefix}conv_stem.bn.weight": [8],
        **shaped(
            f"{prefix}blocks.0.0.",
            {
                "conv_exp.weight": [16, 8, 3, 3],
                "bn1.weight": [16],
                "conv_pwl.weight": [8, 16, 1, 1],
                "bn2.weight": [8],
            },
        ),
        **shaped(
            f"{prefix}blocks.1.0.",
            {
                "dw_start.conv.weight": [8, 1, 3, 3],
                "dw_start.bn.weight": [8],
                "pw_exp.conv.weight": [16, 8, 1, 1],
                "pw_exp.bn.weight": [16],
                "dw_mid.conv.weight": [16, 1, 5, 5],
                "dw_mid.bn.weight": [16],
                "pw_proj.conv.weight": [8, 16, 1, 1],
                "pw_proj.bn.weight": [8],
                "layer_scale.gamma": [8],
            },
        ),
        **shaped(
            f"{prefix}blocks.1.1.",
            {
                "attn.query.proj.weight": [16, 8, 1, 1],
                "attn.key.proj.weight": [8, 8, 1, 1],
                "attn.key.down_conv.weight": [8, 1, 3, 3],
                "attn.key.norm.weight": [8],
                "attn.value.proj.weight": [8, 8, 1, 1],
                "attn.value.down_conv.weight": [8, 1, 3, 3],
                "attn.value.norm.weight": [8],
                "attn.output.proj.weight": [8, 16, 1, 1],
                "norm.weight": [8],
                "layer_scale.gamma": [8],
            },
        ),
        f"{prefix}msfa.ffn.pw_exp.conv.weight": [16, 16, 1, 1],
        f"{prefix}msfa.ffn.pw_exp.bn.weight": [16],
        f"{prefix}msfa.ffn.pw_proj.conv.weight": [32, 16, 1, 1],
        f"{prefix}msfa.ffn.pw_proj.bn.weight": [32],
        f"{prefix}msfa.norm.weight": [32],
    }


def embedder(prefix, width):
    """Gemma 3n's embeddings of what is seen or heard."""
    return {
        f"{prefix}embedding.weight": [8, width],
        f"{prefix}hard_embedding_norm.weight": [width],
        f"{prefix}soft_embedding_norm.weight": [width],
        f"{prefix}embedding_projection.weight": [W, width],
    }


def gemma3n_audio():
    """Gemma 3n's conformer."""
    prefix = "model.audio_tower.conformer."
    names = {}
    for half in ("ffw_layer_start", "ffw_layer_end"):
        names[f"{half}.pre_layer_norm.weight"] = [32]
        names[f"{half}.ffw_layer_1.weight"] = [48, 32]
        names[f"{half}.ffw_layer_2.weight"] = [32, 48]
        names[f"{half}.post_layer_norm.weight"] = [32]
    names.update(
        {
            "attention.pre_attn_norm.weight": [32],
            **{f"attention.attn.{part}_proj.weight": [32, 32] for part in "qkv"},
            "attention.attn.relative_position_embedding.pos_proj.weight": [32, 32],
            "attention.attn.per_dim_scale": [8],
            "attention.post.weight": [32, 32],
            "attention.post_norm.weight": [32],
            "lconv1d.pre_layer_norm.weight": [32],
            "lconv1d.linear_start.weight": [64, 32],
            "lconv1d.depthwise_conv1d.weight": [32, 1, 5],
            "lconv1d.conv_norm.weight": [32],
            "lconv1d.linear_end.weight": [32, 32],
            "norm.weight": [32],
        }
    )
    sub = "model.audio_tower.subsample_conv_projection."
    return {
        **layered(names, 3, prefix),
        f"{sub}conv_0.conv.weight": [8, 1, 3, 3],
        f"{sub}conv_1.conv.weight": [4, 8, 3, 3],
        f"{sub}input_proj_linear.weight": [32, 16],
    }


def gemma4_vision():
    """Gemma 4's tower."""
    prefix = "model.vision_tower.encoder.layers."
    norms = (
        "input_layernorm",
        "post_attention_layernorm",
        "pre_feedforward_layernorm",
        "post_feedforward_layernorm",
    )
    parts = {f"{name}.weight": [32] for name in norms}
    parts.update({f"self_attn.{part}_norm.weight": [8] for part in "qk"})
    for name in ("q", "k", "v", "o"):
        parts[f"self_attn.{name}_proj.linear.weight"] = [32, 32]
    for name, shape in (("gate", [48, 32]), ("up", [48, 32]), ("down", [32, 48])):
        parts[f"mlp.{name}_proj.linear.weight"] = shape
    return {
        **layered(parts, 3, prefix),
        "model.vision_tower.patch_embedder.input_proj.weight": [32, 12],
        "model.vision_tower.patch_embedder.position_embedding_table": [2, 16, 32],
        "model.embed_vision.embedding_projection.weight": [W, 32],
    }


def gemma4_audio():
    """Gemma 4's conformer, values clipped."""
    parts = {}
    for half in ("feed_forward1", "feed_forward2"):
        parts[f"{half}.pre_layer_norm.weight"] = [32]
        parts[f"{half}.ffw_layer_1.linear.weight"] = [128, 32]
        parts[f"{half}.ffw_layer_2.linear.weight"] = [32, 128]
        parts[f"{half}.post_layer_norm.weight"] = [32]
    for name in ("q_proj", "k_proj", "v_proj", "post"):
        parts[f"self_attn.{name}.linear.weight"] = [32, 32]
        for bound in ("input_min", "input_max", "output_min", "output_max"):
            parts[f"self_attn.{name}.{bound}"] = []
    parts.update({f"{name}.weight": [32] for name in ("norm_pre_attn", "norm_post_attn")})
    parts.update(
        {
            "norm_out.weight": [32],
            "self_attn.relative_k_proj.weight": [32, 32],
            "self_attn.per_dim_scale": [8],
            "lconv1d.pre_layer_norm.weight": [32],
            "lconv1d.linear_start.linear.weight": [64, 32],
            "lconv1d.depthwise_conv1d.weight": [32, 1, 5],
            "lconv1d.conv_norm.weight": [32],
            "lconv1d.linear_end.linear.weight": [32, 32],
        }
    )
    sub = "model.audio_tower.subsample_conv_projection."
    return {
        **layered(parts, 3, "model.audio_tower.layers."),
        f"{sub}layer0.conv.weight": [8, 1, 3, 3],
        f"{sub}layer0.norm.weight": [8],
        f"{sub}layer1.conv.weight": [4, 8, 3, 3],
        f"{sub}layer1.norm.weight": [4],
        f"{sub}input_proj_linear.weight": [32, 16],
        **linear(["model.audio_tower.output_proj"], 32, 32),
        "model.embed_audio.embedding_projection.weight": [W, 32],
    }


def dots_note():
    """A tower with experts behind its first layer, and an encoder with gates."""
    prefix = "vision_encoder."
    layer = {
        "norm_1.weight": [32],
        "norm_2.weight": [32],
        **linear(["attn.qkv"], 96, 32, False),
        **linear(["attn.proj"], bias=False),
        "attn.q_norm.weight": [8],
        "attn.k_norm.weight": [8],
    }
    tensors = layered(layer, 3, f"{prefix}blocks.")
    gated = {"fc1.weight": [48, 32], "fc2.weight": [32, 48], "fc3.weight": [48, 32]}
    tensors.update(shaped(f"{prefix}blocks.0.mlp.", gated))
    for number, count in ((1, 2), (2, 4)):
        mlp = f"{prefix}blocks.{number}.mlp."
        tensors[f"{mlp}gate_weight"] = [count, 32]
        tensors[f"{mlp}router_bias"] = [count]
        for expert in range(count):
            tensors.update(shaped(f"{mlp}experts.{expert}.", gated))
    speech = "audio_encoder.dots_encoder.speech_encoder."
    sound = {
        **tower_norms(["self_attn_layer_norm", "final_layer_norm"], bias=False),
        **linear(SIGLIP[1]),
        **linear(["fc1"], 96, 32),
        **linear(["fc2"], 32, 48),
    }
    tensors.update(layered(sound, 3, f"{speech}layers."))
    for number, channels in ((1, 1), (2, 8), (3, 8)):
        tensors[f"{speech}conv2d{number}.weight"] = [8, channels, 3, 3]
        tensors[f"{speech}conv2d{number}.bias"] = [8]
    return {
        **tensors,
        **linear([f"{speech}conv_out"], 32, 16, False),
        f"{speech}layer_norm.weight": [32],
        "audio_encoder.audio_adapter.proj.0.weight": [32],
        **linear(["audio_encoder.audio_adapter.proj.1"], 48, 32),
        **linear(["audio_encoder.audio_adapter.proj.3"], W, 48),
        f"{prefix}patch_embed.proj.weight": [32, 3, 14, 14],
        f"{prefix}patch_embed.norm.weight": [32],
        f"{prefix}post_trunk_norm.weight": [32],
        f"{prefix}adapter.ln_q.weight": [32],
        **linear([f"{prefix}adapter.mlp.0"], 128, 128),
        **linear([f"{prefix}adapter.mlp.2"], W, 128),
    }


def deepstack(prefix, parts):
    """Mergers of two layers' features."""
    norm, first, second = parts
    tensors = {}
    for number in range(2):
        tensors.update(tower_norms([f"{prefix}{number}.{norm}"], 128))
        tensors.update(linear([f"{prefix}{number}.{first}"], 128, 128))
        tensors.update(linear([f"{prefix}{number}.{second}"], W, 128))
    return tensors


QWEN3 = {**QWEN_VISION, "patch_size": 14, "num_position_embeddings": 16, "spatial_merge_size": 2}
OMNI_AUDIO = {**AUDIO, "num_hidden_layers": 4, "layer_norm_eps": 1e-6}
MORE = {
    **projector(
        "GlmasrModel",
        {
            **whisper("audio_encoder.whisper.", {}),
            **tower_norms(["audio_encoder.layer_norm"]),
            **linear(["audio_encoder.adapting.0"], 48, 128),
            **linear(["audio_encoder.adapting.2"], W, 48),
            "audio_encoder.audio_bos_eos_token.weight": [2, W],
            "model.layers.0.x.weight": [8, 8],
        },
        config={"merge_factor": 4, "whisper_config": AUDIO},
    ),
    **projector(
        "MERaLiON2ForConditionalGeneration",
        {
            **whisper("speech_encoder.", {}),
            **tower_norms(["ln_speech"]),
            **linear(["speech_audio_adapter.mlp_adapter.0"], 48, 128),
            **linear(["speech_audio_adapter.gate_proj", "speech_audio_adapter.pool_proj"], 48, 48),
            **linear(["speech_audio_adapter.out_proj"], W, 48),
            "text_decoder.x.weight": [8, 8],
        },
        config={"speech_config": AUDIO, "speech_mlp_scale_factor": 4},
    ),
    **nested(
        "Qwen2_5OmniModel",
        {
            **qwen_tower("thinker.visual.", gate="mlp.gate_proj"),
            **{
                name.replace("layer_norm.", "ln_post.") if ".layers." not in name else name: shape
                for name, shape in whisper("thinker.audio_tower.", {}).items()
                if "embed_positions" not in name
            },
            **linear(["thinker.audio_tower.proj"], W, 32),
            "thinker.audio_tower.audio_bos_eos_token.weight": [2, W],
            "thinker.model.x.weight": [8, 8],
            "talker.x.weight": [8, 8],
        },
        {
            "model_type": "qwen2_5_omni",
            "thinker_config": {
                **THINKER,
                "vision_config": {**QWEN_VISION, "fullatt_block_indexes": [0, 1, 2]},
                "audio_config": AUDIO,
            },
        },
        PROCESSOR,
        ["a.position_embd.weight"],
    ),
    **nested(
        "Qwen3OmniMoeForConditionalGeneration",
        {
            **qwen_tower("model.visual."),
            **deepstack("model.visual.merger_list.", ("ln_q", "mlp.0", "mlp.2")),
            "model.visual.patch_embed.proj.bias": [32],
            "model.visual.pos_embed.weight": [16, 32],
            **omni_audio("thinker.audio_tower."),
        },
        {
            "thinker_config": {
                **THINKER,
                "vision_config": {**QWEN3, "deepstack_visual_indexes": [0, 2]},
                "audio_config": OMNI_AUDIO,
            }
        },
        PROCESSOR,
        ["a.position_embd.weight"],
    ),
    **nested(
        "Qwen3ASRForConditionalGeneration",
        omni_audio("thinker.audio_tower."),
        {"thinker_config": {**THINKER, "audio_config": OMNI_AUDIO}},
        None,
        ["a.position_embd.weight"],
    ),
    **projector(
        "Exaone4_5_ForConditionalGeneration",
        {**qwen_tower("model.visual.", gate="mlp.gate_proj")},
        {**QWEN_VISION, "num_key_value_heads": 2, "window_size": 112, "rms_norm_eps": 1e-5}
        | {"fullatt_block_indexes": [1, 3]},
        processor=PIXELS,
    ),
    **projector(
        "Phi4ForCausalLMV",
        {
            **siglip("model.vision_tower.vision_tower.vision_model.", (32, 588)),
            "model.vision_tower.vision_tower.vision_model.head.x.weight": [8, 8],
            **linear(["model.mm_projector.0"], 48, 32),
            **linear(["model.mm_projector.2"], W, 48),
            "model.layers.0.x.weight": [8, 8],
        },
        {"image_size": 1},
        processor={"patch_size": 14, "min_num_patches": 4, "max_num_patches": 16},
    ),
    **nested("NemotronH_Nano_VL_V2", radio(), NEMOTRON, {}),
    **nested("RADIOModel", radio(7), NEMOTRON, {}, ["v.position_embd.weight"]),
    **nested(
        "NemotronH_Nano_VL_V2",
        {**radio(), **parakeet()},
        {
            **NEMOTRON,
            "sound_config": {
                "hidden_size": 32,
                "intermediate_size": 48,
                "num_hidden_layers": 3,
                "num_attention_heads": 4,
                "num_mel_bins": 16,
                "subsampling_factor": 8,
                "conv_kernel_size": 9,
            },
        },
        {},
        name="NemotronH_Nano_VL_V2.sound.mmproj",
    ),
    **nested("DeepseekOCRForCausalLM", ocr_clip(), OCR, PROCESSOR),
    **nested("UnlimitedOCRForCausalLM", ocr_clip(), OCR, PROCESSOR),
    **nested(
        "DeepseekOCR2ForCausalLM",
        {
            **sam(),
            **layered(
                {
                    **tower_norms(["input_layernorm", "post_attention_layernorm"], bias=False),
                    **linear(["self_attn.q_proj"]),
                    **linear(["self_attn.k_proj", "self_attn.v_proj"], 16, 32),
                    **linear(["self_attn.o_proj"], bias=False),
                    **linear(["mlp.gate_proj", "mlp.up_proj"], 48, 32, False),
                    **linear(["mlp.down_proj"], 32, 48, False),
                },
                2,
                "model.qwen2_model.model.model.layers.",
            ),
            "model.qwen2_model.model.model.norm.weight": [32],
            "model.qwen2_model.query_768.weight": [16, 32],
            "model.qwen2_model.query_1024.weight": [24, 32],
        },
        OCR2,
        PROCESSOR,
    ),
    **nested(
        "DeepseekV4ForCausalLM",
        {
            **layered(
                {
                    **tower_norms(["norm1", "norm2"], bias=False),
                    **linear(["attn.wqkv"], 96, 32),
                    **linear(["attn.wo"]),
                    **linear(["mlp.w1"], 96, 32, False),
                    **linear(["mlp.w2"], 32, 48, False),
                },
                3,
                "vision.blocks.",
            ),
            "vision.patch_embed.proj.weight": [32, 588],
            "vision.patch_embed.proj.bias": [32],
            "vision.norm.weight": [32],
            **linear(["aligner.w1"], 48, 288, False),
            **linear(["aligner.w2"], W, 48, False),
            **{f"image_{name}": [W] for name in ("newline", "start", "end", "pad")},
            "layers.0.x.weight": [8, 8],
        },
        {
            "vision_n_layers": 3,
            "vision_dim": 32,
            "vision_n_heads": 4,
            "vision_inter_dim": 48,
            "vision_patch_size": 14,
            "vision_downsample_ratio": 3,
            "vision_min_pixels": 7056,
            "vision_max_n_token": 384,
            "vision_max_wh_ratio": 8,
        },
    ),
    **nested(
        "KimiK25ForConditionalGeneration",
        moonvit("vision_tower.encoder.blocks.", ("proj.0", "proj.2")),
        {
            "text_config": {"hidden_size": W},
            "vision_config": {
                "vt_hidden_size": 32,
                "vt_intermediate_size": 48,
                "vt_num_hidden_layers": 3,
                "num_attention_heads": 4,
                "patch_size": 14,
                "init_pos_emb_height": 4,
                "init_pos_emb_width": 4,
                "init_pos_emb_time": 2,
                "merge_kernel_size": [2, 2],
                "projector_hidden_act": "gelu",
                "projector_ln_eps": 1e-6,
            },
        },
        {"media_proc_cfg": {**PROCESSOR, "in_patch_limit": 256}},
    ),
    **nested(
        "Glm5vForConditionalGeneration",
        moonvit("vision_tower.encoder.blocks.", ("linear_1", "linear_2")),
        {
            "text_config": {"hidden_size": W},
            "vision_config": {
                "hidden_size": 32,
                "intermediate_size": 48,
                "num_hidden_layers": 3,
                "num_attention_heads": 2,
                "patch_size": 14,
                "projector_hidden_act": "silu",
            },
        },
        PROCESSOR,
    ),
    **projector(
        "Glm5NextForConditionalGeneration",
        {
            **vit(
                "model.visual.blocks.",
                ["norm1", "norm2"],
                ["attn.proj"],
                ["mlp.up_proj"],
                "mlp.down_proj",
                "mlp.gate_proj",
                False,
                "attn.qkv",
            ),
            **layered(
                {"attn.q_norm.weight": [8], "attn.k_norm.weight": [8]}, 3, "model.visual.blocks."
            ),
            "model.visual.patch_embed.proj.weight": [32, 3, 2, 14, 14],
            "model.visual.patch_embed.proj.bias": [32],
            "model.visual.post_layernorm.weight": [32],
            "model.visual.downsample.weight": [W, 32, 2, 2],
            "model.visual.downsample.bias": [W],
            **linear(["model.visual.merger.proj"], W, W, False),
            **tower_norms(["model.visual.merger.post_projection_norm"], W),
            **linear(
                ["model.visual.merger.gate_proj", "model.visual.merger.up_proj"], 48, W, False
            ),
            **linear(["model.visual.merger.down_proj"], W, 48, False),
        },
        {"depth": 3, "num_heads": 4, "hidden_act": "silu", "swiglu_limit": 7.0},
        processor={
            "patch_size": 14,
            "merge_size": 2,
            "min_image_tokens": 4,
            "max_image_tokens": 64,
        },
    ),
    **projector(
        "BailingMoeV3VLForConditionalGeneration",
        {
            **{
                name: shape
                for name, shape in qwen_tower("visual.", ("norm", "x", "y")).items()
                if ".x." not in name and ".y." not in name
            },
            "visual.pos_embed.weight": [16, 32],
            **linear(["linear_proj.0"], 48, 128),
            **linear(["linear_proj.2"], W, 48),
        },
        {**QWEN3, "disable_merger_proj": True, "out_hidden_size": 128},
        config={"text_config": {"rms_norm_eps": 1e-5}},
    ),
    **projector(
        "MuseGlimmerForConditionalGeneration",
        {
            **vit(
                "model.vision_tower.layers.",
                ["norm1", "norm2"],
                ["attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.proj"],
                "mlp.fc1",
                "mlp.fc2",
            ),
            "model.vision_tower.patch_embedder.patch_embedding.weight": [32, 1176],
            **tower_norms(["model.vision_tower.ln_pre", "model.vision_tower.ln_post"]),
            **linear(["model.vision_adapter.fc1"], 48, 128),
            **linear(["model.vision_adapter.fc2"], 48, 48),
            **linear(["model.vision_projection"], W, 48, False),
        },
        {"pos_emb_height": 4, "merge_size": 2, "patch_temporal": 2, "layer_norm_eps": 1e-6},
    ),
    **projector(
        "MiniMaxM3SparseForConditionalGeneration",
        {
            **layered(
                {
                    **tower_norms(["layer_norm1", "layer_norm2"], 160),
                    **linear(SIGLIP[1], 160, 160),
                    **linear(["mlp.fc1"], 48, 160),
                    **linear(["mlp.fc2"], 160, 48),
                },
                2,
                "vision_tower.vision_model.encoder.layers.",
            ),
            "vision_tower.vision_model.embeddings.patch_embedding.weight": [160, 3, 2, 14, 14],
            **tower_norms(["vision_tower.vision_model.pre_layrnorm"], 160),
            **TWO,
            **linear(["patch_merge_mlp.linear_1", "patch_merge_mlp.linear_2"], W, W),
        },
        {"hidden_size": 160, "num_attention_heads": 2, "num_hidden_layers": 3}
        | {"img_token_compression_config": {"spatial_merge_size": 2}},
    ),
    **projector(
        "StepVLForConditionalGeneration",
        {
            **layered(
                {
                    **tower_norms(["ln_1", "ln_2"]),
                    "attn.in_proj_weight": [96, 32],
                    "attn.in_proj_bias": [96],
                    **linear(["attn.out_proj"]),
                    **linear(["mlp.c_fc"], 48, 32),
                    **linear(["mlp.c_proj"], 32, 48),
                    "ls_1.gamma": [32],
                    "ls_2.gamma": [32],
                },
                3,
                "vision_model.transformer.resblocks.",
            ),
            "vision_model.conv1.weight": [32, 3, 14, 14],
            "vision_model.positional_embedding": [16, 32],
            **tower_norms(["vision_model.ln_pre"]),
            "vision_model.vit_downsampler1.weight": [48, 32, 3, 3],
            "vision_model.vit_downsampler1.bias": [48],
            "vision_model.vit_downsampler2.weight": [48, 48, 3, 3],
            "vision_model.vit_downsampler2.bias": [48],
            "vit_large_projector.weight": [W, 48],
            "model.x.weight": [8, 8],
        },
        {
            "hidden_size": 1536,
            "num_hidden_layers": 47,
            "image_size": 728,
            "intermediate_size": None,
        },
        config={"understand_projector_stride": 2},
    ),
    **nested(
        "Gemma4UnifiedForConditionalGeneration",
        {
            "model.embed_vision.embedding_projection.weight": [W, 32],
            "model.embed_audio.embedding_projection.weight": [W, 16],
            "model.vision_embedder.pos_embedding": [6, 2, 32],
            **linear(["model.vision_embedder.patch_dense"], 32, 48),
            **tower_norms(["model.vision_embedder.patch_ln1"], 48),
            **tower_norms(["model.vision_embedder.patch_ln2", "model.vision_embedder.pos_norm"]),
        },
        {
            "text_config": {"hidden_size": W},
            "vision_config": {"mm_embed_dim": 32, "patch_size": 2, "pooling_kernel_size": 2},
            "audio_config": {"audio_embed_dim": 16},
        },
        PROCESSOR,
    ),
    **nested(
        "Gemma3nForConditionalGeneration",
        {
            **mobilenet(),
            **gemma3n_audio(),
            **embedder("model.embed_vision.", 32),
            **embedder("model.embed_audio.", 32),
        },
        {
            "text_config": {"hidden_size": W},
            "vision_config": {"hidden_size": 32},
            "audio_config": {
                "hidden_size": 32,
                "conf_num_hidden_layers": 3,
                "conf_num_attention_heads": 4,
                "input_feat_size": 16,
            },
        },
        {"size": {"height": 512, "width": 512}, "image_seq_length": 64},
    ),
    **nested(
        "Gemma4ForConditionalGeneration",
        {**gemma4_vision(), **gemma4_audio()},
        {
            "text_config": {"hidden_size": W},
            "vision_config": {**VISION, "patch_size": 2},
            "audio_config": {
                "hidden_size": 32,
                "num_hidden_layers": 3,
                "num_attention_heads": 4,
            },
        },
        PROCESSOR,
        [f"a.blk.{layer}.per_dim_scale.weight" for layer in range(3)],
        "Gemma4ForConditionalGeneration.sound.mmproj",
    ),
    **nested(
        "Dots3NoteForConditionalGeneration",
        dots_note(),
        {
            "text_config": {"hidden_size": W},
            "vision_config": {
                "embed_dim": 32,
                "hidden_size": W,
                "intermediate_size": 48,
                "num_hidden_layers": 4,
                "num_attention_heads": 4,
                "patch_size": 14,
                "spatial_merge_size": 2,
                "rms_norm_eps": 1e-5,
                "pyramid_num_routed": [-1, 2, 4],
                "capacity_factor": 2.0,
                "adapter_type": "patch_merger",
                "pre_pixel_shuffle": True,
                "use_qk_norm": True,
            },
            "audio_config": {
                "use_conv2d_stem": True,
                "use_rope": True,
                "use_rms_norm": True,
                "chunk_seconds": 60,
                "rope_parameters": {"partial_rotary_factor": 0.5, "rope_theta": 10000.0},
                "whisper_config": {**AUDIO, "encoder_layers": 4, "activation_function": "swiglu"},
            },
        },
        {"vision_config": {**PROCESSOR, **PIXELS}},
    ),
    **nested(
        "Lfm2AudioForConditionalGeneration",
        lfm_audio(),
        {
            "lfm": {"hidden_size": W},
            "encoder": {"d_model": 32, "n_heads": 4, "n_layers": 4, "feat_in": 16},
        },
        near=folded("conv_norm"),
    ),
    **nested(
        "GraniteSpeechForConditionalGeneration",
        granite_audio(),
        GRANITE_SPEECH,
        near=folded("conv_norm_var"),
    ),
    **nested(
        "GraniteSpeechPlusForConditionalGeneration",
        granite_audio(),
        {
            **GRANITE_SPEECH,
            "encoder_config": {**GRANITE_SPEECH["encoder_config"], "cat_hidden_layers": [1]},
        },
        near=folded("conv_norm_var"),
    ),
    **projector(
        "Granite4VisionForConditionalGeneration",
        granite_vision(),
        {"layer_norm_eps": 1e-5, "num_hidden_layers": 6},
        config={
            "text_config": {"hidden_size": W, "num_hidden_layers": 8},
            "downsample_rate": "2/4",
            "deepstack_layer_map": [[-1, 6], [1, 0]],
            "spatial_target_layers": [2, 4, 5],
            "spatial_vision_layer": -1,
            "image_grid_pinpoints": [[56, 112], [112, 56]],
        },
    ),
}
