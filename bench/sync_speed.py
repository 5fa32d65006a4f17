#!/usr/bin/env python3
"""Measures `semblance sync` beside ONNX Runtime alone and the Python baselines, in one run.

Every contender does the same job on the same photos: read, decode, resize, embed with MobileNetV2, save. They take
turns for some rounds, each round beginning with another one. The origins run with as many threads as torch chooses
(half of the logical cores) and, under the names ending in -all-cores, with as many as the others. Medians and their
ratios are printed as Markdown, and everything that was measured can be written as JSON. See bench/README.md for how to
read it.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import speed_report

ROOT = Path(__file__).resolve().parent.parent
BASELINE = Path(__file__).resolve().parent / "baseline"
ALL_CORES = "-all-cores"
CONTENDERS = (
    *("semblance", "ort-alone", "careful-opencv", "careful-pillow"),
    *("origins-single", "origins-single" + ALL_CORES, "origins-batched", "origins-batched" + ALL_CORES),
)


class Failure(Exception):
    """One sentence for the user."""


# ---- the contenders' command lines ----------------------------------------------------------------------------------


def program(folder, name):
    path = Path(folder) / name
    if not os.access(path, os.X_OK):
        raise Failure(f"there is no program {name} in {folder}: build it first (cmake --build --preset release)")
    return str(path)


def baseline(environment, script):
    python = BASELINE / ".venv" / environment / "bin" / "python"
    if not python.exists():
        raise Failure(f"the baselines' environment {environment} is missing: run bench/baseline/setup.sh first")
    return [str(python), str(BASELINE / script)]


def command_of(name, options, photos, out):
    """Command line of one contender. `out` is an empty folder for what it saves."""
    threads = str(options.threads)
    if name == "semblance":
        return [
            *[program(options.program_dir, "semblance"), "--data", f"{out}/data", "--threads", threads, "--json"],
            *["sync", photos, "--model", options.model],
        ]
    if name == "ort-alone":
        tool = program(options.program_dir, "bench_ort_alone")
        return [tool, "--model", options.model, "--threads", threads, "--items", str(options.ort_items)]
    if name.startswith("origins-"):
        mode = name.removeprefix("origins-").removesuffix(ALL_CORES)
        torch_threads = threads if name.endswith(ALL_CORES) else "0"
        fixed = ["--photos", photos, "--out", out, "--mode", mode]
        return [*baseline("origins", "origins.py"), *fixed, "--threads", torch_threads]
    decoder = name.removeprefix("careful-")
    fixed = ["--photos", photos, "--out", out, "--model", options.model]
    return [*baseline("careful", "careful.py"), *fixed, "--decoder", decoder, "--workers", threads]


# ---- one run --------------------------------------------------------------------------------------------------------


def busy_cpu_seconds():
    """CPU time that all processes of this machine have used since it started, with what the host took away."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def measure(command, timeout_seconds):
    """Runs a command to its end. Returns its output, error output and exit code, and what it used."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        busy = busy_cpu_seconds()
        start = time.perf_counter()
        # A session of its own, so that a contender is ended together with its worker processes.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        watchdog = threading.Timer(timeout_seconds, os.killpg, (process.pid, signal.SIGKILL))
        watchdog.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)  # unlike wait(): the resources of this process alone
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            watchdog.cancel()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        others = max(0.0, busy_cpu_seconds() - busy - cpu) / wall
        out.seek(0)
        err.seek(0)
        used = {
            "wall_seconds": round(wall, 3),
            "cpu_seconds": round(cpu, 3),
            "peak_memory_mib": round(usage.ru_maxrss / 1024, 1),
            "other_cores_busy": round(others, 2),
        }
        return out.read(), err.read(), process.returncode, used


def parse_report(name, output):
    """The JSON object that a contender printed: the whole of its output, or the last line."""
    lines = output.strip().splitlines()
    for text in (output, lines[-1] if lines else ""):
        try:
            report = json.loads(text)
        except json.JSONDecodeError:
            continue
        if isinstance(report, dict) and "items_per_second" in report:
            return report
    raise Failure(f"{name} printed no JSON object with items_per_second")


def run_contender(name, options, photos, count):
    """One run: the contender's own report and what it used, merged."""
    with tempfile.TemporaryDirectory(prefix="sync-speed-", dir=options.temporary) as out:
        command = command_of(name, options, photos, out)
        output, errors, code, used = measure(command, options.timeout)
    if code == -signal.SIGKILL and used["wall_seconds"] >= options.timeout:
        raise Failure(f"{name} was ended after {options.timeout:g} seconds (--timeout)")
    if code != 0:
        last = (errors.strip().splitlines() or ["it said nothing"])[-1]
        raise Failure(f"{name} ended with exit code {code}: {last}")
    report = parse_report(name, output)
    items = options.ort_items if name == "ort-alone" else count
    embedded = report.get("added", report.get("items", items))
    if embedded != items:
        raise Failure(f"{name} embedded {embedded} of {items} photos, so its time cannot be compared")
    # The baselines know the memory of all their processes; the kernel tells only that of the largest.
    peak = report.get("peak_memory_mib", used["peak_memory_mib"])
    derived = {
        "items": items,
        "items_per_second_whole": round(items / used["wall_seconds"], 2),
        "cpu_ms_per_item": round(used["cpu_seconds"] * 1e3 / items, 2),
    }
    return {**report, **used, **derived, "peak_memory_mib": peak}


