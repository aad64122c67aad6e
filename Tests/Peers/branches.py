#!/usr/bin/env python3
"""Flips every key of every family's config.json and asks transformers what it should do.

Each flip is one checkpoint of the zoo with another config.json: a key that its class reads with
another value, one that is left out, one that belongs to other families, or other rotary parameters
in the style of versions 4 and 5. transformers' logits in single precision are the judge; the
binary's may be

    equal      to 1e-4 of their norm
    noted      other, and a message on standard error names the key
    refused    with an error that names the key; but not where the key changes nothing
    SILENT     other without a word: a defect

Flips that transformers itself refuses, or that leave tensors without values, have no judge and are
skipped.

    branches.py [--families a,b] [--keys x,y] [--sample N] [--seed N] [--jobs N] [--verbose]
    branches.py --fixture Fixtures/branches.json [--families a,b] [--sample N] ZOO[:ZOO]

The second form writes what the tests of a plain clone read: configurations, names and shapes of
tensors, whose numbers follow from a formula (`weights`), and logits of transformers for some flips
of every family.

needs torch, transformers, safetensors; exit status 1 if anything is silent or refused without
need."""

import argparse
import base64
import collections
import concurrent.futures
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TQDM_DISABLE"] = "1"
warnings.filterwarnings("ignore")

TOLERANCE = 1e-4
LENGTH = 100
ACTIVATIONS = [
    "gelu",
    "gelu_new",
    "gelu_pytorch_tanh",
    "gelu_fast",
    "quick_gelu",
    "relu",
    "relu2",
    "relu6",
    "silu",
    "swish",
    "sigmoid",
    "tanh",
    "laplace",
    "mish",
    "hardswish",
    "leaky_relu",
    "linear",
    "gelu_10",
]
# Sizes and names: another value is another model, whose tensors are not there.
FIXED = {
    "architectures",
    "model_type",
    "vocab_size",
    "hidden_size",
    "n_embd",
    "d_model",
    "num_hidden_layers",
    "n_layer",
    "n_layers",
    "num_attention_heads",
    "n_head",
    "n_heads",
    "num_key_value_heads",
    "intermediate_size",
    "n_inner",
    "num_experts",
    "num_local_experts",
    "n_routed_experts",
    "n_shared_experts",
    "moe_intermediate_size",
    "shared_expert_intermediate_size",
    "shared_intermediate_size",
    "q_lora_rank",
    "kv_lora_rank",
    "qk_nope_head_dim",
    "qk_rope_head_dim",
    "qk_head_dim",
    "v_head_dim",
    "state_size",
    "conv_kernel",
    "time_step_rank",
    "ffn_hidden_size",
    "n_positions",
    "n_ctx",
    "type_vocab_size",
    "dtype",
    "torch_dtype",
    "transformers_version",
    "id2label",
    "label2id",
    "per_layer_config",
    "expansion_ratio",
    # transformers divides weights that were loaded as if they were new (`_init_weights` of Mamba).
    "rescale_prenorm_residual",
    "num_kv_heads",
    "multi_query",
    "new_decoder_architecture",
    "num_ln_in_parallel_attn",
    "expand",
    "is_encoder_decoder",
}
# Keys of other families, which one that does not know them must not follow.
FOREIGN = {
    "n_group": 2,
    "topk_group": 1,
    "clip_qkv": 0.05,
    "sliding_window": 12,
    "scoring_func": "sigmoid",
    "norm_topk_prob": True,
    "routed_scaling_factor": 2.5,
    "logit_scale": 0.3,
    "logits_scaling": 3.0,
    "no_rope_layer_interval": 2,
    "attn_logit_softcapping": 2.0,
    "final_logit_softcapping": 2.0,
    "query_pre_attn_scalar": 11,
    "embedding_multiplier": 3.0,
    "residual_multiplier": 0.5,
    "attention_multiplier": 0.3,
    "use_parallel_residual": True,
    "parallel_attn": False,
    "alibi": True,
    "scale_attn_by_inverse_layer_idx": True,
    "scale_attn_weights": False,
    "apply_residual_connection_post_layernorm": True,
    "partial_rotary_factor": 0.5,
    "topk_method": "group_limited_greedy",
    "rms_norm_eps": 0.01,
    "layer_norm_eps": 0.01,
    "layer_norm_epsilon": 0.01,
    "norm_eps": 0.01,
    "hidden_activation": "relu",
    "hidden_act": "relu",
    "activation_function": "relu",
    "rope_theta": 321.0,
    "rotary_pct": 0.5,
    "rope_interleave": False,
    "moe_layer_freq": 2,
    "num_experts_per_tok": 1,
    "layer_types": None,
    "use_sliding_window": True,
    "max_window_layers": 0,
    "swiglu_limit": 0.5,
    "is_causal": False,
    "use_bidirectional_attention": True,
    "tie_word_embeddings": True,
    "head_dim": None,
    "attn_temperature_tuning": True,
    "n_inner": 17,
    "mixer_rms_eps": 0.1,
    "scale_embedding": False,
    "use_qk_norm": True,
    "qk_layernorm": True,
}


