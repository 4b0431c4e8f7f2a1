"""Nets that are handed on: what is written, what comes back, and that all frameworks agree."""

import importlib.util
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen import export, gan, nn, vae
from scratchgen.functions import softplus
from scratchgen.nn import MLP
from tests import fake_frameworks

CLOSE = 1e-5


def the_vae(seed=0, **options):
    return {"vae": vae.VAE(6, 3, (5, 4), rng=np.random.default_rng(seed), **options)}


def told_classes(seed=0):
    rng = np.random.default_rng(seed)
    return {"vae": vae.ConditionalVAE(6, 3, (5, 4), rng=rng, classes=2)}


def the_gan(seed=0):
    rng = np.random.default_rng(seed)
    return {"G": gan.generator(3, 6, (5, 4), rng=rng), "D": gan.discriminator(6, (4, 5), rng=rng)}


def of_one_layer(seed=0):
    return {"vae": vae.VAE(6, 3, (), rng=np.random.default_rng(seed))}


KINDS = {"vae": the_vae, "classes": told_classes, "gan": the_gan, "linear": of_one_layer}
every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def weights(nets):
    return {f"{name}.{key}": x for name, net in nets.items() for key, x in nn.state(net).items()}


def moved(nets, seed=1):
    """The nets with biases that are not 0, so that one that is left out is seen."""
    rng = np.random.default_rng(seed)
    for net in nets.values():
        for w in net.parameters():
            w.value = rng.normal(size=w.shape).astype("float32") / 2
    return nets


def asked():
    """What each part is asked: images, codes, and classes."""
    rng = np.random.default_rng(2)
    x, z = rng.random((7, 6), "float32"), rng.standard_normal((7, 3), "float32")
    return x, z, np.eye(2, dtype="float32")[[0, 1, 1, 0, 0, 1, 0]]


def answered(nets):
    """What the nets themselves answer: {part: [arrays]}."""
    x, z, y = asked()
    if "G" in nets:
        return {"generator": [(nets["G"](z) + 1) / 2], "discriminator": [nets["D"](2 * x - 1)]}
    model = nets["vae"]
    if hasattr(model, "given"):
        model = model.given(y.argmax(1))
    return {"encoder": list(model.encode(x)), "decoder": [model.means(model.decode(z))]}


def values(answers):
    return {name: [np.asarray(getattr(x, "value", x)) for x in found]
            for name, found in answers.items()}  # fmt: skip


def inputs(nets):
    x, z, y = asked()
    more = [y] if hasattr(nets.get("vae"), "given") else []
    whole = {"generator": [z], "discriminator": [x], "encoder": [x, *more], "decoder": [z, *more]}
    return {part.name: whole[part.name] for part in export.parts(nets)}


# There and back.


@every_kind
@pytest.mark.parametrize("write", [export.to_safetensors, export.to_torch])
def test_weights_come_back_from_both_layouts(make, write, tmp_path):
    pytest.importorskip("safetensors")
    there, back = moved(make()), make(seed=5)
    export.from_safetensors(back, write(there, tmp_path)[0])
    for name, x in weights(there).items():
        np.testing.assert_array_equal(weights(back)[name], x, err_msg=name)


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5))
def test_any_widths_come_back(widths):
    pytest.importorskip("safetensors")
    import tempfile

    there, back = (MLP(widths, rng=np.random.default_rng(seed)) for seed in (0, 1))
    with tempfile.TemporaryDirectory() as folder:
        export.from_safetensors({"G": back}, export.to_torch({"G": there}, folder)[0])
    for a, b in zip(there.parameters(), back.parameters(), strict=True):
        np.testing.assert_array_equal(a.value, b.value)


def test_pytorchs_layout_is_its_own(tmp_path):
    numpy_side = pytest.importorskip("safetensors.numpy")
    nets = moved(the_vae())
    path, _ = export.to_torch(nets, tmp_path)
    found = numpy_side.load_file(path)
    names = [f"{layer}.{w}" for layer in ("decoder.0", "decoder.2", "decoder.4", "encoder.0",
             "encoder.2", "log_var", "mean") for w in ("bias", "weight")]  # fmt: skip
    assert sorted(found) == names
    np.testing.assert_array_equal(found["encoder.2.weight"], nets["vae"].trunk.layers[1].W.value.T)


@every_kind
def test_other_nets_refuse_and_stay_as_they_were(make, tmp_path):
    pytest.importorskip("safetensors")
    path, *_ = export.to_torch(make(), tmp_path / "torch")
    own, *_ = export.to_safetensors(make(), tmp_path / "own")
    other = {"vae": vae.VAE(6, 2, (5,), rng=np.random.default_rng(0))}
    before = weights(other)
    for file in (path, own):
        with pytest.raises(ValueError, match="expected"):
            export.from_safetensors(other, file)
    for name, x in weights(other).items():
        np.testing.assert_array_equal(x, before[name])


