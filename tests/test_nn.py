"""Dense layers and nets: shapes, names, initial weights, gradients, and their files."""

import os
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest

from scratchgen import backend
from scratchgen.backend import normal
from scratchgen.engine import Tensor, grad, no_grad
from scratchgen.functions import relu, sigmoid, tanh
from scratchgen.gradcheck import check_grad
from scratchgen.nn import MLP, Dense, glorot, he, load, load_state, named, save, state
from scratchgen.optim import Adam

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py


@pytest.fixture
def rng():
    return numpy.random.default_rng(0)


@pytest.fixture
def float64(monkeypatch):
    """Parameters are made in float64, until the test ends."""
    monkeypatch.setattr(backend._Choice, "float_type", numpy.dtype("float64"))


def net(seed=0, **options):
    return MLP([4, 8, 3], rng=numpy.random.default_rng(seed), **options)


def same(a, b):
    """Whether two states have the same names and numbers."""
    return a.keys() == b.keys() and all((a[name] == b[name]).all() for name in a)


# Shapes, names, printing.


def test_a_layer_is_a_product_and_a_sum(rng):
    layer, x = Dense(3, 2, rng=rng), normal(rng, (5, 3))
    layer.b.value = normal(rng, (2,))
    assert (layer(x).value == x @ layer.W.value + layer.b.value).all()


def test_the_activation_comes_last(rng):
    layer, x = Dense(3, 2, tanh, rng=rng), normal(rng, (5, 3))
    numpy.testing.assert_allclose(layer(x).value, numpy.tanh(x @ layer.W.value), rtol=1e-6)


def test_a_net_has_the_widths_it_was_given(rng):
    model = MLP([784, 128, 256, 10], rng=rng)
    assert [w.shape for w in model.parameters()[::2]] == [(784, 128), (128, 256), (256, 10)]
    assert [b.shape for b in model.parameters()[1::2]] == [(128,), (256,), (10,)]
    assert model(normal(rng, (7, 784))).shape == (7, 10)


def test_a_net_is_its_layers_one_after_the_other(rng):
    model, x = net(), normal(rng, (5, 4))
    first, second = model.layers
    assert (model(x).value == second(first(x)).value).all()


def test_hidden_layers_have_one_activation_and_the_last_its_own():
    assert [layer.activation for layer in net().layers] == [relu, None]
    assert [layer.activation for layer in net(hidden=tanh, out=sigmoid).layers] == [tanh, sigmoid]


def test_a_batch_may_have_one_row_or_none(rng):
    assert net()(normal(rng, (1, 4))).shape == (1, 3)
    assert net()(normal(rng, (0, 4))).shape == (0, 3)


def test_parameters_are_named_by_layer_in_the_order_of_the_forward_pass():
    model = net()
    assert list(model.named_parameters()) == ["0.W", "0.b", "1.W", "1.b"]
    assert model.parameters()[2] is model.layers[1].W
    assert list(model.layers[0].named_parameters()) == ["W", "b"]


def test_parts_keep_their_names_apart():
    names = list(named({"encoder": net(), "head": net().layers[1]}))
    assert names == ["encoder.0.W", "encoder.0.b", "encoder.1.W", "encoder.1.b", "head.W", "head.b"]


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda rng: Dense(784, 256, rng=rng), "Dense(784 -> 256)"),
        (lambda rng: Dense(784, 256, relu, rng=rng), "Dense(784 -> 256 relu)"),
        (lambda rng: MLP([20, 128, 784], rng=rng), "MLP(20 -> 128 relu -> 784)"),
        (lambda rng: MLP([2, 3, 4, 1], hidden=tanh, out=sigmoid, rng=rng),
         "MLP(2 -> 3 tanh -> 4 tanh -> 1 sigmoid)"),
    ],
)  # fmt: skip
def test_nets_print_as_what_they_are(rng, make, shown):
    assert repr(make(rng)) == shown


# Initial weights.


@pytest.mark.parametrize(
    ("init", "variance"), [(he, 2 / 500), (glorot, 2 / (500 + 1000))], ids=["he", "glorot"]
)
def test_an_initialiser_has_the_variance_of_its_paper(init, variance, rng):
    W = init(500, 1000, rng)
    # Of 500,000 draws: the variance's standard error is .2 % for a normal, the mean's .0014 std.
    assert float(W.var()) == pytest.approx(variance, rel=0.01)
    assert abs(W.mean()) < 0.007 * variance**0.5


