"""The conditional VAE: the label enters both nets, the bound is a VAE's, and a code keeps style."""

import numpy as np
import pytest

from scratchgen import backend, data, gradcheck, nn, optim, vae
from scratchgen.engine import grad
from scratchgen.functions import gaussian_kl

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
x4 = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.5, 1.0], [0.0, 0.0, 1.0, 0.0]], np.float32)
y3 = np.array([2, 0, 2])


@pytest.fixture
def rng():
    return np.random.default_rng(0)  # of the device's own `np`


@pytest.fixture
def model(rng):
    return vae.ConditionalVAE(4, 2, (5, 3), classes=3, rng=rng)


@pytest.fixture
def float64(monkeypatch):
    """Parameters are made in float64, until the test ends."""
    monkeypatch.setattr(backend._Choice, "float_type", np.dtype("float64"))


def with_columns(a, labels):
    return np.concatenate([a, np.eye(3, dtype=a.dtype)[labels]], axis=1)


def test_both_nets_read_the_label_beside_what_they_read_before(model, rng):
    z = rng.standard_normal((3, 2)).astype("float32")
    h = model.trunk(with_columns(x4, y3))
    mean, log_var = model.given(y3).encode(x4)
    np.testing.assert_array_equal(mean.value, model.mean(h).value)
    np.testing.assert_array_equal(log_var.value, model.log_var(h).value)
    logits = model.decoder(with_columns(z, y3))
    np.testing.assert_array_equal(model.given(y3).decode(z).value, logits.value)


def test_one_label_stands_for_all_images_and_all_codes(model):
    alike, one = model.given([2, 2, 2]), model.given(2)
    np.testing.assert_array_equal(one.reconstruct(x4), alike.reconstruct(x4))
    np.testing.assert_array_equal(one.generate(np.ones((3, 2))), alike.generate(np.ones((3, 2))))


def test_its_terms_are_those_of_a_vae_by_their_formulas(rng, float64):
    model, x = vae.ConditionalVAE(4, 2, (5,), classes=3, rng=rng), x4.astype("float64")
    noise = rng.standard_normal((3, 2))
    terms = vae.elbo(model.given(y3), x, noise)
    mean, log_var = (t.value for t in model.given(y3).encode(x))
    z = mean + np.exp(log_var / 2) * noise
    p = model.given(y3).generate(z)
    log_p = (x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1)
    np.testing.assert_allclose(terms.reconstruction.value, log_p)
    np.testing.assert_allclose(terms.kl.value, gaussian_kl(mean, log_var))


def test_the_closed_form_of_its_kl_is_the_mean_over_codes(model, rng):
    k, given = 50_000, model.given(1)  # one label serves k codes of an image, too
    noise = rng.standard_normal((k, 1, 2)).astype("float32")
    kl = vae.log_weights(given, x4[:1], noise).kl.value
    exact = float(gaussian_kl(*given.encode(x4[:1])).value[0])
    assert abs(kl.mean() - exact) < 5 * kl.std() / k**0.5  # wrong for one seed in 10^6


def test_weights_of_classes_that_are_not_there_have_no_gradient_and_the_others_have(model, rng):
    noise = rng.standard_normal((3, 2)).astype("float32")
    W = [model.trunk.layers[0].W, model.decoder.layers[0].W]
    for g in grad(vae.elbo(model.given(y3), x4, noise).elbo.mean(), W):
        rows = np.abs(g[-3:]).sum(1) > 0  # the last three rows are the labels'
        assert rows.tolist() == [True, False, True]


def test_the_bound_has_the_derivatives_of_its_values_in_both_first_layers(rng, float64):
    model, x = vae.ConditionalVAE(4, 2, (5,), classes=3, rng=rng), x4.astype("float64")
    first, noise = [model.trunk.layers[0], model.decoder.layers[0]], rng.standard_normal((3, 2))

    def bound(*weights):
        for layer, W in zip(first, weights, strict=True):
            layer.W = W
        return vae.elbo(model.given(y3), x, noise).elbo

    gradcheck.check_grad(bound, *[layer.W.value for layer in first])


def test_given_labels_it_has_the_same_weights(model):
    assert all(a is b for a, b in zip(model.given(1).parameters(), model.parameters(), strict=True))
    nn.load_state(model.given(1), {k: 0 * w for k, w in nn.state(model).items()})
    assert not any(w.any() for w in nn.state(model).values())


def test_labels_that_are_given_stay_with_the_copy(model):
    model.given(1)
    with pytest.raises(ValueError, match=r"got none. Give them: model.given\(labels\), or train\("):
        model.encode(x4)


def test_a_label_stays_with_its_image_in_training(model, rng, monkeypatch):
    seen, elbo = [], vae.elbo
    monkeypatch.setattr(vae, "elbo", lambda *a: seen.append((a[0].one_hot, a[1])) or elbo(*a))
    images = np.eye(4, dtype=np.float32).repeat(5, 0)
    labels = images.argmax(1) % 3
    list(vae.train(model, images, vae.Settings(epochs=2, batch=8), labels=labels, rng=rng))
    for one_hot, x in seen:
        np.testing.assert_array_equal(one_hot.argmax(1), x.argmax(1) % 3)
    assert [len(x) for _, x in seen] == [8, 8, 4] * 2


def test_training_without_labels_draws_what_it_drew_before(rng):
    def run(**labels):
        rng = np.random.default_rng(1)
        model = vae.ConditionalVAE(4, 2, (3,), classes=3, rng=rng)
        run = vae.train(model.given(0), x4, vae.Settings(epochs=3), rng=rng, **labels)
        return [record[:4] for record in run]

    assert run() == run(labels=np.zeros(3, int))


