"""How close calibrated files come to the original, beside the recipe with an importance matrix.

Usage: calibration.py [--models llama,gpt2] [--sizes Q2_K,Q3_K_M,Q4_K_S,Q4_K_M]
[--efforts fast,good] [--windows 96]. The fixtures' checkpoints and texts are read from
../shared/data, or $WEIGHBRIDGE_DATA. Both kinds of file see the same windows of train.txt and are
judged on test.txt, which nothing was chosen by: mean Kullback-Leibler divergence from F16 with its
error, perplexity, bytes, seconds, MiB. Where llama-perplexity is on PATH, what it says of the same
files stands beside.
"""

import argparse
import json
import os
import re
import shutil
import subprocess

from measure import FOLDER, OURS, ROOT, once, record, table

DATA = os.environ.get("WEIGHBRIDGE_DATA", os.path.join(ROOT, "../shared/data"))
CALIBRATION = os.path.join(DATA, "fixtures/text/train.txt")
JUDGEMENT = os.path.join(DATA, "fixtures/text/test.txt")
MODELS = {"llama": "fixtures/llama", "gpt2": "fixtures/gpt2"}


def judge(reference, files):
    """What `compare` says of each file."""
    command = [OURS, "compare", reference, *files, "--text", JUDGEMENT, "--json", "--quiet"]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["models"]


def peer(reference, path):
    """The divergence that llama-perplexity measures; None where it is not there."""
    program = shutil.which("llama-perplexity")
    if not program:
        return None
    logits = reference + ".kld"
    if not os.path.exists(logits):
        subprocess.run(
            [
                program,
                "-m",
                reference,
                "-f",
                JUDGEMENT,
                "-c",
                "512",
                "--chunks",
                "55",
                "--kl-divergence-base",
                logits,
            ],
            capture_output=True,
            check=True,
        )
    run = subprocess.run(
        [program, "-m", path, "--kl-divergence-base", logits, "--kl-divergence"],
        capture_output=True,
        check=True,
        text=True,
    )
    found = re.search(r"Mean\s+KLD:\s+([\d.eE+-]+)", run.stdout + run.stderr)
    return float(found.group(1)) if found else None


def measure(name, sizes, efforts, windows):
    folder = os.path.join(FOLDER, "calibration-" + name)
    os.makedirs(folder, exist_ok=True)
    path = lambda *parts: os.path.join(folder, "-".join(parts) + ".gguf")
    reference = path("f16")
    once(
        [
            OURS,
            "convert",
            os.path.join(DATA, MODELS[name]),
            "-o",
            reference,
            "--type",
            "F16",
            "--force",
        ]
    )
    once(
        [
            OURS,
            "imatrix",
            reference,
            "--text",
            CALIBRATION,
            "--windows",
            str(windows),
            "--force",
            "-o",
            path("imatrix"),
        ]
    )
    made = []
    for size in sizes:
        figures = once(
            [
                OURS,
                "quantize",
                reference,
                "-o",
                path(size, "recipe"),
                "--type",
                size,
                "--importance",
                path("imatrix"),
                "--force",
            ]
        )
        made.append((size, "recipe + importance", path(size, "recipe"), figures))
        for effort in efforts:
            out = path(size, effort)
            figures = once(
                [
                    OURS,
                    "quantize",
                    reference,
                    "-o",
                    out,
                    "--budget",
                    "as:" + size,
                    "--calibrate",
                    CALIBRATION,
                    "--calibration-windows",
                    str(windows),
                    "--effort",
                    effort,
                    "--force",
                ]
            )
            made.append((size, effort, out, figures))
    rows, base = [], None
    for (size, kind, out, figures), found in zip(
        made, judge(reference, [item[2] for item in made])
    ):
        mean = found["kld"]["mean"]
        base = mean if kind.startswith("recipe") else base
        rows.append(
            {
                "model": name,
                "size": size,
                "kind": kind,
                "bytes": found["bytes"],
                "kld": mean,
                "error": found["kld"]["error"],
                "perplexity": found["perplexity"],
                "sameTop": found["sameTop"]["value"],
                "ratio": mean / base,
                "llamaPerplexityKLD": peer(reference, out),
                "seconds": figures[0],
                "cpuSeconds": figures[1],
                "MiB": figures[2],
            }
        )
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="llama,gpt2")
    parser.add_argument("--sizes", default="Q2_K,Q3_K_M,Q4_K_S,Q4_K_M")
    parser.add_argument("--efforts", default="fast,good")
    parser.add_argument("--windows", type=int, default=96)
    options = parser.parse_args()
    rows = []
    for name in options.models.split(","):
        rows += measure(name, options.sizes.split(","), options.efforts.split(","), options.windows)
    table(
        [
            "model",
            "size",
            "kind",
            "bytes",
            "mean KLD",
            "±",
            "ratio",
            "llama.cpp",
            "perplexity",
            "s",
            "CPU s",
            "MiB",
        ],
        [
            [
                row["model"],
                row["size"],
                row["kind"],
                row["bytes"],
                f"{row['kld']:.6f}",
                f"{row['error']:.6f}",
                f"{row['ratio']:.3f}",
                row["llamaPerplexityKLD"] or "-",
                f"{row['perplexity']:.3f}",
                f"{row['seconds']:.0f}",
                f"{row['cpuSeconds']:.0f}",
                f"{row['MiB']:.0f}",
            ]
            for row in rows
        ],
    )
    record("calibration", rows)


if __name__ == "__main__":
    main()
