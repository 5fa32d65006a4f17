#!/usr/bin/env python3
"""Exact and approximate search of the same vectors by Semblance's indices and by libraries from PyPI, one thread each.

    bench/search/setup_peers.sh
    bench/search/.venv/bin/python bench/search/peers.py --vectors shape.npy [--queries 200] [--rounds 3] [--json OUT]

VECTORS is what `semblance export --descriptors shape.npy` wrote: unit vectors, so the inner product is the cosine. Queries are
rows evenly chosen; k = 10. Times are CPU time of one thread (of the process, for Python), the smallest of the rounds, so that
other programs disturb little; each contender has its turn in each round.
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import pathlib
import subprocess
import time

import faiss
import hnswlib
import numpy
from sklearn.neighbors import NearestNeighbors
from usearch.index import Index

ROOT = pathlib.Path(__file__).resolve().parents[2]
K = 10
EFFORTS = (10, 16, 24, 32, 48, 64, 96, 128, 192, 256)


def cpu_seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def one_by_one(search, queries):
    """Runs search on one query after the other; the ids found."""
    return numpy.stack([search(queries[i : i + 1])[0][:K] for i in range(len(queries))])


def exact_contenders(vectors):
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    brute = NearestNeighbors(n_neighbors=K, algorithm="brute", metric="euclidean", n_jobs=1).fit(vectors)
    return {
        "FAISS IndexFlatIP": lambda q: flat.search(q, K)[1],
        "scikit-learn NearestNeighbors brute": lambda q: brute.kneighbors(q, return_distance=False),
    }


def graph_contenders(vectors):
    """name -> (search(queries), set_effort(ef))."""
    dimension = vectors.shape[1]
    graph = faiss.IndexHNSWFlat(dimension, 16, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = 200
    graph.add(vectors)

    plain = hnswlib.Index(space="ip", dim=dimension)
    plain.init_index(max_elements=len(vectors), M=16, ef_construction=200)
    plain.set_num_threads(1)
    plain.add_items(vectors)

    def set_plain(ef):
        plain.set_ef(max(ef, K))

    usearch = Index(ndim=dimension, metric="ip", dtype="i8", connectivity=16, expansion_add=200)
    usearch.add(numpy.arange(len(vectors)), vectors, threads=1)

    lists = int(4 * len(vectors) ** 0.5)
    coarse = faiss.IndexFlatIP(dimension)
    pq = faiss.IndexIVFPQFastScan(coarse, dimension, lists, dimension // 2, 4, faiss.METRIC_INNER_PRODUCT)
    pq.train(vectors)
    pq.add(vectors)
    refined = faiss.IndexRefineFlat(pq, faiss.swig_ptr(vectors))
    refined.k_factor = 10

    def set_graph(ef):
        graph.hnsw.efSearch = ef

    def set_usearch(ef):
        usearch.expansion_search = ef

    def set_pq(ef):
        pq.nprobe = ef

    return {
        "hnswlib 0.8 (f32)": (lambda q: plain.knn_query(q, k=K, num_threads=1)[0], set_plain),
        "FAISS IndexHNSWFlat": (lambda q: graph.search(q, K)[1], set_graph),
        "FAISS IVFPQFastScan, refined": (lambda q: refined.search(q, K)[1], set_pq),
        "usearch 2.26 (i8)": (lambda q: usearch.search(q, K, threads=1).keys.reshape(len(q), -1), set_usearch),
    }


def ours(arguments, what):
    command = [arguments.bench, what, "--vectors", arguments.vectors, "--queries", str(arguments.queries),
               "--rounds", str(arguments.rounds)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def recall(found, truth):
    return float(numpy.mean([len(set(a[:K]) & set(b)) / K for a, b in zip(found, truth)]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", required=True)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bench", default=str(ROOT / "build/release/bin/bench_search"))
    parser.add_argument("--json")
    arguments = parser.parse_args()
    vectors = numpy.ascontiguousarray(numpy.load(arguments.vectors), dtype=numpy.float32)
    rows = [i * len(vectors) // arguments.queries for i in range(arguments.queries)]
    queries = vectors[rows]
    truth = numpy.argsort(-(queries.astype(numpy.float64) @ vectors.T.astype(numpy.float64)), axis=1)[:, :K]

    report = {"rows": len(vectors), "dimension": vectors.shape[1], "load_before": os.getloadavg()[0], "exact": {}, "graph": {}}
    exact = exact_contenders(vectors)
    best = {name: {"single": float("inf"), "batch": float("inf")} for name in exact}
    own = {"single": float("inf"), "batch": float("inf")}
    for _ in range(arguments.rounds):
        for name, search in exact.items():
            best[name]["single"] = min(best[name]["single"], cpu_seconds(lambda: one_by_one(search, queries)))
            best[name]["batch"] = min(best[name]["batch"], cpu_seconds(lambda: search(queries)))
        measured = ours(arguments, "exact")
        own["single"] = min(own["single"], measured["one_ms"] / 1e3 * len(queries))
        own["batch"] = min(own["batch"], measured["eight_ms_a_query"] / 1e3 * len(queries))
    for name, seconds in {"Semblance exact": own, **best}.items():
        report["exact"][name] = {
            "single_ms": seconds["single"] / len(queries) * 1e3,
            "batch_ms": seconds["batch"] / len(queries) * 1e3,
            "ours_is_faster_single": seconds["single"] / own["single"],
            "ours_is_faster_batch": seconds["batch"] / own["batch"],
        }
        print(name, json.dumps(report["exact"][name]))

    for name, (search, set_effort) in graph_contenders(vectors).items():
        curve = []
        for effort in EFFORTS:
            set_effort(effort)
            seconds = min(cpu_seconds(lambda: one_by_one(search, queries)) for _ in range(arguments.rounds))
            curve.append({"ef": effort, "recall_at_10": recall(one_by_one(search, queries), truth),
                          "queries_a_second": len(queries) / seconds})
        report["graph"][name] = curve
    graph = ours(arguments, "graph")
    report["graph"]["Semblance"] = graph["curve"]
    report["graph"]["hnswlib 0.8 headers, C++"] = graph["hnswlib_curve"]
    for name, curve in report["graph"].items():
        reached = [point for point in curve if point["recall_at_10"] >= 0.99]
        print(f"{name:32}", json.dumps(reached[0]) if reached else "does not reach .99: " + json.dumps(curve[-1]))
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
