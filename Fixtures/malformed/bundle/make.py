"""Writes bundles that are wrong in one way each, and beside each what a reader must say: where it
is found (`open` or `verify`) and the code of the error."""

import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here + "/../../bundles")

from oci import (  # noqa: E402
    END,
    MODEL,
    Layer,
    bomb,
    entry,
    frame,
    header,
    layout,
    padded,
    seek_table,
    seekable,
    sha256,
    tar,
    wide_frame,
    with_checksum,
)

weights = b"GGUF" + bytes(range(256)) * 4
good = Layer(weights)
one = tar(entry("model.gguf", weights))
cases = {}


def case(name, stage, code, data):
    cases[name] = (stage, code, data)


def archived(*entries, packing="tar", **options):
    data = tar(*entries)
    return Layer(data, packing, **options)


# The outer archive.
whole = layout(good)
case("empty", "open", "truncated", b"")
case("not-a-tar", "open", "not-this-format", b"GGUF" + bytes(2000))
case("header-checksum", "open", "invalid-value", whole[:20] + b"!" + whole[21:])
case("end-mark-missing", "open", "truncated", whole[:-1024])
case("end-mark-half", "open", "truncated", whole[:-512])
case("lone-zero-block", "open", "invalid-value", bytes(512) + whole)
case("contents-truncated", "open", "truncated", whole[:1800])
block = bytearray(header("oci-layout", 30))


def sized(field):
    return with_checksum(block[:124] + field + block[136:]) + padded(b"x" * 30) + END


case("size-not-octal", "open", "invalid-value", sized(b"0000000009\0\0"))
case("size-negative", "open", "invalid-value", sized(b"\xff" * 12))
case("size-beyond-63-bits", "open", "invalid-value", sized(b"\x80\0\0\0" + b"\xff" * 8))
case("size-beyond-the-file", "open", "truncated", sized(b"\x80\0\0\0\x20\0\0\0\0\0\0\0"))


def pax(records, kind=b"x"):
    return entry("PaxHeader", records, kind=kind) + whole


case("pax-length-lies", "open", "invalid-value", pax(b"99 path=a\n"))
case("pax-length-zero", "open", "invalid-value", pax(b"0 path=a\n"))
case("pax-length-enormous", "open", "invalid-value", pax(b"99999999999999999999 path=a\n"))
case("pax-without-equals", "open", "invalid-value", pax(b"8 path\n\n"))
case("pax-size-not-a-number", "open", "invalid-value", pax(b"11 size=-1\n"))
case("pax-two-paths", "open", "duplicate-name", pax(b"10 path=a\n10 path=b\n"))
case("pax-link", "open", "unsafe-path", pax(b"14 linkpath=a\n"))
case("pax-sparse", "open", "unsupported-encoding", pax(b"22 GNU.sparse.major=1\n"))
case("pax-global-size", "open", "unsupported-encoding", pax(b"10 size=5\n", b"g"))
case("pax-too-long", "open", "limit-exceeded", header("PaxHeader", 1 << 30, b"x") + END)
case("pax-alone", "open", "invalid-value", entry("PaxHeader", b"10 path=a\n", kind=b"x") + END)
case("pax-path-outside", "open", "unsafe-path", pax(b"13 path=../a\n"))
for name, kind in {
    "symlink": b"2",
    "hardlink": b"1",
    "character-device": b"3",
    "block-device": b"4",
    "fifo": b"6",
}.items():
    odd = header("oci-layout", kind=kind, link="/etc/passwd")
    case("outer-" + name, "open", "unsafe-path", odd + whole)
    inner = archived(header("model.gguf", kind=kind, link="/etc/passwd"))
    case("layer-" + name, "open", "unsafe-path", layout(inner))
case("outer-sparse", "open", "unsupported-encoding", header("a", kind=b"S") + whole)
case("outer-unknown-type", "open", "unsafe-path", header("a", kind=b"Q") + whole)
case("outer-parent", "open", "unsafe-path", entry("../oci-layout", b"") + whole)
case("outer-absolute", "open", "unsafe-path", entry("/oci-layout", b"") + whole)
case("outer-twice", "open", "duplicate-name", entry("./oci-layout", b"{}") + whole)

# The documents.
case("layout-missing", "open", "not-this-format", layout(good, leave_out=["oci-layout"]))
case(
    "layout-version",
    "open",
    "unsupported-version",
    layout(good, oci=b'{"imageLayoutVersion":"2.0.0"}'),
)
case("layout-not-json", "open", "invalid-value", layout(good, oci=b"{]"))
case("index-missing", "open", "missing-file", layout(good, leave_out=["index.json"]))


def index(**changes):
    def make(item):
        value = {"schemaVersion": 2, "manifests": [item]}
        for key, change in changes.items():
            value[key] = change(item)
        return value

    return make


def item(**changes):
    return index(manifests=lambda item: [{**item, **changes}])


