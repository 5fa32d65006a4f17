#!/usr/bin/env python3
"""Speed of the local engine, of OpenSearch through Semblance, and of OpenSearch asked by a plain client.

  bench/opensearch/speed.py DATA LOCAL --engine-url http://127.0.0.1:9200 [--queries 400] [--rounds 5] [--out FILE.json]

DATA is a data folder with a synced collection LOCAL (with no neighbour table: it would answer for the vectors). It is copied into
the cluster and back, which gives the rates of storing; both then answer through one `semblance serve`, and the cluster also a plain
client: the same vector, k and ef_search, the same fields without vectors, a connection that is kept. "photo": Semblance is given a
query_id, as when paging and filtering, and the client the vector; "vector": both are given it; "id": Semblance is given an item,
whose vector it reads first, as the client does in "plain_get_and_search". With one client the kinds of
request take turns query by query, with four in short slices, so other work on the machine hits all alike. Requests are written as
JSON ahead and answers parsed within the time, for all alike. What it makes (in DATA and in the cluster) it deletes. Prints one JSON object;
quote ratios, and "load_average_before" with them.
"""

import argparse
import base64
import http.client
import json
import multiprocessing
import os
import pathlib
import random
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/semblance"
LIMIT = 10
EFFORT = 128  # rows that a search of Semblance keeps in each shard
FIELDS = ["id", "product", "path", "url", "link", "width", "height", "attributes", "other_attributes"]  # that it reads
BOX = [.04, .04, .92, .92]
IN_CLUSTER, BACK, IMPORTED = "speed-in-cluster", "speed-copied-back", "speed-imported"


