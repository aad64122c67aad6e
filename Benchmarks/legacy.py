#!/usr/bin/env python3
"""The files that the programs of 2023 wrote: opened, converted, loaded by today's llama.cpp, and
measured.

For every LLaMA file of `legacy/llama-eras` the table gives the perplexity that the original program
printed, ours on the old file and on the converted one, and today's llama.cpp on the converted one.
They differ for three reasons, each with its control:

- `perplexity` of 2023 did not put the space in front of the text that SentencePiece adds, so every
  window was cut one token earlier. Control: the old program on the text with a space in front
  ("2023 space"), and ours on the model with `tokenizer.ggml.add_space_prefix` off ("ours no
  space").
- llama.cpp quantizes activations where weights are quantized; we do not. Control: the same weights
  decoded to single precision by NumPy, run by the old program ("2023 f32"), and by us, run by
  today's ("llama.cpp f32").
- Scales became halves. "scales" is the largest relative rounding of a scale as the conversion
  reports it; "weights" the largest difference of a weight between our decoding of the old blocks
  and NumPy's, which must be zero.

    legacy.py DATA [--old FOLDER]

DATA is the folder of shared data. Peers: `llama-perplexity` on PATH or in $LLAMA_PERPLEXITY; --old
names a folder with builds of the original programs (C2/perplexity, D/perplexity, E/perplexity;
commits in SOURCE.txt). Without a peer its columns are empty. Exit status 1 if a file is not opened,
not converted, or off by more than it may be.
"""

import argparse
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ggml2023 import F16, F32, Llama

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = os.environ.get(
    "WEIGHBRIDGE_BINARY", os.path.join(HERE, "..", ".build", "release", "weighbridge")
)
PEER = os.environ.get("LLAMA_PERPLEXITY") or shutil.which("llama-perplexity")
# What the programs computed with: llama.cpp had 1e-6 until June 2023 and 5e-6 in August.
EPSILON = {1: "1e-6", 2: "1e-6", 3: "1e-6", 4: "1e-6", 5: "5e-6"}
# The program of SOURCE.txt that scored the files of an era as llama.cpp does today, with a begin
# token in each window.
PROGRAM = {3: "C2", 4: "D", 5: "E"}


def run(*command):
    result = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return result.returncode, result.stdout, result.stderr


def ours(model, text):
    status, out, err = run(OURS, "perplexity", model, "--text", text, "--json", "--quiet")
    return json.loads(out)["perplexity"] if status == 0 else None


def theirs(model, text):
    if not PEER:
        return None
    # It often ends before its last lines are written, so the text is given twice and the estimate
    # after as many windows as the text has is taken.
    for _ in range(5):
        _, out, err = run(PEER, "-m", model, "-f", twice(text), "-c", "512", "-b", "512", "-t", "1")
        found = re.search(r"\[11\]([0-9.]+)", out + err)
        if found:
            return float(found.group(1))
    return None


def twice(text):
    path = os.path.join(tempfile.gettempdir(), "legacy-twice.txt")
    data = open(text, "rb").read()
    open(path, "wb").write(data + data)
    return path


def of_2023(folder, program, model, text):
    if not folder or not program:
        return None
    _, out, _ = run(
        os.path.join(folder, program, "perplexity"),
        "-m",
        model,
        "-f",
        text,
        "-c",
        "512",
        "-b",
        "512",
        "-t",
        "1",
    )
    found = re.search(r"\[11\]([0-9.]+)", out)
    return float(found.group(1)) if found else None


def printed(source):
    """{(program, file): perplexity} as the original programs printed them."""
    table = {}
    for line in open(source):
        found = re.match(r"(\w+) (\S+) rc=0 \[11\]([0-9.]+)", line)
        if found:
            table[found.group(1), found.group(2)] = float(found.group(3))
    return table


def hashes(source):
    return {
        name: digest
        for digest, name in re.findall(r"^([0-9a-f]{64})  (\S+)$", open(source).read(), re.M)
    }


def same_weights(path, converted):
    """Whether every tensor of the new file, decoded by us, is what NumPy makes of the old one; the
    largest
    difference as a part of the tensor's largest weight."""
    # `hash` of the model as F32: both sides decode on their own.
    import numpy as np

    sys.path.insert(0, HERE)
    from gguf_f32 import tensors

    new = tensors(converted)
    names = {
        "tok_embeddings": "token_embd",
        "norm": "output_norm",
        "output": "output",
        "attention_norm": "attn_norm",
        "attention.wq": "attn_q",
        "attention.wk": "attn_k",
        "attention.wv": "attn_v",
        "attention.wo": "attn_output",
        "ffn_norm": "ffn_norm",
        "feed_forward.w1": "ffn_gate",
        "feed_forward.w2": "ffn_down",
        "feed_forward.w3": "ffn_up",
    }
    worst = 0.0
    for tensor in Llama(path).tensors:
        found = re.match(r"(?:layers\.(\d+)\.)?(.*)\.weight$", tensor.name)
        name = (
            (f"blk.{found.group(1)}." if found.group(1) else "") + names[found.group(2)] + ".weight"
        )
        old = tensor.floats()
        worst = max(
            worst, float(np.abs(new[name].reshape(old.shape) - old).max() / np.abs(old).max())
        )
    return worst


