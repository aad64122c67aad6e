"""Tiny checkpoints of many classes: configuration, and tensors under their vendors' names.

Sizes are the same throughout: 64 wide, 4 heads of 16 with 2 for keys, 96 in the network, 2 layers,
a vocabulary of 1,024. What is not said here is not there: a configuration holds what the converter
asks for.
"""

import json

W, HEADS, KEYS, HEAD, NET, LAYERS, WORDS = 64, 4, 2, 16, 96, 2, 1024

BASE = {
    "hidden_size": W,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KEYS,
    "intermediate_size": NET,
    "vocab_size": WORDS,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}


def layered(parts, layers=LAYERS, prefix="model.layers."):
    """Tensors of every layer."""
    return {
        f"{prefix}{layer}.{name}": list(shape)
        for layer in range(layers)
        for name, shape in parts.items()
    }


def ends(embedding="model.embed_tokens", norm="model.norm", head="lm_head"):
    """Embeddings, the last norm and the head."""
    tensors = {f"{embedding}.weight": [WORDS, W], f"{norm}.weight": [W]}
    if head:
        tensors[f"{head}.weight"] = [WORDS, W]
    return tensors


def attention(prefix="self_attn.", keys=KEYS, bias=False, names="qkvo"):
    """Four projections."""
    rows = {"q": HEADS * HEAD, "k": keys * HEAD, "v": keys * HEAD}
    tensors = {}
    for part in names:
        shape = [W, HEADS * HEAD] if part == "o" else [rows[part], W]
        tensors[f"{prefix}{part}_proj.weight"] = shape
        if bias and part != "o":
            tensors[f"{prefix}{part}_proj.bias"] = [rows[part]]
    return tensors


def gated(prefix="mlp.", inner=NET, names=("gate_proj", "up_proj", "down_proj")):
    """Gate, up and down."""
    gate, up, down = names
    return {
        f"{prefix}{gate}.weight": [inner, W],
        f"{prefix}{up}.weight": [inner, W],
        f"{prefix}{down}.weight": [W, inner],
    }


def norms(*names):
    """Norms of the width."""
    return {f"{name}.weight": [W] for name in names}


def head_norms(query="self_attn.q_norm", key="self_attn.k_norm"):
    """Norms of the heads."""
    return {f"{query}.weight": [HEAD], f"{key}.weight": [HEAD]}


def experts(prefix="mlp.experts.", count=4, names=("gate_proj", "up_proj", "down_proj")):
    """Experts, one by one."""
    tensors = {}
    for expert in range(count):
        tensors.update(gated(f"{prefix}{expert}.", 32, names))
    return tensors


USUAL = norms("input_layernorm", "post_attention_layernorm")
LLAMA = {**attention(), **gated(), **USUAL}
PLAIN = {**ends(), **layered(LLAMA)}
QWEN2 = {**ends(), **layered({**attention(bias=True), **gated(), **USUAL})}
QWEN3 = {**ends(), **layered({**LLAMA, **head_norms()})}
ROUTER = {"mlp.gate.weight": [4, W]}
QWEN3MOE = {
    **ends(),
    **layered({**attention(), **head_norms(), **ROUTER, **experts(), **USUAL}),
}


def entry(cls, config=None, tensors=None, tokenizer="pairs", plain=False, files=None):
    """An entry of the table; `plain` reads the tokenizer without the vendor's program."""
    document = {"architectures": [cls], "model_type": "tiny", **BASE, **(config or {})}
    document = {key: value for key, value in document.items() if value is not ...}
    result = {
        "files": {"config.json": document, **(files or {})},
        "tensors": dict(sorted((tensors or PLAIN).items())),
        "tokenizer": tokenizer,
    }
    if plain:
        result["plainVocabulary"] = True
    return {cls: result}


def renamed(tensors, *pairs):
    """The same tensors under other names."""
    result = {}
    for name, shape in tensors.items():
        for old, new in pairs:
            name = name.replace(old, new)
        result[name] = shape
    return result


