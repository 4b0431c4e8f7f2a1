"""The doctor: says what was found, which check of a GPU failed, and the one command that cures it.

    python -m scratchgen.backend

The checks are those of `gpu_status`: they run on the device, since CuPy imports on a machine that
has none. Where they pass, a training step is timed on both devices.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import NamedTuple

import numpy

from scratchgen.backend import CHECKS, GpuStatus, gpu_status, normal, to_numpy, uniform, use

OLDEST, NEWEST = 12, 13  # of CUDA, among the wheels of CuPy 14
BATCHES = (128, 512)  # of the steps that are timed


class Found(NamedTuple):
    """What is installed: CuPy's wheels with their versions, and what nvidia-smi knows."""

    wheels: Mapping[str, str]
    driver: str = ""  # its version, "" without one
    cuda: int = 0  # the newest CUDA that the driver runs, its first number
    devices: tuple[str, ...] = ()
    complaint: str = ""  # nvidia-smi's, where it is there and the driver does not answer


class Advice(NamedTuple):
    """A command, "" where nothing has to be done; and the reason."""

    command: str
    reason: str


def look() -> Found:
    """What is installed here.

    >>> sorted(look().wheels) == sorted(w for w in look().wheels if w.startswith("cupy"))
    True
    """
    names = {d.metadata["Name"]: d.version for d in metadata.distributions() if d.metadata}
    wheels = {n: v for n, v in names.items() if re.fullmatch(r"cupy(-cuda\d+x|-rocm.*)?", n)}
    return Found(dict(sorted(wheels.items())), *_driver())


def _driver() -> tuple[str, int, tuple[str, ...], str]:
    """The driver's version, its CUDA, the devices and the complaint, by nvidia-smi."""
    try:
        table = _nvidia_smi()
        rows = _nvidia_smi("--query-gpu=driver_version,name,memory.total", "--format=csv,noheader")
    except FileNotFoundError:
        return "", 0, (), ""
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", 0, (), str(error)
    cuda = re.search(r"CUDA (?:\w+ )?Version: *(\d+)", table)
    gpus = [row.split(", ", 1) for row in rows.splitlines() if ", " in row]
    driver = gpus[0][0] if gpus else "of unknown version"
    return driver, int(cuda[1]) if cuda else 0, tuple(name for _, name in gpus), ""


