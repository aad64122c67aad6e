"""Converts checkpoints with weighbridge and with llama.cpp's converter, and compares every key and
tensor.

Usage: zoo_conversion.py [FOLDER…]; without folders, all of the zoo in $WEIGHBRIDGE_DATA. Needs
$LLAMA_CPP and a Python with torch, transformers and gguf. Exits with 1 where anything differs.
Results go to results/zoo_conversion.json, or results/checkpoint_conversion.json for folders that
were named.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile

from measure import OURS, ROOT, machine
from peer_converter import Peer

# The peer replaces sys.argv.
NAMED = sys.argv[1:]
TYPES = ["f16", "f32", "bf16", "q8_0"]
DATA = os.environ.get("WEIGHBRIDGE_DATA", os.path.join(ROOT, "../shared/data"))


def folders():
    if NAMED:
        return [(os.path.basename(path.rstrip("/")), path, None) for path in NAMED]
    zoo = os.path.join(DATA, "zoo")
    found = []
    for name in sorted(os.listdir(zoo)):
        with open(os.path.join(zoo, name, "expected.json"), encoding="utf-8") as file:
            metadata = json.load(file)["metadata"]
        pre = metadata.get("tokenizer.ggml.pre", {}).get("value")
        found.append((name, os.path.join(zoo, name, "hf"), pre))
    return found


def main():
    peer = Peer()
    # After the peer, which brings its own copy of the package.
    from gguf_compare import differences, is_same_file

    results, failed = {}, 0
    print(f"{'ARCHITECTURE':14}" + "".join(f"{kind:>26}" for kind in TYPES))
    with tempfile.TemporaryDirectory() as scratch:
        for name, folder, pre in folders():
            row, remarks = {}, []
            for kind in TYPES:
                mine, theirs = (os.path.join(scratch, side) for side in ("ours.gguf", "peer.gguf"))
                said = peer.convert(folder, theirs, ["--outtype", kind], pre)
                command = [
                    OURS,
                    "convert",
                    folder,
                    "-o",
                    mine,
                    "--type",
                    kind,
                    "--force",
                    "--quiet",
                ]
                run = subprocess.run(command, capture_output=True, text=True, check=False)
                if said or run.returncode != 0:
                    row[kind] = {"peer": said, "ours": run.stderr.strip() or "converted"}
                    remarks.append(f"  {kind}: peer {said}; ours {run.stderr.strip()}")
                    failed += 1
                    continue
                metadata, tensors, count = differences(mine, theirs)
                row[kind] = {
                    "tensors": count,
                    "tensorDifferences": tensors,
                    "metadataDifferences": metadata,
                    "sameFile": is_same_file(mine, theirs),
                }
                remarks += [f"  {kind}: {line}" for line in metadata + tensors]
                failed += bool(metadata or tensors)
            results[name] = row
            print(f"{name:14}" + "".join(f"{cell(row[kind]):>26}" for kind in TYPES))
            print("\n".join(remarks) + "\n" if remarks else "", end="", flush=True)
    name = "checkpoint_conversion" if NAMED else "zoo_conversion"
    path = os.path.join(ROOT, f"Benchmarks/results/{name}.json")
    document = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "checkpoints": results,
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    sys.exit(1 if failed else 0)


def cell(result):
    """`12/12 tensors, keys equal`, or what went wrong, in few words."""
    if "tensors" not in result:
        return "not converted"
    equal = result["tensors"] - len(result["tensorDifferences"])
    keys = (
        "=" if not result["metadataDifferences"] else f"{len(result['metadataDifferences'])} differ"
    )
    return f"{equal}/{result['tensors']} keys {keys}" + (" ≡" if result["sameFile"] else "")


if __name__ == "__main__":
    main()
