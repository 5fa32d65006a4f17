#!/usr/bin/env python3
"""Load on `semblance serve`, with wrk and hey (Debian packages) as clients on the same machine.

  bench/server/load.py DATA PHOTOS [--seconds 15] [--out FILE.json]

DATA is a data folder with a synced collection "default" (with a neighbour table: `semblance neighbours`),
PHOTOS the folder that it was synced from. Prints one JSON object; figures of a machine that did something else
meanwhile are worth little: "load_average_before" tells.
"""

import argparse
import asyncio
import atexit
import csv
import io
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/semblance"
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, data, *options):
        self.log = tempfile.NamedTemporaryFile()
        self.process = subprocess.Popen([PROGRAM, "--data", data, "serve", "--port", "0", "--access-log", "/dev/null", *options],
                                        stderr=self.log)
        self.address = None
        while self.address is None:
            found = re.search(rb"listening on (http://\S+)", pathlib.Path(self.log.name).read_bytes())
            if self.process.poll() is not None:
                sys.exit(pathlib.Path(self.log.name).read_text())
            self.address = found and found.group(1).decode()
            time.sleep(0.02)
        atexit.register(self.process.kill)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def get(self, path):
        return urllib.request.urlopen(self.address + path, timeout=60).read().decode()

    def embed_cpu_seconds(self):
        found = re.search(r'semblance_describe_cpu_seconds_total\{[^}]*part="embed"[^}]*\} (\S+)', self.get("/metrics"))
        return float(found.group(1)) if found else 0.0

    def stop(self):
        self.process.terminate()
        self.process.wait()


def wrk(address, script, connections, seconds):
    """Requests a second and latencies by status class, of a closed loop."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script + """
done = function(summary, latency, requests)
  io.write(string.format("JSON %s\\n", string.format('{"requests":%d,"seconds":%f,"errors":%d,"p50_ms":%f,"p95_ms":%f,"p99_ms":%f}',
    summary.requests, summary.duration / 1e6, summary.errors.status + summary.errors.timeout + summary.errors.read,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3)))
end
""")
        file.flush()
        text = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", file.name, address],
                              check=True, capture_output=True, text=True).stdout
    answer = json.loads(re.search(r"JSON (.*)", text).group(1))
    answer["requests_per_second"] = answer.pop("requests") / answer.pop("seconds")
    return {"connections": connections} | {key: round(value, 3) for key, value in answer.items()}


def similar_script(ids):
    paths = ",".join(json.dumps(f"/v1/collections/default/items/{urllib.parse.quote(item, safe='')}/similar") for item in ids)
    return f"paths = {{{paths}}}\ni = 0\nrequest = function() i = i % #paths + 1; return wrk.format('GET', paths[i]) end\n"


def photo_script(photos):
    names = ",".join(json.dumps(str(photo)) for photo in photos)
    return f"""names = {{{names}}}
i = 0
request = function()
  i = i % #names + 1
  local file = io.open(names[i], "rb")
  local body = file:read("*a")
  file:close()
  return wrk.format('POST', '/v1/collections/default/search', {{['Content-Type'] = 'image/jpeg'}}, body)
