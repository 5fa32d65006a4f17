#!/usr/bin/env python3
"""What a careful Python user would write today: ONNX Runtime in two worker processes, OpenCV or Pillow to decode.

Each worker owns a session of one thread that does not spin, takes a few photos at a time, and writes its rows straight
into one NumPy file, so that no feature travels through a pipe. Preprocessing is that of mobilenet_v2's card: squashed
to 224 x 224 by area (Pillow: its nearest filter), RGB, x / 127.5 - 1.
"""

import argparse
import json
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path

START = time.perf_counter()

import numpy as np  # noqa: E402  (the imports are part of the time to load)
import onnxruntime  # noqa: E402

from common import STAGES, StageClock, list_photos, peak_memory_mib, print_report  # noqa: E402

SIDE = 224
PHOTOS_AT_A_TIME = 16


def opencv_functions():
    import cv2

    cv2.setNumThreads(1)

    def decode(data):
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)

    def preprocess(image):
        small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return cv2.dnn.blobFromImage(small, scalefactor=1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)

    return decode, preprocess, {"opencv": cv2.__version__}


def pillow_functions():
    import PIL
    from PIL import Image, ImageOps

    def decode(data):
        image = Image.open(BytesIO(data))
        image.draft("RGB", (SIDE, SIDE))  # lets libjpeg shrink a large photo while it decodes
        return ImageOps.exif_transpose(image).convert("RGB")

    def preprocess(image):
        # Pillow's bilinear filter widens when it shrinks, and comes closest to OpenCV's area average.
        small = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
        planar = np.empty((1, 3, SIDE, SIDE), np.float32)
        np.multiply(small.transpose(2, 0, 1), np.float32(1 / 127.5), out=planar[0])
        planar -= 1
        return planar

    return decode, preprocess, {"pillow": PIL.__version__}


DECODERS = {"opencv": opencv_functions, "pillow": pillow_functions}


def open_session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class Worker:
    """What one worker process keeps: its session, its decoder and the shared file of rows."""

    def __init__(self, arguments):
        self.session = open_session(arguments.model)
        self.input_name = self.session.get_inputs()[0].name
        self.output_name = arguments.output
        self.decode, self.preprocess, _ = DECODERS[arguments.decoder]()
        self.rows = np.lib.format.open_memmap(Path(arguments.out) / "features.npy", mode="r+")

    def embed(self, path, row, clock):
        """Fills `row` of the file. False, and a row of zeros, for a photo that cannot be read."""
        try:
            with clock("read"):
                data = Path(path).read_bytes()
            with clock("decode"):
                image = self.decode(data) if data else None
        except (OSError, ValueError):
            return False
        if image is None:
            return False
        with clock("preprocess"):
            tensor = self.preprocess(image)
        with clock("embed"):
            features = self.session.run([self.output_name], {self.input_name: tensor})[0]
        with clock("write"):
            self.rows[row] = features[0]
        return True


worker = ready = None  # of this process


def start_worker(arguments, all_ready):
    global worker, ready
    worker, ready = Worker(arguments), all_ready


def wait_for_all(_):
    """Returns when every worker has opened its session, so that loading is not counted with the photos."""
    ready.wait(timeout=120)


def embed_photos(photos, first_row):
    """Embeds some photos into the rows from `first_row`. Returns failed, seconds of each stage, pid and peak MiB."""
    clock = StageClock()
    done = [worker.embed(path, first_row + i, clock) for i, path in enumerate(photos)]
    return done.count(False), clock.seconds, os.getpid(), peak_memory_mib()


def make_output(arguments, count):
    """The file of features: `count` rows of zeros, as wide as the network's output."""
    widths = {output.name: output.shape[-1] for output in open_session(arguments.model).get_outputs()}
    if arguments.output not in widths:
        raise SystemExit(f"careful.py: {arguments.model} has no output {arguments.output}")
    path = Path(arguments.out) / "features.npy"
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(count, widths[arguments.output]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--out", required=True, help="folder for features.npy and names.json")
    parser.add_argument("--model", required=True, help="mobilenet_v2.onnx")
    parser.add_argument("--output", default="embedding", help="name of the network's output")
    parser.add_argument("--decoder", choices=sorted(DECODERS), default="opencv")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    photos = list_photos(arguments.photos)
    rows = make_output(arguments, len(photos))

    # Fresh interpreters instead of forks: a fork would copy the threads' locks of the libraries already loaded.
    context = multiprocessing.get_context("spawn")
    setup = (arguments, context.Barrier(arguments.workers))
    starts = range(0, len(photos), PHOTOS_AT_A_TIME)
    parts = [photos[first : first + PHOTOS_AT_A_TIME] for first in starts]
    with ProcessPoolExecutor(arguments.workers, context, start_worker, setup) as pool:
        list(pool.map(wait_for_all, range(arguments.workers)))
        loaded = time.perf_counter()
        answers = list(pool.map(embed_photos, parts, starts))
        rows.flush()
        (Path(arguments.out) / "names.json").write_text(json.dumps(photos))
        done = time.perf_counter()

    failed = sum(answer[0] for answer in answers)
    peaks = {pid: peak for _, _, pid, peak in answers}  # a later answer's peak is never smaller
    print_report(
        len(photos) - failed,
        failed,
        done - loaded,
        loaded - START,
        {name: sum(answer[1][name] for answer in answers) for name in STAGES},
        peak_memory_mib() + sum(peaks.values()),
        workers=arguments.workers,
        versions={
            "onnxruntime": onnxruntime.__version__,
            "numpy": np.__version__,
            **DECODERS[arguments.decoder]()[2],
        },
    )


if __name__ == "__main__":
    main()
