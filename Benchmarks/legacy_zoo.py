#!/usr/bin/env python3
"""Checkpoints as the converters of 2023 wrote them, converted: the same tensors as from the
checkpoint, the same logits.

    legacy_zoo.py ZOO            ZOO is `zoo` of the shared data: NAME/hf, expected.json, logits.npy

For every file of Fixtures/legacy/make_zoo.py: it is converted; every tensor must have the SHA-256
that llama.cpp's converter gives for the checkpoint (expected.json); the logits of the old file and
of the new one must be those of transformers. llama.cpp loads the new file where `llama-perplexity`
is on PATH or in $LLAMA_PERPLEXITY.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Fixtures", "legacy"))
from make_zoo import FILES, zoo

OURS = os.environ.get(
    "WEIGHBRIDGE_BINARY", os.path.join(HERE, "..", ".build", "release", "weighbridge")
)
PEER = os.environ.get("LLAMA_PERPLEXITY") or shutil.which("llama-perplexity")
# Their writers stored decoded text, so the tokens' bytes are lost.
LOSSY = {"gptneox", "bloom", "bloom-rot"}


def run(*command):
    return subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def distance(path, reference, tokens, scratch):
    out = os.path.join(scratch, "logits.npy")
    done = run(
        OURS,
        "logits",
        path,
        "--tokens",
        ",".join(map(str, tokens)),
        "-o",
        out,
        "--force",
        "--quiet",
    )
    if done.returncode:
        return done.stderr.strip().split("\n")[0]
    found = np.load(out)
    if found.shape != reference.shape:
        return f"{found.shape} for {reference.shape}"
    return f"{np.linalg.norm(found - reference) / np.linalg.norm(reference):.1e}"


def main():
    source, scratch, failed = sys.argv[1], tempfile.mkdtemp(prefix="legacy-zoo-"), 0
    zoo(source, scratch)
    print(
        "file | layout | tensors equal | extra | vocabulary | logits old | logits new | llama.cpp"
    )
    for name, folder, _ in FILES:
        if ".bin" in name:
            continue
        path, new = f"{scratch}/{name}.bin", f"{scratch}/new.gguf"
        expected = json.load(open(f"{source}/{folder}/expected.json"))
        vocabulary = ["--vocab", f"{source}/{folder}/hf"] if name in LOSSY else []
        alone = run(OURS, "convert", path, "-o", new, "--force")
        refused = "needed" if alone.returncode else "own"
        config = json.load(open(f"{source}/{folder}/hf/config.json"))
        # What no old header has, from the checkpoint.
        config = {**config.get("rope_parameters", {}), **config}
        told = [
            (flag, config.get(key))
            for flag, key in [
                ("--rms-eps", "rms_norm_eps"),
                ("--rope-base", "rope_theta"),
                ("--context-length", "max_position_embeddings"),
            ]
        ]
        flags = [
            word
            for flag, value in told
            if value and folder == "llama"
            for word in (flag, str(value))
        ]
        done = run(OURS, "convert", path, "-o", new, "--force", *flags, *vocabulary)
        if done.returncode:
            print(name, "|", done.stderr.strip())
            failed = 1
            continue
        hashes = {
            t["name"]: t["sha256"]
            for t in json.loads(run(OURS, "hash", new, "--json").stdout)["tensors"]
        }
        wanted = {key: value["sha256"] for key, value in expected["tensors"].items()}
        equal = sum(hashes.get(key) == value for key, value in wanted.items())
        extra = sorted(set(hashes) - set(wanted))
        shown = json.loads(run(OURS, "inspect", path, "--json").stdout)
        layout = next(m["value"] for m in shown["metadata"] if m["key"] == "ggml.architecture")
        reference, tokens = np.load(f"{source}/{folder}/logits.npy"), expected["tokens"]
        old = (
            distance(path, reference, tokens, scratch)
            if name not in LOSSY
            else "tokenizer elsewhere"
        )
        loads = ""
        if PEER:
            text = f"{scratch}/text.txt"
            open(text, "w").write("a b c d e f g h " * 200)
            loads = "no perplexity of an encoder" if folder == "bert" else "FAILED"
            for _ in range(10):  # It often ends before its last lines are written.
                said = run(PEER, "-m", new, "-f", text, "-c", "16", "--chunks", "8", "-t", "1")
                if "[1]" in said.stdout + said.stderr:
                    loads = "loads"
                    break
        print(
            f"{name} | {layout} {shown['formatVersion']} | {equal}/{len(wanted)} | "
            f"{','.join(extra)} | {refused} | {old} | "
            f"{distance(new, reference, tokens, scratch)} | {loads}"
        )
        failed |= equal != len(wanted)
    shutil.rmtree(scratch)
    sys.exit(failed)


if __name__ == "__main__":
    main()