def number(value, digits=4):
    return "" if value is None else f"{value:.{digits}f}"


def percent(value, base):
    return "" if value is None or base is None else f"{100 * (value / base - 1):+.3f}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("data")
    arguments.add_argument("--old")
    arguments.add_argument("--json")
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    folder = os.path.join(options.data, "legacy", "llama-eras")
    text, source = os.path.join(folder, "ts12k.txt"), os.path.join(folder, "SOURCE.txt")
    known, digests = printed(source), hashes(source)
    scratch = tempfile.mkdtemp(prefix="legacy-")
    reference = Llama(os.path.join(folder, "3-ggjt-v1-2023-04-28", "ggml-model-f32.bin"))
    rows, failures = [], []
    columns = [
        "file",
        "as recorded",
        "weights",
        "scales",
        "2023",
        "2023 space",
        "2023 f32",
        "ours old",
        "ours new",
        "llama.cpp",
        "llama.cpp f32",
        "ours no space",
        "old/2023 %",
        "no space/2023 %",
        "old/2023 f32 %",
        "old/llama.cpp f32 %",
    ]
    spaced = os.path.join(scratch, "spaced.txt")
    open(spaced, "wb").write(b" " + open(text, "rb").read())
    print(" | ".join(columns), flush=True)
    for path in sorted(glob.glob(os.path.join(folder, "[1-5]-*", "*.bin"))):
        era, name = int(os.path.basename(os.path.dirname(path))[0]), os.path.basename(path)
        label = os.path.relpath(path, folder)
        if options.only not in label:
            continue
        recorded = hashlib.sha256(open(path, "rb").read()).hexdigest() == digests.get(label)
        new, exact = os.path.join(scratch, "new.gguf"), os.path.join(scratch, "f32.gguf")
        extra = ["--rms-eps", EPSILON[era], "--context-length", "512"]
        status, out, err = run(OURS, "convert", path, "-o", new, "--force", "--json", *extra)
        if status != 0:
            failures.append(f"{label}: {err.strip()}")
            continue
        scales = max([entry["relative"] for entry in json.loads(out)["scaleErrors"]], default=0.0)
        status, _, err = run(OURS, "convert", path, "-o", exact, "--force", "--type", "F32", *extra)
        if status != 0:
            failures.append(f"{label}: as F32: {err.strip()}")
        weights = same_weights(path, exact)
        single = os.path.join(scratch, "f32.bin")
        scores = [score for _, score in reference.tokens] if era == 1 else None
        Llama(path).write_f32(single, scores)
        program = PROGRAM.get(era, "C2")
        original = known.get((program, name[:-4])) if era >= 3 else None
        unspaced = os.path.join(scratch, "unspaced.gguf")
        run(
            OURS,
            "quantize",
            exact,
            "-o",
            unspaced,
            "--type",
            "F32",
            "--force",
            "--override",
            "tokenizer.ggml.add_space_prefix=bool:false",
        )
        row = [
            label,
            "yes" if recorded else "NO",
            f"{weights:.1e}",
            f"{scales:.1e}",
            original,
            of_2023(options.old, program, path, spaced)
            if era >= 2 and "Q4_3" not in name
            else None,
            of_2023(options.old, program, single, spaced),
            ours(path, text),
            ours(new, text),
            theirs(new, text),
            theirs(exact, text),
            ours(unspaced, text),
        ]
        shown = (
            row[:4]
            + [number(v) for v in row[4:]]
            + [
                percent(row[7], row[4]),
                percent(row[11], row[4]),
                percent(row[7], row[6]),
                percent(row[7], row[10]),
            ]
        )
        print(" | ".join(shown), flush=True)
        rows.append(dict(zip(columns, row)))
        if not recorded:
            failures.append(f"{label}: SHA-256 is not the recorded one")
        if row[7] is None or row[8] is None:
            failures.append(f"{label}: not measured")
        if PEER and row[9] is None:
            failures.append(f"{label}: llama.cpp does not open the converted file")

        def check(value, base, bound, what, label=label):
            if value and base and abs(value / base - 1) > bound:
                failures.append(f"{label}: {what}: {value} against {base}")

        if Llama(path).fields[6] in (F32, F16):
            check(row[11], original, 1e-3, "what 2023 printed")
        check(row[7], row[6], 1e-3, "the old program on single precision")
        # What is re-quantized to Q8_0 is not the same weights; the old file is.
        check(row[7], row[10], 2e-4, "llama.cpp on single precision")
        if weights > 0:
            failures.append(f"{label}: decoded to single precision, weights differ by {weights}")
    shutil.rmtree(scratch)
    if options.json:
        json.dump({"rows": rows, "failures": failures}, open(options.json, "w"), indent=1)
    for failure in failures:
        print("FAILED:", failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
