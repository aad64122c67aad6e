"""Writes tiny checkpoints in every form that a Llama comes in, and expected.json: what llama.cpp's
converter makes of them, or of the same weights as transformers stores them.

Needs torch, safetensors, transformers and $LLAMA_CPP (llama.cpp's sources). The tokenizer is that
of Fixtures/models/jargon-llama; tests put it beside each.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile

import torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENIZER = os.path.join(HERE, "../models/jargon-llama")
sys.path.insert(0, os.path.join(HERE, "../../Benchmarks"))
from peer_converter import Peer  # noqa: E402

WIDTH, HEADS, KEY_HEADS, WIDE, VOCABULARY, LAYERS = 32, 4, 2, 48, 1024, 1
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": WIDTH,
    "intermediate_size": WIDE,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KEY_HEADS,
    "vocab_size": VOCABULARY,
    "rms_norm_eps": 1e-5,
    "max_position_embeddings": 4096,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
    "hidden_act": "silu",
    "torch_dtype": "bfloat16",
}
PARAMETERS = {
    "dim": WIDTH,
    "n_layers": LAYERS,
    "n_heads": HEADS,
    "n_kv_heads": KEY_HEADS,
    "norm_eps": 1e-5,
    "multiple_of": 16,
}
# The makers' names for the parts of a layer, and transformers'.
PARTS = {
    "attention.wq": "self_attn.q_proj",
    "attention.wk": "self_attn.k_proj",
    "attention.wv": "self_attn.v_proj",
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj",
    "attention_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
SCALE_ROWS, SCALE_COLUMNS = 20, 24


def weights():
    """The model in the makers' names and order of heads, in BF16."""
    random = torch.Generator().manual_seed(7)

    def normal(*shape):
        return (torch.randn(*shape, generator=random) * 0.05).bfloat16()

    own = WIDTH // HEADS * KEY_HEADS
    shapes = {
        "attention.wq": (WIDTH, WIDTH),
        "attention.wk": (own, WIDTH),
        "attention.wv": (own, WIDTH),
        "attention.wo": (WIDTH, WIDTH),
        "feed_forward.w1": (WIDE, WIDTH),
        "feed_forward.w2": (WIDTH, WIDE),
        "feed_forward.w3": (WIDE, WIDTH),
        "attention_norm": (WIDTH,),
        "ffn_norm": (WIDTH,),
    }
    model = {"tok_embeddings.weight": normal(VOCABULARY, WIDTH), "norm.weight": 1 + normal(WIDTH)}
    for layer in range(LAYERS):
        for part, shape in shapes.items():
            value = normal(*shape)
            model[f"layers.{layer}.{part}.weight"] = value if len(shape) > 1 else 1 + value
    return model


def permuted(weight, heads):
    """Neighbouring pairs of each head as two halves: transformers' order."""
    rows, columns = weight.shape
    return weight.view(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)


def transformers_names(model):
    result = {}
    for name, value in model.items():
        if name == "tok_embeddings.weight":
            result["model.embed_tokens.weight"] = value
        elif name == "norm.weight":
            result["model.norm.weight"] = value
        else:
            _, layer, part = name.split(".", 2)
            part = part.removesuffix(".weight")
            if part in ("attention.wq", "attention.wk"):
                value = permuted(value, HEADS if part.endswith("q") else KEY_HEADS)
            result[f"model.layers.{layer}.{PARTS[part]}.weight"] = value.contiguous()
    return result


