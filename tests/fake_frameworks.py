"""As much of Keras and of PyTorch as the programs need that `export` writes, over NumPy.

The real ones are asked in the slow tests; these let the ordinary suite run the same programs.
"""

from types import ModuleType

import numpy as np

FUNCTIONS = {
    None: lambda x: x, "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
}  # fmt: skip


def module(name, **contents):
    found = ModuleType(name)
    found.__dict__.update(contents)
    return found


# Keras: an input is a function of what is given, and so is each layer's output.


class Symbol:
    def __init__(self, compute, width, layers):
        self.compute, self.width, self.layers = compute, width, layers


class Input(Symbol):
    def __init__(self, shape):
        super().__init__(lambda given: given[self], *shape, [])


class Layer:
    weights = ()

    def __call__(self, x):
        xs = x if isinstance(x, list) else [x]
        self.build(sum(one.width for one in xs))
        before = [layer for one in xs for layer in one.layers]
        compute = lambda given: self.of(*[one.compute(given) for one in xs])
        return Symbol(compute, self.width, [*before, self])

    def build(self, width):
        self.width = width


class Dense(Layer):
    def __init__(self, units, activation=None):
        self.units, self.activation = units, FUNCTIONS[activation]

    def build(self, width):
        self.weights, self.width = [np.zeros((width, self.units)), np.zeros(self.units)], self.units

    def of(self, x):
        return self.activation(x @ self.weights[0] + self.weights[1])


class Concatenate(Layer):
    def of(self, *xs):
        return np.concatenate(xs, axis=1)


class Rescaling(Layer):
    def __init__(self, scale, offset):
        self.scale, self.offset = scale, offset

    def of(self, x):
        return x * self.scale + self.offset


class Model:
    def __init__(self, given, found):
        self.given = given if isinstance(given, list) else [given]
        self.found = found if isinstance(found, list) else [found]
        layers = [layer for one in self.found for layer in one.layers]
        self.layers = list(dict.fromkeys(layer for layer in layers if layer.weights))

    def get_weights(self):
        return [w for layer in self.layers for w in layer.weights]

    def set_weights(self, arrays):
        arrays = list(arrays)
        for layer in self.layers:
            given, arrays = arrays[:2], arrays[2:]
            assert [w.shape for w in given] == [w.shape for w in layer.weights]
            layer.weights = given
        assert not arrays

    def predict(self, x, verbose=0):
        given = dict(zip(self.given, x if isinstance(x, list) else [x], strict=True))
        return [one.compute(given) for one in self.found]


def keras():
    """The modules of a stand-in for Keras, by name."""
    layers = module("keras.layers", Dense=Dense, Concatenate=Concatenate, Rescaling=Rescaling)
    return {"keras": module("keras", Input=Input, Model=Model, layers=layers),
            "keras.layers": layers}  # fmt: skip


# PyTorch: modules that know their parameters by name.


class Module:
    def named(self):
        """(name, the module) of all that hold weights."""
        for name, part in vars(self).items():
            for inner, linear in part.named() if isinstance(part, Module) else ():
                yield f"{name}{inner}", linear

    def load_state_dict(self, arrays):
        expected = {f"{name}.{w}" for name, _ in self.named() for w in ("weight", "bias")}
        assert expected == set(arrays)
        for name, linear in self.named():
            for w in ("weight", "bias"):
                assert arrays[f"{name}.{w}"].shape == getattr(linear, w).shape
                setattr(linear, w, arrays[f"{name}.{w}"])

    def eval(self):
        return self


class Linear(Module):
    def __init__(self, n_in, n_out):
        self.weight, self.bias = np.zeros((n_out, n_in)), np.zeros(n_out)

    def named(self):
        yield "", self

    def __call__(self, x):
        return x @ self.weight.T + self.bias


class Sequential(Module):
    def __init__(self, *parts):
        self.parts = parts

    def named(self):
        for i, part in enumerate(self.parts):
            if isinstance(part, Linear):
                yield f".{i}", part

    def __call__(self, x):
        for part in self.parts:
            x = part(x)
        return x


def torch():
    """The modules of a stand-in for PyTorch, and of safetensors' half of it, by name."""
    from safetensors.numpy import load_file

    activations = {"ReLU": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid"}
    functions = {name: lambda f=FUNCTIONS[own]: f for name, own in activations.items()}
    nn = module("torch.nn", Module=Module, Linear=Linear, Sequential=Sequential, **functions)
    cat = lambda parts, dim: np.concatenate(parts, axis=dim)
    return {"torch": module("torch", nn=nn, cat=cat), "torch.nn": nn,
            "safetensors.torch": module("safetensors.torch", load_file=load_file)}  # fmt: skip
