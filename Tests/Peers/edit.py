"""Edits a model in place and lets gguf-py, and llama.cpp where it is there, read the result.

usage: edit.py WEIGHBRIDGE MODEL.gguf [LLAMA_TOKENIZE]

The copy gets a reserve, then a new template, a new name and a token's type in place. gguf-py must
find the new values, all other fields as they were, and the same bytes in every tensor; llama.cpp
must load the vocabulary and cut a text into the same tokens as before.
"""

import pathlib
import subprocess
import sys
import tempfile

import gguf

TEMPLATE = "{% for m in messages %}{{ m.content }}{% endfor %}" * 20


def fields(reader: gguf.GGUFReader) -> dict[str, object]:
    """Every key with its value."""
    return {name: field.contents() for name, field in reader.fields.items()}


def main() -> None:
    """Edit, then read."""
    binary, model, *peers = sys.argv[1:]
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        copy, template = folder / "copy.gguf", folder / "t.jinja"
        template.write_text(TEMPLATE)

        def edit(*words: str) -> None:
            subprocess.run([binary, "edit", *map(str, words), "-q"], check=True)

        edit(model, "--set", "general.name=str:before", "--reserve", "16KiB", "-o", copy)
        before = gguf.GGUFReader(copy)
        tokens = [peers and tokenize(peers[0], copy)]
        old = fields(before)
        data = {tensor.name: bytes(tensor.data.tobytes()) for tensor in before.tensors}
        edit(
            copy, "--chat-template", template, "--set", "general.name=after", "--token-type",
            "5=control", "--in-place",
        )  # fmt: skip
        after = gguf.GGUFReader(copy)
        new = fields(after)
        assert new["tokenizer.chat_template"] == TEMPLATE
        assert new["general.name"] == "after"
        assert new["tokenizer.ggml.token_type"][5] == 3
        changed = {
            "tokenizer.chat_template",
            "general.name",
            "tokenizer.ggml.token_type",
            "edit.reserve",
            "GGUF.kv_count",
        }
        for name in set(old) | set(new):
            assert name in changed or old[name] == new[name], name
        for tensor in after.tensors:
            assert data[tensor.name] == bytes(tensor.data.tobytes()), tensor.name
        print(f"gguf-py {len(new)} fields and {len(data)} tensors read")
        if peers:
            tokens.append(tokenize(peers[0], copy))
            assert tokens[0] == tokens[1], tokens
            print(f"llama.cpp cuts the text into the same {tokens[0].count(',') + 1} tokens")


def tokenize(binary: str, model: pathlib.Path) -> str:
    """The ids that llama.cpp gives a text."""
    words = [binary, "-m", str(model), "-p", "The jargon file, edited in place.", "--ids"]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    main()
