"""Data-parallel training: one step, taken by several processes, each on its share of the batch.

NumPy multiplies matrices on all cores and does everything else on one, so that on two cores a
training step leaves the second idle for half of the time. Threads do not help: between any two
calls of NumPy, Python runs one thread at a time. So each core gets a process of its own.

All hold the same weights, in memory that they share. Given a batch, each runs the same step on its
rows, up to where the step hands its gradients to an optimiser. There they meet: the gradient of the
batch is the mean of theirs. Each owns a part of the weights, takes that part of the mean, and moves
these weights alone, so that the optimiser's work is divided as well. They meet again and go on with
the new weights. Up to rounding, it is the step that one process takes.

Sources: Li et al. 2020 (PyTorch's DistributedDataParallel) for the gradients; Rajbhandari et al.
2020 (ZeRO, stage 1) for the optimiser.
"""

from __future__ import annotations

import copy
import itertools
import math
import mmap
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy

from .backend import Array, array_module
from .engine import Tensor
from .optim import check_gradients

SPINS = 10_000  # looks for another process, about a millisecond of them, before one goes to sleep
ARENA = 256 << 20  # bytes for a batch; memory is taken only by what is used of them
RESULTS, KNOBS, HEADER = 16, 16, 256  # numbers: a step's results, the learning rates, the shapes


