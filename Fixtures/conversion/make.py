"""Writes cards.json and names.json: what gguf-py makes of model cards and of model ids.

Needs the package `gguf` (and PyYAML). `python3 make.py` rewrites both files.
"""

import json
import os
import pathlib
import tempfile

import gguf

HERE = os.path.dirname(os.path.abspath(__file__))

NAMES = [
    "meta-llama/Llama-2-7b-chat-hf",
    "meta-llama/Meta-Llama-3.1-8B-Instruct",
    "bigscience/bloom-7b1",
    "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "microsoft/Phi-3-mini-128k-instruct",
    "Qwen2.5-0.5B-Instruct",
    "TheBloke/Mistral-7B-Instruct-v0.2-GGUF",
    "google/gemma-2-9b-it",
    "EleutherAI/pythia-70m-deduped-v0",
    "deepseek-ai/DeepSeek-V3-0324",
    "HuggingFaceTB/SmolLM2-1.7B-Instruct",
    "some model with spaces",
    "./llama-7b",
    "../Llama-3-8B",
    "a/b/c-7B",
    "openai-community/gpt2-xl",
    "gpt2",
    "v1.5",
    "7B",
    "Llama-3-Instruct-8B-SPPO-Iter3",
    "Hermes-2-Pro-Llama-3-8B",
    "stablelm-2-1_6b-chat",
    "xgen-7b-8k-inst",
    "Qwen1.5-MoE-A2.7B",
    "granite-3.0-1b-a400m-instruct",
    "model-f16",
    "model-Q4_K_M",
    "model-bf16-7B",
    "nomic-embed-text-v1.5",
    "all-MiniLM-L6-v2",
    "GritLM-7B-KTO",
    "--weird--name--",
    "-",
    "",
    "falcon-rw-1b",
    "Mistral-7B-Merge-14-v0.1",
    "ELYZA-japanese-Llama-2-7b-fast-instruct",
    "OpenELM-3B-Instruct",
    "Dolphin-2.9-llama3-8b-256k",
    "kafkalm-70b-german-v0.1",
    "Phi-3.5-vision-instruct",
    "tiny-random-small",
    "bert-large-uncased",
    "t5-xxl-7b",
    "Model-1T",
    "Yi-34B-200K",
    "Llama-4-Scout-17B-16E-Instruct",
    "Übermodell-7b",
    "模型-7B",
    "ssh-model-1e5B",
    "C4AI-command-r-v01",
    "8x22B-Mix",
    "mini-7B-mini",
    "Llama-2-7B-32K-7B",
    "phi-2",
    "internlm2_5-7b-chat-1m",
    "WizardLM-2-8x22B",
    "3.1-model-4k",
]
PARAMETERS = [0, 70_000_000, 1_700_000_000, 7_000_000_000, 46_700_000_000]