def test_float32_stays_float32_through_training(model, rng):
    adam = optim.Adam(model.parameters())
    list(vae.train(model, x4, vae.Settings(epochs=2), labels=y3, rng=rng, optimizer=adam))
    assert {w.value.dtype.name for w in model.parameters()} == {"float32"}
    assert model.restyle(x4, y3).dtype == np.float32


def test_restyled_images_are_decoded_from_the_mean_with_every_label(model):
    images = model.restyle(x4, y3)
    assert images.shape == (3, 3, 4)
    z = model.given(y3).encode(x4)[0].value
    for label in range(3):
        np.testing.assert_array_equal(images[:, label], model.given(label).generate(z))


def test_the_same_code_is_another_image_in_another_class(model, rng):
    z = rng.standard_normal((1, 2)).astype("float32").repeat(3, 0)
    a, b, c = model.given([0, 1, 2]).generate(z)
    assert not np.allclose(a, b)
    assert not np.allclose(b, c)


@pytest.fixture(scope="module")
def weights():
    digits, rng = data.digits(), np.random.default_rng(0)
    model = vae.ConditionalVAE(64, 8, (128,), rng=rng)
    knobs, labels = vae.Settings(epochs=40, batch=32), digits.train_labels
    list(vae.train(model, digits.train_images, knobs, labels=labels, rng=rng))
    return nn.state(model)


@pytest.fixture
def trained(weights, rng):
    """The trained model, and images that it has not seen with their labels."""
    model, digits = vae.ConditionalVAE(64, 8, (128,), rng=rng), data.digits()
    nn.load_state(model, weights)
    return model, np.asarray(digits.test_images), np.asarray(digits.test_labels)


def test_it_draws_the_class_it_was_asked_for(trained, rng):
    model, images, labels = trained
    means = np.stack([images[labels == y].mean(0) for y in range(10)])
    drawn = np.stack([model.given(y).sample(200, rng).mean(0) for y in range(10)])
    nearest = ((drawn[:, None] - means) ** 2).sum(-1).argmin(1)
    assert nearest.tolist() == list(range(10))


def test_images_it_has_not_seen_are_likelier_with_their_own_label(trained):
    model, images, labels = trained
    own, other = (
        vae.bound(model.given(y), images, np.random.default_rng(0)).elbo
        for y in (labels, (labels + 1) % 10)
    )
    assert own > other + 5


def test_the_style_of_an_image_is_found_again_in_its_likeness_of_another_class(trained):
    model, images, labels = trained
    other = (labels + 1) % 10
    z = model.given(labels).encode(images)[0].value
    likeness = model.restyle(images, labels)[np.arange(len(labels)), other]
    again = model.given(other).encode(likeness)[0].value
    assert np.corrcoef(z.ravel(), again.ravel())[0, 1] > 0.5


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], r"expected labels 0 to 2, got 0 to 3\."),
        ([-1], r"expected labels 0 to 2, got -1 to -1\."),
        ([0.0, 1.0], r"expected integer labels of shape \(N,\), got float64 \(2,\)\."),
        (np.eye(3, dtype=int), r"got int64 \(3, 3\)\. Of one-hot rows, take the \.argmax\(1\)\."),
        ([], r"expected integer labels"),
        ([True], r"expected integer labels of shape \(N,\), got bool \(1,\)\."),
    ],
)
def test_what_is_no_label_is_refused(model, rng, labels, message):
    with pytest.raises(ValueError, match=f"one_hot: .*{message}"):
        model.given(labels)
    with pytest.raises(ValueError, match=message):
        next(vae.train(model, x4, vae.Settings(epochs=1), labels=labels, rng=rng))


def test_labels_of_another_number_than_the_images_are_refused(model, rng):
    expected = r"ConditionalVAE\(7 -> .*: expected one label for each of 3 rows, or one for all"
    for use in (model.given([0, 1]).reconstruct, lambda x: model.restyle(x, [0, 1])):
        with pytest.raises(ValueError, match=expected + r", got 2\. Give each batch its own"):
            use(x4)
    with pytest.raises(ValueError, match=r"expected one label per image, got 2 labels for 3"):
        next(vae.train(model, x4, vae.Settings(epochs=1), labels=[0, 1], rng=rng))


def test_labels_for_a_net_that_cannot_read_them_are_refused(rng):
    plain = vae.VAE(4, 2, (3,), rng=rng)
    with pytest.raises(ValueError, match=r"got labels for VAE\(4 .*Only a ConditionalVAE reads"):
        next(vae.train(plain, x4, vae.Settings(epochs=1), labels=y3, rng=rng))


def test_the_tighter_bound_wants_one_class_at_a_time(model, rng):
    with pytest.raises(ValueError, match=r"got k=2 with labels\. L_k is climbed one class at a"):
        next(vae.train(model, x4, vae.Settings(epochs=1, k=2), labels=y3, rng=rng))
    (record,) = vae.train(model.given(2), x4[y3 == 2], vae.Settings(epochs=1, k=2), rng=rng)
    assert record.elbo >= record.reconstruction - record.kl


def test_a_single_class_is_refused(rng):
    with pytest.raises(ValueError, match=r"expected 2 or more classes, got 1\."):
        vae.ConditionalVAE(4, 2, (3,), classes=1, rng=rng)