# ---- the whole measurement ------------------------------------------------------------------------------------------


def stage_photos(options, folder):
    """The folder to measure on and its number of photos; with --limit, a copy of the first ones. Warms the cache."""
    source = Path(options.photos)
    files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else []
    if not files:
        raise Failure(f"no photos in {source}: set SEMBLANCE_TEST_DATA or give --photos")
    if options.limit and options.limit < len(files):
        files = files[: options.limit]
        for path in files:
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        source, files = folder, [folder / path.relative_to(source) for path in files]
    for path in files:
        path.read_bytes()
    return str(source), len(files)


def describe_machine():
    model = platform.processor()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "load_before": round(os.getloadavg()[0], 2)}


def measure_all(options, photos, count):
    """A list of rounds, each a dictionary of contender -> run, in the order in which they took turns."""
    rounds = []
    for number in range(options.rounds):
        shift = number % len(options.only)
        order = options.only[shift:] + options.only[:shift]
        runs = {}
        for name in order:
            runs[name] = run_contender(name, options, photos, count)
            run = runs[name]
            print(
                f"round {number + 1}: {name}: {run['items_per_second']:.1f} items/s, {run['wall_seconds']:.1f} s in all, "
                f"other work on {run['other_cores_busy']:.2f} cores",
                file=sys.stderr,
                flush=True,
            )
        rounds.append(runs)
    return rounds


def parse_arguments():
    data = os.environ.get("SEMBLANCE_TEST_DATA", str(ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", default=f"{data}/data/fashion", help="default: $SEMBLANCE_TEST_DATA/data/fashion")
    parser.add_argument(
        "--model",
        default=f"{data}/models/mobilenet_v2.onnx",
        help="default: $SEMBLANCE_TEST_DATA/models/mobilenet_v2.onnx",
    )
    parser.add_argument("--program-dir", default=str(ROOT / "build/release/bin"), help="default: build/release/bin")
    parser.add_argument("--only", default=",".join(CONTENDERS), help=f"some of {','.join(CONTENDERS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=0, help="only the first N photos")
    parser.add_argument("--threads", type=int, default=2, help="threads or workers of the contenders (default 2)")
    parser.add_argument("--ort-items", type=int, default=2000, help="runs of ONNX Runtime alone (default 2000)")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for one run (default 1800)")
    parser.add_argument("--temporary", help="folder for what the contenders save (default: the system's)")
    parser.add_argument("--json", help="file for everything that was measured")
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    unknown = [name for name in options.only if name not in CONTENDERS]
    if unknown or not options.only or options.rounds < 1:
        parser.error(f"unknown contender {unknown[0]}" if unknown else "nothing to measure")
    return options


def main():
    options = parse_arguments()
    if not Path(options.model).is_file():
        raise Failure(f"there is no model {options.model}: set SEMBLANCE_TEST_DATA or give --model")
    for name in options.only:
        command_of(name, options, "photos", "out")  # finds what is missing before anything is measured
    with tempfile.TemporaryDirectory(prefix="sync-speed-photos-", dir=options.temporary) as folder:
        photos, count = stage_photos(options, Path(folder))
        machine = describe_machine()
        rounds = measure_all(options, photos, count)
    result = {
        "machine": machine,
        "photos": count,
        "threads": options.threads,
        "rounds": rounds,
        "medians": speed_report.medians(rounds),
        "ratios": speed_report.ratios(rounds),
    }
    print(speed_report.markdown(result))
    if options.json:
        Path(options.json).parent.mkdir(parents=True, exist_ok=True)
        Path(options.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the contender and removes what it saved
    try:
        main()
    except Failure as failure:
        sys.exit(f"sync_speed.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