CARDS = {
    "none": None,
    "empty": "",
    "no-matter": "# A model\n\nlicense: mit\n",
    "plain": "---\nlicense: apache-2.0\nlanguage:\n- en\n- de\ntags:\n- text-generation\n- llama\n---\n# x\n",
    "flow": "---\nlicense: mit\nlanguage: [en, 'fr', \"de\"]\ntags: [a, b c, d]\npipeline_tag: text-generation\n---\n",
    "norway": "---\nlanguage:\n- no\n- sv\n---\n",
    "name": "---\nname: My Model\nauthor: Jane Doe\nversion: v1.2\norganization: ACME\ndescription: A test.\n"
    "finetune: chat\nbasename: mymodel\nsize_label: 9B\nurl: https://a.example/x\ndoi: 10.1/x\n"
    "uuid: 1-2-3\nrepo_url: https://b.example\nlicense: other\nlicense_name: acme\n"
    "license_link: LICENSE.md\n---\n",
    "model_name": "---\nmodel_name: Named\nmodel_creator: Someone\nmodel_type: llama\nmodel_url: u\n---\n",
    "null-then": "---\nname:\nmodel_name: Second\nauthor: ~\nmodel_author: null\nmodel_creator: Third\n---\n",
    "licenses": "---\nlicense:\n- mit\n- apache-2.0\n---\n",
    "folded": "---\ndescription: >\n  one\n  two\n\n  three\nname: |\n  line\n  more\n---\n",
    "strip": "---\ndescription: >-\n  one\n  two\nname: |-\n  line\n    deeper\nauthor: |+\n  kept\n\n---\n",
    "plain-lines": "---\ndescription: goes on\n  in the next line\n  and more\nname: 'single ''quoted'' text'\n---\n",
    "quoted": "---\nname: \"tab\\tnew\\nline \\u00e9 \\x41\"\nauthor: 'it''s'\n---\n",
    "comments": "---\n# a comment\nlicense: mit # behind\nname: a#b # c\ntags: # list\n  - x # y\n  - '# z'\n---\n",
    "indented-list": '---\ntags:\n  - one\n  -   two\n  - "three: four"\n---\n',
    "anchors": "---\nname: &n Anchored\nauthor: *n\n---\n",
    "tabs": "---\nlicense: mit\ntags:\n-\ta\n-\tb\n---\n",
    "base-id": "---\nbase_model: meta-llama/Llama-2-7b-hf\ndatasets: owner/data-set\n---\n",
    "base-list": "---\nbase_model:\n- a/B-7B\n- https://huggingface.co/c/D-13B-v1.1\n- https://example.org/x/y\n"
    "- ssh://git@x/y\n- plainname\ndatasets:\n- one/two\n- three\n---\n",
    "base-objects": "---\nbase_model_sources:\n- name: First\n  author: me\n  repo_url: https://r\n  description: d\n"
    "- organization: Org\n  version: v2\n  doi: '1'\n  uuid: 'u'\n  url: w\ndataset_sources:\n"
    "- name: D\n---\n",
    "base-null": "---\nbase_model:\ndatasets: []\n---\n",
    "eval": "---\nlicense: mit\nmodel-index:\n- name: m\n  results:\n  - task:\n      type: text\n    metrics:\n"
    "    - type: acc\n      value: 0.5\nwidget:\n- text: \"Hello: world\"\n  example_title: 'x'\n"
    "inference:\n  parameters:\n    temperature: 0.7\n---\n",
    "extra-gated": "---\nextra_gated_prompt: |-\n  ### LICENSE\n  - a list: that is text\n  tags:\n  - no\n"
    "extra_gated_fields:\n  First: text\nlicense: llama3\n---\n",
    "windows": "---\r\nlicense: mit\r\ntags:\r\n- a\r\n---\r\n",
    "unclosed": "---\nlicense: mit\ntags: [x]\n",
    "folded-key": "---\n? license\n: mit\nname: >2\n    x\n---\n",
    "flow-map": "---\nbase_model: [{name: A, version: '1'}, b/c-1B]\n---\n",
    "long-flow": "---\ntags: [\n  a,\n  b,\n]\nlanguage: [ en,\n de ]\n---\n",
    "unicode": "---\nname: Modèle 模型 🙂\ntags:\n- été\n---\n",
    "strings-like": "---\nlicense: 'no'\nname: '007'\ntags:\n- 'true'\n- \"1.5\"\n---\n",
    "document-end": "---\nlicense: mit\n...\n---\n",
}


def name_rows():
    for name in NAMES:
        for parameters in PARAMETERS:
            parts = gguf.Metadata.get_model_id_components(name, parameters)
            yield {
                "id": name,
                "parameters": parameters,
                "parts": list(parts),
                "title": gguf.Metadata.id_to_title(parts[0]),
            }


def card_rows():
    for name, card in CARDS.items():
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "tiny-llama-4M-chat-v1.5"
            folder.mkdir()
            if card is not None:
                (folder / "README.md").write_bytes(card.encode())
            metadata = gguf.Metadata.load(None, folder, None, 4_000_000)
            writer = gguf.GGUFWriter(None, "llama")
            metadata.set_gguf_meta_model(writer)
            entries = [
                [key, value.value]
                for key, value in writer.kv_data[0].items()
                if key != "general.architecture"
            ]
        yield {
            "name": name,
            "card": card,
            "folder": folder.name,
            "parameters": 4_000_000,
            "expected": entries,
        }


def write(name, rows):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as file:
        file.write(
            "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"
        )


if __name__ == "__main__":
    write("names.json", name_rows())
    write("cards.json", card_rows())
