"""How fast: `python -m tests.benchmarks.speed` prints the table that the README carries.

All contenders of a row run in one process, in turn, for a moment each, round after round: what the
machine does meanwhile hits all alike. A figure is the median over the rounds; a ratio is the median
of the rounds' ratios. PyTorch, JAX (each step compiled whole by XLA), HIPS autograd and MyGrad take
part where they are installed (`pip install torch jax autograd mygrad`).
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import itertools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks import contenders as c
from tests.benchmarks import others
from tests.benchmarks.apart import Apart
from tests.benchmarks.tricks import TRICKS, tricks, without

FRAMEWORKS = ("torch", "jax", "autograd", "mygrad", "mpi4py")
HAS = {name: importlib.util.find_spec(name) is not None for name in FRAMEWORKS}
MOMENT = 0.25  # seconds that one contender runs before the next one does


class Row(NamedTuple):
    """One line of the table: contenders by name, each a function that builds its step."""

    title: str
    makers: dict[str, Callable[[], c.Step]]


def rows() -> list[Row]:
    """The GAN's and the VAE's step at three sizes of batch, and the tiny net."""
    made = []
    for batch in (32, 128, 512):
        made.append(Row(f"GAN step, batch {batch}", gan(batch)))
    for batch in (32, 128, 512):
        made.append(Row(f"VAE step, batch {batch}", vae(batch)))
    return [*made, Row("tiny net, batch 32", tiny(32))]


def gan(batch: int) -> dict[str, Callable[[], c.Step]]:
    """Every contender of the GAN step."""
    return present(
        {
            "ours": partial(c.our_gan, batch),
            "ours x 2": partial(Apart, "ranks_gan", batch, ranks=2),
            "torch": partial(c.torch_gan, batch),
            "torch fused": partial(c.torch_gan, batch, fused=True),
            "torch frozen": partial(c.torch_gan, batch, fused=True, freeze=True),
            "jax jit": partial(others.jax_gan, batch),
            "autograd": partial(c.hips_gan, batch),
            "mygrad": partial(others.mygrad_gan, batch),
            "floor": partial(c.floor, c.gan_products(batch)),
            "torch floor": partial(c.floor_torch, c.gan_products(batch)),
        }
    )


def vae(batch: int) -> dict[str, Callable[[], c.Step]]:
    """Every contender of the VAE step."""
    return present(
        {
            "ours": partial(c.our_vae, batch),
            "ours x 2": partial(Apart, "ranks_vae", batch, ranks=2),
            "torch": partial(c.torch_vae, batch),
            "torch fused": partial(c.torch_vae, batch, fused=True),
            "jax jit": partial(others.jax_vae, batch),
            "autograd": partial(c.hips_vae, batch),
            "mygrad": partial(others.mygrad_vae, batch),
            "floor": partial(c.floor, c.vae_products(batch)),
            "torch floor": partial(c.floor_torch, c.vae_products(batch)),
        }
    )


def tiny(batch: int) -> dict[str, Callable[[], c.Step]]:
    """Every contender of the tiny net's step."""
    return present(
        {
            "ours": partial(c.our_tiny, batch),
            "torch": partial(c.torch_tiny, batch),
            "torch fused": partial(c.torch_tiny, batch, fused=True),
            "jax jit": partial(others.jax_tiny, batch),
            "autograd": partial(c.hips_tiny, batch),
            "mygrad": partial(others.mygrad_tiny, batch),
        }
    )


def present(makers: dict) -> dict:
    """Those whose framework is installed, or MPI for several ranks."""
    return {
        name: maker
        for name, maker in makers.items()
        if HAS.get(name.split()[0], True)  # "torch fused" needs torch
        and (HAS.get("mpi4py") or "x 2" not in name)
    }


def race(makers: dict[str, Callable[[], c.Step]], rounds: int) -> dict[str, list[float]]:
    """Seconds per step of each contender, one figure a round."""
    steps = {name: make() for name, make in makers.items()}
    for step in steps.values():
        pace(step, moment=0.0)
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            seconds[name].append(pace(step))
    for step in steps.values():
        getattr(step, "close", lambda: None)()
    return seconds


