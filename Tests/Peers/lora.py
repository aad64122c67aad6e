#!/usr/bin/env python3
"""Makes PEFT adapters for checkpoints of the zoo and compares what becomes of them.

As GGUF: keys, types, shapes and bytes beside llama.cpp's convert_lora_to_gguf.py. Merged: every
tensor beside W + scale * alpha / r * B A, computed by torch.

    lora.py WEIGHBRIDGE ZOO LLAMA_CPP       needs torch, safetensors, transformers, and llama.cpp's
    gguf-py
"""

import json
import os
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

binary, zoo, peer = sys.argv[1:4]
sys.path.insert(0, f"{peer}/gguf-py")
import gguf

TARGETS = {
    "llama": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    "qwen2": ["q_proj", "k_proj", "v_proj"],
    "mixtral": ["q_proj", "k_proj", "w1", "w2", "w3"],
    "gpt2": ["c_attn", "c_fc"],
    "granite": ["q_proj", "k_proj"],
    "phi3": ["qkv_proj", "gate_up_proj"],
}


def make(folder, name, rank, alpha, **extra):
    base = load_file(f"{zoo}/{name}/hf/model.safetensors")
    generator = torch.Generator().manual_seed(7)
    turned = name == "gpt2"
    tensors = {}
    for key, weight in sorted(base.items()):
        if (
            not key.endswith(".weight")
            or key.split(".")[-2] not in TARGETS[name]
            or weight.dim() != 2
        ):
            continue
        rows, columns = reversed(weight.shape) if turned else weight.shape
        stem = "base_model.model." + key[: -len(".weight")]
        tensors[stem + ".lora_A.weight"] = torch.randn(rank, columns, generator=generator)
        tensors[stem + ".lora_B.weight"] = torch.randn(rows, rank, generator=generator)
    os.makedirs(folder)
    save_file(tensors, f"{folder}/adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": alpha,
        "target_modules": TARGETS[name],
        "bias": "none",
        "fan_in_fan_out": turned,
        "base_model_name_or_path": f"{zoo}/{name}/hf",
        "task_type": "CAUSAL_LM",
    } | extra
    json.dump(config, open(f"{folder}/adapter_config.json", "w"))
    return base, tensors, turned


def contents(path):
    reader = gguf.GGUFReader(path)
    fields = {
        k: (f.types[0].name, f.contents())
        for k, f in reader.fields.items()
        if not k.startswith("GGUF.")
    }
    tensors = {t.name: (t.tensor_type.name, tuple(t.shape), bytes(t.data)) for t in reader.tensors}
    return fields, tensors


def compare(name, kind):
    with tempfile.TemporaryDirectory() as root:
        folder = f"{root}/adapter"
        make(folder, name, 4, 16)
        subprocess.run(
            [binary, "convert", folder, "-o", f"{root}/ours.gguf", "--type", kind, "--quiet"],
            check=True,
        )
        done = subprocess.run(
            [
                sys.executable,
                f"{peer}/convert_lora_to_gguf.py",
                folder,
                "--base",
                f"{zoo}/{name}/hf",
                "--outtype",
                kind.lower(),
                "--outfile",
                f"{root}/peer.gguf",
            ],
            capture_output=True,
            text=True,
        )
        ours = contents(f"{root}/ours.gguf")
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1][:100]
            return f"{len(ours[1])} tensors; the peer fails: {last}"
        peers = contents(f"{root}/peer.gguf")
        keys = sorted(
            k for k in ours[0].keys() | peers[0].keys() if ours[0].get(k) != peers[0].get(k)
        )
        order = list(ours[1]) == list(peers[1])
        other = sorted(
            k for k in ours[1].keys() | peers[1].keys() if ours[1].get(k) != peers[1].get(k)
        )
        detail = [(k, ours[0].get(k), peers[0].get(k)) for k in keys] + [
            (k, (ours[1].get(k) or (0, 0))[:2], (peers[1].get(k) or (0, 0))[:2]) for k in other[:3]
        ]
        return (
            f"{len(peers[1]) - len(other)} of {len(peers[1])} tensors equal, keys "
            f"{'equal' if not keys else keys}, order {'equal' if order else 'other'} {detail or ''}"
        )


def merge(name, scale, rank, alpha, **extra):
    with tempfile.TemporaryDirectory() as root:
        folder = f"{root}/adapter"
        base, adapter, turned = make(folder, name, rank, alpha, **extra)
        subprocess.run(
            [
                binary,
                "convert",
                f"{zoo}/{name}/hf",
                "--merge-lora",
                f"{folder}:{scale}",
                "-o",
                f"{root}/merged.safetensors",
                "--type",
                "F32",
                "--quiet",
            ],
            check=True,
        )
        found = load_file(f"{root}/merged.safetensors")
        root_or_rank = rank**0.5 if extra.get("use_rslora") else rank
        worst, changed = 0.0, 0
        for key, weight in base.items():
            stem = "base_model.model." + key[: -len(".weight")]
            wanted = weight.float()
            if stem + ".lora_A.weight" in adapter:
                delta = adapter[stem + ".lora_B.weight"] @ adapter[stem + ".lora_A.weight"]
                wanted = wanted + scale * alpha / root_or_rank * (delta.T if turned else delta)
                changed += 1
            worst = max(worst, ((found[key] - wanted).norm() / wanted.norm()).item())
        return f"{changed} of {len(base)} tensors changed, largest relative difference {worst:.1e}"


for name in TARGETS:
    for kind in ("F32", "F16"):
        print(f"{name} {kind}: {compare(name, kind)}", flush=True)
for name in TARGETS:
    print(f"{name} merged: {merge(name, 0.7, 4, 16)}", flush=True)
print(f"llama merged, rsLoRA: {merge('llama', 1.0, 9, 16, use_rslora=True)}")
