"""Claim: the checker's memory is what --memory allows, whatever the model's size: 30 GiB in 2 GiB.

The weights are a hole in the file, so every token is equally likely: the perplexity is the number
of tokens in the vocabulary, to the last digit.
"""

import json
import os
import subprocess
import sys

import measure
import synthesize


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "F16"
    folder = os.environ.get("BENCH_SPARSE_FOLDER", "/tmp/weighbridge-bench-sparse")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"sparse-{kind}.gguf")
    text = os.path.join(folder, "text.txt")
    synthesize.sparse_llama(path, 30 << 30, kind)
    with open(text, "w") as file:
        file.write("It was the best of times, it was the worst of times. " * 60)
    command = [
        measure.OURS,
        "perplexity",
        path,
        "--text",
        text,
        "--windows",
        "2",
        "--memory",
        "2GiB",
    ]
    plan = json.loads(
        subprocess.run(command + ["--dry-run", "--json"], check=True, capture_output=True).stdout
    )["plan"]
    wall, cpu, peak = measure.once(command + ["--quiet"])
    row = {
        "type": kind,
        "bytes": os.path.getsize(path),
        "seconds": round(wall, 1),
        "cpu": round(cpu, 1),
        "MiB": round(peak, 1),
        "plan": plan,
    }
    os.remove(path)
    os.remove(text)
    measure.table(
        ["type", "GiB", "seconds", "CPU s", "peak MiB", "planned MiB"],
        [
            [
                kind,
                round(row["bytes"] / 2**30, 1),
                row["seconds"],
                row["cpu"],
                row["MiB"],
                round(plan["totalBytes"] / 2**20, 1),
            ]
        ],
    )
    measure.record("perplexity-memory", [row])


main()
