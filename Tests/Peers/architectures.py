#!/usr/bin/env python3
"""Writes Specs/architectures.md: the classes of llama.cpp's converter that are not known, and why.

    python Tests/Peers/architectures.py WEIGHBRIDGE LLAMA.CPP

WEIGHBRIDGE is the program, LLAMA.CPP a source tree. The names are the converter's, what is known is
what `convert --architectures --json` says; only the reasons are written here, by a part of the
class's name.
"""

import ast
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The first part that a name contains gives the reason.
REASONS = [
    ("StepVL", "a tower of fixed sizes whose positions are interpolated"),
    ("Lfm2Model", "a layer from a second folder of the checkpoint (1_Dense)"),
    ("Eagle3", "a draft of a model that must be given beside it: its vocabulary and layers"),
    ("DFlash", "a draft of a model that must be given beside it"),
    ("DSpark", "a draft of a model that must be given beside it"),
    ("Assistant", "a draft of a model that must be given beside it"),
    ("RWKV", "RWKV's time mixing and its own vocabulary"),
    ("Rwkv", "RWKV's time mixing and its own vocabulary"),
    ("JAIS", "embeddings and head multiplied by a number; ALiBi read from a tensor"),
    ("Bitnet", "weights rounded to three levels while they are converted"),
    ("BitNet", "weights rounded to three levels while they are converted"),
    ("Chameleon", "norms of heads that are repeated and reordered"),
    ("DeciLM", "heads and widths that differ from layer to layer"),
    ("Plamo", "PLaMo's vocabulary (a trie of pieces in JSON lines)"),
    ("PLaMo", "PLaMo's vocabulary (a trie of pieces in JSON lines)"),
    ("Grok", "experts that are stored in several pieces, to be joined"),
    ("GroveMoe", "two kinds of experts of different number in one layer"),
    ("Sarvam", "a bias from which its mean is taken"),
    ("RuGPT3XL", "query, key and value that are joined"),
    ("Talkie", "signs of halves of heads; a scale read from a tensor"),
    ("WavTokenizer", "a decoder of sound: convolutions and position nets"),
    ("PocketTTS", "speech that is made: flows and codecs"),
    ("Qwen3TTS", "speech that is made: code predictors and codecs"),
    ("AudioTokenizer", "a decoder of sound"),
    ("Jina", "Jina's fused projections and adapters within the checkpoint"),
    ("NeoBERT", "NeoBERT's fused, interleaved projections"),
    ("Bert", "heads for classes"),
    ("Camembert", "a vocabulary of pieces beside WordPiece's model"),
    ("MiniMaxM3", "an indexer of blocks of keys"),
    ("MiniMax", "lightning attention"),
    ("DeepseekV4", "hyper connections and compressed keys"),
    ("KimiK3", "residuals of attention and latent experts"),
    ("BailingMoeV3", "delta rules beside latent attention"),
    ("Glm5", "an indexer of keys beside a compressor"),
    ("Qwen4", "parts that are not published in transformers"),
    ("HYV4", "parts that are not published in transformers"),
    ("Dots3", "experts in the vision tower; parts that are not published"),
    ("Hrm", "two stacks of layers that are run in turns"),
    ("GraniteSwitch", "adapters for tokens within the checkpoint"),
    ("Laguna", "heads whose number differs from layer to layer"),
    ("Maple", "experts that are stored in several layouts"),
    ("MiMo", "layers for further tokens under names of their own; sharded FP8 scales"),
    ("Step3", "three dimensions in matrices; lists of widths for each layer"),
    ("Muse", "norms that are made from the configuration"),
    ("HunYuanVL", "rotary positions of several axes, stretched by alpha"),
    ("MambaLMHead", "a configuration in the style of state-spaces"),
    ("Puzzle", "layers of which each has its own configuration"),
    ("Unified", "towers without layers; permuted columns"),
    ("Ultravox", "no text model: the converter refuses it, too"),
    ("Gemma", "an own layout of Gemma's further models"),
    # Projectors.
    ("Nemotron", "positions that are interpolated to another size"),
    ("RADIO", "positions that are interpolated to another size"),
    ("DeepseekOCR", "SAM's encoder in front of the tower"),
    ("UnlimitedOCR", "SAM's encoder in front of the tower"),
    ("Granite4Vision", "several query transformers as projectors"),
    ("GraniteSpeech", "batch norms that are folded into weights; a query transformer"),
    ("Lfm2Audio", "batch norms that are folded into weights"),
    ("Glmasr", "a tensor whose rows become two"),
    ("MERaLiON", "an adapter with gates for speech"),
    ("Omni", "positions that are computed; two towers in one file"),
    ("ASR", "positions that are computed"),
    ("Phi4", "the last layer left out, and its number"),
    ("KimiK25", "fused projections of which two thirds are reordered"),
    ("Glmv", "fused projections of which two thirds are reordered"),
    ("Exaone", "windows and shared key heads in the tower"),
    ("Kimi", "fused projections of which two thirds are reordered"),
]


def names(tree, table):
    """The converter's names: the keys of a dictionary in conversion/__init__.py."""
    source = (pathlib.Path(tree) / "conversion/__init__.py").read_text()
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and node.target.id == table:
            return list(ast.literal_eval(node.value))
    raise SystemExit(f"{table} is not there")


def reason(name):
    return next((why for part, why in REASONS if part in name), "not looked at yet")


def main():
    program, tree = sys.argv[1:]
    listed = subprocess.run(
        [program, "convert", "--architectures", "--json"], check=True, capture_output=True
    ).stdout
    entries = json.loads(listed)["architectures"]
    lines = [
        "# Architectures",
        "",
        "`weighbridge convert --architectures` lists the classes of checkpoints that are known,",
        "from the registries. This page has the rest of those that llama.cpp's converter names,",
        "with what each needs; `Tests/Peers/architectures.py` writes it, and `ClassTests` check",
        "that none of them is known.",
    ]
    for title, table, kind in (
        ("Text models", "TEXT_MODEL_MAP", "text"),
        ("Projectors", "MMPROJ_MODEL_MAP", "projector"),
    ):
        known = {entry["class"] for entry in entries if entry["kind"] == kind}
        theirs = names(tree, table)
        left = sorted(name for name in theirs if name not in known)
        lines += [
            "",
            f"## {title}",
            "",
            f"{len(theirs) - len(left)} of the converter's {len(theirs)} classes are known.",
            "",
            "| class | needs |",
            "|---|---|",
        ]
        lines += [f"| `{name}` | {reason(name)} |" for name in left]
    (ROOT / "Specs/architectures.md").write_text("\n".join(lines) + "\n")
    print(*(line for line in lines if "classes are known" in line), sep="\n")
    print(*(name for name in lines if "not looked at" in name), sep="\n")


if __name__ == "__main__":
    main()