def _nvidia_smi(*options: str) -> str:
    """What nvidia-smi prints. Raises FileNotFoundError without it, OSError where it fails."""
    command = ["nvidia-smi", *options]
    done = subprocess.run(command, timeout=20, capture_output=True, text=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip() or f"nvidia-smi ended with {done.returncode}"
        raise OSError(said.splitlines()[0])
    return done.stdout


def advice(found: Found, status: GpuStatus) -> Advice:
    """What to do, first things first: wheels that clash, the driver, the wheel, the libraries.

    >>> advice(Found({}), GpuStatus(False, "CuPy is not installed.")).command
    ''
    >>> advice(Found({}, "580.65", cuda=13), GpuStatus(False, "CuPy is not installed.")).command
    'pip install "cupy-cuda13x[ctk]"'
    """
    wheels = " ".join(found.wheels)
    if len(found.wheels) > 1:
        clash = f"{len(found.wheels)} packages of CuPy share one folder and spoil each other."
        return Advice(_install(found) if found.driver else f"pip uninstall -y {wheels}", clash)
    if status.usable:
        return Advice("", "A GPU is usable: ask for it by --backend cupy, or auto.")
    if status.passed >= 2:  # a device answered, whatever nvidia-smi knows of it
        return _advice_on_cupy(found, status)
    if found.complaint:
        again = "Restart the machine; if that is not enough, install NVIDIA's driver anew."
        return Advice(again, f"NVIDIA's driver does not answer: {found.complaint}")
    if not found.driver:
        return Advice("", "There is no NVIDIA driver here, so NumPy it is. Nothing to install.")
    if found.cuda < OLDEST:
        newer = f"CUDA {found.cuda or 'unknown'} at most, and CuPy 14 needs {OLDEST} or later."
        return Advice("Install a newer driver: https://www.nvidia.com/drivers", f"It runs {newer}")
    return _advice_on_cupy(found, status)


def _advice_on_cupy(found: Found, status: GpuStatus) -> Advice:
    """What to do where the driver is fit."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not found.wheels:
        return Advice(_install(found), f"CuPy is not installed; the driver runs CUDA {found.cuda}.")
    if _right_wheel(found) not in found.wheels:
        old = f"{next(iter(found.wheels))} is not made for CUDA {found.cuda}, the driver's newest."
        return Advice(_install(found), old)
    if status.passed == 0:
        anew = _install(found).replace("install", "install --force-reinstall", 1)
        return Advice(anew, "CuPy is damaged, or a part of it is missing.")
    if status.passed == 1 and hidden is not None:
        return Advice("unset CUDA_VISIBLE_DEVICES", f"It is {hidden!r}, which hides the GPU.")
    if status.passed == 1:
        return Advice("Restart the machine.", "nvidia-smi lists a GPU that CUDA does not see.")
    if "OutOfMemory" in status.cause:
        return Advice("nvidia-smi", "The GPU's memory is full: this shows of what.")
    return Advice(_install(found), "The CUDA libraries are missing, and [ctk] brings them along.")


def _right_wheel(found: Found) -> str:
    """The wheel for the driver: the one that is there, if it is no newer than the driver."""
    fit = [w for w in found.wheels if OLDEST <= _cuda_of(w) <= (found.cuda or NEWEST)]
    return fit[0] if len(fit) == 1 else f"cupy-cuda{min(found.cuda or NEWEST, NEWEST)}x"


def _cuda_of(wheel: str) -> int:
    """13 for cupy-cuda13x; 0 where the name does not say."""
    return int((re.search(r"cuda(\d+)x", wheel) or "00")[1])


def _install(found: Found) -> str:
    """The command that leaves one wheel, the right one, with the CUDA libraries it needs."""
    right = _right_wheel(found)
    away = [] if [*found.wheels] == [right] else [*found.wheels]
    first = f"pip uninstall -y {' '.join(away)} && " if away else ""
    return f'{first}pip install "{right}[ctk]"'


def page(found: Found, status: GpuStatus) -> str:
    """All of it, as text to read.

    >>> print(page(Found({}), GpuStatus(False, "CuPy is not installed.")))  # doctest: +ELLIPSIS
    found
      Python ...
    """
    asked = os.environ.get("SCRATCHGEN_BACKEND") or "not set: NumPy, unless asked by --backend"
    of_cuda = f", for CUDA up to {found.cuda}" if found.cuda else ""
    wheels = [f"{name} {version}" for name, version in found.wheels.items()]
    facts = [
        ("Python", platform.python_version()),
        ("NumPy", numpy.__version__),
        *(("CuPy", wheel) for wheel in wheels or ["none"]),
        ("driver", found.driver + of_cuda if found.driver else found.complaint or "none"),
        *(("device", name) for name in found.devices),
        ("SCRATCHGEN_BACKEND", asked),
    ]
    width = max(len(name) for name, _ in facts) + 2
    lines = ["found", *(f"  {name:{width}}{what}".rstrip() for name, what in facts)]
    lines += ["", "checks", *_results(status), "", "what to do"]
    command, reason = advice(found, status)
    return "\n".join([*lines, *([f"  {command}"] if command else []), f"  {reason}"])


def _results(status: GpuStatus) -> Iterator[str]:
    """One line for each of CHECKS, and under the one that failed its cause."""
    for k, check in enumerate(CHECKS):
        if k < status.passed:
            yield f"  passed     {check}"
        elif k == status.passed:
            yield f"  FAILED     {check}"
            yield from (f"             {line}" for line in status.cause.splitlines())
        else:
            yield f"  not tried  {check}"


# A training step on both devices.


def compare(seconds: float) -> Iterator[str]:
    """Lines of a table: a step of both models on both devices, in about so many seconds.

    >>> next(compare(1.0))
    'milliseconds a training step    numpy     cupy    numpy / cupy'
    """
    yield "milliseconds a training step    numpy     cupy    numpy / cupy"
    for name, make in {"GAN": _gan_step, "VAE": _vae_step}.items():
        for batch in BATCHES:
            here, there = (_pace(place, make, batch, seconds / 8) for place in ("numpy", "cupy"))
            title = f"{name}, batch {batch}"
            yield f"{title:28}{1e3 * here:9.2f}{1e3 * there:9.2f}{here / there:16.1f}"
    use("numpy")


def _pace(place: str, make: Callable[[int], Callable], batch: int, seconds: float) -> float:
    """Seconds a step takes there. The first, which may build kernels, does not count."""
    use(place)
    step = make(batch)
    to_numpy(step())
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds or not steps:
        results = [step() for _ in range(10)]
        to_numpy(results[-1])  # a device has computed only when it is asked
        steps += len(results)
    return (time.perf_counter() - start) / steps


def _gan_step(batch: int) -> Callable:
    """A step of the article's GAN, on noise for images: the generator's loss."""
    from scratchgen import gan
    from scratchgen.optim import Adam

    rng = numpy.random.default_rng(0)
    G, D = gan.generator(100, 784, rng=rng), gan.discriminator(784, rng=rng)
    d_adam, g_adam = Adam(D.parameters()), Adam(G.parameters())
    real, z = uniform(rng, (batch, 784)), normal(rng, (batch, 100))

    def step():
        with gan.no_grad():
            fake = G(z)
        gan.d_step(D, d_adam, real, fake)
        return gan.g_step(G, D, g_adam, z)

    return step


def _vae_step(batch: int) -> Callable:
    """A step of the article's VAE, on noise for images: the bound's second term."""
    from scratchgen import vae
    from scratchgen.optim import Adam

    rng = numpy.random.default_rng(0)
    model = vae.VAE(784, 20, rng=rng)
    adam = Adam(model.parameters())
    x, noise = uniform(rng, (batch, 784)), normal(rng, (batch, 20))
    return lambda: vae.step(model, adam, x, noise).kl


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 if there is nothing to mend, 1 if there is.

    >>> main(["--seconds", "0"]) in (0, 1)  # doctest: +ELLIPSIS
    found
    ...
    True
    """
    parser = argparse.ArgumentParser(
        prog="python -m scratchgen.backend",
        description="Whether a GPU can be used here; if not, why, and the command that cures it.",
        epilog="Exit status: 0 if a GPU is usable, or none is here and NumPy will do; 1 if "
        "something is to be mended.",
    )
    shown = "how long the comparison of both devices takes (10); 0 leaves it out"
    parser.add_argument("--seconds", type=float, default=10, help=shown)
    asked = parser.parse_args(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CuPy's own words on clashing wheels: the page has them
        found, status = look(), gpu_status()
    print(page(found, status), flush=True)
    if status.usable and asked.seconds > 0:
        print()
        for line in compare(asked.seconds):
            print(line, flush=True)
    return 1 if advice(found, status).command else 0


if __name__ == "__main__":
    sys.exit(main())
