"""Generated requests against a running server: see run."""

import argparse
import concurrent.futures
import pathlib
import random
import subprocess
import sys

import requests
from openapi_spec_validator import validate

# Generated data that fits the schema may still be refused for what it means (no such item, no such
# column in a filter), and the server that is tested has no keys.
LEFT_OUT = "positive_data_acceptance,ignored_auth"


def schemathesis(address, examples, phases):
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"),
        "--config-file", str(pathlib.Path(__file__).with_name("schemathesis.toml")),
        "run", f"{address}/openapi.json",
        "--phases", phases, "--mode", "all", "--max-examples", str(examples),
        "--continue-on-failure", "--suppress-health-check", "all", "--exclude-checks", LEFT_OUT,
        "--warnings", "off", "--no-color",
    ]
    return subprocess.run(command, check=False).returncode


def broken(photo, source):
    """A photo that is cut, has other bytes, or is no photo."""
    kind = source.randrange(6)
    data = bytearray(photo)
    if kind == 0:
        return bytes(data[: source.randrange(len(data))])
    if kind == 1:
        return source.randbytes(source.randrange(4096))
    if kind == 2:
        return b"<html>" + bytes(data)
    if kind == 3:  # only its head is right
        return bytes(data[: source.randrange(4, 200)]) + source.randbytes(2000)
    for _ in range(source.randrange(1, 40)):
        data[source.randrange(len(data))] = source.randrange(256)
    return bytes(data)


def send_broken(address, photos, seed):
    source = random.Random(seed)
    data = broken(source.choice(photos), source)
    kind = source.randrange(4)
    try:
        if kind == 0:
            answer = requests.post(f"{address}/v1/collections/default/search", data=data, timeout=60,
                                   headers={"Content-Type": "image/jpeg"})
        elif kind == 1:
            answer = requests.post(f"{address}/v1/embed", files={"image": data}, timeout=60)
        elif kind == 2:
            answer = requests.post(f"{address}/v1/compare", files={"a": data, "b": photos[0]}, timeout=60)
        else:
            answer = requests.put(f"{address}/v1/collections/default/items/broken-{seed % 50}",
                                  files={"image": data}, timeout=60)
    except requests.RequestException as error:
        return f"seed {seed}: {error}"
    if answer.status_code in (200, 201, 413, 422, 503):
        return None
    return f"seed {seed}: {answer.status_code} {answer.text[:200]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--photos", type=pathlib.Path, required=True)
    parser.add_argument("--requests", type=int, required=True, help="about so many, half of them broken photos")
    arguments = parser.parse_args()
    validate(requests.get(f"{arguments.address}/openapi.json", timeout=60).json())

    photos = [path.read_bytes() for path in sorted(arguments.photos.rglob("*.jpg"))[:30]]
    seeds = range(arguments.requests // 2)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        faults = [fault for fault in pool.map(lambda seed: send_broken(arguments.address, photos, seed), seeds) if fault]
    print(f"{len(seeds)} broken photos, {len(faults)} wrong answers")
    for fault in faults[:10]:
        print(fault)

    # About 60 requests come from an operation's coverage whatever the number of examples is.
    examples = max(5, arguments.requests // 2 // 40)
    failed = schemathesis(arguments.address, examples, "examples,coverage,fuzzing")
    failed |= schemathesis(arguments.address, max(5, examples // 10), "stateful")
    return 1 if faults or failed else 0


sys.exit(main())
