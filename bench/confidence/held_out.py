#!/usr/bin/env python3
"""Prints how far confidence is from what is right, on products that it was not learnt from.

    bench/confidence/held_out.py [--sets demo,grocery] [--seeds 20] [--orders 5] [--plots FOLDER]

Two ways, for each set of photos. Ten parts: every part is judged by what the other nine tell ('confidence fit' does this by
itself), and the error is that of all hits together; which product is in which part depends on the order of the photos, which
is shuffled --orders times. Halves: the products are cut in two at random, once for each seed; confidence is learnt from the
photos of one half, which search among themselves, and judged on the searches of the other half among themselves. "Of all"
is no test: what was learnt from all products, on the same halves; it shows what so few products can tell at all.
The demo catalogue must have been drawn (scripts/demo). Data directories are kept in --work.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(options, data, *arguments):
    command = [options.program, "--data", str(data), "--quiet", "--json", *map(str, arguments)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"`{' '.join(command)}` ended with exit code {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def with_halves(rows, seeds):
    """The rows with a column for each seed: which half of the products a row is in."""
    products = sorted({row["product"] for row in rows})
    for seed in range(seeds):
        shuffled = products[:]
        random.Random(seed).shuffle(shuffled)
        first = set(shuffled[: len(shuffled) // 2])
        for row in rows:
            row[f"half{seed}"] = "a" if row["product"] in first else "b"
    return rows


def write_table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sync(options, name, order):
    """A data directory with the photos of a set in some order, their products and halves."""
    if name == "demo":
        images, labels = Path(options.demo) / "images", Path(options.demo) / "styles.csv"
    else:
        images = Path(options.test_data) / "data/grocery"
        labels = images / "labels.csv"
    rows = with_halves(read_table(labels), options.seeds)
    random.Random(1000 + order).shuffle(rows)
    data = Path(options.work) / f"{name}-{order}"
    table = write_table(Path(options.work) / f"{name}-{order}.csv", rows)
    run(options, data, "sync", table, "--images", images, "--product-column", "product", "--model", options.model, "--yes")
    return data


def figures(check):
    return check["calibration_error"], check["by_chance"], check["log_loss"], check["log_loss_of_share"]


def print_row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def print_checks(name, what, checks):
    mean = [sum(column) / len(checks) for column in zip(*map(figures, checks))]
    errors = [figures(check)[0] for check in checks]
    print_row(name, what, f"{mean[0]:.4f} ({min(errors):.4f} to {max(errors):.4f})", *(f"{one:.4f}" for one in mean[1:]))


def check_half(options, data, seed):
    return run(options, data, "confidence", "check", "--label", "product", "--where", f"half{seed}=b")


def print_halves(options, name, data):
    """Ends with what was learnt from all photos in the catalogue."""
    checks = []
    for seed in range(options.seeds):
        run(options, data, "confidence", "fit", "--label", "product", "--where", f"half{seed}=a")
        checks.append(check_half(options, data, seed))
    print_checks(name, f"halves, {options.seeds} times", checks)
    run(options, data, "confidence", "fit", "--label", "product")
    print_checks(name, "of all (no test)", [check_half(options, data, seed) for seed in range(options.seeds)])


def print_parts(options, name, folders):
    learnt = []
    for order, data in enumerate(folders):
        plot = ()
        if options.plots and order == 0:
            plot = ("--plot", Path(options.plots) / f"reliability-{name}.svg")
        learnt.append(run(options, data, "confidence", "fit", "--label", "product", *plot))
    print_checks(name, f"ten parts, {len(folders)} orders", [one["held_out"] for one in learnt])
    rows = []
    for ways in zip(*(one["candidates"] for one in learnt)):
        loss, error = (sum(way[key] for way in ways) / len(ways) for key in ("log_loss", "calibration_error"))
        rows.append((name, ways[0]["name"], f"{loss:.4f}", f"{error:.4f}"))
    return rows


def parse_arguments():
    data = os.environ.get("SEMBLANCE_TEST_DATA", str(ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test-data", default=data, help="default: $SEMBLANCE_TEST_DATA")
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/semblance"))
    parser.add_argument("--work", default=str(ROOT / "bench/results/confidence"))
    parser.add_argument("--demo", default=str(ROOT / "build/demo/catalogue"), help="the demo catalogue")
    parser.add_argument("--model", default="semblance-m")
    parser.add_argument("--sets", default="demo,grocery")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--plots", help="draw reliability-SET.svg into this folder, of the ten parts")
    return parser.parse_args()


def main():
    options = parse_arguments()
    candidates = []
    print_row("set", "products held out", "calibration error", "by chance alone", "log loss", "without looking")
    print_row(*["---"] * 6)
    for name in options.sets.split(","):
        folders = [sync(options, name, order) for order in range(options.orders)]
        candidates += print_parts(options, name, folders)
        print_halves(options, name, folders[0])
    print()
    print_row("set", "learnt (ten parts)", "log loss", "calibration error")
    print_row(*["---"] * 4)
    for row in candidates:
        print_row(*row)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