def pace(step: c.Step | Apart, moment: float | None = None) -> float:
    """Seconds per step: the median over a moment."""
    moment = MOMENT if moment is None else moment
    if isinstance(step, Apart):
        return step.pace(moment)
    times, end = [], time.perf_counter() + moment
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def ratio(
    seconds: dict[str, list[float]], others: Sequence[str], ours: str = "ours"
) -> float | None:
    """Ours as a multiple of the best of the others, if both ran: the median over the rounds."""
    others = [name for name in others if name in seconds]
    if not others or ours not in seconds:
        return None
    best = min(others, key=lambda name: statistics.median(seconds[name]))
    pairs = zip(seconds[ours], seconds[best], strict=True)
    return statistics.median(a / b for a, b in pairs)


def told(row: Row, seconds: dict[str, list[float]]) -> str:
    """A row of the table: milliseconds of each, and ours beside PyTorch's best and the floor."""
    figures = [
        f"{1e3 * statistics.median(seconds[name]):.3g}" if name in seconds else "-"
        for name in COLUMNS
    ]
    beside = [
        ratio(seconds, TORCH), ratio(seconds, TORCH, "ours x 2"), ratio(seconds, ["jax jit"]),
        ratio(seconds, ["floor"]), ratio(seconds, ["floor"], "ours x 2"),
    ]  # fmt: skip
    ratios = [f"{r:.2f}" if r else "-" for r in beside]
    return f"| {row.title} | {' | '.join([*figures, *ratios])} |"


TORCH = ["torch", "torch fused", "torch frozen"]
COLUMNS = [
    "ours", "ours x 2", *TORCH, "jax jit", "autograd", "mygrad", "floor", "torch floor",
]  # fmt: skip
RATIOS = ["ours / best torch", "x 2", "ours / jax jit", "ours / floor", "x 2"]
HEAD = [
    f"| milliseconds per step | {' | '.join([*COLUMNS, *RATIOS])} |",
    f"|{'---|' * (len(COLUMNS) + len(RATIOS) + 1)}",
]


# Beside what the project was before.


def against(folder: Path, rounds: int, only: str = "") -> list[str]:
    """Steps of this version and of the one in another folder, in turn, each in its own processes.

    folder: of that version, as by `git worktree add ../before COMMIT`. Its two processes are the
    ranks that mpiexec starts or, in a version without `distributed`, a team of forks.
    """
    two = ("ranks_", 2) if (folder / "scratchgen/distributed.py").exists() else ("team_", 1)
    lines = ["| milliseconds per step | ours | before | ratio | ours x 2 | before x 2 | ratio |"]
    lines += [f"|{'---|' * 7}"]
    for kind, batch in itertools.product(("gan", "vae"), (32, 128, 512)):
        title = f"{kind.upper()} step, batch {batch}"
        if only.lower() not in title.lower():
            continue
        seconds = race(
            {
                "ours": partial(Apart, f"our_{kind}", batch),
                "before": partial(Apart, f"our_{kind}", batch, folder=folder),
                "ours x 2": partial(Apart, f"ranks_{kind}", batch, ranks=2),
                "before x 2": partial(Apart, two[0] + kind, batch, ranks=two[1], folder=folder),
            },
            rounds,
        )
        ms = {name: f"{1e3 * statistics.median(times):.3g}" for name, times in seconds.items()}
        alone, both = ratio(seconds, ["before"]), ratio(seconds, ["before x 2"], "ours x 2")
        lines.append(
            f"| {title} | {ms['ours']} | {ms['before']} | {alone:.3f} "
            f"| {ms['ours x 2']} | {ms['before x 2']} | {both:.3f} |"
        )
    return lines


# What an op costs beside its arithmetic, and what a step leaves in memory.