def test_glorot_is_uniform_and_he_is_normal(rng):
    def kurtosis(W):
        return float((W**4).mean() / W.var() ** 2)

    assert kurtosis(glorot(500, 1000, rng)) == pytest.approx(9 / 5, rel=0.02)
    assert kurtosis(he(500, 1000, rng)) == pytest.approx(3, rel=0.03)


def test_a_relu_layer_starts_with_he_any_other_with_glorot_and_biases_with_zero():
    def start(seed):
        return numpy.random.default_rng(seed)

    assert (Dense(5, 4, relu, rng=start(1)).W.value == he(5, 4, start(1))).all()
    assert (Dense(5, 4, tanh, rng=start(1)).W.value == glorot(5, 4, start(1))).all()
    assert (Dense(5, 4, rng=start(1)).W.value == glorot(5, 4, start(1))).all()
    assert not any(layer.b.value.any() for layer in net().layers)


def test_another_initialiser_may_be_given(rng):
    ones = MLP([2, 3, 1], rng=rng, init=lambda n_in, n_out, rng: numpy.ones((n_in, n_out)))
    assert all((layer.W.value == 1).all() for layer in ones.layers)


@pytest.mark.parametrize("init", [glorot, he])
def test_every_draw_of_an_initialiser_comes_from_the_given_generator(init):
    a, b = numpy.random.default_rng(1), numpy.random.default_rng(2)
    first, second, other = init(3, 4, a), init(3, 4, a), init(3, 4, b)
    assert not ((first == second) | (first == other)).any()


def test_a_seed_means_the_same_net_and_another_seed_another():
    assert same(state(net(3)), state(net(3)))
    assert not same(state(net(3)), state(net(4)))


def test_a_seed_means_the_same_net_in_both_float_types(float64):
    wide = state(net(3))["0.W"]
    backend._Choice.float_type = numpy.dtype("float32")
    assert (state(net(3))["0.W"] == wide.astype("float32")).all()


def test_he_keeps_the_size_of_activations_through_ten_relu_layers(rng):
    x = normal(rng, (200, 500))
    deep = MLP([500] * 11, out=relu, rng=rng)
    # Each layer keeps the mean square within about sqrt(5 / 500) = 10 %; ten of them within 32 %.
    with no_grad():
        assert 0.4 < (deep(x) ** 2).mean() < 2.5


def test_glorot_halves_the_mean_square_at_each_relu_layer(rng):
    x = normal(rng, (200, 500))
    deep = MLP([500] * 11, out=relu, rng=rng, init=glorot)
    with no_grad():
        assert 0.4 < (deep(x) ** 2).mean() * 2**10 < 2.5


# Numbers and gradients.


def test_float32_stays_float32_from_the_weights_to_the_gradients(rng):
    model = net(hidden=tanh, out=sigmoid)
    loss = (model(normal(rng, (5, 4))) ** 2).mean()
    gradients = grad(loss, model.parameters())
    assert {a.dtype for a in [loss, *model.parameters(), *gradients]} == {numpy.dtype("float32")}


def on_parameters(model, x):
    """The net as a function of its parameters, for `check_grad`."""

    def output(*parameters):
        for layer, W, b in zip(model.layers, parameters[::2], parameters[1::2], strict=True):
            layer.W, layer.b = W, b
        return model(x)

    return output, [w.value for w in model.parameters()]


@pytest.mark.parametrize("hidden", [relu, tanh, sigmoid])
def test_the_gradient_of_a_net_is_right_for_every_parameter(float64, rng, hidden):
    f, parameters = on_parameters(net(hidden=hidden), normal(rng, (6, 4)))
    check_grad(f, *parameters, order=2)


def test_the_gradient_of_a_net_is_right_for_its_input(float64, rng):
    check_grad(net(hidden=tanh), normal(rng, (6, 4)), order=2)


def test_the_gradient_of_the_articles_discriminator_is_right(float64, rng):
    model = MLP([784, 512, 256, 128, 1], hidden=tanh, rng=rng)
    check_grad(model, normal(rng, (2, 784)), directions=3)


# What a net refuses.


def refused(model, x):
    with pytest.raises(ValueError, match="expected x of shape") as caught:
        model(x)
    return str(caught.value)


