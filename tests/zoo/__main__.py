"""Print who finds which fault: python -m tests.zoo [torch] [hips] [jax] [--seeds N]."""

import argparse
import functools
import importlib
import warnings

from hypothesis import HealthCheck, Phase, given, seed, settings

from scratchgen.testing import from_hips, from_jax, from_torch, prove
from tests.zoo import Animal


def found_by(test) -> str:
    """The first line of what a test says; nothing if it passes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test()
    except Exception as error:
        return str(error).splitlines()[0] or type(error).__name__
    return ""


def ours(adapter, function, animal: Animal, s: int):
    """Our test of a function, begun from a seed."""
    return prove(adapter(function), animal.strategy, seed=s, **animal.options)


def torch_columns(s: int) -> dict:
    """PyTorch's own checks: by default, strict, and inside Hypothesis with our strategies."""
    import torch
    from torch.autograd import gradcheck, gradgradcheck

    def tensors(arrays):
        return tuple(torch.tensor(x.copy(), requires_grad=True) for x in arrays)

    def default(function, animal):
        gradcheck(function, tensors(animal.typical))
        gradgradcheck(function, tensors(animal.typical))

    strict_options = {"atol": 1e-8, "rtol": 1e-6, "check_undefined_grad": True}

    def strict(function, animal):
        given_ = tensors(animal.typical)
        gradcheck(function, given_, check_grad_dtypes=True, **strict_options)
        gradgradcheck(function, given_, gen_non_contig_grad_outputs=True, check_grad_dtypes=True,
                      **strict_options)  # fmt: skip

    def drawn(function, animal):
        @seed(s)
        @settings(deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        @given(animal.strategy)
        def test(arrays):
            default_of = tensors(arrays if isinstance(arrays, tuple | list) else [arrays])
            if all(x.numel() for x in default_of):
                gradcheck(function, default_of)
                gradgradcheck(function, default_of)

        test()

    return {"gradcheck": default, "strict": strict, "under @given": drawn}


def jax_columns(s: int) -> dict:
    """JAX's own check, at one typical point."""
    from jax.test_util import check_grads

    return {"check_grads": lambda f, animal: check_grads(f, animal.typical, 2, modes=["rev"])}


def hips_columns(s: int) -> dict:
    """HIPS autograd's own check, at one typical point."""
    from autograd.test_util import check_grads

    return {
        "check_grads": lambda f, animal: check_grads(f, modes=["rev"], order=2)(*animal.typical)
    }


ZOOS = {
    "torch": ("tests.zoo.pytorch", from_torch, torch_columns),
    "hips": ("tests.zoo.hips", from_hips, hips_columns),
    "jax": ("tests.zoo.jaxes", from_jax, jax_columns),
}


def table(framework: str, seeds: int, say: bool) -> None:
    """Print a framework's faults, a line each, and how many each check finds."""
    where, adapter, columns = ZOOS[framework]
    animals = importlib.import_module(where).ANIMALS
    others = columns(0)
    heads = ["ours", *others]
    print(f"{framework:48}  {'  '.join(f'{head:>12}' for head in heads)}")
    totals, alarms = dict.fromkeys(heads, 0), dict.fromkeys(heads, 0)
    for animal in animals:
        words, first = [], ""
        for head in heads:
            checks = [
                [ours(adapter, f, animal, s) for s in range(seeds)]
                if head == "ours"
                else [functools.partial(others[head], f, animal)]
                for f in (animal.wrong, animal.right)
            ]
            said, alarm = ([found_by(test) for test in tests] for tests in checks)
            first = first or (said[0] if head == "ours" else "")
            totals[head] += sum(map(bool, said)) / len(said)
            alarms[head] += sum(map(bool, alarm)) / len(alarm)
            hits = (
                "found"
                if all(said)
                else f"{sum(map(bool, said))} of {len(said)}"
                if any(said)
                else "-"
            )
            words.append(hits + (" (alarm)" if any(alarm) else ""))
        print(f"{animal.name:48}  {'  '.join(f'{word:>12}' for word in words)}", flush=True)
        if say:
            print(f"      {first}")
    print(f"{f'found, of {len(animals)}':48}  {'  '.join(f'{totals[h]:12.4g}' for h in heads)}")
    print(f"{'false alarms on right twins':48}  {'  '.join(f'{alarms[h]:12.4g}' for h in heads)}\n")


def main() -> None:
    """Read what is asked for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.zoo", description=__doc__)
    parser.add_argument("frameworks", nargs="*", help=", ".join(ZOOS), default=[])
    parser.add_argument("--seeds", type=int, default=1, help="how many times ours begins anew")
    parser.add_argument("--say", action="store_true", help="show ours' first line, too")
    asked = parser.parse_args()
    for framework in asked.frameworks or ZOOS:
        table(framework, asked.seeds, asked.say)


if __name__ == "__main__":
    main()