def blocked(model):
    """Linear weights in F8_E4M3 with a scale for each block of rows and columns."""
    result = {}
    for name, value in model.items():
        if value.dim() < 2 or "embed" in name:
            result[name] = value
            continue
        rows, columns = value.shape
        scales = torch.zeros(-(-rows // SCALE_ROWS), -(-columns // SCALE_COLUMNS))
        codes = torch.zeros(rows, columns, dtype=torch.float8_e4m3fn)
        for i in range(scales.shape[0]):
            for j in range(scales.shape[1]):
                area = (
                    slice(i * SCALE_ROWS, (i + 1) * SCALE_ROWS),
                    slice(j * SCALE_COLUMNS, (j + 1) * SCALE_COLUMNS),
                )
                block = value[area].float()
                scales[i, j] = block.abs().max() / 448
                codes[area] = (block / scales[i, j]).to(torch.float8_e4m3fn)
        result[name], result[name + "_scale_inv"] = codes, scales
    return result


def one_scale(model):
    """Linear weights in F8_E4M3 with one scale each, in Mistral's names."""
    result = {}
    for name, value in model.items():
        if value.dim() < 2 or "embed" in name:
            result[name] = value
            continue
        scale = value.float().abs().max() / 448
        result[name] = (value.float() / scale).to(torch.float8_e4m3fn)
        result[name.removesuffix("weight") + "qscale_weight"] = scale.bfloat16()
        result[name.removesuffix("weight") + "qscale_act"] = torch.tensor(0.5).bfloat16()
    return result


def every_type(model):
    """Each linear weight in another of the types that checkpoints have."""
    types = [
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.float8_e4m3fn,
        torch.float8_e5m2,
    ]
    linear = [name for name, value in model.items() if value.dim() == 2 and "embed" not in name]
    return {
        name: value.to(types[linear.index(name) % 6]) if name in linear else value
        for name, value in model.items()
    }


def folder(name):
    path = os.path.join(HERE, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def document(path, name, value):
    with open(os.path.join(path, name), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def write_hf(path, tensors, **extra):
    save_file(tensors, os.path.join(path, "model.safetensors"), metadata={"format": "pt"})
    document(path, "config.json", CONFIG | extra)


def split_columns(value, part):
    return value.chunk(2, dim=1)[part].contiguous().clone()


def split_rows(value, part):
    return value.chunk(2, dim=0)[part].contiguous().clone()


def meta_part(model, part):
    result = {}
    for name, value in model.items():
        if value.dim() == 1:
            result[name] = value
        elif any(word in name for word in ("wo", "w2", "tok_embeddings")):
            result[name] = split_columns(value, part)
        else:
            result[name] = split_rows(value, part)
    result["rope.freqs"] = torch.arange(4).bfloat16()
    return result


def write_bin_shards(path, tensors):
    names = sorted(tensors)
    halves = [names[: len(names) // 2], names[len(names) // 2 :]]
    files = [f"pytorch_model-0000{index + 1}-of-00002.bin" for index in range(2)]
    table = {}
    for file, half in zip(files, halves):
        torch.save({name: tensors[name] for name in half}, os.path.join(path, file))
        table |= {name: file for name in half}
    size = sum(value.numel() * value.element_size() for value in tensors.values())
    document(
        path,
        "pytorch_model.bin.index.json",
        {"metadata": {"total_size": size}, "weight_map": table},
    )
    document(path, "config.json", CONFIG)


def expected(peer, write):
    """Tensors that the peer makes of a checkpoint that `write` puts into a folder."""
    import gguf

    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "model")
        os.makedirs(path)
        write(path)
        for name in ("tokenizer.model", "tokenizer_config.json"):
            shutil.copy(os.path.join(TOKENIZER, name), path)
        result = {}
        for kind in ("f16", "bf16", "q8_0"):
            output = os.path.join(scratch, "out.gguf")
            said = peer.convert(path, output, ["--outtype", kind])
            if said:
                raise SystemExit(f"{write}: {said}")
            result[kind] = {
                tensor.name: {
                    "type": tensor.tensor_type.name,
                    "shape": [int(n) for n in tensor.shape],
                    "sha256": hashlib.sha256(tensor.data.tobytes()).hexdigest(),
                }
                for tensor in gguf.GGUFReader(output).tensors
            }
        return result


def main():
    peer = Peer()
    model = weights()
    hf = transformers_names(model)
    block_scheme = {"quant_method": "fp8", "weight_block_size": [SCALE_ROWS, SCALE_COLUMNS]}
    results = {}

    write_hf(folder("fp8-blocks"), blocked(hf), quantization_config=block_scheme)
    results["fp8-blocks"] = expected(
        peer, lambda path: write_hf(path, blocked(hf), quantization_config=block_scheme)
    )

    write_hf(folder("types"), every_type(hf))
    results["types"] = expected(peer, lambda path: write_hf(path, every_type(hf)))

    path = folder("torch-shards")
    write_bin_shards(path, hf)
    results["torch-shards"] = expected(peer, lambda path: write_bin_shards(path, hf))

    path = folder("mistral")
    save_file(one_scale(model), os.path.join(path, "consolidated.safetensors"))
    document(
        path,
        "params.json",
        PARAMETERS
        | {
            "vocab_size": VOCABULARY,
            "head_dim": WIDTH // HEADS,
            "hidden_dim": WIDE,
            "quantization": {"qformat_weight": "fp8_e4m3", "qscheme_act": "TENSOR"},
        },
    )
    plain = {}
    scaled = one_scale(model)
    for name, value in model.items():
        scale = scaled.get(name.removesuffix("weight") + "qscale_weight")
        plain[name] = value if scale is None else scaled[name].float() * scale.float()
    results["mistral"] = expected(peer, lambda path: write_hf(path, transformers_names(plain)))

    path = folder("meta")
    for part in range(2):
        torch.save(meta_part(model, part), os.path.join(path, f"consolidated.0{part}.pth"))
    document(path, "params.json", PARAMETERS | {"vocab_size": -1})
    results["meta"] = expected(peer, lambda path: write_hf(path, hf))

    document(HERE, "expected.json", results)


if __name__ == "__main__":
    main()
