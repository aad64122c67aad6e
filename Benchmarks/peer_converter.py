"""Runs llama.cpp's convert_hf_to_gguf.py many times in one process: torch is loaded once.

The folder of llama.cpp is `$LLAMA_CPP`. Two defects of the peer are stepped around, since without
that it converts nothing to compare with: it refuses a byte-pair tokenizer whose hash it has not
seen (`pre` names the pre-tokenizer instead), and with transformers 5 it does not find `rotary_pct`
of GPT-NeoX.
"""

import contextlib
import io
import json
import logging
import os
import sys

LLAMA_CPP = os.environ.get("LLAMA_CPP", "llama.cpp")


def load():
    """The converter's module and its base, imported from `$LLAMA_CPP`."""
    if not os.path.exists(os.path.join(LLAMA_CPP, "convert_hf_to_gguf.py")):
        raise SystemExit("SKIPPED: set LLAMA_CPP to a folder with llama.cpp's sources")
    sys.path[:0] = [LLAMA_CPP, os.path.join(LLAMA_CPP, "gguf-py")]
    import conversion.base
    import convert_hf_to_gguf

    logging.disable(logging.ERROR)
    base = conversion.base
    read = base.ModelBase.load_hparams

    def hparams(folder, is_mistral_format):
        found = read(folder, is_mistral_format)
        if found.get("model_type") == "gpt_neox" and "rotary_pct" not in found:
            with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
                found["rotary_pct"] = json.load(file)["rotary_pct"]
        return found

    base.ModelBase.load_hparams = staticmethod(hparams)
    return convert_hf_to_gguf, base


class Peer:
    """The converter, ready to run."""

    def __init__(self):
        self.main, base = load()
        self.pre = None
        self.base = base
        original = base.TextModel.get_vocab_base_pre
        peer = self

        def named(model, tokenizer):
            return peer.pre if peer.pre else original(model, tokenizer)

        base.TextModel.get_vocab_base_pre = named

    def convert(self, folder, output, arguments, pre=None):
        """Converts a folder; None where it went well, else what it said."""
        self.pre = pre
        sys.argv = ["convert_hf_to_gguf.py", folder, "--outfile", output, *arguments]
        try:
            with (
                contextlib.redirect_stderr(io.StringIO()),
                contextlib.redirect_stdout(io.StringIO()),
            ):
                self.main.main()
        except (Exception, SystemExit) as error:
            return f"{type(error).__name__}: {error}"
        return None
