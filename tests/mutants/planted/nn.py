"""What is planted in `nn.py`."""

from tests.mutants.planted.mutant import Mutant

PLANTED: dict[str, list[Mutant]] = {
    "float64 leak": [
        Mutant(
            "glorot, float32: weights stay as they were drawn",
            "nn.py",
            "asarray(rng.uniform(-a, a, (n_in, n_out)), float_type())",
            "asarray(rng.uniform(-a, a, (n_in, n_out)))",
            "float64 heads on a float32 trunk",
        ),
        Mutant(
            "he, float32: weights stay as they were drawn",
            "nn.py",
            "(2 / n_in) ** 0.5, float_type())",
            "(2 / n_in) ** 0.5)",
            "a float64 net, half as fast",
        ),
        Mutant(
            "dense, float32: biases of NumPy's default type",
            "nn.py",
            "self.b = Tensor(asarray(numpy.zeros(n_out), float_type()))",
            "self.b = Tensor(asarray(numpy.zeros(n_out)))",
            "one float64 array among float32 ones",
        ),
    ],
    "aliasing": [
        Mutant(
            "state: the arrays are the weights themselves",
            "nn.py",
            "return {name: to_numpy(w.value).copy() for",
            "return {name: to_numpy(w.value) for",
            "the best weights so far change with each step",
        ),
        Mutant(
            "loading: the weights are the arrays themselves",
            "nn.py",
            "w.value = array_module(w.value).asarray(new[name], dtype=w.dtype)",
            "w._value = array_module(w.value).asarray(new[name], dtype=w.dtype); w.version[0] += 1",
            "two models loaded from one state train each other",
        ),
    ],
    "layers and their first weights": [
        Mutant(
            "initialiser, he: Glorot's old half",
            "nn.py",
            "(2 / n_in) ** 0.5, float_type())",
            "(1 / n_in) ** 0.5, float_type())",
            "ten relu layers lose a factor of 1,000 in variance",
        ),
        Mutant(
            "initialiser, he: by the outputs",
            "nn.py",
            "(2 / n_in) ** 0.5, float_type())",
            "(2 / n_out) ** 0.5, float_type())",
            "right for square layers",
        ),
        Mutant(
            "initialiser, he: the variance as standard deviation",
            "nn.py",
            "(2 / n_in) ** 0.5, float_type())",
            "(2 / n_in), float_type())",
            "deep nets start at 0",
        ),
        Mutant(
            "initialiser, glorot: the variance of a uniform forgotten",
            "nn.py",
            "a = (6 / (n_in + n_out)) ** 0.5",
            "a = (2 / (n_in + n_out)) ** 0.5",
            "a third of the variance",
        ),
        Mutant(
            "initialiser, glorot: by the inputs alone",
            "nn.py",
            "a = (6 / (n_in + n_out)) ** 0.5",
            "a = (6 / (2 * n_in)) ** 0.5",
            "right for square layers",
        ),
        Mutant(
            "initialiser, relu: the two change places",
            "nn.py",
            "(he if activation is relu else glorot)",
            "(glorot if activation is relu else he)",
            "it trains, from a worse start",
        ),
        Mutant(
            "seed: the weights do not come from the caller's rng",
            "nn.py",
            "asarray(rng.standard_normal((n_in, n_out))",
            "asarray(numpy.random.default_rng(0).standard_normal((n_in, n_out))",
            "three seeds are one",
        ),
        Mutant(
            "bias: it starts at 1",
            "nn.py",
            "Tensor(asarray(numpy.zeros(n_out), float_type()))",
            "Tensor(asarray(numpy.ones(n_out), float_type()))",
            "every relu starts open",
        ),
        Mutant(
            "activation: it is left out",
            "nn.py",
            "return self.activation(h) if self.activation else h",
            "return h",
            "a deep linear net",
        ),
        Mutant(
            "activation: the last layer has the hidden one's",
            "nn.py",
            "out if i == last else hidden",
            "hidden",
            "logits are never negative",
        ),
        Mutant(
            "activation: the first layer has the last one's",
            "nn.py",
            "out if i == last else hidden",
            "out if i == 0 else hidden",
            "right for nets of one layer",
        ),
        Mutant(
            "parameters: the biases are left out",
            "nn.py",
            'return {"W": self.W, "b": self.b}',
            'return {"W": self.W}',
            "the biases stay at 0",
        ),
        Mutant(
            "width: a wrong one is let through",
            "nn.py",
            'if getattr(x, "ndim", None) != 2 or x.shape[1] != self.n_in:',
            'if getattr(x, "ndim", None) != 2:',
            "NumPy's message for ours",
        ),
    ],
    "every form of input": [
        Mutant(
            "home, path: a tilde is a folder's name to save",
            "nn.py",
            "    path = Path(path).expanduser()\n    if path.exists()",
            "    path = Path(path)\n    if path.exists()",
            "a folder named ~ where the program runs",
        ),
        Mutant(
            "home, path: a tilde is a folder's name to load",
            "nn.py",
            'with open(Path(path).expanduser(), "rb")',
            'with open(path, "rb")',
            "what was saved is not found",
        ),
    ],
}
