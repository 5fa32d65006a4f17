#!/usr/bin/python3
"""Writes networks of the registry's architectures, with random weights, as ONNX files that end in a classifier, and beside
each what PyTorch itself gives as its features for one picture of noise: NAME.onnx and NAME.features (float32).

bench_cut then cuts the files and compares; speed does not depend on the weights either.

    apt-get install python3-torch python3-torchvision
    bench/networks/export_torch.py FOLDER [--pth FOLDER_WITH_PTH_FILES] [NAME...]

With --pth the two EfficientNet-Lite are computed from their weights by PyTorch, layer by layer and from another reading of
the file than make_lite_graphs.py's; their graphs are copied beside.
"""

import argparse
import shutil
import warnings
from pathlib import Path

import numpy
import torch
import torchvision
from torch import nn
from torch.nn import functional

REGISTRY = Path(__file__).resolve().parents[2] / "models" / "registry"


def noise(shape):
    """The picture on which the program tries networks: network_probe.cpp."""
    state, values = 1, []
    for _ in range(int(numpy.prod(shape))):
        state = state * 48271 % 2147483647
        values.append(state % 4096 / 4096)
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


class Separable(nn.Sequential):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__(nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
                         nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


class XceptionBlock(nn.Module):
    def __init__(self, widths, stride, relu_first=True):
        super().__init__()
        layers = []
        for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            if i > 0 or relu_first:
                layers.append(nn.ReLU())
            layers.append(Separable(inputs, outputs))
        if stride > 1:
            layers.append(nn.MaxPool2d(3, stride, 1))
        self.layers = nn.Sequential(*layers)
        plain = stride == 1 and widths[0] == widths[-1]
        self.skip = nn.Identity() if plain else nn.Sequential(
            nn.Conv2d(widths[0], widths[-1], 1, stride, bias=False), nn.BatchNorm2d(widths[-1]))

    def forward(self, x):
        return self.layers(x) + self.skip(x)


class Xception(nn.Module):
    """F. Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, 2017, figure 5."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
                                  nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU())
        self.blocks = nn.Sequential(
            XceptionBlock([64, 128, 128], 2, relu_first=False), XceptionBlock([128, 256, 256], 2),
            XceptionBlock([256, 728, 728], 2), *[XceptionBlock([728] * 4, 1) for _ in range(8)],
            XceptionBlock([728, 728, 1024], 2))
        self.last = nn.Sequential(Separable(1024, 1536), nn.ReLU(), Separable(1536, 2048), nn.ReLU())
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x):
        x = self.last(self.blocks(self.stem(x)))
        return self.fc(functional.adaptive_avg_pool2d(x, 1).flatten(1))


def without(attribute):
    """Features: what reaches the last layer."""

    def features(network, x):
        setattr(network, attribute, nn.Identity())
        return network(x)

    return features


def without_last(network, x):
    network.classifier[-1] = nn.Identity()
    return network(x)


def mean_of_maps(network, x):
    return network.features(x).mean((2, 3))


def first_token(network, x):
    network.heads = nn.Identity()
    return network(x)


def inception():
    # Its own slow initialisation of weights is not needed here.
    return torchvision.models.inception_v3(weights=None, init_weights=False, aux_logits=True)


def small_vision_transformer():
    return torchvision.models.VisionTransformer(224, 16, num_layers=12, num_heads=6, hidden_dim=384, mlp_dim=1536)


MODELS = torchvision.models
NETWORKS = {
    "vgg16": (lambda: MODELS.vgg16(weights=None), without_last, 224),
    "vgg19": (lambda: MODELS.vgg19(weights=None), without_last, 224),
    "resnet18": (lambda: MODELS.resnet18(weights=None), without("fc"), 224),
    "resnet34": (lambda: MODELS.resnet34(weights=None), without("fc"), 224),
    "resnet50": (lambda: MODELS.resnet50(weights=None), without("fc"), 224),
    "inception_v3": (inception, without("fc"), 299),
    "mobilenet_v2": (lambda: MODELS.mobilenet_v2(weights=None), without_last, 224),
    "squeezenet1_1": (lambda: MODELS.squeezenet1_1(weights=None), mean_of_maps, 224),
    "efficientnet_b0": (lambda: MODELS.efficientnet_b0(weights=None), without_last, 224),
    "convnext_tiny": (lambda: MODELS.convnext_tiny(weights=None), without_last, 224),
    "xception": (Xception, without("fc"), 299),
    "dino_vits16": (small_vision_transformer, first_token, 224),
}


def export(name, folder):
    make, features, side = NETWORKS[name]
    torch.manual_seed(1)
    network = make().eval()
    # A new network's batch normalisations do nothing; trained ones do.
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    picture = noise((1, 3, side, side))
    # Half with a free batch, half with a batch of one fixed: both kinds exist in the wild.
    free = {"input": {0: "n"}, "output": {0: "n"}} if len(name) % 2 else None
    # With gradients on, attention takes the way that can be exported.
    with warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, picture, str(folder / f"{name}.onnx"), opset_version=13, input_names=["input"],
                          output_names=["output"], dynamic_axes=free)
    features(network, picture).detach().numpy().astype("<f4").tofile(folder / f"{name}.features")
    print(name, "exported", "with a free batch" if free else "with a batch of one")


def same(x, weight, stride, groups=1):
    """Convolution with TensorFlow's SAME padding."""
    kernel, side = weight.shape[-1], x.shape[-1]
    padding = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    x = functional.pad(x, [padding // 2, padding - padding // 2] * 2)
    return functional.conv2d(x, weight, stride=stride, groups=groups)


def lite_features(state, x, repeats):
    def norm(x, name):
        return functional.batch_norm(x, state[f"{name}.running_mean"], state[f"{name}.running_var"],
                                     state[f"{name}.weight"], state[f"{name}.bias"], eps=0.001)

    x = functional.relu6(norm(same(x, state["_conv_stem.weight"], 2), "_bn0"))
    strides = [s if i == 0 else 1 for s, n in zip([1, 2, 2, 2, 1, 2, 1], repeats) for i in range(n)]
    for index, stride in enumerate(strides):
        block, start = f"_blocks.{index}.", x
        if block + "_expand_conv.weight" in state:
            x = functional.relu6(norm(same(x, state[block + "_expand_conv.weight"], 1), block + "_bn0"))
        depthwise = state[block + "_depthwise_conv.weight"]
        x = functional.relu6(norm(same(x, depthwise, stride, len(depthwise)), block + "_bn1"))
        x = norm(same(x, state[block + "_project_conv.weight"], 1), block + "_bn2")
        if stride == 1 and x.shape == start.shape:
            x = x + start
    x = functional.relu6(norm(same(x, state["_conv_head.weight"], 1), "_bn1"))
    return x.mean((2, 3))


def export_lite(name, file, side, repeats, pth, folder):
    state = torch.load(pth / file, map_location="cpu")
    lite_features(state, noise((1, 3, side, side)), repeats).numpy().astype("<f4").tofile(folder / f"{name}.features")
    shutil.copy(pth / file, folder)
    shutil.copy(REGISTRY / f"{name}.onnx", folder)
    print(name, "computed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pth", type=Path)
    parser.add_argument("names", nargs="*", help=f"default: {' '.join(NETWORKS)}")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or NETWORKS:
        export(name, arguments.folder)
    if arguments.pth:
        export_lite("efficientnet_lite0", "efficientnet-lite0-57934424.pth", 224, [1, 2, 2, 3, 3, 4, 1], arguments.pth,
                    arguments.folder)
        export_lite("efficientnet_lite2", "efficientnet-lite2-9656183e.pth", 260, [1, 3, 3, 4, 4, 5, 1], arguments.pth,
                    arguments.folder)


if __name__ == "__main__":
    with torch.no_grad():
        main()
