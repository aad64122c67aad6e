"""Claim: memory is bounded whatever the model's size: a 16 GiB checkpoint in under 200 MB."""

import os
import shutil

import measure
import synthesize


def main():
    folder = os.environ.get("BENCH_SPARSE_FOLDER", "/tmp/weighbridge-bench-sparse")
    checkpoint = os.path.join(folder, "checkpoint")
    output = os.path.join(measure.FOLDER, "sparse.gguf")
    os.makedirs(measure.FOLDER, exist_ok=True)
    tokenizer = os.path.join(measure.ROOT, "Fixtures/models/jargon-llama/tokenizer.model")
    synthesize.sparse_checkpoint(checkpoint, 16 << 30, tokenizer)
    rows = []
    for kind in ("Q4_0", "Q8_0"):
        if os.path.exists(output):
            os.remove(output)
        wall, cpu, peak = measure.once(
            [measure.OURS, "convert", checkpoint, "-o", output, "--type", kind, "--quiet"]
        )
        rows.append(
            {"type": kind, "seconds": round(wall, 1), "cpu": round(cpu, 1), "MiB": round(peak, 1)}
        )
        os.remove(output)
    shutil.rmtree(folder)
    print("16 GiB sparse BF16 checkpoint\n")
    measure.table(
        ["type", "seconds", "CPU s", "peak MiB"],
        [[row["type"], row["seconds"], row["cpu"], row["MiB"]] for row in rows],
    )
    measure.record("memory", rows)


main()
