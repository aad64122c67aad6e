#!/usr/bin/env python3
"""Makes jargon-lora, a PEFT adapter of random numbers for models/jargon-llama, and expected.json:
what llama.cpp's convert_lora_to_gguf.py makes of it.

    make.py LLAMA_CPP       needs torch, safetensors, transformers, and llama.cpp's gguf-py
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

peer = sys.argv[1]
sys.path.insert(0, f"{peer}/gguf-py")
import gguf

here = os.path.dirname(os.path.abspath(__file__))
folder, base = f"{here}/jargon-lora", f"{here}/../models/jargon-llama"
targets = ["q_proj", "k_proj", "down_proj"]
generator = torch.Generator().manual_seed(11)
tensors = {}
for key, weight in sorted(load_file(f"{base}/model.safetensors").items()):
    if key.split(".")[-2] in targets and any(f"layers.{layer}." in key for layer in (0, 3)):
        stem = "base_model.model." + key[: -len(".weight")]
        tensors[stem + ".lora_A.weight"] = torch.randn(2, weight.shape[1], generator=generator) / 16
        tensors[stem + ".lora_B.weight"] = torch.randn(weight.shape[0], 2, generator=generator) / 16
os.makedirs(folder, exist_ok=True)
save_file(tensors, f"{folder}/adapter_model.safetensors")
config = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "r": 2,
    "lora_alpha": 6,
    "bias": "none",
    "fan_in_fan_out": False,
    "target_modules": targets,
    "base_model_name_or_path": "jargon-llama",
}
with open(f"{folder}/adapter_config.json", "w") as file:
    file.write(json.dumps(config, indent=2) + "\n")

expected = {}
for kind in ("f32", "f16"):
    with tempfile.TemporaryDirectory() as scratch:
        path = f"{scratch}/adapter.gguf"
        subprocess.run(
            [
                sys.executable,
                f"{peer}/convert_lora_to_gguf.py",
                folder,
                "--base",
                base,
                "--outtype",
                kind,
                "--outfile",
                path,
            ],
            check=True,
            capture_output=True,
        )
        reader = gguf.GGUFReader(path)
        keys = {k: f.contents() for k, f in reader.fields.items() if not k.startswith("GGUF.")}
        expected[kind] = {
            "keys": keys,
            "tensors": [
                {
                    "name": t.name,
                    "type": t.tensor_type.name,
                    "shape": [int(n) for n in reversed(t.shape)],
                    "sha256": hashlib.sha256(bytes(t.data)).hexdigest(),
                }
                for t in reader.tensors
            ],
        }
with open(f"{here}/expected.json", "w") as file:
    file.write(json.dumps(expected, indent=1) + "\n")