case(
    "index-two-manifests",
    "open",
    "invalid-value",
    layout(good, index=index(manifests=lambda i: [i, i])),
)
case(
    "index-no-manifest", "open", "invalid-value", layout(good, index=index(manifests=lambda i: []))
)
case(
    "index-schema",
    "open",
    "unsupported-version",
    layout(good, index=index(schemaVersion=lambda i: 1)),
)
case(
    "index-type",
    "open",
    "unsupported-version",
    layout(good, index=index(mediaType=lambda i: "a/b")),
)
case(
    "index-nested",
    "open",
    "unsupported-version",
    layout(good, index=item(mediaType="application/vnd.oci.image.index.v1+json")),
)
case(
    "manifest-missing",
    "open",
    "missing-file",
    layout(good, index=item(digest="sha256:" + "0" * 64)),
)
case("manifest-size", "open", "digest-mismatch", layout(good, index=item(size=5)))
case("manifest-digest-short", "open", "invalid-value", layout(good, index=item(digest="sha256:00")))
case(
    "manifest-digest-upper-case",
    "open",
    "invalid-value",
    layout(good, index=item(digest="sha256:" + "A" * 64)),
)
case(
    "manifest-digest-outside",
    "open",
    "unsupported-encoding",
    layout(good, index=item(digest="../../etc/passwd")),
)
case(
    "manifest-sha512",
    "open",
    "unsupported-encoding",
    layout(good, index=item(digest="sha512:" + "0" * 128)),
)
case("manifest-size-negative", "open", "invalid-value", layout(good, index=item(size=-1)))
case(
    "manifest-digest",
    "open",
    "digest-mismatch",
    layout(good, index=item(digest="sha256:" + "1" * 64), blobs={"sha256:" + "1" * 64: b"{}"}),
)
case("manifest-not-json", "open", "invalid-value", layout(good, manifest_bytes=b"[1 2]"))
case(
    "manifest-key-twice",
    "open",
    "duplicate-name",
    layout(good, manifest_bytes=b'{"schemaVersion":2,"schemaVersion":2}'),
)
case("manifest-schema", "open", "unsupported-version", layout(good, manifest={"schemaVersion": 1}))
case("manifest-no-layers", "open", "limit-exceeded", layout(manifest={"layers": []}))
case("manifest-layers-object", "open", "invalid-value", layout(good, manifest={"layers": {}}))
case(
    "manifest-of-an-image",
    "open",
    "not-this-format",
    layout(
        good,
        manifest={
            "artifactType": "application/vnd.example",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": sha256(b"{}"),
                "size": 2,
            },
        },
        blobs={sha256(b"{}"): b"{}"},
    ),
)
case(
    "configuration-missing",
    "open",
    "missing-file",
    layout(
        good,
        manifest={
            "config": {
                "mediaType": MODEL + "config.v1+json",
                "digest": "sha256:" + "2" * 64,
                "size": 2,
            }
        },
    ),
)
case("diff-ids-too-few", "open", "invalid-value", layout(good, diff_ids=[]))
case("diff-id-malformed", "open", "invalid-value", layout(good, diff_ids=["sha256:xyz"]))
annotated = Layer(weights)
annotated.annotations["x"] = 5
case("annotation-not-text", "open", "invalid-value", layout(annotated))
identified = {"annotations": {"weighbridge.bundle.identity": "sha256:1"}}
case("identity-malformed", "open", "invalid-value", layout(good, manifest=identified))

# Layers.
missing = sha256(weights)[7:]
case("blob-missing", "open", "missing-file", layout(good, leave_out=["blobs/sha256/" + missing]))
case("blob-size", "open", "invalid-value", layout(Layer(weights, size=len(weights) + 1)))
case(
    "layer-type",
    "open",
    "unsupported-encoding",
    layout(Layer(weights, mediaType="application/octet-stream")),
)
case("layer-gzip", "open", "unsupported-encoding", layout(Layer(weights, "tar+gzip")))
case("path-missing", "open", "missing-file", layout(Layer(weights, path=None)))
for name, path in {
    "empty": "",
    "parent": "../model.gguf",
    "parent-inside": "a/../../b",
    "absolute": "/etc/passwd",
    "current": "a/./b",
    "double-slash": "a//b",
    "slash-at-end": "a/",
    "backslash": "..\\model.gguf",
    "drive": "C:model.gguf",
    "zero": "a\0b",
    "newline": "a\nb",
    "only-dots": "..",
    "component-too-long": "a" * 256,
    "too-long": "a/" * 2100 + "a",
}.items():
    case("path-" + name, "open", "unsafe-path", layout(Layer(weights, path=path)))
case("path-twice", "open", "duplicate-name", layout(Layer(weights), Layer(b"x", kind="doc")))
case(
    "path-file-and-folder",
    "open",
    "duplicate-name",
    layout(Layer(weights, path="a"), Layer(b"x", path="a/b", kind="doc")),
)
for name, path in {"parent": "../a", "absolute": "/a", "current": "a/./b", "empty": "./"}.items():
    inner = archived(entry(path, weights))
    case("archived-path-" + name, "open", "unsafe-path", layout(inner))
