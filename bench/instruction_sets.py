#!/usr/bin/env python3
"""Compares the vectors that `semblance sync` makes on this processor with those on others, which qemu emulates.

ONNX Runtime and our own kernels choose their code by what the processor says it can do, and sums in another order differ in
their last bits. Needs the Debian package qemu-user; a photo takes up to a minute where instructions are emulated. The exit
code is 1 where a cosine is below .99999.

    bench/instruction_sets.py [--photos 2] [--networks semblance-s,mobilenet_v2] [--processors Nehalem,Haswell]
"""

import argparse
import array
import ast
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AIM = 0.99999
# What of this processor's they lack: Nehalem has SSE 4.2, Sandy Bridge AVX without fused multiplication, Haswell AVX2 with it.
PROCESSORS = "Nehalem,SandyBridge,Haswell"
DESCRIPTORS = ("shape", "colour", "histogram", "histogram-foreground")


class Failure(Exception):
    """One sentence for the user."""


def run(command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Failure(f"`{' '.join(map(str, command))}` ended with exit code {done.returncode}: {last}")


def read_rows(path):
    """The float32 rows of an .npy file of version 1."""
    content = path.read_bytes()
    length = int.from_bytes(content[8:10], "little")
    header = ast.literal_eval(content[10 : 10 + length].decode())
    if header["descr"] != "<f4" or header["fortran_order"]:
        raise Failure(f"{path} does not hold rows of float32")
    count, width = header["shape"]
    numbers = array.array("f", content[10 + length :])
    return [numbers[i * width : (i + 1) * width] for i in range(count)]


def sync(options, network, photos, processor, data):
    """Descriptors by name, as this processor (None) or an emulated one makes them."""
    file = Path(options.test_data) / "models" / f"{network}.onnx"
    model = network if network.startswith("semblance-") else file
    emulator = ["qemu-x86_64", "-cpu", processor] if processor else []
    # One thread: emulated ones would wait for each other.
    run([*emulator, options.program, "--data", data, "--quiet", "--threads", "1", "sync", photos, "--model", model, "--yes"])
    descriptors = {}
    for name in DESCRIPTORS:
        if name == "colour" and network != "semblance-m":
            continue
        target = data / f"{name}.npy"
        run([options.program, "--data", data, "--quiet", "export", "--descriptors", target, "--descriptor", name])
        descriptors[name] = read_rows(target)
    return descriptors


def cosine(a, b):
    product = math.fsum(x * y for x, y in zip(a, b))
    return product / math.sqrt(math.fsum(x * x for x in a) * math.fsum(y * y for y in b))


def compare(native, other):
    """The smallest cosine of a row to the same row, and the largest difference of a number."""
    rows = list(zip(native, other, strict=True))
    return min(cosine(a, b) for a, b in rows), max(abs(x - y) for a, b in rows for x, y in zip(a, b))


def parse_arguments():
    data = os.environ.get("SEMBLANCE_TEST_DATA", str(ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test-data", default=data, help="default: $SEMBLANCE_TEST_DATA")
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/semblance"))
    parser.add_argument("--networks", default="semblance-m,semblance-s,mobilenet_v2")
    parser.add_argument("--processors", default=PROCESSORS, help="names of `qemu-x86_64 -cpu help`")
    parser.add_argument("--photos", type=int, default=2, help="the first so many of data/fashion")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if shutil.which("qemu-x86_64") is None:
        raise Failure("there is no qemu-x86_64: install the Debian package qemu-user")
    photos = sorted((Path(options.test_data) / "data/fashion").glob("*.jpg"))[: options.photos]
    if not photos:
        raise Failure("there are no photos in data/fashion: set SEMBLANCE_TEST_DATA")
    too_far = 0
    print("| network | processor | descriptor | smallest cosine, 1 - | largest difference |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="semblance-processors-") as scratch:
        folder = Path(scratch) / "photos"
        folder.mkdir()
        for photo in photos:
            shutil.copy(photo, folder)
        for network in options.networks.split(","):
            native = sync(options, network, folder, None, Path(scratch) / network)
            for processor in options.processors.split(","):
                other = sync(options, network, folder, processor, Path(scratch) / f"{network}-{processor}")
                for name, rows in native.items():
                    smallest, largest = compare(rows, other[name])
                    too_far += smallest < AIM
                    difference = max(0.0, 1 - smallest)
                    print(f"| {network} | {processor} | {name} | {difference:.1e} | {largest:.1e} |", flush=True)
    if too_far:
        raise Failure(f"{too_far} of them are below {AIM}")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"instruction_sets.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