def test_a_second_net_that_does_not_fit_leaves_the_first_as_it_was(tmp_path):
    pytest.importorskip("safetensors")
    nets, other = the_gan(), the_gan(3)
    other["D"] = gan.discriminator(6, (4, 4), rng=np.random.default_rng(0))
    path, *_ = export.to_safetensors(nets, tmp_path)
    before = weights(other)
    with pytest.raises(ValueError, match=r"expected"):
        export.from_safetensors(other, path)
    for name, x in weights(other).items():
        np.testing.assert_array_equal(x, before[name])


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\x10" + b"\0" * 40])
def test_a_damaged_file_is_named(content, tmp_path):
    pytest.importorskip("safetensors")
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match=r"w.safetensors: cannot be read as safetensors"):
        export.from_safetensors(the_vae(), tmp_path / "w.safetensors")


@pytest.mark.parametrize("write", [export.to_torch, export.to_keras, export.to_onnx])
def test_a_layer_that_has_no_name_elsewhere_is_refused(write, tmp_path):
    net = MLP([3, 4, 6], hidden=softplus, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="expected layers with relu, tanh, sigmoid or none, got"):
        write({"G": net}, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "write", [export.to_safetensors, export.to_torch, export.to_keras, export.to_onnx]
)
def test_a_file_that_is_there_stays_unless_asked(write, tmp_path):
    pytest.importorskip("safetensors")
    pytest.importorskip("onnx")
    first = write(the_vae(), tmp_path)[-1]
    first.write_text("mine")
    with pytest.raises(FileExistsError, match=r"exists. Choose another folder, or move it away"):
        write(the_vae(), tmp_path)
    assert first.read_text() == "mine"
    write(the_vae(), tmp_path, overwrite=True)
    assert first.read_bytes() != b"mine"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(("package", "write"), [
    ("safetensors.numpy", export.to_torch), ("safetensors.numpy", export.to_safetensors),
    ("onnx", export.to_onnx),
])  # fmt: skip
def test_a_missing_package_is_named_with_the_command_that_cures_it(
    package, write, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r'not installed: pip install "scratchgen\[export\]"'):
        write(the_vae(), tmp_path)


# What others make of it.


@every_kind
def test_onnx_computes_what_the_nets_do(make, tmp_path):
    pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    nets = moved(make())
    export.to_onnx(nets, tmp_path)
    for name, expected in values(answered(nets)).items():
        session = ReferenceEvaluator(str(tmp_path / f"{name}.onnx"))
        found = session.run(None, dict(zip(session.input_names, inputs(nets)[name], strict=True)))
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=CLOSE, atol=CLOSE)


def test_the_names_of_onnx_say_what_goes_in_and_out(tmp_path):
    onnx = pytest.importorskip("onnx")
    export.to_onnx(told_classes(), tmp_path)
    for name, names in {
        "encoder": ("xy", ["mean", "log_var"]),
        "decoder": ("zy", ["images"]),
    }.items():
        graph = onnx.load(tmp_path / f"{name}.onnx").graph
        assert ["".join(x.name for x in graph.input), [x.name for x in graph.output]] == list(names)


WAYS = {"encoder": "encode", "decoder": "decode", "generator": "generate", "discriminator": "judge"}


def of_torch(nets, folder, module):
    loaded = module.load()
    found = {name: getattr(loaded, WAYS[name])(*given) for name, given in inputs(nets).items()}
    return {name: list(x) if isinstance(x, tuple) else [x] for name, x in found.items()}


def of_keras(nets, folder, module):
    loaded = module.load()
    return {name: loaded[name].predict(given) for name, given in inputs(nets).items()}