def overhead() -> list[str]:
    """Microseconds per op, on arrays of one number: made, differentiated, and to second order."""
    from scratchgen import Tensor, grad

    n, x = 1000, Tensor(np.ones(1, "float32"))

    def chain():
        y = x
        for _ in range(n):
            y = y * x
        return y.sum()

    def microseconds(run: c.Step) -> float:
        return 1e6 * statistics.median(pace(run) for _ in range(5)) / n

    forward = microseconds(chain)
    first = microseconds(lambda: grad(chain(), x))
    second = microseconds(lambda: grad(grad(chain(), x, create_graph=True).sum(), x))
    return [
        f"one op, forward: {forward:.2f} us; and its first derivative: {first:.2f} us; "
        f"and its second: {second:.2f} us"
    ]


def imports(rounds: int) -> list[str]:
    """`import scratchgen` beside `import numpy`, as whole processes, both compiled beforehand."""
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def seconds(name: str) -> float:
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {name}"], check=True, env=environment)
            return time.perf_counter() - start

        seconds("scratchgen")  # compiles both
        pairs = [(seconds("scratchgen"), seconds("numpy")) for _ in range(2 * rounds)]
    ours, theirs = (1e3 * statistics.median(side) for side in zip(*pairs, strict=True))
    times = statistics.median(a / b for a, b in pairs)
    return [f"import: scratchgen {ours:.0f} ms, numpy {theirs:.0f} ms, {times:.2f} x"]


def peaks() -> list[str]:
    """The peak of memory that a step at batch 512 adds to its nets, each in a fresh process."""
    lines = []
    for title, makers in {"GAN": gan(512), "VAE": vae(512)}.items():
        names = [name for name in makers if "floor" not in name and "x" not in name.split()]
        found = [f"{name} {peak(makers[name]):.0f}" for name in names]
        lines.append(f"peak of a {title} step at batch 512, MB: {', '.join(found)}")
    return lines


def peak(maker: partial) -> float:
    """Megabytes that a step adds to what its process held before the first (Linux)."""
    options = ", ".join(f"{key}={value}" for key, value in maker.keywords.items())
    code = f"""if True:
        from tests.benchmarks import contenders as c
        step = c.{maker.func.__name__}({maker.args[0]}, {options})
        def status(key):
            lines = open("/proc/self/status").read().splitlines()
            return int(next(x for x in lines if x.startswith(key)).split()[1])
        before = status("VmRSS")
        for _ in range(10):
            step()
        print((status("VmHWM") - before) / 1024)
    """
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


PAGE = 4096  # bytes; smaller arrays, and Python's own objects, are left out


def arrays() -> list[str]:
    """How many fresh arrays a step of ours makes, and their bytes, without every trick and with."""
    lines = []
    for batch in (128, 512):
        for title, make in {"GAN": c.our_gan, "VAE": c.our_vae}.items():
            with ExitStack() as stack:
                for trick in TRICKS:
                    stack.enter_context(without(trick))
                before = fresh(make(batch))
            after = fresh(make(batch))
            told = [f"{len(sizes)}, {sum(sizes) / 2**20:.1f} MB" for sizes in (before, after)]
            lines.append(
                f"fresh arrays of a {title} step at batch {batch}, of a page or more: "
                f"{told[0]} without the tricks, {told[1]} with them"
            )
    return lines


def fresh(step: c.Step) -> list[int]:
    """The bytes of each array that a step allocates, freed again within the step or not.

    tracemalloc, to which NumPy reports its memory, knows what is held and the peak, not the sum.
    So we look at each of Python's instructions: an operator allocates its result before it lets go
    of its arguments, and the peak since the last instruction shows it. (Of several arrays that one
    C function makes and frees in turn, only the most at a time are seen.)

    The step is traced twice, and the second counts: since 3.12 Python allocates too when it first
    traces, and when it first traces a function.
    """
    sizes: list[int] = []
    held = 0

    def look(frame, event, argument):
        nonlocal held
        frame.f_trace_opcodes = True
        now, peak = tracemalloc.get_traced_memory()
        if peak - held >= PAGE:
            sizes.append(peak - held)
        held = now
        tracemalloc.reset_peak()
        return look

    tracemalloc.start()
    before = sys.gettrace()
    sys.settrace(look)
    try:
        step()
        sizes.clear()
        step()
    finally:
        sys.settrace(before)
        tracemalloc.stop()
    return sizes