case(
    "archived-path-not-utf8",
    "open",
    "invalid-utf8",
    layout(
        Layer(
            tar(
                with_checksum(
                    header("model.gg", len(weights))[:8]
                    + b"\xff"
                    + header("model.gg", len(weights))[9:]
                )
                + padded(weights)
            ),
            "tar",
        )
    ),
)
case(
    "archived-path-twice",
    "open",
    "duplicate-name",
    layout(archived(entry("model.gguf", weights), entry("./model.gguf", b"x"))),
)
case("archived-truncated", "open", "truncated", layout(Layer(one[:900], "tar")))
declared = Layer(weights)
declared.annotations["org.cncf.model.file.metadata+json"] = '{"size":5}'
case("declared-size", "open", "invalid-value", layout(declared))

# Compressed layers.
case("zstd-garbage", "open", "digest-mismatch", layout(Layer(b"not zstd at all", "tar+zstd")))
case("zstd-truncated", "open", "truncated", layout(Layer(frame(one)[:-1], "tar+zstd", one)))
case("zstd-window", "open", "limit-exceeded", layout(Layer(wide_frame(one, 31), "tar+zstd", one)))
case(
    "zstd-bomb",
    "open",
    "limit-exceeded",
    layout(Layer(frame(header("model.gguf", 150 * 131072)) + bomb(200), "tar+zstd")),
)
case(
    "zstd-bomb-declared",
    "open",
    "limit-exceeded",
    layout(
        (
            lambda layer: (
                layer.annotations.update({"org.cncf.model.file.metadata+json": '{"size":1028}'}),
                layer,
            )[1]
        )(Layer(frame(header("model.gguf", 150 * 131072)) + bomb(200), "tar+zstd"))
    ),
)
case(
    "seek-table-count",
    "open",
    "truncated",
    layout(Layer(seekable(one, table=seek_table([(1, 1)], count=1000)), "tar+zstd", one)),
)
case(
    "seek-table-count-enormous",
    "open",
    "limit-exceeded",
    layout(Layer(seekable(one, table=seek_table([(1, 1)], count=0xFFFFFFFF)), "tar+zstd", one)),
)
case(
    "seek-table-sum",
    "open",
    "invalid-value",
    layout(Layer(seekable(one, table=seek_table([(1000, 1000)])), "tar+zstd", one)),
)
case(
    "seek-table-flags",
    "open",
    "unsupported-version",
    layout(Layer(seekable(one, table=seek_table([(1000, 1000)], flags=4)), "tar+zstd", one)),
)
case(
    "seek-table-frame",
    "open",
    "limit-exceeded",
    layout(Layer(seekable(one, table=seek_table([(1000, 1 << 30)])), "tar+zstd", one)),
)
case(
    "seek-table-sparse",
    "open",
    "invalid-value",
    layout(Layer(seekable(one, table=seek_table([(5000, 1)])), "tar+zstd", one)),
)
parts = [(frame(one[i : i + 1000]), len(one[i : i + 1000])) for i in range(0, len(one), 1000)]
lying = [(len(f), n) for f, n in parts]
lying[1] = (lying[1][0], 999)
lying[2] = (lying[2][0], lying[2][1] + 1)
case(
    "seek-table-content-size",
    "verify",
    "digest-mismatch",
    layout(Layer(b"".join(f for f, _ in parts) + seek_table(lying), "tar+zstd", one)),
)

# What only reading everything finds.
flipped = bytearray(weights)
flipped[500] ^= 1
wrong = {sha256(weights): bytes(flipped)}
case("raw-digest", "verify", "digest-mismatch", layout(good, blobs=wrong))
case("diff-id", "verify", "digest-mismatch", layout(good, diff_ids=["sha256:" + "3" * 64]))
# Hidden where the end mark belongs.
for name, kind, code in (("link", b"2", "unsafe-path"), ("file", b"0", "invalid-value")):
    hidden = one[:-1024] + header("hidden", kind=kind, link="/etc/passwd") + bytes(512)
    case("hidden-" + name, "verify", code, layout(Layer(seekable(hidden), "tar+zstd", hidden)))
filed = Layer(seekable(one), "tar+zstd", one)
filed.annotations["weighbridge.file.digest"] = "sha256:" + "4" * 64
case("file-digest", "verify", "digest-mismatch", layout(filed))
sound = seekable(one)
damaged = bytearray(sound)
damaged[700] ^= 0x10
case(
    "zstd-digest",
    "verify",
    "digest-mismatch",
    layout(Layer(sound, "tar+zstd", one), blobs={sha256(sound): bytes(damaged)}),
)
case(
    "identity",
    "verify",
    "digest-mismatch",
    layout(good, manifest={"annotations": {"weighbridge.bundle.identity": "sha256:" + "5" * 64}}),
)
case("stray-blob", "verify", "digest-mismatch", layout(good, blobs={"sha256:" + "6" * 64: b"x"}))

for name in os.listdir(here):
    if name.endswith((".tar", ".error")):
        os.remove(here + "/" + name)
for name, (stage, code, data) in cases.items():
    with open(f"{here}/{name}.tar", "wb") as file:
        file.write(data)
    with open(f"{here}/{name}.error", "w") as file:
        file.write(f"{stage} {code}\n")
print(len(cases))
