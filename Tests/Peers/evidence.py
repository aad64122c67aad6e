#!/usr/bin/env python3
"""Writes Sources/Architectures/ClassEvidence.swift: what each class was compared with.

    python Tests/Peers/evidence.py WEIGHBRIDGE DATA

WEIGHBRIDGE is the program, DATA the folder of shared data with zoo and zoo2. A class that the
program knows counts where a folder or a fixture has it; its logits count where the folder has
transformers' and the program runs the class.
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "Sources/Architectures/ClassEvidence.swift"
TEXT_PARTS = ["llm_config", "lm_config", "language_config", "text_config"]


def text_class(config, known):
    """The class of the text model: the last that is known."""
    names = list(config.get("architectures") or [])
    for part in TEXT_PARTS:
        names += (config.get(part) or {}).get("architectures") or []
    return next((name for name in reversed(names) if name in known), None)


def main():
    program, data = sys.argv[1:]
    listed = subprocess.run(
        [program, "convert", "--architectures", "--json"], check=True, capture_output=True
    ).stdout
    entries = json.loads(listed)["architectures"]
    runs = {entry["class"]: entry["runs"] for entry in entries if entry["kind"] == "text"}
    projecting = {entry["class"] for entry in entries if entry["kind"] == "projector"}
    text, projectors = {}, {}
    for fixture in sorted((ROOT / "Fixtures/classes").glob("*.json")):
        entry = json.loads(fixture.read_text())
        (projectors if entry.get("mmproj") else text)[entry["class"]] = "converter"
    for path in sorted(pathlib.Path(data).glob("zoo*/*/hf/config.json")):
        folder = path.parent.parent
        config = json.loads(path.read_text())
        name = text_class(config, runs)
        if name and (folder / "expected.json").exists():
            has_logits = runs[name] and (folder / "logits.npy").exists()
            if has_logits or name not in text:
                text[name] = "logits" if has_logits else "converter"
        if (folder / "expected.mmproj.json").exists():
            vision = (config.get("vision_config") or {}).get("architectures") or []
            for name in vision + config["architectures"]:
                if name in projecting:
                    projectors[name] = "converter"
                    break
    source = TARGET.read_text()
    for label, values in (("text", text), ("projectors", projectors)):
        start = source.index(f"let {label}: [String: ClassEvidence] = [") + len(
            f"let {label}: [String: ClassEvidence] = ["
        )
        end = source.index("]\n", start)
        lines = "".join(f'\n    "{name}": .{values[name]},' for name in sorted(values))
        source = source[:start] + (lines + "\n  " if lines else ":") + source[end:]
    TARGET.write_text(source)
    print(len(text), "classes of text models,", len(projectors), "with projectors")


if __name__ == "__main__":
    main()
