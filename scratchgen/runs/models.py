"""The nets and optimisers that a run's settings mean, and all that changes in them, as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy

from .. import gan, vae
from ..backend import Array, asarray, float_type, to_numpy
from ..distributed import Ranks
from ..nn import load_state, state
from ..training import Place


class Model(NamedTuple):
    """What a run trains: nets and optimisers by name, the loop's settings, and who takes part."""

    kind: str  # "vae" or "gan"
    nets: dict[str, Any]  # "vae"; or "G", "D" and, if there is one, "average"
    optimizers: dict[str, Any]
    loop: Any  # its settings
    rng: numpy.random.Generator
    ranks: Ranks

    @property
    def maker(self) -> Any:
        """The net that makes images: the VAE; or the generator, the averaged one if there is."""
        return self.nets.get("vae") or self.nets.get("average") or self.nets["G"]

    def codes(self, n: int, rng: numpy.random.Generator) -> Array:
        """Codes for n images, drawn from N(0, I)."""
        net = self.maker
        z_dim = net.z_dim if self.kind == "vae" else net.layers[0].n_in
        return asarray(rng.standard_normal((n, z_dim)), float_type())

    def images(self, z: Array, labels: Any = None) -> Array:
        """The images (N, D) in [0, 1] of codes z (N, Z); labels: their classes, if it reads any."""
        from ..engine import no_grad

        if self.kind == "vae":
            return (self.maker if labels is None else self.maker.given(labels)).generate(z)
        with no_grad():
            return (self.maker(z) + 1) / 2

    def train(self, images: Any, labels: Any, place: Place) -> Iterator[Any]:
        """The records of the training from a place on."""
        if self.kind == "vae":
            return vae.train(
                self.nets["vae"],
                images,
                self.loop,
                rng=self.rng,
                labels=labels,
                optimizer=self.optimizers["adam"],
                done=place,
                ranks=self.ranks,
            )
        adams = (self.optimizers["g_adam"], self.optimizers["d_adam"])
        return gan.train(self.nets["G"], self.nets["D"], images, self.loop, rng=self.rng,
                         average=self.nets.get("average"), optimizers=adams, done=place,
                         ranks=self.ranks)  # fmt: skip

    def state(self) -> dict[str, numpy.ndarray]:
        """All weights and what the optimisers remember. A meeting: all ranks ask for it."""
        parts = {**self.nets, **self.optimizers}
        return {f"{name}/{key}": array for name, part in parts.items()
                for key, array in state(part).items()}  # fmt: skip

    def load_state(self, arrays: Mapping[str, numpy.ndarray]) -> None:
        """Put back what `state` returned."""
        for name, part in {**self.nets, **self.optimizers}.items():
            own = {k.removeprefix(f"{name}/"): x for k, x in arrays.items()
                   if k.startswith(f"{name}/")}  # fmt: skip
            load_state(part, own)


def build(settings: Mapping[str, Any], ranks: Ranks) -> Model:
    """The model of a run as it is before its first step.

    settings: those of a run, all of them; see `commands/asked.py`.

    >>> from scratchgen.distributed import ALONE
    >>> asked = dict(model="gan", width=64, z=2, hidden=[8], average=0.9, seed=0, classes=0)
    >>> build(asked | {"loop": {"epochs": 1}}, ALONE).nets["G"]
    MLP(2 -> 8 relu -> 64 tanh)
    """
    rng = numpy.random.default_rng(settings["seed"])
    width, z, hidden = settings["width"], settings["z"], tuple(settings["hidden"])
    if settings["model"] == "vae":
        options = {"likelihood": settings["likelihood"], "variance": settings["variance"]}
        net: Any = (
            vae.ConditionalVAE(width, z, hidden, rng=rng, classes=settings["classes"], **options)
            if settings["classes"]
            else vae.VAE(width, z, hidden, rng=rng, **options)
        )
        climb = vae.Settings(**settings["loop"])
        return Model("vae", {"vae": net}, {"adam": ranks.share(climb.adam(net))}, climb, rng, ranks)
    G = gan.generator(z, width, hidden, rng=rng)
    D = gan.discriminator(width, hidden[::-1], rng=rng)
    nets = {"G": G, "D": D}
    if settings["average"]:
        nets["average"] = gan.generator(z, width, hidden, rng=rng)
    game = gan.Settings(**settings["loop"])
    adams = {"g_adam": ranks.share(game.adam(G)), "d_adam": ranks.share(game.adam(D))}
    return Model("gan", nets, adams, game, rng, ranks)


def packed(model: Model, place: Place) -> tuple[dict[str, numpy.ndarray], dict[str, Any]]:
    """Arrays, and what is plain enough for JSON, from which a training goes on exactly. A meeting.

    >>> from scratchgen.distributed import ALONE
    >>> asked = dict(model="vae", width=4, z=1, hidden=[2], classes=0, seed=0, variance=None)
    >>> model = build(asked | {"likelihood": "bernoulli", "loop": {"epochs": 1}}, ALONE)
    >>> packed(model, Place(epochs=1))[1]["place"]
    {'epochs': 1, 'steps': 0, 'order': None, 'lengths': []}
    """
    arrays, ranks = model.state(), model.ranks
    sums = [numpy.asarray([to_numpy(x) for x in part]) if isinstance(part, list) else
            to_numpy(part) for part in place.sums]  # fmt: skip
    if sums:  # of the losses: each rank has added up those of its own rows
        flat = numpy.concatenate([part.reshape(-1) for part in sums])
        arrays["place/sums"] = ranks.gathered(flat)
    lengths = [len(part) if part.ndim else -1 for part in sums]
    where = {"epochs": place.epochs, "steps": place.steps, "order": place.order, "lengths": lengths}
    about = {"place": where, "rng": model.rng.bit_generator.state, "ranks": ranks.size}
    return arrays, json.loads(json.dumps(about))


def unpack(model: Model, arrays: Mapping[str, numpy.ndarray], about: Mapping[str, Any]) -> Place:
    """Put back into a model what `packed` returned; the place from where it goes on.

    Raises ValueError if another number of processes took it so far.

    >>> from scratchgen.distributed import ALONE
    >>> asked = dict(model="gan", width=4, z=1, hidden=[2], average=0.0, classes=0, seed=0)
    >>> model = build(asked | {"loop": {"epochs": 2}}, ALONE)
    >>> unpack(model, *packed(model, Place(epochs=1)))
    Place(epochs=1, steps=0, order=None, sums=[])
    """
    if about["ranks"] != model.ranks.size:
        fix = f"Go on with as many: mpiexec -n {about['ranks']} ..."
        got = f"{about['ranks']} processes took its steps so far, {model.ranks.size} would now"
        raise ValueError(f"{got}: other sums, and no longer the same run. {fix}")
    model.load_state(arrays)
    model.rng.bit_generator.state = about["rng"]
    where = about["place"]
    flat = list(map(asarray, arrays["place/sums"][model.ranks.rank])) if where["lengths"] else []
    sums: list[Any] = []
    for n in where["lengths"]:
        sums.append(flat[0] if n < 0 else flat[:n])
        flat = flat[abs(n) :]
    return Place(where["epochs"], where["steps"], where["order"], sums)
