#!/usr/bin/env python3
"""The projects Semblance learnt from, in their manner: torchvision's MobileNetV2, PIL, NumPy files, scikit-learn.

Reads, decodes, resizes and embeds every photo of a folder in one plain loop, one photo at a time (`--mode single`) or
in batches (`--mode batched`), saves the features with NumPy and then looks for neighbours by brute force. The weights
are random, since nothing is downloaded: the speed is that of any weights, the neighbours mean nothing.
"""

import argparse
import pickle
import time
from io import BytesIO
from pathlib import Path

START = time.perf_counter()

import numpy as np  # noqa: E402  (the imports are part of the time to load)
import PIL  # noqa: E402
import sklearn  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
from PIL import Image  # noqa: E402
from sklearn.neighbors import NearestNeighbors  # noqa: E402
from torchvision import transforms  # noqa: E402

from common import StageClock, list_photos, peak_memory_mib, print_report  # noqa: E402

SIDE = 224
TO_TENSOR = transforms.Compose(
    [
        transforms.Resize((SIDE, SIDE)),
        transforms.ToTensor(),
        transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    ]
)


def load_photo(path, clock):
    with clock("read"):
        data = Path(path).read_bytes()
    with clock("decode"):
        image = Image.open(BytesIO(data)).convert("RGB")
    with clock("preprocess"):
        return TO_TENSOR(image)


def make_model():
    """MobileNetV2 without its classifier: 1280 numbers a photo."""
    torch.manual_seed(0)
    model = torchvision.models.mobilenet_v2(weights=None)
    model.classifier = torch.nn.Identity()
    # Fresh weights let activations shrink from layer to layer towards denormal numbers, which a CPU computes slowly.
    # One batch through the normalisation layers gives activations the size that trained weights have.
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        model.train()
        model(torch.randn(8, 3, SIDE, SIDE))
    return model.eval()


def embed_all(model, photos, batch, clock):
    """Features (n x 1280, float32) of the photos that could be read, with their names."""
    features, names = [], []
    waiting, waiting_names = [], []

    def embed_waiting():
        with clock("embed"), torch.no_grad():
            features.extend(model(torch.stack(waiting)).numpy())
        names.extend(waiting_names)
        waiting.clear()
        waiting_names.clear()

    for path in photos:
        try:
            waiting.append(load_photo(path, clock))
        except (OSError, ValueError):
            continue
        waiting_names.append(path)
        if len(waiting) == batch:
            embed_waiting()
    if waiting:
        embed_waiting()
    return np.array(features), names


def time_neighbours(features, k=11, queries=100):
    """Milliseconds to fit, and for one query out of the first `queries` photos."""
    start = time.perf_counter()
    index = NearestNeighbors(n_neighbors=min(k, len(features)), metric="cosine", algorithm="brute").fit(features)
    fitted = time.perf_counter()
    asked = features[:queries]
    for row in asked:
        index.kneighbors(row.reshape(1, -1))
    done = time.perf_counter()
    return {"fit_ms": round((fitted - start) * 1e3, 2), "query_ms": round((done - fitted) * 1e3 / len(asked), 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, help="folder of photos")
    parser.add_argument("--out", required=True, help="folder for features.npy and names.pkl")
    parser.add_argument("--mode", choices=["single", "batched"], default="single")
    parser.add_argument("--batch", type=int, default=32, help="photos in a batch (default 32)")
    # Left alone, torch takes half of the logical cores, because it expects hyper-threads.
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0: its own choice (default)")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    photos = list_photos(arguments.photos)
    batch = arguments.batch if arguments.mode == "batched" else 1
    model = make_model()
    loaded = time.perf_counter()

    clock = StageClock()
    features, names = embed_all(model, photos, batch, clock)
    with clock("write"):
        out = Path(arguments.out)
        np.save(out / "features.npy", features)
        (out / "names.pkl").write_bytes(pickle.dumps(names))
    done = time.perf_counter()

    print_report(
        len(names),
        len(photos) - len(names),
        done - loaded,
        loaded - START,
        clock.seconds,
        peak_memory_mib(),
        threads=torch.get_num_threads(),
        neighbours=time_neighbours(features) if names else None,
        versions={
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "pillow": PIL.__version__,
            "scikit-learn": sklearn.__version__,
        },
    )


if __name__ == "__main__":
    main()
