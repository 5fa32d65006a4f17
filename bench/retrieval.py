#!/usr/bin/env python3
"""Runs `semblance eval` for networks x labels x descriptors and prints a Markdown table for docs/benchmarks.md.

Each network's photos are synced into a data directory of its own below --work, which is kept: run again, it only
evaluates. Where a reference figure is known, the difference is shown; with --check one that is too large makes the
exit code 1.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABELS = ("articleType", "baseColour", "articleType+baseColour")
NETWORKS = ("mobilenet_v2", "semblance-m", "semblance-s")


class Failure(Exception):
    """One sentence for the user."""


@dataclass(frozen=True)
class Setting:
    """A row of the table for one network: what it is called, and eval's options for it."""

    name: str
    options: tuple
    networks: tuple = NETWORKS


SHAPE = Setting("shape", ("--descriptor", "shape"))
SETTINGS = (
    SHAPE,
    Setting("colour", ("--descriptor", "colour"), ("semblance-m",)),
    *(Setting(f"colour weight {w}", ("--colour-weight", w)) for w in ("0.1", "0.3", "0.5")),
    # Pixels alone: the same with every network, so once is enough.
    Setting("histogram", ("--descriptor", "histogram", "--metric", "chi-square"), ("mobilenet_v2",)),
    Setting(
        "histogram-foreground", ("--descriptor", "histogram-foreground", "--metric", "chi-square"), ("mobilenet_v2",)
    ),
)

# precision@10 for type, colour and both, every second photo a query: from models/semblance-m.md and semblance-s.md.
REFERENCES = {
    ("mobilenet_v2", "shape"): (0.660, 0.258, 0.184),
    ("mobilenet_v2", "histogram"): (0.183, 0.393, 0.094),
    ("semblance-m", "shape"): (0.747, 0.255, 0.202),
    ("semblance-m", "colour"): (0.365, 0.486, 0.191),
    ("semblance-m", "colour weight 0.1"): (0.743, 0.309, 0.241),
    ("semblance-m", "colour weight 0.3"): (0.723, 0.382, 0.288),
    ("semblance-m", "colour weight 0.5"): (0.680, 0.429, 0.302),
    ("semblance-s", "shape"): (0.678, 0.443, 0.315),
}
TOLERANCES = {"mobilenet_v2": 0.015, "semblance-m": 0.01, "semblance-s": 0.01}
HISTOGRAM_TOLERANCE = 0.02
FIGURES = ("precision_at_k", "hit_rate_at_1", "hit_rate_at_k", "map_at_k", "ndcg_at_k")