# Against the size of batch and net, and on a GPU.

BATCHES = (16, 64, 256, 1024, 4096)
GPU_BATCHES = (128, 512, 4096)
IN_A_ROW = 10  # steps on a device between two waits
WIDTHS = (64, 256, 1024, 4096)


def places() -> list[str]:
    """Where ours can run."""
    from scratchgen.backend import gpu_status

    return ["numpy", "cupy"] if gpu_status().usable else ["numpy"]


def wait() -> None:
    """Until the device has done all it was asked, ours and PyTorch's: both use its first queue."""
    from scratchgen.backend import asarray, to_numpy

    to_numpy(asarray(0.0))


def in_a_row(step: c.Step) -> c.Step:
    """Several steps and a wait: the host goes on while a device computes, so one has no time."""

    def run():
        for _ in range(IN_A_ROW):
            step()
        wait()

    return run


def milliseconds(make: Callable[[], c.Step], rounds: int) -> float:
    """Of a step, the device's included."""
    step = make()
    step()
    run, steps = (in_a_row(step), IN_A_ROW) if in_use() == "cupy" else (step, 1)
    return 1e3 * statistics.median(pace(run) for _ in range(rounds)) / steps


def in_use() -> str:
    """The place where arrays are made now."""
    from scratchgen.backend import array_module, asarray

    return array_module(asarray(0.0)).__name__


def scaling(rounds: int) -> list[str]:
    """Step times of ours against the batch, and against the width of the VAE's hidden layers."""
    sweeps = {
        "GAN, batch": {n: partial(c.our_gan, n) for n in BATCHES},
        "VAE, batch": {n: partial(c.our_vae, n) for n in BATCHES},
        "VAE at batch 128, two layers of width": {
            n: partial(c.our_vae, 128, hidden=(n, n)) for n in WIDTHS
        },
    }
    lines = []
    for title, makers in sweeps.items():
        found = {
            place: [milliseconds(partial(make, place=place), rounds) for make in makers.values()]
            for place in places()
        }
        lines += ["", f"| {title} | {' | '.join(f'{n:,}' for n in makers)} |"]
        lines += [f"|{'---|' * (len(makers) + 1)}"]
        for place, times in found.items():
            lines.append(f"| {place}, ms | {' | '.join(f'{t:.3g}' for t in times)} |")
        lines += [crossing(list(makers), found)]
    return lines


def crossing(sizes: Sequence[int], found: dict[str, list[float]]) -> str:
    """Where the GPU overtakes.

    >>> crossing([16, 64], {"numpy": [1.0, 4.0], "cupy": [2.0, 2.0]})
    'the GPU is faster from 64 on'
    """
    if "cupy" not in found:
        return "where a GPU overtakes: left open, no GPU here"
    slower = [n for n, a, b in zip(sizes, found["numpy"], found["cupy"], strict=True) if a <= b]
    later = [n for n in sizes if not slower or n > slower[-1]]
    return f"the GPU is faster from {later[0]:,} on" if later else "the GPU is never faster here"


def gpu(rounds: int) -> list[str]:
    """Ours on CuPy beside PyTorch on the same GPU; what a step moves; or why there is none."""
    from scratchgen.backend import gpu_status, use

    if not gpu_status().usable:
        again = "Where one is, python -m tests.benchmarks.speed gpu  prints this table."
        return [f"gpu: none here. {gpu_status().cause} {again}"]
    lines = ["| on the GPU, ms | ours | torch | torch fused | ours / best torch |"]
    lines += [f"|{'---|' * 5}"]
    for batch in GPU_BATCHES:
        for title, makers in gpu_makers(batch).items():
            racers = {n: partial(made_in_a_row, make) for n, make in present(makers).items()}
            seconds = race(racers, rounds)
            lines.append(gpu_row(f"{title} step, batch {batch}", seconds))
            lines.append(f"  transfers of our step: {dict(transfers(makers['ours']())) or 'none'}")
    use("numpy")
    return lines


