#!/usr/bin/env python3
"""Compares tokenizer metadata with llama.cpp's convert_hf_to_gguf.py --vocab-only, for vendors'
tokenizer files.

vocabularies.py WEIGHBRIDGE DATA LLAMA_CPP      DATA holds tokenizers/files and zoo
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

binary, data, peer = sys.argv[1:4]
sys.path.insert(0, f"{peer}/gguf-py")
import gguf

FILES = f"{data}/tokenizers/files"
FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
CASES = [  # name, checkpoint of the zoo whose family is used, files, tokenizer_config.json
    ("gpt-neox", "gptneox", {"tokenizer.json": "gpt-neox-20b(pythia).tokenizer.json"}, FAST),
    ("falcon", "falcon", {"tokenizer.json": "ort/falcon.tokenizer.json"}, FAST),
    ("phi-2", "phi2", {"tokenizer.json": "ort/phi-2.tokenizer.json"}, FAST),
    ("phi-3-mini", "llama", {"tokenizer.json": "ort/phi-3-mini.tokenizer.json"}, FAST),
    (
        "minicpm3",
        "llama",
        {"tokenizer.json": "../../models/minicpm3-testmodel/tokenizer.json"},
        FAST,
    ),
    (
        "gpt2",
        "gpt2",
        {"vocab.json": "ort/gpt2.vocab.json", "merges.txt": "ort/gpt2.merges.txt"},
        {"tokenizer_class": "GPT2Tokenizer"},
    ),
    (
        "qwen2.5",
        "qwen2",
        {"vocab.json": "qwen/vocab.json", "merges.txt": "qwen/merges.txt"},
        f"{FILES}/qwen/qwen2.5-0.5b-instruct.tokenizer_config.json",
    ),
    (
        "qwen3",
        "qwen3",
        {"vocab.json": "qwen/vocab.json", "merges.txt": "qwen/merges.txt"},
        f"{FILES}/qwen/qwen3-1.7b.tokenizer_config.json",
    ),
    (
        "mistral v3",
        "mistral",
        {"tokenizer.model": "mistral/mistral_instruct_tokenizer_240323.model.v3"},
        None,
    ),
    (
        "llama 2",
        "llama",
        {"tokenizer.json": "ort/llama2.tokenizer.QUIRK-merges-with-spaces.json"},
        f"{FILES}/ort/llama2.tokenizer_config.json",
    ),
    ("llama 3 tiktoken", "llama", {"tokenizer.model": "llama3.tiktoken.tokenizer.model"}, None),
    (
        "llama 3.2",
        "llama",
        {"vocab.json": "llama3.2/encoder.json", "merges.txt": "llama3.2/vocab.bpe"},
        None,
    ),
]


def fields(path):
    reader = gguf.GGUFReader(path)
    return {k: f.contents() for k, f in reader.fields.items() if k.startswith("tokenizer.")}


def largest(folder):
    size = 0
    for name in os.listdir(folder):
        if name.endswith(".json") and name != "config.json":
            text = json.load(open(f"{folder}/{name}"))
            model = text.get("model", text if name == "vocab.json" else {})
            vocab = model.get("vocab", model) if isinstance(model, dict) else {}
            size = max(
                [size] + [v for v in vocab.values() if isinstance(v, int)]
                if isinstance(vocab, dict)
                else [size]
            )
            size = max([size] + [t["id"] for t in text.get("added_tokens", [])])
            size = max([size] + [int(k) for k in text.get("added_tokens_decoder", {})])
    return size + 1 if size else None


for name, family, files, settings in CASES:
    with tempfile.TemporaryDirectory() as root:
        folder = f"{root}/model"
        os.makedirs(folder)
        shutil.copy(f"{data}/zoo/{family}/hf/model.safetensors", folder)
        for target, source in files.items():
            shutil.copy(f"{FILES}/{source}", f"{folder}/{target}")
        if isinstance(settings, dict):
            json.dump(settings, open(f"{folder}/tokenizer_config.json", "w"))
        elif settings:
            shutil.copy(settings, f"{folder}/tokenizer_config.json")
        config = json.load(open(f"{data}/zoo/{family}/hf/config.json"))
        size = largest(folder)
        config.pop("vocab_size") if size is None else config.update(vocab_size=size)
        json.dump(config, open(f"{folder}/config.json", "w"))
        ours = subprocess.run(
            [binary, "convert", folder, "-o", f"{root}/ours.gguf", "--vocab-only"],
            capture_output=True,
            text=True,
        )
        theirs = subprocess.run(
            [
                sys.executable,
                f"{peer}/convert_hf_to_gguf.py",
                folder,
                "--vocab-only",
                "--outfile",
                f"{root}/peer.gguf",
            ],
            capture_output=True,
            text=True,
        )
        notes = [line for line in ours.stderr.splitlines() if line.startswith(("warning", "error"))]
        if ours.returncode or theirs.returncode:
            last = theirs.stderr.strip().splitlines()[-1:] or [""]
            outcome = f"fails: {last[0][:110]}" if theirs.returncode else "works"
            print(f"{name}: ours {'fails' if ours.returncode else 'works'}, peer {outcome} {notes}")
            continue
        a, b = fields(f"{root}/ours.gguf"), fields(f"{root}/peer.gguf")
        other = []
        for key in sorted(a.keys() | b.keys()):
            if a.get(key) == b.get(key):
                continue
            x, y = a.get(key), b.get(key)
            if isinstance(x, list) and isinstance(y, list):
                bad = [i for i in range(max(len(x), len(y))) if x[i : i + 1] != y[i : i + 1]]
                other.append(
                    f"{key}: {len(bad)} of {len(y)}, first {bad[0]}: "
                    f"{x[bad[0] : bad[0] + 1]} {y[bad[0] : bad[0] + 1]}"
                )
            else:
                other.append(f"{key}: {str(x)[:50]} / {str(y)[:50]}")
        print(
            f"{name}: {len(a.keys() & b.keys()) - len(other)} of {len(b)} keys equal "
            f"{other or ''} {notes}",
            flush=True,
        )
