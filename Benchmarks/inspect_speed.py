"""Claim: `inspect` of a file with 1,000 tensors takes under 50 ms."""

import os

import measure
import synthesize


def main():
    os.makedirs(measure.FOLDER, exist_ok=True)
    path = os.path.join(measure.FOLDER, "many.gguf")
    synthesize.many_tensors(path)
    commands = {
        "summary": [measure.OURS, "inspect", path],
        "JSON with all tensors": [measure.OURS, "inspect", path, "--tensors", "*", "--json"],
    }
    results = measure.compare(commands, 20)
    rows = [
        {"what": name, "milliseconds": round(wall * 1000, 1), "MiB": round(peak, 1)}
        for name, (wall, _, peak) in results.items()
    ]
    os.remove(path)
    print("1,000 tensors\n")
    measure.table(
        ["what", "ms", "peak MiB"], [[row["what"], row["milliseconds"], row["MiB"]] for row in rows]
    )
    measure.record("inspect", rows)


main()
