"""What both baselines share: the list of photos, a clock for each stage, and the JSON report."""

import json
import resource
import sys
import time
from contextlib import contextmanager
from pathlib import Path

STAGES = ("read", "decode", "preprocess", "embed", "write")


def list_photos(folder):
    """Every file below `folder`, ordered by path as text."""
    photos = sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())
    if not photos:
        sys.exit(f"{Path(sys.argv[0]).name}: no files in {folder}")
    return photos


class StageClock:
    """Seconds spent in each stage by one thread."""

    def __init__(self):
        self.seconds = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def __call__(self, stage):
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start


def peak_memory_mib():
    """Peak resident memory of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_report(items, failed, seconds, load_seconds, stages, peak_memory, **more):
    """One JSON object on standard output. `seconds` is the time over the photos, without `load_seconds`;
    `peak_memory` is in MiB, of all processes together."""
    report = {
        "items": items,
        "failed": failed,
        "seconds": round(seconds, 3),
        "items_per_second": round(items / seconds, 2) if seconds else 0,
        "load_seconds": round(load_seconds, 3),
        "stages": {name: round(value, 3) for name, value in stages.items()},
        "peak_memory_mib": round(peak_memory, 1),
        **more,
    }
    print(json.dumps(report))