def test_images_that_are_not_flat_are_refused_with_the_line_that_flattens_them(rng):
    message = refused(Dense(784, 256, rng=rng), numpy.zeros((64, 28, 28), "float32"))
    assert message == (
        "Dense(784 -> 256): expected x of shape (N, 784), got (64, 28, 28). "
        "Flatten it first: x.reshape(len(x), -1)."
    )


def test_no_images_that_are_not_flat_are_refused_in_the_same_words(rng):
    message = refused(Dense(784, 256, rng=rng), numpy.zeros((0, 28, 28), "float32"))
    assert "got (0, 28, 28)" in message


def test_a_single_image_is_refused_with_the_line_that_makes_it_a_batch(rng):
    message = refused(Dense(784, 256, rng=rng), numpy.zeros(784, "float32"))
    assert message.endswith("got (784,). Make it a batch of one: x[None, :].")


@pytest.mark.parametrize("shape", [(64, 783), (784, 64), (783,), (), (64, 28, 27)])
def test_another_width_is_refused_without_a_line_that_would_not_help(rng, shape):
    message = refused(Dense(784, 256, rng=rng), numpy.zeros(shape, "float32"))
    assert message.endswith(f"got {shape}. Check what feeds this layer.")


def test_a_net_names_the_layer_that_was_given_the_wrong_width(rng):
    assert refused(net(), numpy.zeros((2, 5), "float32")).startswith("Dense(4 -> 8 relu): ")


def test_a_tensor_of_the_wrong_width_is_refused_in_the_same_words(rng):
    message = refused(Dense(784, 256, rng=rng), Tensor(numpy.zeros((64, 28, 28), "float32")))
    assert "Flatten it first" in message


def test_float64_data_in_a_float32_net_are_refused_with_the_line_that_converts_them(rng):
    with pytest.raises(TypeError, match=r"Convert the other argument: x.astype\('float32'\)"):
        net()(numpy.zeros((2, 4)))


@pytest.mark.parametrize("widths", [[], [784]])
def test_a_net_of_fewer_than_two_widths_is_refused(rng, widths):
    with pytest.raises(ValueError, match=r"MLP: expected at least two widths, in and out, got"):
        MLP(widths, rng=rng)


@pytest.mark.parametrize("width", [0, -1, 2.5])
def test_a_width_that_is_no_whole_number_from_one_is_refused(rng, width):
    with pytest.raises((ValueError, TypeError), match=rf"expected widths .*{width}"):
        MLP([4, width, 2], rng=rng)


# State.


def test_the_state_is_a_copy():
    model = net()
    before = state(model)
    model.layers[0].W.value -= 1.0
    before["1.W"][:] = 0
    assert same({"0.W": before["0.W"]}, {"0.W": state(net())["0.W"]})
    assert model.layers[1].W.value.any()


def test_a_loaded_net_computes_the_same(rng):
    a, b, x = net(1), net(2), normal(rng, (5, 4))
    load_state(a, state(b))
    assert (a(x).value == b(x).value).all()


def test_training_after_loading_leaves_the_loaded_arrays_as_they_were(rng):
    model, best = net(1), state(net(2))
    load_state(model, best)
    loss = model(normal(rng, (5, 4))).sum()
    Adam(model.parameters()).step(grad(loss, model.parameters()))
    assert same(best, state(net(2)))


def test_loading_keeps_the_parameters_the_same_tensors():
    model = net()
    tensors = model.parameters()
    load_state(model, state(net(1)))
    assert all(a is b for a, b in zip(model.parameters(), tensors, strict=True))


def test_loading_makes_an_older_graph_void(rng):
    model = net()
    loss = model(normal(rng, (5, 4))).sum()
    load_state(model, state(net(1)))
    with pytest.raises(RuntimeError, match="was changed in place"):
        grad(loss, model.parameters())


def test_float64_arrays_load_into_a_float32_net_as_float32():
    model = net()
    load_state(model, {name: w.astype("float64") for name, w in state(net(1)).items()})
    assert same(state(model), state(net(1)))
    assert {w.dtype for w in model.parameters()} == {numpy.dtype("float32")}


def refused_state(change):
    """The message for a state of which `change` made a wrong one; the net is untouched."""
    model, arrays = net(), state(net(1))
    change(arrays)
    with pytest.raises(ValueError, match=r"load_state\(MLP.*names or shapes differ") as caught:
        load_state(model, arrays)
    assert same(state(model), state(net()))
    return str(caught.value)


def test_a_missing_array_is_named():
    assert "  1.b: expected (3,), got None" in refused_state(lambda s: s.pop("1.b"))