def gpu_makers(batch: int) -> dict[str, dict[str, Callable[[], c.Step]]]:
    """The contenders on a GPU."""
    ours, theirs = {"place": "cupy"}, {"place": "cuda"}
    return {
        "GAN": {
            "ours": partial(c.our_gan, batch, **ours),
            "torch": partial(c.torch_gan, batch, freeze=True, **theirs),
            "torch fused": partial(c.torch_gan, batch, fused=True, freeze=True, **theirs),
        },
        "VAE": {
            "ours": partial(c.our_vae, batch, **ours),
            "torch": partial(c.torch_vae, batch, **theirs),
            "torch fused": partial(c.torch_vae, batch, fused=True, **theirs),
        },
    }


def made_in_a_row(make: Callable[[], c.Step]) -> c.Step:
    """`in_a_row` of what `make` makes."""
    return in_a_row(make())


def gpu_row(title: str, seconds: dict[str, list[float]]) -> str:
    """A row: milliseconds of one step, where the times are those of several."""
    names = ("ours", "torch", "torch fused")
    one = {n: f"{1e3 * statistics.median(times) / IN_A_ROW:.3g}" for n, times in seconds.items()}
    figures = [one.get(n, "-") for n in names]
    torches = [n for n in seconds if n != "ours"]
    beside = f"{ratio(seconds, torches):.2f}" if torches else "-"
    return f"| {title} | {' | '.join([*figures, beside])} |"


def transfers(step: c.Step) -> Counter:
    """How often a step copies to or from the device, as PyTorch's profiler sees it.

    It sees the whole process, CuPy's copies too. tests/test_devices.py counts them without a GPU.
    """
    if not HAS["torch"]:
        return Counter({"not counted without torch": 1})
    import torch

    activities = [torch.profiler.ProfilerActivity.CUDA]
    wait()
    with torch.profiler.profile(activities=activities) as seen:
        step()
        torch.cuda.synchronize()
    names = (event.name for event in seen.events())
    return Counter(name.split(" (")[0] for name in names if "HtoD" in name or "DtoH" in name)


# Whole epochs, with the data's way into the net.

EPOCHS = 5


def epochs() -> list[str]:
    """Seconds for epochs of 60,000 images, the pixels drawn afresh, VAE at batch 128.

    The first and the fifth: behind dead relus, what is left of old gradients turns subnormal after
    some 800 steps, where processors are slow. Ours rounds it off; PyTorch does if it is told to
    before its threads start, since only later ones hear of it: hence a process of its own.
    """
    makers = present(
        {
            "ours": c.our_epoch,
            "ours x 2": partial(Apart, "ranks_epoch", 128, ranks=2),
            "ours, nothing rounded off": partial(unforgetting, c.our_epoch),
            "torch": torch_epoch,
        }
    )
    runs = {name: make() for name, make in makers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(EPOCHS):
        for name, run in runs.items():
            start = time.perf_counter()
            run.run(1) if isinstance(run, Apart) else run()
            seconds[name].append(time.perf_counter() - start)
    for run in runs.values():
        getattr(run, "close", lambda: None)()
    if HAS["torch"]:
        seconds["torch flushing"] = flushing_epochs()
    lines = [f"| an epoch of MNIST, VAE, batch 128, s | {' | '.join(seconds)} |"]
    lines += [f"|{'---|' * (len(seconds) + 1)}"]
    for i, which in ((0, "the first"), (EPOCHS - 1, f"number {EPOCHS}")):
        lines.append(f"| {which} | {' | '.join(f'{t[i]:.2f}' for t in seconds.values())} |")
    return lines


def flushing_epochs() -> list[float]:
    """Seconds of PyTorch's epochs where it rounds off what is subnormal."""
    code = f"""if True:
        import time, torch
        torch.set_flush_denormal(True)
        from tests.benchmarks import speed
        run, ends = speed.torch_epoch(), [time.perf_counter()]
        for _ in range({EPOCHS}):
            run()
            ends.append(time.perf_counter())
        print(*(b - a for a, b in zip(ends, ends[1:])))
    """
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.splitlines()[-1].split()]