def ropes(theta):
    """Rotary parameters, but for the base."""
    trained = {"original_max_position_embeddings": 64}
    yarn = {"rope_type": "yarn", "factor": 4.0, **trained}
    kinds = {
        "linear": {"rope_type": "linear", "factor": 3.0},
        "dynamic": {"rope_type": "dynamic", "factor": 2.0},
        "llama3": {
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            **trained,
        },
        "yarn": yarn,
        "yarn-no-original": {"rope_type": "yarn", "factor": 4.0},
        "yarn-attention-factor": {**yarn, "attention_factor": 1.3},
        "yarn-mscale": {**yarn, "mscale": 1.2, "mscale_all_dim": 0.7},
        "yarn-mscale-alone": {**yarn, "mscale": 1.4},
        "yarn-beta": {**yarn, "beta_fast": 8.0, "beta_slow": 2.0},
        "yarn-truncate": {**yarn, "truncate": False},
        "unknown-inside": {"rope_type": "default", "low_freq_factor": 3.0},
    }
    for name, kind in kinds.items():
        short = {"max_position_embeddings": 64} if name == "dynamic" else {}
        yield f"rope5-{name}", {"rope_parameters": {"rope_theta": theta, **kind}, **short}
        yield (
            f"rope4-{name}",
            {"rope_parameters": None, "rope_theta": theta, "rope_scaling": kind, **short},
        )
    yield (
        "rope4-type",
        {
            "rope_parameters": None,
            "rope_theta": theta,
            "rope_scaling": {"type": "linear", "factor": 2.0},
        },
    )
    yield "rope4-theta", {"rope_parameters": None, "rope_scaling": None, "rope_theta": 777.0}
    yield "rope-none", {"rope_parameters": None, "rope_scaling": None, "rope_theta": None}
    for length in (64, 200):
        yield (
            f"rope5-longrope-{length}",
            {
                "rope_parameters": {
                    "rope_theta": theta,
                    "rope_type": "longrope",
                    "short_factor": "SHORT",
                    "long_factor": "LONG",
                    "original_max_position_embeddings": length,
                },
                "original_max_position_embeddings": length,
            },
        )


def numbers(key, value):
    if "eps" in key:
        return [0.01]
    if key in ("num_experts_per_tok",):
        return [1, 3]
    if key in ("n_group", "topk_group"):
        return [1, 2]
    if isinstance(value, int):
        return [5, 12, value + 1] if value > 4 else [value + 1, 3]
    return [value * 1.7 + 0.05, 0.3]


def layers_of(config):
    return config.get("num_hidden_layers") or config.get("n_layer") or config.get("n_layers") or 0


