"""What is planted in `export/`: layouts, and what others compute."""

from tests.mutants.planted.mutant import Mutant

PLANTED: dict[str, list[Mutant]] = {
    "export: layouts": [
        Mutant(
            "pytorch, layout: W is not turned",
            "export/torch.py",
            "name: arrays[ours].T if",
            "name: arrays[ours] if",
            "right for square layers",
        ),
        Mutant(
            "layouts, back: W is not turned back",
            "export/tensors.py",
            'x.T if theirs.endswith("weight") else x',
            "x",
            "right for square layers",
        ),
        Mutant(
            "pytorch, layout: an activation counts as no layer",
            "export/tensors.py",
            "{2 * int(place)}",
            "{int(place)}",
            "Sequential knows no such layer",
        ),
        Mutant(
            "second, net: the first keeps what was read",
            "export/tensors.py",
            "            load_state(net, before[name])\n        raise\n",
            "            pass\n        raise\n",
            "half of one and half of another",
        ),
        Mutant(
            "other, refuse: what is besides is let pass",
            "export/tensors.py",
            "    if missing or others:\n",
            "    if missing:\n",
            "a larger net loses layers, unsaid",
        ),
        Mutant(
            "layouts, back: arrays as they lie in memory",
            "export/tensors.py",
            "numpy.ascontiguousarray(x)",
            "x",
            "a view that is turned is written as it was",
        ),
    ],
    "export: what is computed": [
        Mutant(
            "onnx, computes: biases are left out",
            "export/onnx.py",
            'W, b = constant(f"layer{i}_W", layer.W), constant(f"layer{i}_b", layer.b)',
            'W, b = constant(f"layer{i}_W", layer.W), constant(f"layer{i}_b", 0 * layer.b)',
            "nets begin with biases of 0",
        ),
        Mutant(
            "onnx, computes: classes before the images",
            "export/onnx.py",
            'add("Concat", *inputs)',
            'add("Concat", *reversed(list(inputs)))',
            "the widths fit",
        ),
        Mutant(
            "program, computes: a generator's range stays that of tanh",
            "export/parts.py",
            "{}, after=(0.5, 0.5))",
            "{}, after=None)",
            "images in -1 to 1",
        ),
        Mutant(
            "program, computes: D sees images in 0 to 1",
            "export/parts.py",
            "{}, before=(2.0, -1.0))",
            "{}, before=None)",
            "it was trained on -1 to 1",
        ),
        Mutant(
            "program, computes: a decoder gives logits",
            "export/parts.py",
            "decoder[-1] = decoder[-1]._replace(activation=_name(model.out))",
            "decoder[-1] = decoder[-1]._replace(activation='')",
            "grey images",
        ),
        Mutant(
            "program, computes: log_var before mean",
            "export/parts.py",
            'heads = {"mean": _layer(model.mean), "log_var": _layer(model.log_var)}',
            'heads = {"log_var": _layer(model.log_var), "mean": _layer(model.mean)}',
            "both have a code's width",
        ),
        Mutant(
            "program, computes: torch's D sees images as they are",
            "export/torch.py",
            "self.discriminator(2 * x - 1)",
            "self.discriminator(x)",
            "a logit like others",
        ),
        Mutant(
            "program, computes: keras' weights in another order",
            "export/keras.py",
            "for x in (layer.W, layer.b)]",
            "for x in (layer.b, layer.W)]",
            "set_weights refuses most",
        ),
        Mutant(
            "file, stays: it is overwritten unasked",
            "export/parts.py",
            "if path.exists() and not overwrite:",
            "if path.is_dir() and not overwrite:",
            "what a person made is gone",
        ),
        Mutant(
            "layer, name: one that is unknown is left out",
            "export/parts.py",
            '    raise ValueError(f"export: expected layers',
            "    return ''; raise ValueError(f\"export: expected layers",
            "another function",
        ),
    ],
}
