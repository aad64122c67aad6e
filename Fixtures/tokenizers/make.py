#!/usr/bin/env python3
"""Makes cases.json: small tokenizers of every kind, and the tokens that the reference libraries cut
texts into.

    make.py          needs sentencepiece, tokenizers and protobuf
"""

import base64
import json
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, normalizers

random.seed(20)
NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE = 1, 2, 3, 4, 5, 6


def pieces(entries, kind, suffix=False, dummy=True, extra=True, fallback=False):
    model = sentencepiece_model_pb2.ModelProto()
    for text, score, sort in entries:
        piece = model.pieces.add()
        piece.piece, piece.score, piece.type = text, score, sort
    model.trainer_spec.model_type = kind
    model.trainer_spec.byte_fallback = fallback
    model.trainer_spec.unk_id, model.trainer_spec.bos_id, model.trainer_spec.eos_id = 0, 1, 2
    model.trainer_spec.treat_whitespace_as_suffix = suffix
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = dummy
    model.normalizer_spec.remove_extra_whitespaces = extra
    model.normalizer_spec.escape_whitespaces = True
    return model.SerializeToString()


def vocabulary():
    words = set()
    while len(words) < 14:
        words.add("".join(random.choice("abc▁") for _ in range(random.randint(1, 4))))
    return [
        (word, random.choice([-0.1, -0.2, -0.3, -1.0, -2.0, -3.0, -4.0])) for word in sorted(words)
    ]


def texts():
    return [
        "".join(random.choice("abc  d") for _ in range(random.randint(1, 14))) for _ in range(8)
    ]


def sentencepiece_cases():
    for number in range(24):
        words = vocabulary()
        kinds = [
            random.choice([NORMAL, NORMAL, NORMAL, NORMAL, USER, UNUSED]) if number % 2 else NORMAL
            for _ in words
        ]
        fallback = number % 6 == 5
        entries = [("<unk>", 0.0, UNKNOWN), ("<s>", 0.0, CONTROL), ("</s>", 0.0, CONTROL)]
        if fallback:
            entries += [(f"<0x{byte:02X}>", 0.0, BYTE) for byte in range(256)]
        entries += [(word, score, kind) for (word, score), kind in zip(words, kinds)]
        options = {
            "suffix": number % 5 == 4,
            "dummy": number % 4 != 3,
            "extra": number % 3 == 0,
            "fallback": fallback,
        }
        model = pieces(entries, 1 + number // 12, **options)
        library = sentencepiece.SentencePieceProcessor(model_proto=model)
        lines = texts()
        yield {
            "kind": "pieces",
            "name": f"{'BPE' if number >= 12 else 'Unigram'} {number} {options}",
            "model": base64.b64encode(model).decode(),
            "texts": lines,
            "ids": [library.encode(line) for line in lines],
        }


def structured(name, document, lines):
    library = Tokenizer.from_str(json.dumps(document))
    return {
        "kind": "structured",
        "name": name,
        "model": document,
        "texts": lines,
        "ids": [library.encode(line, add_special_tokens=False).ids for line in lines],
    }


def document(model, **parts):
    base = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": None,
        "model": model,
    }
    return base | parts


def unigram():
    for number in range(6):
        words = [["<unk>", 0.0]] + [list(entry) for entry in vocabulary()]
        space = {
            "type": "Metaspace",
            "replacement": "▁",
            "prepend_scheme": "always",
            "split": number % 2 == 0,
        }
        yield structured(
            f"Unigram {number}",
            document(
                {"type": "Unigram", "unk_id": 0, "vocab": words, "byte_fallback": False},
                pre_tokenizer=space,
            ),
            texts(),
        )


def fallback(normalizer, name):
    """Byte pairs with byte fallback, as Llama has them; `normalizer` puts a space before a text
    or does not.
    """
    words = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    words += [
        "▁",
        "h",
        "e",
        "l",
        "o",
        "w",
        "r",
        "d",
        "he",
        "ll",
        "hell",
        "hello",
        "▁hello",
        "wo",
        "▁wo",
        "▁w",
    ]
    merges = [
        ["h", "e"],
        ["l", "l"],
        ["he", "ll"],
        ["hell", "o"],
        ["▁", "hello"],
        ["w", "o"],
        ["▁", "wo"],
        ["▁", "w"],
    ]
    added = [
        {
            "id": number,
            "content": word,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for number, word in enumerate(words[:3])
    ]
    return structured(
        name,
        document(
            {
                "type": "BPE",
                "dropout": None,
                "unk_token": "<unk>",
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": True,
                "byte_fallback": True,
                "ignore_merges": False,
                "vocab": {word: number for number, word in enumerate(words)},
                "merges": merges,
            },
            normalizer=normalizer,
            added_tokens=added,
        ),
        ["hello world", "helloworld", " hello", "é world"],
    )


def bert():
    words = ["[UNK]", "[CLS]", "[SEP]", "page", "##page", "a", "b", "ab", "##b", "\u2028"]
    return structured(
        "BERT cleans",
        document(
            {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": {word: number for number, word in enumerate(words)},
            },
            normalizer={
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": None,
                "lowercase": True,
            },
            pre_tokenizer={"type": "BertPreTokenizer"},
        ),
        [
            "page\fpage",
            "a\u000bb",
            "a\u0085b",
            "a\tb",
            "a\u0378 b",
            "a\U0010ffff b",
            "a\u200bb",
            "a\u2028b",
            "a\ue000b",
        ],
    )


def main():
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    prepend = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace]}
    cases = [
        *sentencepiece_cases(),
        *unigram(),
        fallback(replace, "no space before a text"),
        fallback(prepend, "a space before a text"),
        bert(),
    ]
    forms = {
        "NFC": normalizers.NFC(),
        "NFD": normalizers.NFD(),
        "NFKC": normalizers.NFKC(),
        "NFKD": normalizers.NFKD(),
    }
    marks = [
        "\u0344\u0f73",
        "\u0f71\u0f73",
        "a\u0344",
        "\u0f81\u0f71",
        "\u0f75\u0f72\u0301",
        "e\u0301\u0344",
    ]
    normal = {
        name: [[mark, form.normalize_str(mark)] for mark in marks] for name, form in forms.items()
    }
    with open("cases.json", "w") as file:
        json.dump(
            {"by": "sentencepiece 0.2.3, tokenizers", "cases": cases, "normalized": normal},
            file,
            separators=(",", ":"),
            ensure_ascii=True,
        )


main()
