#!/usr/bin/env python3
"""The neighbour table of a collection beside scikit-learn's brute force on the same vectors.

Usage: neighbours.py PROGRAM DATA SHAPE.npy [--collection NAME] [--limit 20] [--threads N]

SHAPE.npy and SHAPE.ids.txt come from `PROGRAM --data DATA export --descriptors SHAPE.npy`. Needs numpy and scikit-learn
(requirements.txt). Prints JSON: wall and CPU seconds of both, and how many neighbours of 500 items agree with a comparison
in float64. The collection's table is dropped first, and is there, of colour weight 0, afterwards.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy


def cpu_seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def timed(function, who):
    wall, cpu = time.perf_counter(), cpu_seconds(who)
    answer = function()
    return answer, {"seconds": time.perf_counter() - wall, "cpu_seconds": cpu_seconds(who) - cpu}


def program(arguments, *command):
    base = [arguments.program, "--data", arguments.data, "--collection", arguments.collection,
            "--threads", str(arguments.threads), "--quiet", "--json"]
    return json.loads(subprocess.run(base + list(command), check=True, capture_output=True, text=True).stdout)


def read_table(path):
    neighbours = {}
    with open(path, newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            neighbours.setdefault(row["id"], []).append((row["neighbour"], float(row["score"])))
    return neighbours


def agreement(neighbours, vectors, ids, limit):
    """Share of listed neighbours that score at least the limit-th best of a comparison in float64."""
    right = total = 0
    wide = vectors.astype(numpy.float64)
    for row in numpy.linspace(0, len(ids) - 1, 500).astype(int):
        scores = (1 + wide @ wide[row]) / 2
        scores[row] = -1
        least = numpy.sort(scores)[-limit]
        listed = neighbours[ids[row]]
        right += sum(score >= least - 1e-12 for _, score in listed)
        total += limit
    return right / total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("data")
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--collection", default="default")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", str(arguments.threads))
    from sklearn.neighbors import NearestNeighbors

    vectors = numpy.load(arguments.vectors)
    ids = arguments.vectors.with_suffix(".ids.txt").read_text(encoding="utf-8").splitlines()
    load = os.getloadavg()[0]
    program(arguments, "neighbours", "--drop")
    report, table = timed(lambda: program(arguments, "neighbours", "--colour-weight", "0",
                                             "--limit", str(arguments.limit)),
                          resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        output = str(Path(folder) / "neighbours.csv")
        program(arguments, "neighbours", "--export", output)
        recall = agreement(read_table(output), vectors, ids, arguments.limit)

    searcher = NearestNeighbors(n_neighbors=arguments.limit + 1, algorithm="brute", metric="cosine",
                                n_jobs=arguments.threads).fit(vectors)
    _, sklearn = timed(lambda: searcher.kneighbors(vectors), resource.RUSAGE_SELF)
    print(json.dumps({
        "items": report["items"], "dimension": int(vectors.shape[1]), "limit": arguments.limit,
        "threads": arguments.threads, "load_average_before": load,
        "table": table, "table_recall": recall, "sklearn": sklearn,
        "ratio": sklearn["seconds"] / table["seconds"],
        "cpu_ratio": sklearn["cpu_seconds"] / table["cpu_seconds"],
    }, indent=1))


if __name__ == "__main__":
    main()
