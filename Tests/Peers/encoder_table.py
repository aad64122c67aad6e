"""Tiny checkpoints of encoders with heads, and of what differs little from known classes."""

from class_table import (
    EXPERTS,
    HEAD,
    HEADS,
    KEYS,
    LAYERS,
    NET,
    ROUTER,
    USUAL,
    WORDS,
    W,
    ends,
    entry,
    experts,
    gated,
    head_norms,
    layered,
    linear,
    tower_norms,
)

ONE = {"id2label": {"0": "relevant"}, "label2id": {"relevant": 0}}
THREE = {"id2label": {"0": "no", "1": "perhaps", "2": "yes"}}
BERT = {
    "layer_norm_eps": 1e-12,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "tie_word_embeddings": ...,
    "num_key_value_heads": ...,
    "rope_theta": ...,
    "rms_norm_eps": ...,
}


def square(names):
    """Matrices of the width and their biases."""
    return linear(names, W, W)


def bert(prefix):
    """BERT below a prefix."""
    layer = {
        **square([f"attention.self.{part}" for part in ("query", "key", "value")]),
        **square(["attention.output.dense"]),
        **tower_norms(["attention.output.LayerNorm", "output.LayerNorm"], W),
        **linear(["intermediate.dense"], NET, W),
        **linear(["output.dense"], W, NET),
    }
    return {
        **layered(layer, LAYERS, f"{prefix}encoder.layer."),
        f"{prefix}embeddings.word_embeddings.weight": [WORDS, W],
        f"{prefix}embeddings.position_embeddings.weight": [256, W],
        f"{prefix}embeddings.token_type_embeddings.weight": [2, W],
        **tower_norms([f"{prefix}embeddings.LayerNorm"], W),
        **square([f"{prefix}pooler.dense"]),
    }


def distilbert(prefix):
    """DistilBERT below a prefix."""
    layer = {
        **square([f"attention.{part}_lin" for part in ("q", "k", "v", "out")]),
        **tower_norms(["sa_layer_norm", "output_layer_norm"], W),
        **linear(["ffn.lin1"], NET, W),
        **linear(["ffn.lin2"], W, NET),
    }
    return {
        **layered(layer, LAYERS, f"{prefix}transformer.layer."),
        f"{prefix}embeddings.word_embeddings.weight": [WORDS, W],
        f"{prefix}embeddings.position_embeddings.weight": [256, W],
        **tower_norms([f"{prefix}embeddings.LayerNorm"], W),
    }


def modernbert(prefix):
    """ModernBERT below a prefix."""
    layer = {
        **tower_norms(["attn_norm", "mlp_norm"], W, False),
        **linear(["attn.Wqkv"], 3 * W, W, False),
        **linear(["attn.Wo"], W, W, False),
        **linear(["mlp.Wi"], 2 * NET, W, False),
        **linear(["mlp.Wo"], W, NET, False),
    }
    return {
        **layered(layer, LAYERS, f"{prefix}layers."),
        f"{prefix}embeddings.tok_embeddings.weight": [WORDS, W],
        **tower_norms([f"{prefix}embeddings.norm", f"{prefix}final_norm"], W, False),
    }


SARVAM = {
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
}
STATES = {
    "norm.weight": [W],
    "mixer.A_log": [2 * W, 16],
    "mixer.D": [2 * W],
    "mixer.conv1d.weight": [2 * W, 1, 4],
    "mixer.conv1d.bias": [2 * W],
    "mixer.dt_proj.weight": [2 * W, 4],
    "mixer.dt_proj.bias": [2 * W],
    "mixer.in_proj.weight": [4 * W, W],
    "mixer.out_proj.weight": [W, 2 * W],
    "mixer.x_proj.weight": [36, 2 * W],
}
ENCODERS = {
    **entry(
        "BertForSequenceClassification",
        {**BERT, **ONE},
        {**bert("bert."), **linear(["classifier"], 1, W)},
        "words",
    ),
    **entry(
        "DistilBertForSequenceClassification",
        {"dim": W, "hidden_dim": NET, "n_heads": HEADS, "n_layers": LAYERS, **BERT, **THREE}
        | {"hidden_size": ..., "intermediate_size": ..., "layer_norm_eps": ...},
        {
            **distilbert("distilbert."),
            **square(["pre_classifier"]),
            **linear(["classifier"], 3, W),
        },
        "words",
    ),
    **entry(
        "ModernBertForSequenceClassification",
        {
            **BERT,
            **THREE,
            # As transformers fills the configuration in.
            "layer_norm_eps": 1e-5,
            "norm_eps": 1e-5,
            "global_rope_theta": 160000.0,
            "local_rope_theta": 10000.0,
            "local_attention": 128,
            "global_attn_every_n_layers": 3,
            "classifier_pooling": "mean",
            "hidden_activation": "gelu",
        },
        {
            **modernbert("model."),
            **linear(["head.dense"], W, W, False),
            **tower_norms(["head.norm"], W, False),
            **linear(["classifier"], 3, W),
        },
    ),
    **entry(
        "SarvamMoEForCausalLM",
        {
            **EXPERTS,
            "first_k_dense_replace": 0,
            "num_shared_experts": 1,
            "norm_topk_prob": True,
            "head_dim": HEAD,
            "routed_scaling_factor": 2.5,
            "score_function": "sigmoid",
            "num_nextn_predict_layers": 0,
        },
        SARVAM,
    ),
    **entry(
        "MambaLMHeadModel",
        {
            "d_model": W,
            "n_layer": LAYERS,
            "ssm_cfg": {},
            "rms_norm": True,
            "residual_in_fp32": True,
            "fused_add_norm": True,
            "pad_vocab_size_multiple": 8,
            "tie_word_embeddings": ...,
            "hidden_size": ...,
            "num_hidden_layers": ...,
            "num_attention_heads": ...,
            "num_key_value_heads": ...,
            "intermediate_size": ...,
            "rope_theta": ...,
            "rms_norm_eps": ...,
            "max_position_embeddings": ...,
        },
        {
            "backbone.embedding.weight": [WORDS, W],
            "backbone.norm_f.weight": [W],
            **layered(STATES, LAYERS, "backbone.layers."),
        },
    ),
}