def run_json(command):
    """The JSON object that a command of semblance prints."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Failure(f"`{' '.join(command)}` ended with exit code {done.returncode}: {last}")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise Failure(f"`{' '.join(command)}` printed no JSON object") from None


def write_attributes(options):
    """A table of the photos' attributes and, as `half`, whether a photo's name sorts at an odd or an even place.

    The odd half (the first photo, the third, ...) is for choosing defaults, the even half for reporting what they give.
    """
    with open(Path(options.test_data) / "data/fashion-styles.csv", newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    by_id = {row[0]: row[: len(header)] for row in rows if row}
    target = Path(options.work) / "fashion-attributes.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([*header, "half"])
        names = sorted(photo.name for photo in Path(options.photos).glob("*.jpg"))
        for place, name in enumerate(names, start=1):
            half = "odd" if place % 2 else "even"
            table.writerow([*by_id[Path(name).stem], half])
    return target


def sync(options, network):
    """The data directory of a network, with every photo in it."""
    data = Path(options.work) / network
    file = Path(options.test_data) / "models" / f"{network}.onnx"
    own = network.startswith("semblance-")  # those the program knows by name
    if not own and not file.is_file():
        raise Failure(f"there is no network {file}: set SEMBLANCE_TEST_DATA")
    data.parent.mkdir(parents=True, exist_ok=True)
    print(f"syncing with {network}", file=sys.stderr, flush=True)
    command = [options.program, "--data", str(data), "--json", "sync", options.photos]
    command += ["--attributes", str(write_attributes(options)), "--key", "id", "--model", network if own else str(file)]
    return data, run_json(command)


def evaluate(options, data, setting, label):
    command = [options.program, "--data", str(data), "--json", "eval", "--label", label, "--limit", str(options.limit)]
    if options.queries_where:
        command += ["--queries-where", options.queries_where]
    answer = run_json([*command, *setting.options])
    missing = [figure for figure in FIGURES if figure not in answer]
    if missing:
        raise Failure(f"the answer of eval has no {missing[0]}")
    return answer


def reference_of(options, network, setting, label):
    if options.limit != 10 or label not in LABELS:
        return None
    figures = REFERENCES.get((network, setting.name))
    return figures[LABELS.index(label)] if figures else None


def tolerance_of(network, setting):
    return HISTOGRAM_TOLERANCE if setting.name.startswith("histogram") else TOLERANCES[network]


def row_of(network, setting, label, answer, reference):
    cells = [network, setting.name, label, str(answer["queries"])]
    cells += [f"{answer[figure]:.3f}" for figure in FIGURES]
    if reference is None:
        return cells + ["-", "-"]
    return cells + [f"{reference:.3f}", f"{answer['precision_at_k'] - reference:+.3f}"]


def print_table(options, rows):
    k = options.limit
    header = ["network", "descriptor", "label", "queries", f"precision@{k}", "hit rate@1", f"hit rate@{k}"]
    header += [f"mAP@{k}", f"nDCG@{k}", f"reference precision@{k}", "difference"]
    for cells in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(cells) + " |")


def parse_arguments():
    data = os.environ.get("SEMBLANCE_TEST_DATA", str(ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test-data", default=data, help="default: $SEMBLANCE_TEST_DATA")
    parser.add_argument("--program-dir", default=str(ROOT / "build/release/bin"), help="default: build/release/bin")
    parser.add_argument("--work", default=str(ROOT / "bench/results/retrieval"), help="folder for data directories")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="names of $SEMBLANCE_TEST_DATA/models or own")
    parser.add_argument("--labels", default=",".join(LABELS))
    parser.add_argument("--descriptors", default=",".join(setting.name for setting in SETTINGS))
    parser.add_argument("--queries-where", help="passed to eval: which photos are queries (default: all)")
    parser.add_argument("--limit", type=int, default=10, help="the k of precision@k (default 10)")
    parser.add_argument("--check", action="store_true", help="exit code 1 if a figure is too far from its reference")
    parser.add_argument("--json", help="file for eval's answers")
    options = parser.parse_args()
    for name in ("networks", "labels", "descriptors"):
        setattr(options, name, [item for item in getattr(options, name).split(",") if item])
    known = {setting.name for setting in SETTINGS}
    for name in options.descriptors:
        if name not in known:
            parser.error(f"unknown descriptor {name}: one of {', '.join(sorted(known))}")
    options.photos = str(Path(options.test_data) / "data/fashion")
    options.program = str(Path(options.program_dir) / "semblance")
    return options


def applies(setting, network):
    return network in setting.networks or (setting is SHAPE and network not in NETWORKS)


def main():
    options = parse_arguments()
    if not os.access(options.program, os.X_OK):
        folder = options.program_dir
        raise Failure(f"there is no program semblance in {folder}: build it first (cmake --build --preset release)")
    if not Path(options.photos).is_dir():
        raise Failure(f"there are no photos in {options.photos}: set SEMBLANCE_TEST_DATA")
    rows, answers, too_far = [], [], 0
    for network in options.networks:
        data, _ = sync(options, network)
        settings = [s for s in SETTINGS if s.name in options.descriptors and applies(s, network)]
        for setting in settings:
            for label in options.labels:
                answer = evaluate(options, data, setting, label)
                reference = reference_of(options, network, setting, label)
                rows.append(row_of(network, setting, label, answer, reference))
                answers.append({"network": network, "descriptor": setting.name, **answer})
                if reference is not None:
                    too_far += abs(answer["precision_at_k"] - reference) > tolerance_of(network, setting)
    print_table(options, rows)
    if options.json:
        Path(options.json).parent.mkdir(parents=True, exist_ok=True)
        Path(options.json).write_text(json.dumps(answers, indent=1) + "\n")
    if options.check and too_far:
        raise Failure(f"{too_far} figures differ from their reference by more than the tolerance")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"retrieval.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