MLA = {
    "kv_lora_rank": 32,
    "q_lora_rank": 24,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 16,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 32,
    "first_k_dense_replace": 0,
    "n_shared_experts": 1,
    "routed_scaling_factor": 2.5,
    "norm_topk_prob": True,
    "scoring_func": "sigmoid",
    "num_key_value_heads": HEADS,
}
LATENT = {
    **ends(),
    **layered(
        {
            "self_attn.q_a_proj.weight": [24, W],
            "self_attn.q_a_layernorm.weight": [24],
            "self_attn.q_b_proj.weight": [HEADS * 16, 24],
            "self_attn.kv_a_proj_with_mqa.weight": [40, W],
            "self_attn.kv_a_layernorm.weight": [32],
            "self_attn.kv_b_proj.weight": [HEADS * 24, 32],
            "self_attn.o_proj.weight": [W, W],
            **USUAL,
            **ROUTER,
            "mlp.gate.e_score_correction_bias": [4],
            **experts(),
            **gated("mlp.shared_experts.", 32),
        }
    ),
}
GRANITE = {
    "attention_multiplier": 0.25,
    "embedding_multiplier": 12.0,
    "logits_scaling": 8.0,
    "residual_multiplier": 0.22,
}
GLM4 = {
    **ends(),
    **layered(
        {
            **attention(bias=True),
            **USUAL,
            **norms("post_self_attn_layernorm", "post_mlp_layernorm"),
            "mlp.gate_up_proj.weight": [2 * NET, W],
            "mlp.down_proj.weight": [W, NET],
        }
    ),
}
EXAONE = {
    **attention(),
    **head_norms(),
    **gated(),
    **norms("post_attention_layernorm", "post_feedforward_layernorm"),
}
TOWER = {"vision_tower.x.weight": [8, 8], "multi_modal_projector.linear.weight": [8, 8]}
TABLE = {
    **entry("IQuestCoderForCausalLM", {"head_dim": HEAD}),
    **entry(
        "KORMoForCausalLM",
        {},
        renamed(
            PLAIN, ("input_layer", "pre_attention_layer"), ("post_attention_layer", "pre_mlp_layer")
        ),
    ),
    **entry("DotsOCRForCausalLM", {}, {**QWEN2, "vision_tower.x.weight": [8, 8]}),
    **entry(
        "Qwen2VLModel",
        {"rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}},
        {**QWEN2, "visual.x.weight": [8, 8]},
    ),
    **entry(
        "StepVLForConditionalGeneration",
        {"head_dim": HEAD},
        {**QWEN3, "vision_model.x.weight": [8, 8], "vit_large_projector.weight": [8, 8]},
    ),
    **entry(
        "LlavaStableLMEpochForCausalLM",
        {"layer_norm_eps": 1e-5, "rope_pct": 0.25, "use_parallel_residual": False},
        {
            **QWEN2,
            "model.norm.bias": [W],
            **layered({"input_layernorm.bias": [W], "post_attention_layernorm.bias": [W]}),
        },
    ),
    **entry(
        "OLMoForCausalLM",
        {"clip_qkv": None},
        {name: shape for name, shape in PLAIN.items() if "norm" not in name},
    ),
    **entry("LlamaBidirectionalModel", {"head_dim": HEAD}),
    **entry(
        "Sarashina2VisionForCausalLM",
        {"head_dim": HEAD, "text_config": {}},
        {
            **renamed(PLAIN, ("model.", "llm.model."), ("lm_head", "llm.lm_head")),
            "visual.x.weight": [8, 8],
            "norm.weight": [8],
        },
        "pieces",
    ),
    **entry(
        "JanusForConditionalGeneration",
        {"head_dim": HEAD},
        {
            **renamed(PLAIN, ("model.", "model.language_model.")),
            "model.vqmodel.x.weight": [8, 8],
            "model.aligner.fc1.weight": [8, 8],
            "model.generation_head.x.weight": [8, 8],
            "model.vision_model.x.weight": [8, 8],
        },
    ),
    **entry(
        "PaddleOCRVLForConditionalGeneration",
        {"head_dim": HEAD},
        {**PLAIN, "visual.x.weight": [8, 8], "mlp_AR.linear_1.weight": [8, 8]},
        "pieces",
    ),
    **entry(
        "BaichuanForCausalLM",
        {"num_key_value_heads": ...},
        {
            **ends(),
            **layered(
                {
                    "self_attn.W_pack.weight": [3 * W, W],
                    "self_attn.o_proj.weight": [W, W],
                    **gated(),
                    **USUAL,
                }
            ),
        },
        "pieces",
    ),
    **entry(
        "XverseForCausalLM",
        {"num_key_value_heads": HEADS},
        {**ends(), **layered({**attention(keys=HEADS), **gated(), **USUAL})},
        plain=True,
    ),
    **entry(
        "OrionForCausalLM",
        {},
        {
            **PLAIN,
            "model.norm.bias": [W],
            **layered({"input_layernorm.bias": [W], "post_attention_layernorm.bias": [W]}),
        },
        "pieces",
    ),
    **entry(
        "InternLM2ForCausalLM",
        {"bias": False, "eos_token_id": 2},
        {
            **ends("model.tok_embeddings", head="output"),
            **layered(
                {
                    "attention.wqkv.weight": [(HEADS + 2 * KEYS) * HEAD, W],
                    "attention.wo.weight": [W, W],
                    **norms("attention_norm", "ffn_norm"),
                    **gated("feed_forward.", names=("w1", "w3", "w2")),
                }
            ),
        },
        "pieces",
        True,
    ),
    **entry("InternLM3ForCausalLM", {"head_dim": HEAD}, PLAIN, "pieces"),
    **entry(
        "MiniCPMForCausalLM",
        {"scale_emb": 12, "scale_depth": 1.4, "dim_model_base": 32},
        PLAIN,
        "pieces",
    ),
    **entry(
        "CodeShellForCausalLM",
        {
            "n_positions": 256,
            "n_embd": W,
            "n_head": HEADS,
            "n_layer": LAYERS,
            "num_query_groups": KEYS,
            "layer_norm_epsilon": 1e-5,
        },
        {
            "transformer.wte.weight": [WORDS, W],
            "transformer.ln_f.weight": [W],
            "transformer.ln_f.bias": [W],
            "lm_head.weight": [WORDS, W],
            **layered(
                {
                    "ln_1.weight": [W],
                    "ln_1.bias": [W],
                    "ln_2.weight": [W],
                    "ln_2.bias": [W],
                    "attn.c_attn.weight": [(HEADS + 2 * KEYS) * HEAD, W],
                    "attn.c_attn.bias": [(HEADS + 2 * KEYS) * HEAD],
                    "attn.c_proj.weight": [W, W],
                    "attn.c_proj.bias": [W],
                    "mlp.c_fc.weight": [4 * W, W],
                    "mlp.c_fc.bias": [4 * W],
                    "mlp.c_proj.weight": [W, 4 * W],
                    "mlp.c_proj.bias": [W],
                },
                prefix="transformer.h.",
            ),
        },
    ),
    **entry(
        "ChatGLMModel",
        {
            "num_layers": LAYERS,
            "seq_length": 256,
            "ffn_hidden_size": NET,
            "multi_query_group_num": KEYS,
            "padded_vocab_size": WORDS,
            "layernorm_epsilon": 1e-5,
            "rope_ratio": 2,
            "intermediate_size": ...,
            "max_position_embeddings": ...,
        },
        {
            "transformer.embedding.word_embeddings.weight": [WORDS, W],
            "transformer.encoder.final_layernorm.weight": [W],
            "transformer.output_layer.weight": [WORDS, W],
            "transformer.rotary_pos_emb.inv_freq": [4],
            **layered(
                {
                    "input_layernorm.weight": [W],
                    "post_attention_layernorm.weight": [W],
                    "self_attention.query_key_value.weight": [(HEADS + 2 * KEYS) * HEAD, W],
                    "self_attention.query_key_value.bias": [(HEADS + 2 * KEYS) * HEAD],
                    "self_attention.dense.weight": [W, W],
                    "mlp.dense_h_to_4h.weight": [2 * NET, W],
                    "mlp.dense_4h_to_h.weight": [W, NET],
                },
                prefix="transformer.encoder.layers.",
            ),
        },
    ),
    **entry(
        "DeepseekForCausalLM",
        {
            "n_routed_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 32,
            "first_k_dense_replace": 1,
            "n_shared_experts": 1,
        },
        {
            **ends(),
            **layered(LLAMA, 1),
            **{
                name.replace("layers.0", "layers.1"): shape
                for name, shape in layered(
                    {
                        **attention(),
                        **USUAL,
                        **ROUTER,
                        **experts(),
                        **gated("mlp.shared_experts.", 32),
                    },
                    1,
                ).items()
            },
        },
    ),
    **entry(
        "BailingMoeForCausalLM",
        {
            **EXPERTS,
            "first_k_dense_replace": 0,
            "num_shared_experts": 1,
            "norm_topk_prob": True,
            "norm_head": False,
        },
        {
            **ends("model.word_embeddings"),
            **layered(
                {
                    "attention.query_key_value.weight": [(HEADS + 2 * KEYS) * HEAD, W],
                    "attention.dense.weight": [W, W],
                    **USUAL,
                    **ROUTER,
                    **experts(),
                    **gated("mlp.shared_experts.", 32),
                }
            ),
        },
    ),
    **entry(
        "BailingMoeV2ForCausalLM",
        {
            **EXPERTS,
            "first_k_dense_replace": 0,
            "num_shared_experts": 1,
            "norm_topk_prob": True,
            "head_dim": HEAD,
            "routed_scaling_factor": 2.5,
            "score_function": "sigmoid",
            "n_group": 2,
            "topk_group": 1,
            "num_nextn_predict_layers": 0,
        },
        {
            **ends("model.word_embeddings"),
            **layered(
                {
                    "attention.query_key_value.weight": [(HEADS + 2 * KEYS) * HEAD, W],
                    **head_norms("attention.query_layernorm", "attention.key_layernorm"),
                    "attention.dense.weight": [W, W],
                    **USUAL,
                    **ROUTER,
                    **experts(),
                    "mlp.gate.expert_bias": [4],
                    **gated("mlp.shared_experts.", 32),
                }
            ),
        },
    ),
    **entry(
        "QWenLMHeadModel",
        {
            "layer_norm_epsilon": 1e-6,
            "rotary_emb_base": 10000,
            "kv_channels": HEAD,
            "rope_theta": ...,
            "rms_norm_eps": ...,
            "num_key_value_heads": ...,
        },
        {
            "transformer.wte.weight": [WORDS, W],
            "transformer.ln_f.weight": [W],
            "lm_head.weight": [WORDS, W],
            **layered(
                {
                    **norms("ln_1", "ln_2"),
                    "attn.c_attn.weight": [3 * W, W],
                    "attn.c_attn.bias": [3 * W],
                    "attn.c_proj.weight": [W, W],
                    **gated("mlp.", names=("w1", "w2", "c_proj")),
                },
                prefix="transformer.h.",
            ),
        },
        plain=True,
    ),
    **entry("MaincoderForCausalLM", {"head_dim": HEAD}, QWEN3),
    **entry(
        "MellumForCausalLM",
        {
            **EXPERTS,
            "head_dim": HEAD,
            "sliding_window": 32,
            "layer_types": ["sliding_attention", "full_attention"],
        },
        QWEN3MOE,
    ),
    **entry("NanbeigeForCausalLM", {"head_dim": HEAD, "num_loops": 2}, PLAIN, "pieces"),
    **entry(
        "PanguEmbeddedForCausalLM",
        {"bias": True},
        {**QWEN2, **layered({"self_attn.o_proj.bias": [W]})},
        "pieces",
    ),
    **entry(
        "PLMForCausalLM",
        {"kv_lora_rank": 32, "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 16},
        {
            **ends(),
            **layered(
                {
                    "self_attn.q_proj.weight": [HEADS * 16, W],
                    "self_attn.kv_a_proj_with_mqa.weight": [40, W],
                    "self_attn.kv_a_layernorm.weight": [32],
                    "self_attn.kv_b_proj.weight": [HEADS * 24, 32],
                    "self_attn.o_proj.weight": [W, W],
                    "mlp.up_proj.weight": [NET, W],
                    "mlp.down_proj.weight": [W, NET],
                    **USUAL,
                }
            ),
        },
    ),
    **entry(
        "SmallThinkerForCausalLM",
        {
            "moe_num_primary_experts": 4,
            "moe_num_active_primary_experts": 2,
            "moe_ffn_hidden_size": 32,
            "moe_primary_router_apply_softmax": False,
            "head_dim": HEAD,
            "sliding_window_layout": [0, 1],
            "sliding_window_size": 64,
            "intermediate_size": ...,
        },
        {
            **ends(),
            **layered(
                {
                    **attention(),
                    **USUAL,
                    "block_sparse_moe.primary_router.weight": [4, W],
                    **experts("block_sparse_moe.experts.", names=("gate", "up", "down")),
                }
            ),
        },
    ),
    **entry("DreamModel", {"mask_token_id": 5}, QWEN2),
    **entry("RND1", {**EXPERTS, "head_dim": HEAD, "mask_token_id": 5}, QWEN3MOE),
    **entry(
        "LLaDAModelLM",
        {
            "d_model": W,
            "n_layers": LAYERS,
            "n_heads": HEADS,
            "n_kv_heads": HEADS,
            "mlp_hidden_size": NET,
            "max_sequence_length": 256,
            "hidden_size": ...,
            "num_hidden_layers": ...,
            "num_attention_heads": ...,
            "num_key_value_heads": ...,
            "intermediate_size": ...,
            "max_position_embeddings": ...,
        },
        {
            "model.transformer.wte.weight": [WORDS, W],
            "model.transformer.ln_f.weight": [W],
            "model.transformer.ff_out.weight": [WORDS, W],
            **layered(
                {
                    "q_proj.weight": [W, W],
                    "k_proj.weight": [W, W],
                    "v_proj.weight": [W, W],
                    "attn_out.weight": [W, W],
                    **norms("attn_norm", "ff_norm"),
                    **gated("", names=("ff_proj", "up_proj", "ff_out")),
                },
                prefix="model.transformer.blocks.",
            ),
        },
    ),
    **entry(
        "LLaDAMoEModelLM",
        {**EXPERTS, "moe_intermediate_size": ..., "expert_intermediate_size": 32},
        QWEN3MOE,
    ),
    **entry(
        "OpenELMForCausalLM",
        {
            "num_transformer_layers": LAYERS,
            "model_dim": W,
            "head_dim": HEAD,
            "num_kv_heads": [1, 2],
            "num_query_heads": [2, 4],
            "ffn_multipliers": [1.0, 2.0],
            "ffn_dim_divisor": 32,
            "max_context_length": 256,
            "rope_freq_constant": 10000,
            "hidden_size": ...,
            "num_hidden_layers": ...,
            "num_attention_heads": ...,
            "num_key_value_heads": ...,
            "intermediate_size": ...,
        },
        {
            "transformer.token_embeddings.weight": [WORDS, W],
            "transformer.norm.weight": [W],
            **{
                f"transformer.layers.{layer}.{name}": shape
                for layer, heads, keys, inner in ((0, 2, 1, 64), (1, 4, 2, 128))
                for name, shape in {
                    "attn_norm.weight": [W],
                    "ffn_norm.weight": [W],
                    "attn.qkv_proj.weight": [(heads + 2 * keys) * HEAD, W],
                    "attn.out_proj.weight": [W, heads * HEAD],
                    "attn.q_norm.weight": [HEAD],
                    "attn.k_norm.weight": [HEAD],
                    "ffn.proj_1.weight": [2 * inner, W],
                    "ffn.proj_2.weight": [W, inner],
                }.items()
            },
        },
        "pieces",
    ),
    **entry(
        "GraniteSWAForCausalLM",
        {
            "attention_multiplier": 0.25,
            "embedding_multiplier": 12.0,
            "logits_scaling": 8.0,
            "residual_multiplier": 0.22,
            "sliding_window": 64,
            "layer_types": ["sliding_attention", "full_attention"],
            "no_rope_layers": [1, 0],
        },
        {**PLAIN, **layered({"self_attn.sinks": [HEADS]})},
    ),
    **entry(
        "CogVLMForCausalLM",
        {},
        {
            **ends(),
            "model.vision.x.weight": [8, 8],
            **layered(
                {
                    **USUAL,
                    **{
                        f"self_attn.{kind}_expert_{name}.weight": shape
                        for kind in ("language", "vision")
                        for name, shape in (
                            ("query_key_value", [(HEADS + 2 * KEYS) * HEAD, W]),
                            ("dense", [W, W]),
                        )
                    },
                    **gated("mlp.language_mlp."),
                    **gated("mlp.vision_mlp."),
                }
            ),
        },
        "pieces",
    ),
    **entry(
        "GPTRefactForCausalLM",
        {
            "n_positions": 256,
            "n_embd": W,
            "n_head": HEADS,
            "n_layer": LAYERS,
            "layer_norm_epsilon": 1e-5,
            "intermediate_size": ...,
        },
        {
            "transformer.wte.weight": [WORDS, W],
            "lm_head.weight": [WORDS, W],
            "transformer.ln_f.weight": [W],
            **layered(
                {
                    **norms("ln_1", "ln_2"),
                    "attn.q.weight": [W, W],
                    "attn.kv.weight": [2 * HEAD, W],
                    "attn.c_proj.weight": [W, W],
                    "mlp.gate_up_proj.weight": [512, W],
                    "mlp.c_proj.weight": [W, 256],
                },
                prefix="transformer.h.",
            ),
        },
    ),
    **entry(
        "HunYuanMoEV1ForCausalLM",
        {
            "num_experts": 4,
            "moe_topk": [2, 2],
            "moe_intermediate_size": [32, 32],
            "num_shared_expert": [1, 1],
            "head_dim": HEAD,
        },
        {
            **ends(),
            **layered(
                {
                    **attention(),
                    **head_norms("self_attn.query_layernorm", "self_attn.key_layernorm"),
                    **USUAL,
                    "mlp.gate.wg.weight": [4, W],
                    **experts(),
                    **gated("mlp.shared_mlp."),
                }
            ),
        },
        plain=True,
    ),
    **entry(
        "Jais2ForCausalLM",
        {"head_dim": HEAD, "layer_norm_eps": 1e-5, "rms_norm_eps": ...},
        {
            **QWEN2,
            "model.norm.bias": [W],
            **layered(
                {
                    "input_layernorm.bias": [W],
                    "post_attention_layernorm.bias": [W],
                    "self_attn.o_proj.bias": [W],
                    "mlp.up_proj.bias": [NET],
                    "mlp.down_proj.bias": [W],
                }
            ),
        },
    ),
    **entry(
        "VoxtralForConditionalGeneration",
        {"head_dim": HEAD},
        {
            **renamed(
                PLAIN, ("model.", "language_model.model."), ("lm_head", "language_model.lm_head")
            ),
            "audio_tower.x.weight": [8, 8],
            "multi_modal_projector.linear_1.weight": [8, 8],
        },
    ),
    **entry(
        "Qwen2AudioForConditionalGeneration",
        {},
        {
            **renamed(
                QWEN2, ("model.", "language_model.model."), ("lm_head", "language_model.lm_head")
            ),
            "audio_tower.x.weight": [8, 8],
            "multi_modal_projector.linear.weight": [8, 8],
        },
    ),
    **entry(
        "AudioFlamingo3ForConditionalGeneration",
        {},
        {
            **renamed(
                QWEN2, ("model.", "language_model.model."), ("lm_head", "language_model.lm_head")
            ),
            "audio_tower.x.weight": [8, 8],
            "multi_modal_projector.linear_1.weight": [8, 8],
        },
    ),
    **entry(
        "Qwen2_5OmniModel",
        {
            "thinker_config": {
                "text_config": {"rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}}
            }
        },
        {
            **renamed(QWEN2, ("model.", "thinker.model."), ("lm_head", "thinker.lm_head")),
            "thinker.visual.x.weight": [8, 8],
            "thinker.audio_tower.x.weight": [8, 8],
            "talker.x.weight": [8, 8],
            "token2wav.x.weight": [8, 8],
        },
    ),
    **entry(
        "KimiVLForConditionalGeneration",
        MLA,
        {
            **renamed(
                LATENT, ("model.", "language_model.model."), ("lm_head", "language_model.lm_head")
            ),
            **TOWER,
        },
    ),
    **entry(
        "KimiK25ForConditionalGeneration",
        MLA,
        {
            **renamed(
                LATENT, ("model.", "language_model.model."), ("lm_head", "language_model.lm_head")
            ),
            "vision_tower.x.weight": [8, 8],
            "mm_projector.x.weight": [8, 8],
        },
    ),
    **entry(
        "YoutuVLForConditionalGeneration",
        MLA,
        {**LATENT, "siglip2.x.weight": [8, 8], "merger.mlp.0.weight": [8, 8]},
    ),
    **entry(
        "LlamaModel",
        {"head_dim": HEAD},
        {
            name.replace("model.", ""): shape
            for name, shape in PLAIN.items()
            if "lm_head" not in name
        },
    ),
    **entry(
        "Qwen2Model",
        {},
        {
            name.replace("model.", ""): shape
            for name, shape in QWEN2.items()
            if "lm_head" not in name
        },
    ),
    **entry("ChatGLMForConditionalGeneration"),
    **entry("BaiChuanForCausalLM"),
    **entry("LLaDAMoEModel"),
    **entry(
        "Glm4vMoeForConditionalGeneration",
        {
            "n_routed_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 32,
            "n_shared_experts": 1,
            "first_k_dense_replace": 0,
            "routed_scaling_factor": 1.0,
            "norm_topk_prob": True,
            "head_dim": HEAD,
            "n_group": 1,
            "topk_group": 1,
        },
        {
            **renamed(
                {
                    **ends(),
                    **layered(
                        {
                            **attention(bias=True),
                            **USUAL,
                            **ROUTER,
                            **experts(),
                            "mlp.gate.e_score_correction_bias": [4],
                            **gated("mlp.shared_experts.", 32),
                        }
                    ),
                },
                ("model.", "model.language_model."),
            ),
            "model.visual.x.weight": [8, 8],
        },
        plain=True,
    ),
    **entry(
        "Glm4vForConditionalGeneration",
        {
            "head_dim": HEAD,
            "rope_scaling": {
                "type": "default",
                "mrope_section": [1, 1, 2],
                "partial_rotary_factor": 0.5,
            },
        },
        {**renamed(GLM4, ("model.", "model.language_model.")), "model.visual.x.weight": [8, 8]},
    ),
    **entry(
        "GlmOcrForConditionalGeneration",
        {
            "head_dim": HEAD,
            "num_nextn_predict_layers": 1,
            "rope_scaling": {
                "type": "default",
                "mrope_section": [1, 1, 2],
                "partial_rotary_factor": 0.5,
            },
        },
        {
            **renamed(
                {
                    **GLM4,
                    **layered(
                        {
                            "eh_proj.weight": [W, 2 * W],
                            **norms("enorm", "hnorm"),
                            "shared_head.norm.weight": [W],
                            "shared_head.head.weight": [WORDS, W],
                            "embed_tokens.weight": [WORDS, W],
                        },
                        1,
                        "model.layers.2@",
                    ),
                    **{
                        name.replace("layers.0.", "layers.2."): shape
                        for name, shape in GLM4.items()
                        if "layers.0." in name
                    },
                },
                ("model.", "model.language_model."),
                ("2@0", "2"),
            ),
            "model.visual.x.weight": [8, 8],
        },
    ),
    **entry(
        "DeepseekOCRForCausalLM",
        {
            "n_routed_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 32,
            "first_k_dense_replace": 1,
            "n_shared_experts": 1,
            "qk_rope_head_dim": 0,
            "q_lora_rank": None,
            "norm_topk_prob": False,
            "num_key_value_heads": HEADS,
        },
        {
            **ends(),
            "model.sam_model.x.weight": [8, 8],
            "model.vision_model.x.weight": [8, 8],
            "model.projector.layers.weight": [8, 8],
            "model.image_newline": [8],
            "model.view_seperator": [8],
            **layered({**attention(keys=HEADS), **gated(), **USUAL}, 1),
            **{
                name.replace("layers.0", "layers.1"): shape
                for name, shape in layered(
                    {
                        **attention(keys=HEADS),
                        **USUAL,
                        **ROUTER,
                        **experts(),
                        **gated("mlp.shared_experts.", 32),
                    },
                    1,
                ).items()
            },
        },
        plain=True,
    ),
    **entry(
        "UnlimitedOCRForCausalLM",
        {"qk_rope_head_dim": 0, "q_lora_rank": None, "sliding_window_size": 64},
        PLAIN,
        plain=True,
    ),
    **entry(
        "Spark2_5ForCausalLM",
        {
            "head_dim": HEAD,
            "sliding_window": 64,
            "hidden_act": "gelu",
            "layer_types": ["sliding_attention", "full_attention"],
            "rope_theta": ...,
            "gate_attn_act_mode": "sigmoid",
            "headwise_attn_output_gate": True,
            "rope_parameters": {
                "full_attention": {
                    "rope_theta": 1e6,
                    "rope_type": "default",
                    "partial_rotary_factor": 0.5,
                },
                "sliding_attention": {
                    "rope_theta": 1e4,
                    "rope_type": "default",
                    "partial_rotary_factor": 1.0,
                },
            },
        },
        {
            **ends(),
            **layered(
                {
                    "self_attn.q_k_v_proj.weight": [(HEADS + 2 * KEYS) * HEAD, W],
                    "self_attn.g_proj.weight": [HEADS, W],
                    "self_attn.o_proj.weight": [W, W],
                    **gated(),
                    **USUAL,
                }
            ),
        },
    ),
    **entry(
        "HYV3ForCausalLM",
        {
            **EXPERTS,
            "head_dim": HEAD,
            "num_shared_experts": 1,
            "route_norm": True,
            "router_scaling_factor": 2.5,
            "num_nextn_predict_layers": 0,
        },
        {
            **ends(),
            **layered(
                {
                    **attention(),
                    **head_norms(),
                    **USUAL,
                    **experts(),
                    "mlp.router.gate.weight": [4, W],
                    "mlp.expert_bias": [4],
                    **gated("mlp.shared_mlp.", 32),
                }
            ),
        },
    ),
    **entry(
        "GraniteMoeSWAForCausalLM",
        {
            **GRANITE,
            "sliding_window": 64,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "shared_intermediate_size": 32,
            "intermediate_size": 32,
        },
        {
            **ends(),
            **layered(
                {
                    **attention(),
                    **USUAL,
                    "self_attn.sinks": [HEADS],
                    "block_sparse_moe.router.layer.weight": [4, W],
                    "block_sparse_moe.input_linear.weight": [4, 64, W],
                    "block_sparse_moe.output_linear.weight": [4, W, 32],
                    "shared_mlp.input_linear.weight": [64, W],
                    "shared_mlp.output_linear.weight": [W, 32],
                }
            ),
        },
    ),
    **entry(
        "Qwen3ASRForConditionalGeneration",
        {"head_dim": HEAD},
        {
            **renamed(QWEN3, ("model.", "thinker.model."), ("lm_head", "thinker.lm_head")),
            "thinker.audio_tower.x.weight": [8, 8],
        },
        plain=True,
    ),
    **entry(
        "Qwen3OmniMoeForConditionalGeneration",
        {**EXPERTS, "head_dim": HEAD, "thinker_config": {"text_config": {}}},
        {
            **renamed(QWEN3MOE, ("model.", "thinker.model."), ("lm_head", "thinker.lm_head")),
            "thinker.visual.x.weight": [8, 8],
            "code2wav.x.weight": [8, 8],
        },
        plain=True,
    ),
    **entry(
        "Exaone4_5_ForConditionalGeneration",
        {
            "head_dim": HEAD,
            "sliding_window": 64,
            "num_nextn_predict_layers": 1,
            "layer_types": ["sliding_attention", "full_attention"],
        },
        {
            **renamed(
                {
                    **ends(),
                    **layered(EXAONE),
                    **layered(EXAONE, 1, "mtp.layers."),
                    "mtp.fc.weight": [W, 2 * W],
                    **norms("mtp.pre_fc_norm_embedding", "mtp.pre_fc_norm_hidden", "mtp.norm"),
                },
                ("model.", "model.language_model."),
            ),
            "model.visual.x.weight": [8, 8],
        },
    ),
    **entry(
        "Lfm2BidirectionalModel",
        {
            "norm_eps": 1e-5,
            "conv_L_cache": 3,
            "layer_types": ["conv", "full_attention"],
            "block_auto_adjust_ff_dim": False,
            "block_multiple_of": 256,
            "block_ffn_dim_multiplier": 1.0,
            "rms_norm_eps": ...,
        },
        {
            "embed_tokens.weight": [WORDS, W],
            "embedding_norm.weight": [W],
            **layered(
                {
                    **norms("operator_norm", "ffn_norm"),
                    **gated("feed_forward.", names=("w1", "w3", "w2")),
                },
                prefix="layers.",
            ),
            "layers.0.conv.conv.weight": [W, 1, 3],
            "layers.0.conv.in_proj.weight": [3 * W, W],
            "layers.0.conv.out_proj.weight": [W, W],
            **{
                f"layers.1.{name}": shape
                for name, shape in {
                    **attention(names="qkv"),
                    "self_attn.out_proj.weight": [W, W],
                    **head_norms("self_attn.q_layernorm", "self_attn.k_layernorm"),
                }.items()
            },
        },
    ),
}
for alias, original in (
    ("ChatGLMForConditionalGeneration", "ChatGLMModel"),
    ("BaiChuanForCausalLM", "BaichuanForCausalLM"),
    ("LLaDAMoEModel", "LLaDAMoEModelLM"),
):
    twin = json.loads(json.dumps(TABLE[original]))
    twin["files"]["config.json"]["architectures"] = [alias]
    TABLE[alias] = twin
TABLE["Jais2ForCausalLM"]["tensors"] = {
    name: shape
    for name, shape in TABLE["Jais2ForCausalLM"]["tensors"].items()
    if "gate" not in name
}
# Last: the converter changes a list of names for all that come after it.
TABLE.update(
    {
        **entry(
            "ArcticForCausalLM",
            {"num_local_experts": 4, "num_experts_per_tok": 2, "intermediate_size": 32},
            {
                **ends(),
                **layered(
                    {
                        **attention(),
                        **USUAL,
                        "residual_layernorm.weight": [W],
                        **gated("residual_mlp.", 64, ("w1", "w3", "w2")),
                        "block_sparse_moe.gate.weight": [4, W],
                        **experts("block_sparse_moe.experts.", names=("w1", "w3", "w2")),
                    }
                ),
            },
            "pieces",
        ),
    }
)
PROCESSOR = {"image_mean": [0.5, 0.25, 0.5], "image_std": [0.5, 0.5, 0.25]}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "image_size": 56,
    "patch_size": 14,
}
AUDIO = {
    "d_model": 32,
    "encoder_layers": 3,
    "num_hidden_layers": 3,
    "encoder_ffn_dim": 48,
    "encoder_attention_heads": 4,
    "num_mel_bins": 16,
}


def projector(cls, tensors, vision=None, audio=None, config=None, processor=None):
    """An entry for a projector."""
    document = {"architectures": [cls], "model_type": "tiny", "hidden_size": W, **(config or {})}
    files = {}
    if vision is not None:
        document["vision_config"] = {**VISION, **vision}
        files["preprocessor_config.json"] = {**PROCESSOR, **(processor or {})}
    if audio is not None:
        document["audio_config"] = {**AUDIO, **audio}
    text = {"language_model.model.embed_tokens.weight": [8, W]}
    return {
        f"{cls}.mmproj": {
            "class": cls,
            "mmproj": True,
            "files": {"config.json": document, **files},
            "tensors": dict(sorted({**text, **tensors}.items())),
            "tokenizer": None,
        }
    }


def linear(names, rows=32, columns=32, bias=True):
    """Matrices and their biases."""
    tensors = {}
    for name in names:
        tensors[f"{name}.weight"] = [rows, columns]
        if bias:
            tensors[f"{name}.bias"] = [rows]
    return tensors


def tower_norms(names, width=32, bias=True):
    """Norms and their biases."""
    tensors = {}
    for name in names:
        tensors[f"{name}.weight"] = [width]
        if bias:
            tensors[f"{name}.bias"] = [width]
    return tensors


def vit(prefix, norm, projections, up, down, gate=None, bias=True, fused=None):
    """Three layers of a tower."""
    parts = {**tower_norms(norm, bias=bias), **linear(projections, bias=bias)}
    parts.update(linear(up if isinstance(up, list) else [up], 48, 32, bias))
    parts.update(linear([down], 32, 48, bias))
    if gate:
        parts.update(linear([gate], 48, 32, bias))
    if fused:
        parts.update(linear([fused], 96, 32, bias))
    return layered(parts, 3, prefix)


SIGLIP = (
    ["layer_norm1", "layer_norm2"],
    ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"],
    "mlp.fc1",
    "mlp.fc2",
)


def siglip(prefix, patch=(32, 3, 14, 14)):
    """SigLIP below a prefix."""
    return {
        **vit(f"{prefix}encoder.layers.", *SIGLIP),
        f"{prefix}embeddings.patch_embedding.weight": list(patch),
        f"{prefix}embeddings.patch_embedding.bias": [32],
        f"{prefix}embeddings.position_embedding.weight": [16, 32],
        **tower_norms([f"{prefix}post_layernorm"]),
    }


def whisper(prefix, projection):
    """Whisper's encoder below a prefix."""
    return {
        **vit(
            f"{prefix}layers.",
            ["self_attn_layer_norm", "final_layer_norm"],
            SIGLIP[1],
            "fc1",
            "fc2",
        ),
        f"{prefix}conv1.weight": [32, 16, 3],
        f"{prefix}conv1.bias": [32],
        f"{prefix}conv2.weight": [32, 32, 3],
        f"{prefix}conv2.bias": [32],
        f"{prefix}embed_positions.weight": [24, 32],
        **tower_norms([f"{prefix}layer_norm"]),
        **projection,
    }


PIXELS = {"min_pixels": 784, "max_pixels": 3136}
TWO = linear(["multi_modal_projector.linear_1"], W, 32) | linear(
    ["multi_modal_projector.linear_2"], W, W
)
PROJECTORS = {
    **projector(
        "Qwen2AudioForConditionalGeneration",
        whisper("audio_tower.", linear(["multi_modal_projector.linear"], W, 32)),
        audio={},
    ),
    **projector(
        "UltravoxModel",
        whisper(
            "audio_tower.",
            {
                **TWO,
                "multi_modal_projector.ln_pre.weight": [32],
                "multi_modal_projector.ln_mid.weight": [W],
            },
        ),
        audio={},
        config={"stack_factor": 8},
    ),
    **projector("VoxtralForConditionalGeneration", whisper("audio_tower.", TWO), audio={}),
    **projector("AudioFlamingo3ForConditionalGeneration", whisper("audio_tower.", TWO), audio={}),
    **projector(
        "Glm4vForConditionalGeneration",
        {
            **vit(
                "visual.blocks.",
                ["norm1", "norm2"],
                ["attn.proj"],
                ["mlp.up_proj"],
                "mlp.down_proj",
                "mlp.gate_proj",
                False,
                "attn.qkv",
            ),
            "visual.patch_embed.proj.weight": [32, 3, 2, 14, 14],
            "visual.patch_embed.proj.bias": [32],
            "visual.embeddings.position_embedding.weight": [16, 32],
            **tower_norms(["visual.post_conv_layernorm", "visual.post_layernorm"], bias=False),
            "visual.downsample.weight": [W, 32, 2, 2],
            "visual.downsample.bias": [W],
            **linear(["visual.merger.proj"], W, W, False),
            **tower_norms(["visual.merger.post_projection_norm"], W),
            **linear(["visual.merger.gate_proj", "visual.merger.up_proj"], 48, W, False),
            **linear(["visual.merger.down_proj"], W, 48, False),
        },
        {"depth": 3, "num_heads": 4, "hidden_act": "silu", "rms_norm_eps": 1e-5},
    ),
    **projector(
        "CogVLMForCausalLM",
        {
            **vit(
                "model.vision.transformer.layers.",
                ["input_layernorm", "post_attention_layernorm"],
                ["attention.dense"],
                "mlp.fc1",
                "mlp.fc2",
                fused="attention.query_key_value",
            ),
            "model.vision.patch_embedding.cls_embedding": [1, 32],
            "model.vision.patch_embedding.proj.weight": [32, 3, 14, 14],
            "model.vision.patch_embedding.proj.bias": [32],
            "model.vision.patch_embedding.position_embedding.weight": [17, 32],
            **linear(["model.vision.linear_proj.linear_proj"], W, 32, False),
            **tower_norms(["model.vision.linear_proj.norm1"], W),
            **linear(
                ["model.vision.linear_proj.dense_h_to_4h", "model.vision.linear_proj.gate_proj"],
                48,
                W,
                False,
            ),
            **linear(["model.vision.linear_proj.dense_4h_to_h"], W, 48, False),
            "model.vision.boi": [1, 1, W],
            "model.vision.eoi": [1, 1, W],
        },
        {"num_heads": 4, "layer_norm_eps": 1e-6},
    ),
    **projector(
        "DotsOCRForCausalLM",
        {
            **vit(
                "vision_tower.blocks.",
                ["norm1", "norm2"],
                ["attn.proj"],
                ["mlp.fc1", "mlp.fc3"],
                "mlp.fc2",
                bias=False,
                fused="attn.qkv",
            ),
            "vision_tower.patch_embed.patchifier.proj.weight": [32, 3, 14, 14],
            "vision_tower.patch_embed.patchifier.proj.bias": [32],
            "vision_tower.patch_embed.patchifier.norm.weight": [32],
            "vision_tower.post_trunk_norm.weight": [32],
            **tower_norms(["vision_tower.merger.ln_q"]),
            **linear(["vision_tower.merger.mlp.0"], 128, 128),
            **linear(["vision_tower.merger.mlp.2"], W, 128),
        },
        {"rms_norm_eps": 1e-5, "spatial_merge_size": 2},
        processor=PIXELS,
    ),
    **projector(
        "KimiVLForConditionalGeneration",
        {
            **vit(
                "vision_tower.encoder.blocks.",
                ["norm0", "norm1"],
                ["wo"],
                "mlp.fc0",
                "mlp.fc1",
                fused="wqkv",
            ),
            "vision_tower.patch_embed.proj.weight": [32, 3, 14, 14],
            "vision_tower.patch_embed.proj.bias": [32],
            "vision_tower.patch_embed.pos_emb.weight": [4, 4, 32],
            **tower_norms(
                ["vision_tower.encoder.final_layernorm", "multi_modal_projector.pre_norm"]
            ),
            **TWO,
        },
        {},
    ),
    **projector(
        "JanusForConditionalGeneration",
        {
            **renamed(siglip("model.vision_model."), ("out_proj", "projection_layer")),
            **linear(["model.aligner.fc1"], W, 32),
            **linear(["model.aligner.hidden_layers.0"], W, W),
            "model.vqmodel.x.weight": [8, 8],
        },
        {"hidden_act": "gelu", "intermediate_size": 48},
    ),
    **projector(
        "Lfm2VlForConditionalGeneration",
        {
            **siglip("model.vision_tower.vision_model.", (32, 768)),
            **renamed(TWO, ("multi", "model.multi")),
            **tower_norms(["model.multi_modal_projector.layer_norm"], 32),
        },
        {"patch_size": 16, "layer_norm_eps": 1e-6},
        config={"downsample_factor": 2, "vision_feature_layer": -1},
    ),
    **projector(
        "LightOnOCRForConditionalGeneration",
        {
            **vit(
                "model.vision_encoder.transformer.layers.",
                ["attention_norm", "ffn_norm"],
                [f"attention.{part}_proj" for part in "qkvo"],
                ["feed_forward.up_proj"],
                "feed_forward.down_proj",
                "feed_forward.gate_proj",
                False,
            ),
            "model.vision_encoder.patch_conv.weight": [32, 3, 14, 14],
            "model.vision_encoder.ln_pre.weight": [32],
            **renamed(
                {name: shape for name, shape in TWO.items() if "weight" in name},
                ("multi_modal_projector", "model.vision_projection"),
            ),
            "model.vision_projection.norm.weight": [32],
            "model.vision_projection.patch_merger.merging_layer.weight": [32, 128],
        },
        {"model_type": "pixtral", "hidden_act": "silu"},
        config={"spatial_merge_size": 2},
    ),
    **projector(
        "YoutuVLForConditionalGeneration",
        {
            **{
                name: shape
                for name, shape in siglip("siglip2.vision_model.", (32, 588)).items()
                if "position" not in name
            },
            "merger.ln_q.weight": [32],
            **linear(["merger.mlp.0"], 128, 128),
            **linear(["merger.mlp.2"], W, 128),
        },
        {
            "layer_norm_eps": 1e-6,
            "hidden_act": "gelu_pytorch_tanh",
            "spatial_merge_size": 2,
            "window_size": 56,
            "fullatt_block_indexes": [0, 2],
        },
    ),
    **projector(
        "HunYuanVLForConditionalGeneration",
        {
            **vit(
                "vit.layers.",
                ["input_layernorm", "post_attention_layernorm"],
                [f"self_attn.{part}_proj" for part in "qkvo"],
                "mlp.dense_h_to_4h",
                "mlp.dense_4h_to_h",
            ),
            "vit.embeddings.patch_embedding.weight": [32, 3, 14, 14],
            "vit.embeddings.patch_embedding.bias": [32],
            "vit.embeddings.position_embedding.weight": [17, 32],
            "vit.perceive.proj.0.weight": [W, 32, 2, 2],
            "vit.perceive.proj.0.bias": [W],
            "vit.perceive.proj.2.weight": [W, W, 1, 1],
            "vit.perceive.proj.2.bias": [W],
            **linear(["vit.perceive.mlp"], W, W),
            "vit.perceive.before_rms.weight": [32],
            "vit.perceive.after_rms.weight": [W],
            "vit.perceive.image_newline": [W],
            "vit.perceive.image_sep": [W],
            "vit.perceive.image_begin": [W],
            "vit.perceive.image_end": [W],
        },
        {"rms_norm_eps": 1e-5, "spatial_merge_size": 2},
        processor=PIXELS,
    ),
    **projector(
        "PaddleOCRVisionModel",
        {
            **siglip("visual.vision_model."),
            **tower_norms(["mlp_AR.pre_norm"]),
            "visual.vision_model.embeddings.packing_position_embedding.weight": [16, 32],
            **linear(["mlp_AR.linear_1"], W, 128),
            **linear(["mlp_AR.linear_2"], W, W),
        },
        {},
        processor=PIXELS,
    ),
    **projector(
        "MiniCPMV4_6ForConditionalGeneration",
        {
            **siglip("model.vision_tower."),
            **renamed(vit("X.", *SIGLIP), ("X.0.", "model.vision_tower.vit_merger.")),
        },
        {"layer_norm_eps": 1e-6},
        processor={"scale_resolution": 448},
    ),
    **projector(
        "Sarashina2VisionForCausalLM",
        {
            **vit(
                "visual.blocks.",
                ["norm1", "norm2"],
                ["attn.proj"],
                "mlp.fc1",
                "mlp.fc2",
                fused="attn.qkv",
            ),
            "visual.patch_embed.proj.weight": [32, 3, 2, 14, 14],
            **tower_norms(["visual.merger.ln_q"]),
            **linear(["visual.merger.mlp.0"], 128, 128),
            **linear(["visual.merger.mlp.2"], W, 128),
        },
        {"depth": 3, "num_heads": 4, "embed_dim": 32, "hidden_size": 48},
    ),
}
mini = PROJECTORS["MiniCPMV4_6ForConditionalGeneration.mmproj"]["tensors"]
for extra in [
    name
    for name in mini
    if name.startswith("X.") or ".vit_merger.mlp." in name or "vit_merger.layer_norm2" in name
]:
    del mini[extra]
mini.update(tower_norms(["model.vision_tower.vit_merger.pre_norm"], 128))
mini.update(linear(["model.vision_tower.vit_merger.linear_1"], 48, 128))
mini.update(linear(["model.vision_tower.vit_merger.linear_2"], 32, 48))
mini.update(tower_norms(["model.merger.mlp.0.pre_norm"], 128))
mini.update(linear(["model.merger.mlp.0.linear_1"], 48, 128))
mini.update(linear(["model.merger.mlp.0.linear_2"], W, 48))
PROJECTORS["MiniCPMV4_6ForConditionalGeneration.mmproj"]["tensors"] = dict(sorted(mini.items()))