def flips(config, attributes):
    """Names and changes; a value of ABSENT takes the key out."""
    keys = sorted((set(config) | set(attributes)) - FIXED)
    for key in keys:
        if key.startswith("_") or key.endswith(("token_id", "token_index")):
            continue
        value = config.get(key, attributes.get(key))
        if key in config and value is not None:
            yield f"{key}=absent", {key: ABSENT}
        if isinstance(value, bool):
            yield f"{key}={not value}", {key: not value}
        elif isinstance(value, str) and ("act" in key):
            for name in ACTIVATIONS:
                if name != value:
                    yield f"{key}={name}", {key: name}
        elif isinstance(value, (int, float)):
            for number in numbers(key, value):
                yield f"{key}={number:.4g}", {key: number}
        if value is None and key in FOREIGN and FOREIGN[key] is not None:
            yield f"{key}={FOREIGN[key]}", {key: FOREIGN[key]}
        if value is not None and key in config and not isinstance(value, dict):
            yield f"{key}=null", {key: None}
    for key, value in FOREIGN.items():
        if key not in config and value is not None:
            yield f"foreign {key}={value}", {key: value}
    layers = layers_of(config)
    for name, pattern in (
        ("full", ["full_attention"]),
        ("sliding", ["sliding_attention"]),
        ("mixed", ["full_attention", "sliding_attention"]),
    ):
        types = (pattern * layers)[:layers]
        yield f"layer_types={name}", {"layer_types": types}
        yield (
            f"layer_types={name},window",
            {"layer_types": types, "sliding_window": 7, "use_sliding_window": True},
        )
    yield (
        "windows by switch",
        {
            "sliding_window": 7,
            "use_sliding_window": True,
            "max_window_layers": 1,
            "layer_types": ABSENT,
        },
    )
    yield (
        "windows by pattern",
        {"sliding_window": 7, "sliding_window_pattern": 2, "layer_types": ABSENT},
    )
    for name, kind in ropes(config.get("rope_theta") or 10000.0):
        yield name, kind
    for key, value in (config.get("attn_config") or {}).items():
        changed = dict(config["attn_config"])
        changed[key] = (
            (not value)
            if isinstance(value, bool)
            else 0.07
            if key in ("clip_qkv", "softmax_scale")
            else value + 3
            if isinstance(value, int)
            else value
        )
        if changed[key] != value:
            yield f"attn_config.{key}={changed[key]}", {"attn_config": changed}


ABSENT = object()


def wrapped(config, attributes):
    """The flips of the part for text, where one stands in the configuration of several parts."""
    text = config.get("text_config")
    if not text:
        yield from flips(config, attributes)
        return
    for what, change in flips(text, attributes):
        yield what, {"text_config": change}


def changed(config, change):
    text = change.get("text_config")
    if isinstance(config.get("text_config"), dict) and isinstance(text, dict):
        return config | {"text_config": altered(config["text_config"], text)}
    return altered(config, change)


def altered(config, change):
    result = {
        key: copy.deepcopy(value) for key, value in config.items() if change.get(key) is not ABSENT
    }
    for key, value in change.items():
        if value is not ABSENT:
            result[key] = copy.deepcopy(value)
    rope = result.get("rope_parameters")
    if isinstance(rope, dict) and rope.get("short_factor") == "SHORT":
        heads = result.get("num_attention_heads") or 1
        width = (
            result.get("head_dim")
            or result.get("qk_rope_head_dim")
            or result.get("hidden_size", 0) // heads
        )
        part = (config.get("rope_parameters") or {}).get("partial_rotary_factor") or config.get(
            "partial_rotary_factor"
        )
        if part:
            rope["partial_rotary_factor"] = part
        pairs = int(width * (part or 1)) // 2
        rope["short_factor"] = [1 + 0.1 * i for i in range(pairs)]
        rope["long_factor"] = [2 + 0.3 * i for i in range(pairs)]
    return result


def folder(base, config, place):
    for name in os.listdir(base):
        if name != "config.json":
            os.symlink(os.path.abspath(f"{base}/{name}"), f"{place}/{name}")
    json.dump(config, open(f"{place}/config.json", "w"))


def tokens(config):
    chooser = random.Random(7)
    config = config | config.get("text_config", {})
    return [chooser.randrange(3, min(config["vocab_size"], 480)) for _ in range(LENGTH)]


def weights(name, shape):
    """Numbers that follow from a tensor's name and the place in it, the same in every language."""
    import numpy

    seed = numpy.uint32(2166136261)
    with numpy.errstate(over="ignore"):
        for byte in name.encode():
            seed = (seed ^ numpy.uint32(byte)) * numpy.uint32(16777619)
        count = int(numpy.prod(shape))
        bits = numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(2654435761) + seed
        for _ in range(2):
            bits ^= bits >> numpy.uint32(16)
            bits *= numpy.uint32(0x45D9F3B)
        bits ^= bits >> numpy.uint32(16)
    values = (bits >> numpy.uint32(8)).astype(numpy.float32) / numpy.float32(
        1 << 24
    ) - numpy.float32(0.5)
    # Powers of two, so that no language rounds.
    scale = 2.0 if "embed" in name or "wte" in name else 0.5 if len(shape) > 1 else 0.25
    offset = 0.5 if name.endswith("weight") and len(shape) == 1 else 0.0
    return (values * numpy.float32(scale) + numpy.float32(offset)).reshape(shape)