end
"""


def offer(server, photo, rate, seconds, workers):
    """An open loop at `rate` requests a second: what each got, and how long it took."""
    text = subprocess.run(["hey", "-z", f"{seconds}s", "-c", str(workers), "-q", str(rate / workers), "-m", "POST", "-o", "csv",
                           "-T", "image/jpeg", "-t", "30", "-D", photo, server.address + "/v1/collections/default/search"],
                          check=True, capture_output=True, text=True).stdout
    times = {}
    for row in csv.DictReader(io.StringIO(text)):
        times.setdefault(row["status-code"], []).append(float(row["response-time"]) * 1000)
    return {status: {"count": len(values), "per_second": round(len(values) / seconds, 1), **percentiles(values)}
            for status, values in times.items()}


def percentiles(values):
    values = sorted(values)
    at = lambda share: round(values[min(len(values) - 1, int(share * len(values)))], 2)
    return {"p50_ms": at(.5), "p95_ms": at(.95), "p99_ms": at(.99)}


async def slow_clients(address, count, until):
    """Connections that send a byte of a request a second."""
    host, port = urllib.parse.urlsplit(address).netloc.split(":")
    head = (f"POST /v1/collections/default/search HTTP/1.1\r\nHost: localhost\r\nX-Slow: {'x' * 4000}\r\n").encode()

    async def one():
        while time.monotonic() < until:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
                for byte in head:
                    if time.monotonic() >= until:
                        break
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(1)
                writer.close()
            except OSError:
                await asyncio.sleep(0.2)

    await asyncio.gather(*(one() for _ in range(count)))


def beside_slow_clients(server, script, seconds, count):
    until = time.monotonic() + seconds + 6
    code = ("import asyncio,sys,importlib.util as u;s=u.spec_from_file_location('load',sys.argv[1]);m=u.module_from_spec(s);"
            "s.loader.exec_module(m);asyncio.run(m.slow_clients(sys.argv[2],int(sys.argv[3]),float(sys.argv[4])))")
    clients = subprocess.Popen([sys.executable, "-c", code, __file__, server.address, str(count), str(until)])
    time.sleep(4)
    connections = re.search(r"^semblance_connections (\S+)", server.get("/metrics"), re.MULTILINE).group(1)
    answer = wrk(server.address, script, 16, seconds)
    memory = server.resident_mib()
    clients.wait()
    return answer | {"slow_connections": float(connections), "resident_mib": round(memory, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--overload-seconds", type=int, default=60)
    parser.add_argument("--out", type=argparse.FileType("w"), default=sys.stdout)
    arguments = parser.parse_args()
    seconds = arguments.seconds
    photos = sorted(arguments.photos.rglob("*.jpg"))
    random.Random(1).shuffle(photos)
    report = {"load_average_before": os.getloadavg()[0], "photos": len(photos)}

    server = Server(arguments.data)
    report["items"] = json.loads(server.get("/v1/collections/default"))["items"]
    ids = [str(photo.relative_to(arguments.photos)) for photo in photos[:5000]]
    wrk(server.address, similar_script(ids), 16, 3)
    report["similar"] = [wrk(server.address, similar_script(ids), connections, seconds) for connections in (1, 16, 64)]

    wrk(server.address, photo_script(photos[-100:]), 2, 1)  # opens the network
    report["search_one_client"] = wrk(server.address, photo_script(photos[:10000]), 1, seconds)
    cpu, embed = server.cpu_seconds(), server.embed_cpu_seconds()
    report["search_saturated"] = wrk(server.address, photo_script(photos[10000:]), 4, seconds)
    cpu, embed = server.cpu_seconds() - cpu, server.embed_cpu_seconds() - embed
    report["search_saturated"] |= {"server_cpu_seconds": round(cpu, 2), "inference_share": round(embed / cpu, 3)}
    report["resident_mib"] = round(server.resident_mib(), 1)

    report["beside_1000_slow_connections"] = beside_slow_clients(server, similar_script(ids), seconds, 1000)
    report["without_them"] = wrk(server.address, similar_script(ids), 16, seconds)
    server.stop()

    # hey sends one photo again and again: without a memory of it, each goes through the network.
    server = Server(arguments.data, "--cached-embeddings", "0")
    capacity = report["search_saturated"]["requests_per_second"]
    photo = str(photos[0])
    offer(server, photo, 10, 1, 1)  # opens the network
    unloaded = offer(server, photo, capacity / 4, seconds, 1)
    before = server.resident_mib()
    report["unloaded"] = unloaded
    report["overload_10x"] = {"offered_per_second": round(10 * capacity)} | offer(
        server, photo, 10 * capacity, arguments.overload_seconds, 200)
    report["overload_resident_mib"] = {"before": round(before, 1), "after": round(server.resident_mib(), 1)}
    report["p99_over_unloaded"] = round(report["overload_10x"]["200"]["p99_ms"] / unloaded["200"]["p99_ms"], 2)
    server.stop()
    json.dump(report, arguments.out, indent=1)
    arguments.out.write("\n")


if __name__ == "__main__":
    main()
