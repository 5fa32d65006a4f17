#!/usr/bin/env python3
"""Time of a query in three ways, as one of the projects that Semblance learnt from measured it: everything computed when it
is asked, features saved, neighbours saved.

    bench/query_time.py --data DATA --photos FOLDER [--count 100] [--program build/release/bin/semblance]

DATA has the collection `default`, synced from FOLDER, with a neighbour table (`semblance neighbours`). Photos are chosen evenly.
The second way asks for one hit more than the table holds (20), so that it has to search.
"whole" is from the start of the program to its end, "inside" the answer's took_ms (without decoding and embedding).
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]


def ask(program, data, arguments):
    start = time.perf_counter()
    done = subprocess.run([program, "--data", data, "--quiet", "--json", *arguments], check=True, capture_output=True, text=True)
    return (time.perf_counter() - start) * 1e3, json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--photos", required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/semblance"))
    options = parser.parse_args()
    names = sorted(os.listdir(options.photos))
    names = [names[i * len(names) // options.count] for i in range(options.count)]
    ways = {
        "photo: network opened, decoded, embedded, searched": lambda name: ["search", os.path.join(options.photos, name)],
        "item: vectors saved, searched": lambda name: ["similar", name, "--limit", "21", "--explain"],
        "item: neighbours saved": lambda name: ["similar", name, "--explain"],
    }
    print(f"{len(names)} queries, load {os.getloadavg()[0]:.1f}")
    for way, arguments in ways.items():
        answers = [ask(options.program, options.data, arguments(name)) for name in names]
        plans = {answer.get("explain", {}).get("plan", "") for _, answer in answers}
        print(f"{way:52} whole {statistics.mean(ms for ms, _ in answers):7.2f} ms   inside "
              f"{statistics.mean(answer['took_ms'] for _, answer in answers):6.3f} ms   {' '.join(sorted(plans))}")


if __name__ == "__main__":
    main()