def fixture(options):
    """Writes configurations, shapes, and logits of some flips, one family a line."""
    import numpy
    from safetensors.numpy import save_file
    from safetensors.torch import load_file as load_torch

    judge, families = Judge(), []
    asked = set(filter(None, options.families.split(",")))
    for zoo, name in ((z, n) for z in options.zoo.split(":") for n in sorted(os.listdir(z))):
        base = f"{zoo}/{name}/hf"
        if not os.path.exists(f"{base}/config.json") or asked and name not in asked:
            continue
        config = json.load(open(f"{base}/config.json"))
        shapes = {
            k: list(v.shape) for k, v in sorted(load_torch(f"{base}/model.safetensors").items())
        }
        ids = tokens(config)[:48]
        try:
            attributes = judge.attributes(config)
        except Exception:
            attributes = {}
        chosen = list(wrapped(config, attributes))
        random.Random(options.seed).shuffle(chosen)
        with tempfile.TemporaryDirectory() as place:
            save_file(
                {k: weights(k, v) for k, v in shapes.items()},
                f"{place}/model.safetensors",
                {"format": "pt"},
            )

            def logits(flipped):
                json.dump(flipped, open(f"{place}/config.json", "w"))
                return judge.logits(place, ids)

            usual, why = logits(config)
            if usual is None:
                print(f"skipped {name}: {why}")
                continue
            cases = [
                {
                    "flip": "none",
                    "change": {},
                    "remove": [],
                    "matters": False,
                    "logits": packed(usual),
                }
            ]
            # Half of the flips change something.
            for wanted in (True, False):
                taken = 0
                for what, change in chosen:
                    if taken == options.sample // 2:
                        break
                    want, why = logits(changed(config, change))
                    if want is None or bool(numpy.abs(want - usual).max() > 1e-3) != wanted:
                        continue
                    flipped = changed(config, change)
                    cases.append(
                        {
                            "flip": what,
                            "change": {k: flipped[k] for k in change if k in flipped},
                            "remove": [k for k in change if k not in flipped],
                            "matters": wanted,
                            "logits": packed(want),
                        }
                    )
                    taken += 1
        families.append(
            {"family": name, "config": config, "tokens": ids, "tensors": shapes, "cases": cases}
        )
        print(name, len(cases), flush=True)
    with open(options.fixture, "w") as file:
        file.write(
            "[\n" + ",\n".join(json.dumps(f, separators=(",", ":")) for f in families) + "\n]\n"
        )


def packed(rows):
    """Some columns of the last row, as bytes of float32."""
    import numpy

    return base64.b64encode(rows[-1, :32].astype(numpy.float32).tobytes()).decode()


class Judge:
    """transformers, in single precision."""

    def __init__(self):
        import torch
        import transformers

        torch.set_num_threads(1)
        self.torch, self.transformers = torch, transformers

    def attributes(self, config):
        """What the configuration's class knows."""
        config = config.get("text_config", config)
        kind = self.transformers.CONFIG_MAPPING[config["model_type"]]
        plain = set(self.transformers.PretrainedConfig().to_dict())
        return {
            k: v for k, v in kind().to_dict().items() if k not in plain and not isinstance(v, dict)
        }

    def logits(self, place, ids):
        """None where transformers has no answer."""
        names = json.load(open(f"{place}/config.json"))["architectures"][0]
        if not hasattr(self.transformers, names):
            kind = self.transformers.AutoModelForCausalLM
        else:
            kind = getattr(self.transformers, names)
        try:
            model, info = kind.from_pretrained(
                place, dtype=self.torch.float32, output_loading_info=True
            )
            missing = [
                k for k in info["missing_keys"] if not k.startswith("pooler.") and "rotary" not in k
            ]
            if missing or info["mismatched_keys"]:
                return None, f"no judge: {sorted(missing)[:1]}"
            with self.torch.no_grad():
                output = model.eval()(self.torch.tensor([ids]))
            rows = (
                output.last_hidden_state if hasattr(output, "last_hidden_state") else output.logits
            )
            rows = rows[0].double().numpy()
            return (
                (rows, "")
                if self.torch.isfinite(self.torch.tensor(rows)).all()
                else (None, "not finite")
            )
        except Exception as error:
            return None, f"no judge: {type(error).__name__} {str(error)[:60]}"