class Team:
    """Processes that take training steps together: `workers` of them, this one included.

    workers: at most the number of cores. With 1 there is no other process: `share` and `split` then
    give back what they are given. The order in which things are called:

        with Team(workers=2) as team:
            adam = team.share(Adam(net.parameters()))
            step = team.split(lambda x, y: [train_on(net, adam, x, y)])
            for x, y in batches(data, 128, rng):
                (loss,) = step(x, y)

    The other processes are copies of this one, made by fork at the first step, and end with the
    block. They see no later change of this one but to the weights and the learning rates: what is
    random is drawn here, and handed over with the batch. Matrix products take one thread each
    meanwhile. Raises ValueError where there is no fork (Windows), and for weights on a GPU.

    >>> with Team(workers=2) as team:
    ...     mean = team.split(lambda x: [x.mean()])
    ...     mean(numpy.array([1.0, 2.0, 6.0]))
    array([3.])
    """

    def __init__(self, workers: int = 1):
        if not isinstance(workers, (int, numpy.integer)) or workers < 1:
            raise ValueError(f"Team: expected workers, a whole number from 1, got {workers!r}.")
        if workers > 1 and sys.platform == "win32":
            fix = "Leave workers at 1."
            raise ValueError(f"Team: several workers need fork, which Windows has not. {fix}")
        self.workers, self.me = int(workers), 0
        self.steps: list[Callable] = []
        self.shared: list[Shared] = []
        self.processes: list[Any] = []
        self.closed = False
        if workers > 1:
            import multiprocessing

            self.context: Any = multiprocessing.get_context("fork")
            # signals[i][j]: j gives, i waits. Each pair has its own, so that a fast process that is
            # one meeting ahead is not taken for another.
            everyone = range(self.workers)
            self.signals = [[self.context.Semaphore(0) for _ in everyone] for _ in everyone]
            self.arena = shared_array((ARENA,), numpy.uint8)
            self.header = shared_array((HEADER,), numpy.int64)
            self.knobs = shared_array((KNOBS,), numpy.float64)
            self.results = shared_array((self.workers, RESULTS), numpy.float64)
            self.failure, self.report = self.context.Pipe(duplex=False)

    def share(self, optimizer: Any) -> Any:
        """The optimiser as one whose steps the team takes together.

        Its weights and its state move to memory that all share. The given one can still be read and
        its learning rate changed, and it may go on alone when the team is closed.
        """
        if self.workers == 1:
            return optimizer
        self._check_idle("share")
        self.shared.append(Shared(optimizer, self))
        return self.shared[-1]

    def split(self, step: Callable) -> Callable:
        """`step` as a function that the team computes together.

        step: takes arrays with a row per example, all of one length N, and numbers; returns a
        sequence of numbers, each a mean over the rows. It is called with some of the rows, and what
        is returned, an array, is the mean over all N.
        """
        if self.workers == 1:
            return step
        self._check_idle("split")
        self.steps.append(step)
        index = len(self.steps) - 1
        return lambda *args: self._lead(index, args)

    def _check_idle(self, what: str) -> None:
        if self.processes:
            fix = "The processes are copies of what there was at the first step: call it before."
            raise RuntimeError(f"Team.{what}: the team is at work already. {fix}")

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """None; the other processes have ended, and matrix products take all cores again."""
        self.closed = True
        for process in self.processes:
            process.terminate()
            process.join()
        if self.processes:
            self.limits.restore_original_limits()
        self.processes = []

    # The process that leads.

    def _lead(self, index: int, args: Sequence) -> Array:
        if self.closed:
            raise RuntimeError("Team: a step after its end. Keep steps inside of the with block.")
        lay_out(index, args, self.header, self.arena)
        for i, one in enumerate(self.shared):
            one.gather()
            self.knobs[i] = one.lr
        if not self.processes:
            self._start()
        try:
            for other in range(1, self.workers):
                self.signals[other][0].release()
            found = self._take_part()
        except BaseException:  # the others wait for a meeting that this one will never come to
            self.close()
            raise
        return self.portions @ self.results[:, :found]

    def _start(self) -> None:
        from threadpoolctl import threadpool_limits

        self.limits = threadpool_limits(1, user_api="blas")
        with warnings.catch_warnings():
            # Python warns of a fork beside other threads, whose locks may never open in the copy.
            # OpenBLAS tends to its own, and the copy does arithmetic and nothing else.
            warnings.filterwarnings("ignore", ".*fork.*", DeprecationWarning)
            for me in range(1, self.workers):
                process = self.context.Process(target=self._follow, args=(me,), daemon=True)
                process.start()
                self.processes.append(process)

    # The processes that follow.

    def _follow(self, me: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the leader's to answer
        self.me, self.leader = me, os.getppid()
        try:
            while True:
                self._wait_for(0)
                for one, lr in zip(self.shared, self.knobs, strict=False):
                    one.lr = float(lr)
                self._take_part()
        except Exception as error:
            import traceback

            self.report.send_bytes("".join(traceback.format_exception(error)).encode())
        os._exit(1)

    # All of them.

    def _take_part(self) -> int:
        """How many results a step has. They are in their place: those of this process's rows."""
        index, args = read_out(self.header, self.arena)
        N = next(len(a) for a in args if numpy.ndim(a))
        rows, portions = shares(N, self.workers)
        self.portions = numpy.array(portions)
        mine = rows[self.me]
        values = self.steps[index](*(a[mine] if numpy.ndim(a) else a for a in args))
        self.results[self.me, : len(values)] = values
        self.meet()
        return len(values)

    def meet(self) -> None:
        """None, when all processes have called it."""
        others = [i for i in range(self.workers) if i != self.me]
        for i in others:
            self.signals[i][self.me].release()
        for i in others:
            self._wait_for(i)

    def _wait_for(self, other: int) -> None:
        """None, when the other has given its signal: look often first, since sleep costs 50 us."""
        given = self.signals[self.me][other].acquire
        for _ in range(SPINS):
            if given(False):
                return
        while not given(True, 1.0):
            if self.me and os.getppid() != self.leader:
                os._exit(1)  # the leader was killed, and could tell nobody
            if not self.me and not all(p.is_alive() for p in self.processes):
                told = self.failure.recv_bytes().decode() if self.failure.poll() else "Killed."
                raise RuntimeError(f"Team: a process of the team has ended.\n{told}")


class Shared:
    """An optimiser whose steps a team takes together: made by `Team.share`.

    >>> from scratchgen.optim import SGD
    >>> Team(workers=2).share(SGD([Tensor([1.0])], lr=0.5))
    Shared(SGD(lr=0.5, momentum=0), 2 workers)
    """

    def __init__(self, optimizer: Any, team: Team):
        self.optimizer, self.team, self.parameters = optimizer, team, optimizer.parameters
        for w in self.parameters:
            if array_module(w.value) is not numpy:
                raise ValueError("Team: the weights are on a GPU. There one worker is enough.")
            if w.dtype != self.parameters[0].dtype:
                got = f"got {self.parameters[0].dtype} and {w.dtype}"
                raise ValueError(f"Team: expected weights of one float type, {got}.")
        dtype, n = self.parameters[0].dtype, sum(w.size for w in self.parameters)
        self.weights = shared_array((n,), dtype)
        self.gradients = shared_array((team.workers, n), dtype)
        self.edges = [n * k // team.workers for k in range(team.workers + 1)]
        self.places = list(self._cut(self.weights))  # where each parameter's value lives
        self.gather()
        # The optimiser's memory, flat and shared: m, and v if it has one.
        self.state = {}
        for name in ("m", "v"):
            if hasattr(optimizer, name):
                self.state[name] = shared_array((n,), dtype)
                places = list(self._cut(self.state[name]))
                for place, old in zip(places, getattr(optimizer, name), strict=True):
                    place[...] = old
                setattr(optimizer, name, places)

    @property
    def lr(self) -> float:
        """The learning rate; it may be changed between steps."""
        return self.optimizer.lr

    @lr.setter
    def lr(self, new: float) -> None:
        self.optimizer.lr = new

    def gather(self) -> None:
        """None; each parameter's value is in shared memory, also after somebody replaced it."""
        for w, place in zip(self.parameters, self.places, strict=True):
            if w.value is not place:
                place[...] = w.value
                w._value = place  # shared memory: a plain assignment would copy
                w.version[0] += 1

    def step(self, gradients: Sequence[Array]) -> None:
        """Move every parameter by the mean of all processes' gradients, in two meetings."""
        check_gradients("Team", self.parameters, gradients)
        team, part = self.team, slice(*self.edges[self.team.me : self.team.me + 2])
        numpy.concatenate([g.ravel() for g in gradients], out=self.gradients[team.me])
        team.meet()  # all gradients are there
        one = copy.copy(self.optimizer)  # the same rule, for one flat parameter: this part of all
        one.parameters = [Tensor(self.weights[part])]
        one.parameters[0]._value = self.weights[part]  # the shared memory, not a copy of it
        for name, flat in self.state.items():
            setattr(one, name, [flat[part]])
        portions = team.portions.astype(self.weights.dtype)
        one.step([portions @ self.gradients[:, part]])
        team.meet()  # all weights have moved
        if hasattr(one, "t"):
            self.optimizer.t = one.t
        for w in self.parameters:
            w.value = w.value  # a new version, for graphs that were built on the old one

    def _cut(self, flat: Array) -> Iterator[Array]:
        """Views of a flat array, in the shapes of the parameters."""
        start = 0
        for w in self.parameters:
            yield flat[start : start + w.size].reshape(w.shape)
            start += w.size

    def __repr__(self) -> str:
        return f"Shared({self.optimizer!r}, {self.team.workers} workers)"


def shared_array(shape: tuple[int, ...], dtype: Any) -> Array:
    """Zeros in memory that this process shares with those it is copied to by fork.

    >>> shared_array((2, 3), "float32").shape
    (2, 3)
    """
    size = math.prod(shape) * numpy.dtype(dtype).itemsize
    memory = mmap.mmap(-1, max(size, 1))
    return numpy.frombuffer(memory, dtype, count=math.prod(shape)).reshape(shape)


def shares(N: int, workers: int) -> tuple[list[slice], list[float]]:
    """For each worker, its rows of N, and the weight of their mean in the mean of all.

    Of fewer rows than workers everyone takes all.

    >>> shares(5, 2)
    ([slice(0, 2, None), slice(2, 5, None)], [0.4, 0.6])
    """
    if workers > N:
        return [slice(0, N)] * workers, [1 / workers] * workers
    edges = [N * k // workers for k in range(workers + 1)]
    rows = [slice(a, b) for a, b in itertools.pairwise(edges)]
    return rows, [(r.stop - r.start) / N for r in rows]


_TYPES = [numpy.dtype(name) for name in ("float32", "float64", "int64", "int32", "uint8", "bool")]
_NUMBER = -1  # in the place of a type: no array


def lay_out(index: int, args: Sequence, header: Array, arena: Array) -> None:
    """None; the number of a step and its arguments are written where every process can read them.

    header: int64, the number, how many arguments, and for each its type, axes and shape. arena:
    bytes, the arguments one after the other, from multiples of 64 on. Raises ValueError for arrays
    of different lengths, none at all, and too much.

    >>> header = numpy.zeros(7, "int64")
    >>> lay_out(1, [numpy.ones((2, 3), "float32")], header, numpy.zeros(24, "uint8"))
    >>> header
    array([1, 1, 0, 2, 2, 3, 0])
    """
    lengths = {len(a) for a in args if numpy.ndim(a)}
    if len(lengths) != 1:
        got = f"got {sorted(lengths)}" if lengths else "got no array"
        raise ValueError(f"Team: expected arrays with one row per example of a batch, {got}.")
    words, start = [index, len(args)], 0
    for a in args:
        a = numpy.asarray(a)
        if a.ndim == 0:
            a, kind = a.astype(numpy.float64), _NUMBER
        elif a.dtype in _TYPES:
            kind = _TYPES.index(a.dtype)
        else:
            raise TypeError(f"Team: a batch of {a.dtype} cannot be handed over. Convert it first.")
        words += [kind, a.ndim, *a.shape]
        if start + a.nbytes > len(arena):
            most = f"{len(arena) >> 20} MiB"
            raise ValueError(f"Team: a batch may take {most}, and this one takes more.")
        arena[start : start + a.nbytes].view(a.dtype).reshape(a.shape)[...] = a
        start += -(-a.nbytes // 64) * 64
    header[: len(words)] = words


def read_out(header: Array, arena: Array) -> tuple[int, list]:
    """What `lay_out` wrote: the number of a step, and its arguments; the arrays are not copied.

    >>> header, arena = numpy.zeros(99, "int64"), numpy.zeros(999, "uint8")
    >>> lay_out(1, [numpy.ones((2, 3)), 0.5], header, arena)
    >>> index, (x, number) = read_out(header, arena)
    >>> index, x.shape, number
    (1, (2, 3), 0.5)
    """
    words = iter(header.tolist())
    index, count = next(words), next(words)
    args: list[Any] = []
    start = 0
    for _ in range(count):
        kind, ndim = next(words), next(words)
        shape = [next(words) for _ in range(ndim)]
        dtype = numpy.dtype(numpy.float64) if kind == _NUMBER else _TYPES[kind]
        size = math.prod(shape) * dtype.itemsize
        a = arena[start : start + size].view(dtype).reshape(shape)
        args.append(a.item() if kind == _NUMBER else a)
        start += -(-size // 64) * 64
    return index, args