@every_kind
@pytest.mark.parametrize(("write", "modules", "answers"), [
    (export.to_torch, fake_frameworks.torch, of_torch),
    (export.to_keras, fake_frameworks.keras, of_keras),
], ids=["torch", "keras"])  # fmt: skip
def test_the_program_that_is_written_computes_what_the_nets_do(
    make, write, modules, answers, tmp_path, monkeypatch
):
    pytest.importorskip("safetensors")
    nets = moved(make())
    write(nets, tmp_path)
    for name, one in modules().items():
        monkeypatch.setitem(sys.modules, name, one)
    spec = importlib.util.spec_from_file_location("model", tmp_path / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = answers(nets, tmp_path, module)
    for name, expected in values(answered(nets)).items():
        assert len(found[name]) == len(expected)
        for a, b in zip(found[name], expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=CLOSE, atol=CLOSE)


def has(*packages):
    return all(importlib.util.find_spec(package) for package in packages)


def run(program, folder):
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(np.load(folder / "answers.npz"))


TORCH = """
import sys; sys.path.insert(0, sys.argv[1])
import numpy, torch, model
loaded = model.load()
asked = numpy.load(sys.argv[1] + "/asked.npz")
ways = {"encoder": "encode", "decoder": "decode", "generator": "generate", "discriminator": "judge"}
answers = {}
with torch.no_grad():
    for name in sorted({key.split("/")[0] for key in asked}):
        given = [torch.from_numpy(asked[f"{name}/{i}"]) for i in range(2) if f"{name}/{i}" in asked]
        found = getattr(loaded, ways[name])(*given)
        found = found if isinstance(found, tuple) else [found]
        answers |= {f"{name}/{i}": x.numpy() for i, x in enumerate(found)}
numpy.savez(sys.argv[1] + "/answers.npz", **answers)
"""
KERAS = """
import os, sys; sys.path.insert(0, sys.argv[1])
import importlib.util
usable = [b for b in ("tensorflow", "torch", "jax") if importlib.util.find_spec(b)]
os.environ.setdefault("KERAS_BACKEND", usable[0])
import numpy, model
asked = numpy.load(sys.argv[1] + "/asked.npz")
answers = {}
for name, net in model.load().items():
    given = [asked[f"{name}/{i}"] for i in range(2) if f"{name}/{i}" in asked]
    found = net.predict(given if len(given) > 1 else given[0], verbose=0)
    found = found if isinstance(found, (list, tuple)) else [found]
    answers |= {f"{name}/{i}": x for i, x in enumerate(found)}
numpy.savez(sys.argv[1] + "/answers.npz", **answers)
"""
ONNX = """
import sys, pathlib
import numpy, onnxruntime
asked = numpy.load(sys.argv[1] + "/asked.npz")
answers = {}
for path in pathlib.Path(sys.argv[1]).glob("*.onnx"):
    session = onnxruntime.InferenceSession(path)
    given = {x.name: asked[f"{path.stem}/{i}"] for i, x in enumerate(session.get_inputs())}
    answers |= {f"{path.stem}/{i}": x for i, x in enumerate(session.run(None, given))}
numpy.savez(sys.argv[1] + "/answers.npz", **answers)
"""


@pytest.mark.slow
@every_kind
@pytest.mark.parametrize(("write", "program", "packages"), [
    (export.to_torch, TORCH, ("torch", "safetensors")), (export.to_keras, KERAS, ("keras",)),
    (export.to_onnx, ONNX, ("onnx", "onnxruntime")),
], ids=["torch", "keras", "onnxruntime"])  # fmt: skip
def test_what_was_handed_on_answers_as_the_nets_do(make, write, program, packages, tmp_path):
    if not has(*packages):
        pytest.skip(f"needs {' and '.join(packages)}")
    nets = moved(make())
    write(nets, tmp_path)
    given = {f"{n}/{i}": x for n, xs in inputs(nets).items() for i, x in enumerate(xs)}
    np.savez(tmp_path / "asked.npz", **given)
    found = run(program, tmp_path)
    expected = {f"{name}/{i}": x for name, xs in values(answered(nets)).items()
                for i, x in enumerate(xs)}  # fmt: skip
    assert set(found) == set(expected)
    for name, x in expected.items():
        np.testing.assert_allclose(found[name], x, rtol=CLOSE, atol=CLOSE, err_msg=name)


NODE = """
const ort = require("onnxruntime-web"), fs = require("fs"), folder = process.argv[2];
(async () => {
  const session = await ort.InferenceSession.create(fs.readFileSync(folder + "/decoder.onnx"));
  const z = new ort.Tensor("float32", JSON.parse(fs.readFileSync(folder + "/z.json")), [7, 3]);
  const { images } = await session.run({ z });
  fs.writeFileSync(folder + "/images.json", JSON.stringify(Array.from(images.data)));
})();
"""


@pytest.mark.slow
def test_the_decoder_answers_in_node_as_here(tmp_path):
    """npm install onnxruntime-web, and NODE_PATH=.../node_modules."""
    if (
        not shutil.which("node")
        or subprocess.run(
            ["node", "-e", 'require.resolve("onnxruntime-web")'], capture_output=True
        ).returncode
    ):
        pytest.skip("needs node, and onnxruntime-web where NODE_PATH leads")
    pytest.importorskip("onnx")
    nets, (_, z, _) = moved(the_vae()), asked()
    export.to_onnx(nets, tmp_path)
    (tmp_path / "z.json").write_text(json.dumps(z.ravel().tolist()))
    (tmp_path / "try.cjs").write_text(NODE)
    subprocess.run(["node", tmp_path / "try.cjs", tmp_path], check=True, timeout=120)
    found = np.array(json.loads((tmp_path / "images.json").read_text())).reshape(7, 6)
    np.testing.assert_allclose(found, values(answered(nets))["decoder"][0], rtol=CLOSE, atol=CLOSE)


@pytest.mark.slow
@pytest.mark.skipif(not has("torch", "safetensors"), reason="needs torch and safetensors")
def test_what_pytorch_saved_itself_comes_back(tmp_path):
    from safetensors.torch import save_file

    nets, back = moved(the_vae()), the_vae(3)
    export.to_torch(nets, tmp_path)
    spec = importlib.util.spec_from_file_location("model", tmp_path / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    save_file(module.load().state_dict(), tmp_path / "again.safetensors")
    export.from_safetensors(back, tmp_path / "again.safetensors")
    for name, x in weights(nets).items():
        np.testing.assert_array_equal(weights(back)[name], x)