def ask(binary, place, ids, keys):
    """What the binary computes, and whether it names a key."""
    import numpy

    result = subprocess.run(
        [
            binary,
            "logits",
            place,
            "--tokens",
            ",".join(map(str, ids)),
            "--threads",
            "1",
            "-o",
            f"{place}/out.npy",
        ],
        capture_output=True,
        text=True,
    )
    lines = [l for l in result.stderr.splitlines() if l.startswith(("note:", "warning:", "error:"))]
    named = [l for l in lines if any(f"'{key}'" in l for key in keys)]
    if result.returncode:
        return None, named or lines
    return numpy.load(f"{place}/out.npy").astype(float), named


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("binary", nargs="?"), parser.add_argument("zoo")
    parser.add_argument("--fixture", help="write the tests' fixture instead of asking a binary")
    parser.add_argument("--families", default=""), parser.add_argument("--keys", default="")
    parser.add_argument("--sample", type=int, default=0, help="at most so many flips of a family")
    (
        parser.add_argument("--seed", type=int, default=1),
        parser.add_argument("--jobs", type=int, default=1),
    )
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if options.fixture:
        options.sample = options.sample or 16
        return fixture(options)
    try:
        import numpy

        judge = Judge()
    except ImportError as error:
        sys.exit(f"branches.py needs torch and transformers: {error}")
    count, bad = collections.Counter(), []
    names = options.families.split(",") if options.families else sorted(os.listdir(options.zoo))
    pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
    for name in names:
        base = f"{options.zoo}/{name}/hf"
        if not os.path.exists(f"{base}/config.json"):
            continue
        config = json.load(open(f"{base}/config.json"))
        ids = tokens(config)
        with tempfile.TemporaryDirectory() as place:
            folder(base, config, place)
            usual, why = judge.logits(place, ids)
        if usual is None:
            print(f"skipped   {name}: {why}")
            continue
        try:
            attributes = judge.attributes(config)
        except Exception:
            attributes = {}
        chosen = [
            f
            for f in wrapped(config, attributes)
            if not options.keys or any(k in f[0] for k in options.keys.split(","))
        ]
        if options.sample and len(chosen) > options.sample:
            chosen = random.Random(options.seed).sample(chosen, options.sample)

        def one(flip):
            what, change = flip
            with tempfile.TemporaryDirectory() as place:
                flipped = changed(config, change)
                folder(base, flipped, place)
                want, why = judge.logits(place, ids)
                if want is None:
                    return "no judge", what, why
                got, said = ask(
                    options.binary,
                    place,
                    ids,
                    set(change)
                    | set(change.get("text_config", {}))
                    | {"rope_parameters", "rope_scaling"},
                )
                matters = not numpy.allclose(want, usual, rtol=0, atol=1e-6)
                text = said[-1][:150] if said else ""
                if got is None:
                    return ("refused" if matters and said else "REFUSED"), what, text
                error = float("inf")
                if got.shape == want.shape:
                    error = numpy.linalg.norm(got - want) / numpy.linalg.norm(want)
                verdict = "equal" if error < TOLERANCE else "noted" if said else "SILENT"
                return verdict, what, f"{error:.2g} {text}"

        for verdict, what, text in pool.map(one, chosen):
            count[verdict] += 1
            if verdict in ("SILENT", "REFUSED"):
                bad.append(f"{name} {what}")
            if options.verbose or verdict in ("SILENT", "REFUSED", "noted", "refused"):
                print(f"{verdict:9s} {name} {what}: {text}", flush=True)
    print(dict(count), f"{len(bad)} bad of {sum(count.values()) - count['no judge']}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
