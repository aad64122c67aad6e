#!/usr/bin/env python3
"""Makes small random checkpoints of the zoo's classes with other options, and compares logits.

Each entry of `variants.json` changes some keys of a folder's config.json. transformers makes a
model of that, with random norms, biases and states beside its random matrices, saves it and
computes logits in float32. Then `weighbridge logits` runs the folder and its GGUF at F32, and, with
--back, transformers the folder that the GGUF is written back as.

    variants.py [--back] [--keep DIR] [--only N] WEIGHBRIDGE ZOO [NAME...]

A name is a folder of ZOO; `--only N` takes its N-th variant alone, from 0. Needs torch and
transformers. Exits 1 where an error is above 1e-4. GGUF files of float16 checkpoints may be
farther: norms and decays are changed in float16 there, as llama.cpp's converter does.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
import numpy as np
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

transformers.utils.logging.disable_progress_bar()
TOKENS = [(31 * i + 7 * i * i) % 250 + 3 for i in range(45)]
# What encoder-decoders write.
WRITTEN = [0] + TOKENS[3:20]
HERE = os.path.dirname(os.path.abspath(__file__))
# Keys that say how the checkpoint is saved, not what it is.
SAVING = {"shard", "dtype"}


def restored(value):
    if isinstance(value, dict):
        if list(value) == ["__float__"]:
            return float(value["__float__"])
        return {k: restored(v) for k, v in value.items()}
    return [restored(v) for v in value] if isinstance(value, list) else value


def changed(config, change):
    """The configuration with a change; a key with dots goes into objects, null takes one away."""
    config = json.loads(json.dumps(config))
    text = config.get("text_config", config)
    for key, value in change.items():
        if key in SAVING:
            continue
        *path, last = key.split(".")
        place = config if path and path[0] in config else text
        for part in path:
            place = place.setdefault(part, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return config


def randomize(model, seed):
    """Gives norms, biases and states other values than those that every new model has."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        named = list(model.named_parameters())
        named += [(n, b) for n, b in model.named_buffers() if n.endswith(("_bias", "layer_scalar"))]
        for name, tensor in named:
            if not tensor.is_floating_point():
                continue
            noise = torch.randn(tensor.shape, generator=generator)
            if name.endswith("A_log"):
                tensor.copy_((noise.abs() + 0.1).log())
            elif name.endswith("dt_bias"):
                tensor.copy_(noise - 2)
            elif tensor.dim() < 2 and ("norm" in name or name.endswith(".D")):
                tensor.add_(0.2 * noise)
            elif tensor.dim() < 2:
                tensor.add_(0.1 * noise)
            else:
                tensor.add_(0.06 * noise)


def model_class(config):
    name = config["architectures"][0]
    return getattr(transformers, name, None) or AutoModelForCausalLM


def states(model, tokens):
    inputs = {"input_ids": torch.tensor([tokens])}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([WRITTEN])
    with torch.no_grad():
        output = model(**inputs)
    return (output.logits if hasattr(output, "logits") else output.last_hidden_state)[0].numpy()


def loaded(folder, kind):
    return kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def make(base, change, seed, folder):
    """Saves a checkpoint; its logits."""
    raw = changed(json.load(open(f"{base}/config.json")), change)
    plain = restored(raw)
    kind = model_class(raw)
    arguments = {k: v for k, v in plain.items() if k not in ("model_type", "transformers_version")}
    config = AutoConfig.for_model(plain["model_type"], **arguments)
    torch.manual_seed(seed)
    model = (
        kind(config) if hasattr(transformers, raw["architectures"][0]) else kind.from_config(config)
    )
    randomize(model, seed)
    if model.config.tie_word_embeddings:
        model.tie_weights()
    model.to(getattr(torch, change.get("dtype", "bfloat16")))
    model.save_pretrained(folder, max_shard_size=change.get("shard", "5GB"))
    saved = json.load(open(f"{folder}/config.json"))
    # What the published configurations say and transformers does not write again.
    for key, value in raw.items():
        saved.setdefault(key, value)
    saved["architectures"] = raw["architectures"]
    for key in ("layer_types", "layers_block_type"):
        if key in raw:
            saved[key] = raw[key]
    json.dump(saved, open(f"{folder}/config.json", "w"), indent=1)
    for name in os.listdir(base):
        if not name.endswith((".safetensors", ".json")) or "token" in name or name == "vocab.json":
            if os.path.isfile(f"{base}/{name}"):
                shutil.copy(f"{base}/{name}", folder)
    return states(loaded(folder, kind), TOKENS), kind


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"status {done.returncode}: {done.stderr.strip()[-400:]}")
    return done.stderr


def error(found, expected):
    found = found.astype(np.float64).reshape(expected.shape)
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def row(options, name, change, seed, folder):
    binary, tokens = options.binary, ",".join(map(str, TOKENS))
    made, gguf, output = f"{folder}/hf", f"{folder}/model.gguf", f"{folder}/logits.npy"
    cells, worst = [], 0.0
    try:
        expected, kind = make(f"{options.zoo}/{name}/hf", change, seed, made)
    except Exception as problem:
        return [f"not made: {type(problem).__name__}: {str(problem)[:200]}"], 0.0
    for model in (made, gguf):
        try:
            if model == gguf:
                run(binary, "convert", made, "-o", gguf, "--type", "F32", "--force")
            written = (
                ["--decoder-tokens", ",".join(map(str, WRITTEN))]
                if json.load(open(f"{made}/config.json")).get("is_encoder_decoder")
                else []
            )
            run(binary, "logits", model, "--tokens", tokens, *written, "-o", output, "--force")
            distance = error(np.load(output), expected)
            worst = max(worst, distance)
            cells.append(f"{distance:.1e}")
        except RuntimeError as problem:
            cells.append(str(problem))
            worst = 1
    if options.back:
        try:
            run(binary, "convert", gguf, "-o", f"{folder}/back/", "--force")
            # What has no class of its own in GGUF comes back as one that computes the same.
            kind = model_class(json.load(open(f"{folder}/back/config.json")))
            cells.append(f"{error(states(loaded(f'{folder}/back', kind), TOKENS), expected):.1e}")
        except Exception as problem:
            cells.append(f"{type(problem).__name__}: {str(problem)[:200]}")
    return cells, worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--back", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("--only", type=int)
    parser.add_argument("binary")
    parser.add_argument("zoo")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    table = json.load(open(f"{HERE}/variants.json"))
    worst = 0.0
    for name in options.names or list(table):
        for seed, change in enumerate(table.get(name, [{}])):
            if options.only not in (None, seed):
                continue
            with tempfile.TemporaryDirectory(prefix="variant-") as folder:
                cells, distance = row(options, name, change, seed, folder)
                if options.keep:
                    shutil.copytree(folder, f"{options.keep}/{name}-{seed}", dirs_exist_ok=True)
            worst = max(worst, distance)
            print("| " + " | ".join([name, json.dumps(change), *cells]) + " |", flush=True)
    sys.exit(worst > 1e-4)


if __name__ == "__main__":
    main()
