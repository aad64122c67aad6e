#!/usr/bin/env python3
"""Goes HF -> GGUF F32 -> HF for every checkpoint of the zoo and asks transformers about the result.

Each written folder is loaded by AutoModel and AutoTokenizer: logits for the tokens of expected.json
beside logits.npy, tensors beside the original's, ids of a text beside the original tokenizer's and
beside ours.

    roundtrip.py [--reversible] WEIGHBRIDGE ZOO [FOLDER...]      needs torch, transformers,
    safetensors, sentencepiece
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
import numpy as np
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

REVERSIBLE = [word for word in sys.argv if word == "--reversible"]
sys.argv = [word for word in sys.argv if word != "--reversible"]
TEXT = (
    "Hello world! The hacker's 3 jargon files, 12345 of them.\n"
    "  été naïve — 日本語 🚀 don't\n\n\tend"
)


def run(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True, text=True)


def load(path, is_encoder):
    kind = AutoModel if is_encoder else AutoModelForCausalLM
    model, info = kind.from_pretrained(
        path, dtype=torch.float32, output_loading_info=True, attn_implementation="eager"
    )
    return model.eval(), info


def logits(model, tokens, is_encoder):
    with torch.no_grad():
        output = model(torch.tensor([tokens]))
    return (output.last_hidden_state if is_encoder else output.logits)[0].numpy()


def tensors(name, original, written):
    before = {k: v.float() for k, v in load_file(f"{original}/model.safetensors").items()}
    after = load_file(f"{written}/model.safetensors")
    equal = sum(
        k in after and v.shape == after[k].shape and torch.equal(v, after[k])
        for k, v in before.items()
    )
    return equal, len(before), sorted(set(before) ^ set(after))


def row(binary, zoo, name):
    original = f"{zoo}/{name}/hf"
    expected = json.load(open(f"{zoo}/{name}/expected.json"))
    reference = np.load(f"{zoo}/{name}/logits.npy")
    is_encoder = name == "bert"
    with tempfile.TemporaryDirectory() as folder:
        gguf, written = f"{folder}/model.gguf", f"{folder}/written/"
        run(binary, "convert", original, "-o", gguf, "--type", "F32", "--quiet", *REVERSIBLE)
        run(binary, "convert", gguf, "-o", written, "--quiet")
        equal, count, other = tensors(name, original, written)
        error, ids, missing = "", "", ""
        try:
            model, info = load(written, is_encoder)
            missing = [k for k in info["missing_keys"]] + [k for k in info["unexpected_keys"]]
            found = logits(model, expected["tokens"], is_encoder)
            distance = np.linalg.norm(found - reference.reshape(found.shape))
            error = f"{distance / np.linalg.norm(reference):.1e}"
        except Exception as problem:
            error = f"{type(problem).__name__}: {str(problem)[:160]}"
        try:
            after = AutoTokenizer.from_pretrained(written)(TEXT)["input_ids"]
            ours = json.loads(run(binary, "tokenize", gguf, TEXT, "--json").stdout)["tokens"]
            ids = "equal to GGUF" if after == ours else f"GGUF {ours[:24]} written {after[:24]}"
            try:
                before = AutoTokenizer.from_pretrained(original)(TEXT)["input_ids"]
                ids += ", original " + ("equal" if before == after else f"{before[:24]}")
            except Exception as problem:
                ids += f", original not loaded ({type(problem).__name__})"
        except Exception as problem:
            ids = f"{type(problem).__name__}: {str(problem)[:160]}"
        return [name, f"{equal}/{count}", error, ids, f"{missing or ''} {other or ''}"]


def main():
    binary, zoo = sys.argv[1:3]
    names = sys.argv[3:] or sorted(n for n in os.listdir(zoo) if os.path.exists(f"{zoo}/{n}/hf"))
    print(
        "| architecture | tensors equal | logits, relative error | token ids | left out |\n"
        "|---|---|---|---|---|"
    )
    for name in names:
        print("| " + " | ".join(row(binary, zoo, name)) + " |", flush=True)


if __name__ == "__main__":
    main()