def unforgetting(make: Callable[[], c.Step]) -> c.Step:
    """What `make` makes, with an Adam that rounds nothing off."""
    from scratchgen import optim

    run, usual = make(), optim.FORGET

    def epoch():
        optim.FORGET = 1 << 60
        run()
        optim.FORGET = usual

    return epoch


def torch_epoch() -> c.Step:
    """The same loop in PyTorch, at its best: the fused Adam, the images in one tensor."""
    import torch

    images = torch.from_numpy(c.mnist())
    model, loss = c.torch_vae_parts()
    adam = torch.optim.Adam(model.parameters(), fused=True)

    def run():
        total = torch.zeros(())
        for rows in torch.randperm(len(images)).split(128):
            x = torch.bernoulli(images[rows])
            value = loss(x, torch.randn(len(x), c.Z_VAE))
            adam.zero_grad(set_to_none=True)
            value.backward()
            adam.step()
            total += value.detach() * len(x)
        return float(total)

    return run


def machine() -> str:
    """The date, the processor and its BLAS kernel, the threads and the versions."""
    found = {"numpy": np.__version__, "python": platform.python_version(), "BLAS": blas()}
    for name in ("jax", "autograd", "mygrad"):
        if HAS.get(name):
            found[name] = importlib.metadata.version(name)
    if HAS["torch"]:
        import torch

        found["torch"] = torch.__version__
        found["torch threads"] = str(torch.get_num_threads())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{k} {v}" for k, v in found.items())
    return f"{date.today()}, {processor()}, {cores} cores, {versions}"


def processor() -> str:
    """The processor's name, as the system has it."""
    cpus = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in cpus.read_text().splitlines()
             if line.startswith("model name")] if cpus.exists() else []  # fmt: skip
    return (names or [platform.processor() or platform.machine()])[0]


def blas() -> str:
    """The library of NumPy's matrix products, and the kernel that it chose for this processor."""
    from threadpoolctl import threadpool_info

    found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return " and ".join(f"{pool['internal_api']} {pool.get('version')} for "
                        f"{pool.get('architecture')}" for pool in found) or "unknown"  # fmt: skip


PARTS = ("steps", "epoch", "overhead", "memory", "arrays", "tricks", "import", "scaling", "gpu")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, or the parts of it that were asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.speed",
        description="Time the same training steps in every framework that is installed.",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (all)")
    parser.add_argument("--rounds", type=int, default=7, help="how often each runs (7)")
    parser.add_argument("--only", default="", help="rows of the steps with this in their title")
    words = "only steps, of this version and of the one there, in turn"
    parser.add_argument("--against", type=Path, metavar="FOLDER", help=words)
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}. Expected of {', '.join(PARTS)}")
    if asked.rounds < 1:
        parser.error("--rounds is a whole number from 1")
    wanted = asked.parts or PARTS
    print(machine())
    if asked.against:
        print("\n".join(against(asked.against.resolve(), asked.rounds, asked.only)))
        return 0
    if "steps" in wanted:
        print("\n".join(HEAD))
        for row in rows():
            if asked.only.lower() in row.title.lower():
                print(told(row, race(row.makers, asked.rounds)), flush=True)
    other = {
        "epoch": epochs,
        "overhead": overhead,
        "memory": peaks,
        "arrays": arrays,
        "tricks": partial(tricks, min(asked.rounds, 5), pace),
        "scaling": partial(scaling, min(asked.rounds, 3)),
        "gpu": partial(gpu, asked.rounds),
        "import": partial(imports, asked.rounds),
    }
    for part, measure in other.items():
        if part in wanted:
            print("\n".join(measure()), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