def test_an_unknown_array_is_named():
    message = refused_state(lambda s: s.update({"2.W": numpy.zeros(1)}))
    assert "  2.W: expected None, got (1,)" in message


def test_arrays_of_another_shape_are_named_and_only_they():
    message = refused_state(lambda s: s.update({"1.W": s["1.W"].T}))
    assert message.count("\n") == 1
    assert "  1.W: expected (8, 3), got (3, 8)" in message


# Files.


def test_a_saved_net_loads_into_another(tmp_path):
    model, path = net(1), tmp_path / "net.npz"
    assert save(model, path) == path
    other = net(2)
    load(other, path)
    assert same(state(other), state(model))


def test_the_file_holds_the_named_arrays_and_nothing_else(tmp_path):
    with numpy.load(save(net(), tmp_path / "net.npz"), allow_pickle=False) as arrays:
        assert list(arrays) == ["0.W", "0.b", "1.W", "1.b"]
        assert arrays["0.W"].dtype == numpy.float32


def test_save_makes_the_folders_it_needs_and_leaves_only_its_file(tmp_path):
    save(net(), tmp_path / "a" / "b" / "net.npz")
    assert os.listdir(tmp_path / "a" / "b") == ["net.npz"]


def test_save_does_not_overwrite_unless_told(tmp_path):
    path = save(net(1), tmp_path / "net.npz")
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"Choose a new name, or pass overwrite=True"):
        save(net(2), path)
    assert path.read_bytes() == before
    save(net(2), path, overwrite=True)
    assert path.read_bytes() != before


@pytest.mark.host
def test_a_crash_while_saving_leaves_the_old_file_whole_and_no_other(tmp_path, monkeypatch):
    path = save(net(1), tmp_path / "net.npz")
    before = path.read_bytes()

    def crash(file, **arrays):
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(numpy, "savez", crash)
    with pytest.raises(KeyboardInterrupt):
        save(net(2), path, overwrite=True)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["net.npz"]


def test_threads_that_save_to_one_file_do_not_meet(tmp_path, monkeypatch):
    together, savez = threading.Barrier(2, timeout=30), numpy.savez

    def slow(file, **arrays):
        savez(file, **arrays)
        together.wait()  # both have written, neither has moved its own

    monkeypatch.setattr(numpy, "savez", slow)
    path = tmp_path / "net.npz"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda model: save(model, path, overwrite=True), [net(), net(2)]))
    load(net(), path)
    assert os.listdir(tmp_path) == ["net.npz"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_saved_file_can_be_read_by_whoever_may_read_new_files_here(tmp_path):
    (tmp_path / "any").touch()
    saved = save(net(), tmp_path / "net.npz")
    assert saved.stat().st_mode == (tmp_path / "any").stat().st_mode


def test_loading_a_file_of_another_net_names_what_differs(tmp_path):
    path = save(MLP([4, 9, 3], rng=numpy.random.default_rng(0)), tmp_path / "net.npz")
    with pytest.raises(ValueError, match=r"0.W: expected \(4, 8\), got \(4, 9\)"):
        load(net(), path)


def test_loading_a_file_that_is_not_there_says_which(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.npz"):
        load(net(), tmp_path / "missing.npz")


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut off"])
def test_loading_a_file_that_is_no_npz_names_the_file(tmp_path, content):
    path = tmp_path / "broken.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.npz"):
        load(net(), path)


def test_loading_runs_no_code_that_a_file_brings_along(tmp_path):
    path = tmp_path / "objects.npz"
    numpy.savez(path, **{"0.W": numpy.array([print, None], dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load(net(), path)


def test_a_damaged_byte_in_a_file_is_noticed_and_the_net_untouched(tmp_path):
    path = save(net(1), tmp_path / "net.npz")
    content = bytearray(path.read_bytes())
    content[300] ^= 1  # in the numbers of the first array
    path.write_bytes(content)
    model = net()
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        load(model, path)
    assert same(state(model), state(net()))


def test_a_pair_where_one_array_belongs_is_named_with_its_cure(rng):
    x = numpy.zeros((1, 4))
    with pytest.raises(TypeError, match=r"shape \(N, 4\), got a tuple of 2. A pair .* draw one z"):
        Dense(4, 3, rng=rng)((x, x))
    with pytest.raises(TypeError, match="got a list. Make it an array"):
        Dense(4, 3, rng=rng)([0.0])