class Client:
    """One connection that is kept."""

    def __init__(self, address):
        parts = urllib.parse.urlsplit(address)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)

    def fetch(self, path):
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        content = response.read()
        if response.status >= 400:
            sys.exit(f"{path}: {response.status} (the photos must be where they were synced from)")
        return content

    def send(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status >= 400:
            sys.exit(f"{method} {path}: {response.status} {text[:500].decode(errors='replace')}")
        return json.loads(text)


class Program:
    def __init__(self, program, data):
        self.command = [str(program), "--data", str(data)]

    def run(self, *arguments):
        """Seconds that it took."""
        start = time.monotonic()
        done = subprocess.run([*self.command, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"semblance {' '.join(map(str, arguments))}: {done.stderr}")
        return time.monotonic() - start

    def delete(self, *collections):
        for name in collections:
            subprocess.run([*self.command, "collections", "delete", name, "--yes"], capture_output=True)

    def serve(self):
        self.log = tempfile.NamedTemporaryFile()
        self.server = subprocess.Popen([*self.command, "serve", "--port", "0", "--access-log", "/dev/null"], stderr=self.log)
        while True:
            log = pathlib.Path(self.log.name).read_text()
            found = re.search(r"listening on (http://\S+)", log)
            if found:
                return found.group(1)
            if self.server.poll() is not None:
                sys.exit(log)
            time.sleep(0.02)

    def stop(self):
        self.server.terminate()
        self.server.wait()


def storing(program, arguments, cluster):
    """Rates of storing: into the cluster, back out of it, and of an archive into the local engine."""
    seconds = {}
    program.run("collections", "create", IN_CLUSTER, "--engine", "opensearch", "--engine-url", arguments.engine_url,
                "--shards", str(arguments.shards), "--replicas", "0")
    seconds["copy_into_cluster"] = program.run("copy", arguments.local, IN_CLUSTER)
    start = time.monotonic()
    cluster.send("POST", f"/semblance-{IN_CLUSTER}/_refresh")
    seconds["refresh_after_it"] = time.monotonic() - start
    seconds["copy_back"] = program.run("copy", IN_CLUSTER, BACK)
    with tempfile.TemporaryDirectory() as folder:
        archive = pathlib.Path(folder) / "archive.tar"
        program.run("export", str(archive), "--collection", arguments.local)
        seconds["import"] = program.run("import", str(archive), "--collection", IMPORTED)
    program.delete(BACK, IMPORTED)
    if arguments.merge:
        start = time.monotonic()
        cluster.connection.timeout = 3600
        cluster.send("POST", f"/semblance-{IN_CLUSTER}/_forcemerge?max_num_segments=1")
        seconds["merge_to_one_segment"] = time.monotonic() - start
    return seconds


def stored_vectors(cluster, count):
    """Ids of items and the vectors of their shape, bit for bit; and how many numbers of colour stand behind."""
    index = f"/semblance-{IN_CLUSTER}"
    mapping = next(iter(cluster.send("GET", index + "/_mapping").values()))["mappings"]
    meta = mapping["_meta"]["semblance"]
    body = {"size": count, "_source": ["id", "descriptors"], "query": {"function_score": {
        "query": {"bool": {"filter": [{"term": {"kind": "item"}}, {"term": {"status": "indexed"}}]}},
        "random_score": {"seed": 7, "field": "id"}}}}
    hits = cluster.send("POST", index + "/_search", json.dumps(body))["hits"]["hits"]
    shape = meta["shape_dimension"]
    read = lambda text: list(struct.unpack(f"<{shape}f", base64.b64decode(text)[:4 * shape]))
    return ([(hit["_id"], hit["_source"]["id"], read(hit["_source"]["descriptors"])) for hit in hits],
            meta["colour_dimension"])


def between(one, other):
    """A vector as of a photo that is not among the items."""
    summed = [a + b for a, b in zip(one, other)]
    norm = sum(x * x for x in summed) ** .5
    return [x / norm for x in summed]


def plain(vector, colour, wanted):
    return ("POST", f"/semblance-{IN_CLUSTER}/_search", json.dumps({
        "size": wanted, "_source": FIELDS,
        "query": {"knn": {"embedding": {"vector": vector + [0] * colour, "k": wanted,
                                        "method_parameters": {"ef_search": EFFORT}}}}}))


def search(collection, **fields):
    return ("POST", f"/v1/collections/{collection}/search", json.dumps({"limit": LIMIT} | fields))


def with_photo(server, local, item):
    """A part of an item's photo, which is no photo of the collection: what names it in searches, and its shape vector."""
    photo = server.fetch(f"/v1/collections/{local}/items/{urllib.parse.quote(item, safe='')}/image")
    given = server.send("POST", "/v1/embed", json.dumps({
        "collection": IN_CLUSTER, "image_base64": base64.b64encode(photo).decode(), "box": BOX}))
    return given["query_id"], given["vector"][:given["shape_dimension"]]


def requests_of(server, local, items, colour):
    """For each way to ask, for each query: kind -> the requests that it takes."""
    found = {name: [] for name in ("photo", "vector", "id")}
    for i, (document, one, vector) in enumerate(items):
        query, numbers = with_photo(server, local, one)
        fields = {"query_id": query, "box": BOX}
        found["photo"].append({"plain": [plain(numbers, colour, LIMIT)], "semblance": [search(IN_CLUSTER, **fields)],
                               "local": [search(local, **fields)]})
        new = between(vector, items[i - 1][2])
        found["vector"].append({"plain": [plain(new, colour, LIMIT)], "semblance": [search(IN_CLUSTER, vector=new)],
                                "local": [search(local, vector=new)]})
        # An item is no hit of its own.
        get = ("GET", f"/semblance-{IN_CLUSTER}/_doc/{document}?_source_includes=descriptors", None)
        knn = plain(vector, colour, LIMIT + 1)
        found["id"].append({"plain": [knn], "plain_get_and_search": [get, knn],
                            "semblance": [search(IN_CLUSTER, id=one)], "local": [search(local, id=one)]})
    return found


def ask(clients, kind, requests):
    client = clients["cluster" if kind.startswith("plain") else "server"]
    start = time.perf_counter()
    for request in requests:
        answer = client.send(*request)
    taken = time.perf_counter() - start
    hits = answer["hits"]["hits"] if kind.startswith("plain") else answer["hits"]
    if len(hits) < LIMIT:
        sys.exit(f"{kind} found {len(hits)}")
    return taken * 1000


def summary(times, seconds):
    times = sorted(times)
    at = lambda share: round(times[min(len(times) - 1, int(share * len(times)))], 3)
    return {"queries_per_second": round(len(times) / seconds, 1), "p50_ms": at(.5), "p95_ms": at(.95), "p99_ms": at(.99),
            "queries": len(times)}


def one_client(clients, queries, rounds):
    kinds = list(queries[0])
    times = {kind: [] for kind in kinds}
    for kind in kinds:
        for query in queries:
            ask(clients, kind, query[kind])
    for turn in range(rounds):
        for i, query in enumerate(queries):
            for kind in kinds[(turn + i) % len(kinds):] + kinds[:(turn + i) % len(kinds)]:
                times[kind].append(ask(clients, kind, query[kind]))
    report = {kind: summary(times[kind], sum(times[kind]) / 1000) for kind in kinds}
    # Of pairs that were asked right behind each other: noise that lasts longer than a query hits both.
    report["semblance_minus_plain_p50_ms"] = round(
        statistics.median(a - b for a, b in zip(times["semblance"], times["plain"])), 3)
    return report


def worker(addresses, queries, number, rounds, barrier, results):
    clients = {name: Client(address) for name, address in addresses.items()}
    for turn in range(rounds):
        for kind in queries[0]:
            barrier.wait()
            start = time.monotonic()
            times = [ask(clients, kind, query[kind]) for query in queries]
            results.put((kind, turn, start, time.monotonic(), times))


def several_clients(addresses, queries, count, rounds):
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(count), context.Queue()
    workers = [context.Process(target=worker, args=(addresses, queries[i::count], i, rounds, barrier, results)) for i in range(count)]
    for each in workers:
        each.start()
    slices = {}
    for _ in range(count * rounds * len(queries[0])):
        kind, turn, start, end, times = results.get(timeout=600)
        slices.setdefault(kind, {}).setdefault(turn, []).append((start, end, times))
    for each in workers:
        each.join()
    report = {}
    for kind, turns in slices.items():
        times = [value for parts in turns.values() for _, _, some in parts for value in some]
        seconds = sum(max(end for _, end, _ in parts) - min(start for start, _, _ in parts) for parts in turns.values())
        report[kind] = summary(times, seconds)
    return report


def with_ratios(report):
    plain_one, semblance, local = report["plain"], report["semblance"], report["local"]
    report["overhead_over_plain_at_p50"] = round(semblance["p50_ms"] / plain_one["p50_ms"] - 1, 4)
    if "plain_get_and_search" in report:
        report["overhead_over_plain_get_and_search_at_p50"] = round(
            semblance["p50_ms"] / report["plain_get_and_search"]["p50_ms"] - 1, 4)
    report["local_over_cluster_queries_per_second"] = round(
        local["queries_per_second"] / semblance["queries_per_second"], 2)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("local")
    parser.add_argument("--engine-url", required=True)
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--merge", action="store_true", help="one segment, as an index that is seldom written may have")
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=argparse.FileType("w"), default=sys.stdout)
    arguments = parser.parse_args()
    program = Program(arguments.program, arguments.data)
    cluster = Client(arguments.engine_url)
    report = {"load_average_before": os.getloadavg()[0], "cores": os.cpu_count(), "limit": LIMIT, "ef_search": EFFORT,
              "cluster": cluster.send("GET", "/")["version"]["number"]}
    program.delete(IN_CLUSTER, BACK, IMPORTED)
    try:
        seconds = storing(program, arguments, cluster)
        address = program.serve()
        try:
            server = Client(address)
            items = report["items"] = server.send("GET", f"/v1/collections/{arguments.local}")["items"]
            report["storing"] = {name: {"seconds": round(value, 2)} | ({"items_per_second": round(items / value)}
                                        if name in ("copy_into_cluster", "copy_back", "import") else {})
                                 for name, value in seconds.items()}
            report["storing"]["import_over_copy_into_cluster"] = round(seconds["copy_into_cluster"] / seconds["import"], 2)
            statistics_of = cluster.send("GET", f"/semblance-{IN_CLUSTER}/_stats/store,segments")["_all"]["primaries"]
            report["index"] = {"bytes": statistics_of["store"]["size_in_bytes"], "segments": statistics_of["segments"]["count"],
                               "shards": arguments.shards}
            sample, colour = stored_vectors(cluster, arguments.queries)
            random.Random(7).shuffle(sample)
            addresses = {"server": address, "cluster": arguments.engine_url}
            for name, queries in requests_of(server, arguments.local, sample, colour).items():
                clients = {"server": server, "cluster": cluster}
                report[f"by_{name}"] = {"clients_1": with_ratios(one_client(clients, queries, arguments.rounds)),
                                        "clients_4": with_ratios(several_clients(addresses, queries, 4, arguments.rounds))}
        finally:
            program.stop()
    finally:
        program.delete(IN_CLUSTER, BACK, IMPORTED)
    report["load_average_after"] = os.getloadavg()[0]
    json.dump(report, arguments.out, indent=1)
    arguments.out.write("\n")


if __name__ == "__main__":
    main()
