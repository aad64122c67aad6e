#!/usr/bin/env python3
"""Makes PEFT adapters of many kinds with random numbers, and compares the logits of a merged
checkpoint with those that PEFT computes with the adapter beside it.

    adapters.py WEIGHBRIDGE ZOO       needs torch, transformers and peft

An adapter is merged to within 1e-4 of PEFT's logits, or refused with a hint.
"""

import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

warnings.filterwarnings("ignore")
binary, zoo = sys.argv[1:3]
TOKENS = [5, 9, 77, 31, 200, 12, 300, 44]
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
NETWORK = ["gate_proj", "up_proj", "down_proj"]

# Family, settings, and whether a refusal is right.
CASES = {
    "attention": ("llama", {"target_modules": ATTENTION}, False),
    "everything": ("llama", {"target_modules": ATTENTION + NETWORK}, False),
    "all-linear": ("llama", {"target_modules": "all-linear"}, False),
    "rank 1": ("llama", {"target_modules": ATTENTION, "r": 1}, False),
    "rslora": ("llama", {"target_modules": ATTENTION, "use_rslora": True}, False),
    "dora": ("llama", {"target_modules": ATTENTION + NETWORK, "use_dora": True}, False),
    "rank_pattern": (
        "llama",
        {"target_modules": ATTENTION, "rank_pattern": {"q_proj": 3, "layers.1.*v_proj": 6}},
        False,
    ),
    "alpha_pattern": (
        "llama",
        {"target_modules": ATTENTION, "alpha_pattern": {r"layers\.[0]\..*q_proj": 64, "v_proj": 1}},
        False,
    ),
    "one layer": ("llama", {"target_modules": ATTENTION, "layers_to_transform": [1]}, False),
    "embeddings": ("llama", {"target_modules": ["embed_tokens", "q_proj"]}, False),
    "head": ("llama", {"target_modules": ["lm_head", "q_proj"]}, False),
    "head saved": (
        "llama",
        {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]},
        False,
    ),
    "embeddings saved": (
        "llama",
        {"target_modules": ["q_proj"], "modules_to_save": ["embed_tokens"]},
        False,
    ),
    "norms saved": (
        "llama",
        {"target_modules": ["q_proj"], "modules_to_save": ["input_layernorm"]},
        False,
    ),
    "tokens": (
        "llama",
        {"target_modules": ["q_proj"], "trainable_token_indices": {"embed_tokens": [5, 77, 300]}},
        False,
    ),
    "biases": ("qwen2", {"target_modules": ATTENTION[:3], "bias": "all"}, False),
    "biases of adapted": ("qwen2", {"target_modules": ATTENTION[:3], "bias": "lora_only"}, False),
    "turned layers": (
        "gpt2",
        {"target_modules": ["c_attn", "c_fc", "c_proj"], "fan_in_fan_out": True},
        False,
    ),
    "tied embeddings": ("qwen2", {"target_modules": ["embed_tokens", "q_proj"]}, True),
    "fused rows": ("phi3", {"target_modules": ["qkv_proj", "gate_up_proj", "o_proj"]}, False),
    "pissa": ("llama", {"target_modules": ATTENTION, "init_lora_weights": "pissa"}, True),
    "olora": ("llama", {"target_modules": ATTENTION, "init_lora_weights": "olora"}, True),
    "lora_bias": ("llama", {"target_modules": ATTENTION, "lora_bias": True}, True),
}


def shake(model):
    """Random numbers in everything that is trained."""
    generator = torch.Generator().manual_seed(3)
    for parameter in model.parameters():
        if parameter.requires_grad:
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.data += 0.05 * noise.to(parameter.dtype)


def run(name, family, settings, may_refuse, folder):
    base = f"{zoo}/{family}/hf"
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    settings = {"r": 4, "lora_alpha": 12, "task_type": "CAUSAL_LM", **settings}
    model = get_peft_model(model, LoraConfig(**settings)).eval()
    shake(model)
    with torch.no_grad():
        expected = model(torch.tensor([TOKENS])).logits[0].numpy()
    model.save_pretrained(f"{folder}/adapter")
    merged = subprocess.run(
        [binary, "convert", base, "--merge-lora", f"{folder}/adapter", "-o", f"{folder}/m.gguf"]
        + ["--type", "F32", "--quiet"],
        capture_output=True,
        text=True,
    )
    if merged.returncode != 0:
        refused = merged.returncode == 3 and "hint:" in merged.stderr
        line = merged.stderr.strip().splitlines()
        return may_refuse and refused, "refused: " + (line[0] if line else "?")
    tokens = ",".join(map(str, TOKENS))
    subprocess.run(
        [binary, "logits", f"{folder}/m.gguf", "--tokens", tokens, "-o", f"{folder}/l.npy", "-q"],
        check=True,
    )
    error = np.abs(np.load(f"{folder}/l.npy") - expected).max() / np.abs(expected).max()
    return error < 1e-4, f"{error:.1e} of the largest logit"


def main():
    bad = 0
    for name, (family, settings, may_refuse) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            good, text = run(name, family, settings, may_refuse, folder)
        bad += not good
        print(f"{'ok ' if good else 'BAD'} {name}: {text}", flush=True)
    print(f"{bad} bad of {len(CASES)}")
    sys.exit(bad > 0)


main()
