"""What peer.py and held_out.py share: running Semblance, and counting pairs."""

import itertools
import json
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/release/bin/semblance"


def run(data, *arguments, json_answer=False):
    """Runs the program; its answer, or nothing."""
    command = [str(PROGRAM), "--data", str(data), *(["--json"] if json_answer else []), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout) if json_answer else None


def sync(data, folder, model):
    run(data, "--quiet", "sync", folder, "--model", model)


def duplicates(data, threads):
    """Pairs of ids that are identical or the same photo, and how long it took."""
    start = time.perf_counter()
    report = run(data, "--threads", threads, "duplicates", json_answer=True)
    seconds = time.perf_counter() - start
    pairs = set()
    for group in report["groups"]:
        if group["lane"] == "look-alike":
            continue
        ids = [id for item in group["items"] for id in (item["id"], *item.get("copies", []))]
        pairs.update(frozenset(pair) for pair in itertools.combinations(ids, 2))
    return pairs, seconds, report


def pairs_of(photo_of):
    """All pairs of ids that are one photo; photo_of: by id."""
    by_photo = {}
    for id, photo in photo_of.items():
        by_photo.setdefault(photo, []).append(id)
    return {frozenset(pair) for ids in by_photo.values() for pair in itertools.combinations(ids, 2)}


def score(found, true):
    """Precision and recall; the precision of nothing is 1."""
    right = len(found & true)
    return (right / len(found) if found else 1.0), right / len(true)


def load():
    return f"load {pathlib.Path('/proc/loadavg').read_text().split()[0]}"
