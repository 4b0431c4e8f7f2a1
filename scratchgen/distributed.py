"""Data-parallel training by MPI: the processes of a job take each training step together.

    mpiexec -n 2 python train.py

runs one program on two processes, its *ranks*, on the cores of one machine or on many machines. All
hold the same weights and draw the same batches. Of each batch a rank takes its own rows, up to
where a step hands its gradients to an optimiser. There they meet, twice. The gradient of the batch
is the mean of theirs: one call adds them up and leaves to each rank the sum for a part of the
weights (Reduce_scatter). It moves this part, by an optimiser that remembers this part alone, and a
second call brings the parts together again (Allgather). Up to rounding it is the step that one
process takes, whatever the number of ranks. Ranks that are all on one machine have no need to send
arrays: each reads, from memory that they share, what the others left there before they met.

`vae.train` and `gan.train` do this by themselves. A loop of one's own needs two lines more, which
say which rows are a rank's and wrap the optimiser:

    ranks = world()
    adam = ranks.share(Adam(net.parameters()))
    for x, y in batches(data, 128, rng):
        mine = ranks.rows(len(x))
        loss = mse(net(x[mine]), y[mine])
        adam.step(grad(loss, net.parameters()))

Why processes: NumPy multiplies matrices on all cores and does everything else on one, and Python
runs one thread at a time. Sources: Li et al. 2020 (PyTorch's DistributedDataParallel) for the
gradients; Rajbhandari et al. 2020 (ZeRO, stage 1) for the optimiser.
"""

from __future__ import annotations

import atexit
import copy
import functools
import itertools
import math
import os
import sys
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from .backend import Array, array_module, asarray, to_numpy
from .engine import Tensor, detach
from .guards import check_gradients

SPINS = 2_000  # looks for the others, some tenths of a millisecond, before one makes room for them
YIELDS = 20_000  # more looks, some hundredths of a second, before one sleeps between them
LEFT = 1  # the tag of a message that says: this rank takes no more steps
LAUNCHERS = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")  # how many processes MPICH's, or Open MPI's, began


class Ranks:
    """The processes that take each training step together; without a communicator, one alone.

    comm: an mpi4py communicator; `world()` makes this of all processes that mpiexec started.
    window: where they are all on one machine, a function of a number of bytes that returns memory
    which they share, and a function to call before and after they meet.
    rank: which of them this process is, from 0. size: how many there are.
    A step of a shared optimiser is a meeting, and so are `gather`, `mean`, `total` and `agree`: all
    ranks come to the same ones, in the same order.

    >>> Ranks()
    Ranks(rank 0 of 1)
    """

    def __init__(self, comm: Any = None, spins: int = SPINS, window: Callable | None = None):
        self.comm, self.spins, self.window = comm, spins, window
        self.rank: int = comm.rank if comm else 0
        self.size: int = comm.size if comm else 1
        self.portion = 1.0 if self.size == 1 else None  # of the batch, that this rank's rows are
        self.takes_gpu_arrays = False
        self.waiting = self.told = False
        self.meetings = 0  # that this rank has been to
        self.left: dict[int, int] = {}  # ranks that take no more steps, and how many they took
        self.windows: list[Window] = []  # all there are, in the same order on every rank

    def rows(self, N: int, pack: int = 1) -> slice:
        """Which rows of a batch of N are this rank's, for the steps that follow; never none.

        pack: how many rows belong together, and stay so. Of fewer packs than ranks some get the
        first one, to take part with it, and it counts for nothing.

        >>> Ranks().rows(128)
        slice(0, 128, None)
        """
        if N < 1 or N % pack:
            raise ValueError(f"rows: expected a batch of rows, a multiple of {pack}, got {N}.")
        start, stop = (N // pack * k // self.size * pack for k in (self.rank, self.rank + 1))
        self.portion = (stop - start) / N
        return slice(start, stop) if start < stop else slice(0, pack)

    @property
    def weight(self) -> float:
        """The part of the batch that this rank's rows are: how much a mean over them counts."""
        if self.portion is None:
            fix = "Call ranks.rows(len(x)) for each batch x, and take these rows of it."
            raise RuntimeError(f"{self!r}: a step before it was said whose rows are whose. {fix}")
        return self.portion

    def share(self, optimizer: Any) -> Any:
        """The optimiser as one whose steps all ranks take together.

        Its learning rate can still be changed; its memory is the given one's again after `gather`.
        """
        alone = self.size == 1 or isinstance(optimizer, Shared)  # or shared already
        return optimizer if alone else Shared(optimizer, self)

    def gather(self, optimizer: Any) -> None:
        """Give back to the optimiser that was shared what the ranks remember, each of its part.

        Then it can be saved, or go on alone.

        >>> Ranks().gather(None)
        """
        if isinstance(optimizer, Shared):
            optimizer.gather()

    def mean(self, x: Any) -> Any:
        """The whole batch's mean, of the mean x over this rank's rows; its slopes are those of x.

        For what is not linear in the rows, such as free bits. An optimiser of these ranks adds the
        slopes up.

        >>> Ranks().mean(numpy.array([1.0, 2.0]))
        array([1., 2.])
        """
        if self.size == 1:
            return x
        part = to_numpy(detach(x))
        whole = self.gathered(self.weight * part).sum(axis=0).astype(part.dtype)
        return x + array_module(detach(x)).asarray(whole - part)

    def total(self, *values: float) -> list[float]:
        """The sum of each number over all ranks, to the last bit the same on each.

        >>> Ranks().total(1.0, 2.0)
        [1.0, 2.0]
        """
        if self.size == 1:
            return list(values)
        return self.gathered(numpy.array(values, numpy.float64)).sum(axis=0).tolist()

    def agree(self, **things: Any) -> None:
        """Raise RuntimeError on all ranks unless each of these is the same on all: arrays or text.

        >>> Ranks().agree(settings="lr=0.1", images=numpy.zeros(3))
        """
        if self.size == 1:
            return
        sums = self.gathered(numpy.array([_checksum(x) for x in things.values()], numpy.int64))
        for name, of_each in zip(things, sums.T, strict=True):
            others = numpy.flatnonzero(of_each != of_each[0])
            if len(others):
                fix = (
                    "All ranks run one program: make what they share from one seed, draw what only "
                )
                fix += (
                    "one of them looks at from another generator. To train apart from each other: "
                )
                fix += "train(..., ranks=distributed.ALONE)."
                raise RuntimeError(f"{name}: rank {others[0]} has others than rank 0. {fix}")

    def say_how_gpu_arrays_go(self) -> None:
        """Say on stderr, once and by one rank, whether MPI takes arrays of a GPU.

        >>> Ranks().say_how_gpu_arrays_go()
        """
        if self.rank == 0 and self.size > 1 and not self.told:
            how = (
                "from GPU to GPU"
                if self.takes_gpu_arrays
                else "by the host: this MPI is not CUDA-aware"
            )
            print(f"scratchgen: the ranks' gradients and weights go {how}", file=sys.stderr)
        self.told = True

    def __repr__(self) -> str:
        return f"Ranks(rank {self.rank} of {self.size})"

    # The two calls of a step. Both return at once, and we wait in a loop of our own: so a rank that
    # waits makes room where there are more ranks than cores, and hears if another has left.

    def add_up(self, every: Array, counts: Sequence[int], part: Array) -> None:
        """Put into `part` what is this rank's, `counts[rank]` elements, of the sum of flat arrays.

        every: the flat array of this rank. On a GPU, they go by the host unless MPI takes them.

        >>> Ranks().add_up(numpy.ones(3), [3], part := numpy.zeros(3))
        >>> part
        array([1., 1., 1.])
        """
        if self.size == 1:
            part[...] = every
            return
        out = numpy.empty(part.shape, part.dtype) if self._by_host(part) else part
        self._wait(self.comm.Ireduce_scatter(self._sent(every), out, counts))
        if out is not part:
            part[...] = asarray(out)

    def bring_together(self, part: Array, counts: Sequence[int], every: Array) -> None:
        """Put the parts of all ranks, of `counts` elements, one after the other into a flat array.

        >>> Ranks().bring_together(numpy.ones(3), [3], every := numpy.zeros(3))
        >>> every
        array([1., 1., 1.])
        """
        if self.size == 1:
            every[...] = part
            return
        out = numpy.empty(every.shape, every.dtype) if self._by_host(every) else every
        self._wait(self.comm.Iallgatherv(self._sent(part), (out, counts)))
        if out is not every:
            every[...] = asarray(out)

    def common(self, shape: tuple[int, ...], dtype: Any) -> Common | None:
        """Memory that all ranks see, if they are on one machine with room for it. A meeting.

        What no rank uses any more is taken again, so that many trainings need no more than one.

        >>> Ranks().common((3, 4), "float32")
        """
        if self.window is None:
            return None
        n_bytes = math.prod(shape) * numpy.dtype(dtype).itemsize
        mine = [self.rank > 0 or has_room(n_bytes)]
        mine += [len(w.memory) >= n_bytes and w.user() is None for w in self.windows]
        enough, *free = self.gathered(numpy.array(mine, numpy.int64)).min(axis=0)
        if not (enough or any(free)):
            return None
        if not any(free):
            self.windows.append(Window(*self.window(n_bytes)))
        window = self.windows[free.index(1) if any(free) else -1]
        found = Common(self, window.memory, window.sync, shape, dtype)
        window.user = weakref.ref(found)
        return found

    def gathered(self, mine: numpy.ndarray) -> numpy.ndarray:
        """A small array of every rank, the same shape on each: (size, ...). A meeting.

        >>> Ranks().gathered(numpy.array([1.0, 2.0]))
        array([[1., 2.]])
        """
        every = numpy.empty((self.size, *mine.shape), mine.dtype)
        self.bring_together(mine, [mine.size] * self.size, every)
        return every

    def _by_host(self, x: Array) -> bool:
        return array_module(x) is not numpy and not self.takes_gpu_arrays

    def _sent(self, x: Array) -> Array:
        """x as MPI gets it: on the host, or on a GPU that has done all it was asked."""
        if array_module(x) is numpy or self._by_host(x):
            return to_numpy(x)
        to_numpy(x[:1])  # MPI does not wait for the GPU: to read a number is to wait
        return x

    def _wait(self, request: Any) -> None:
        self.waiting, looks = True, 0
        while not request.Test():
            looks += 1
            if looks > self.spins:
                self._refuse_to_wait_for_nobody()
                make_room(asleep=looks > self.spins + YIELDS)
        self.waiting, self.meetings = False, self.meetings + 1

    def _refuse_to_wait_for_nobody(self) -> None:
        """Raise RuntimeError if a rank has left before the meeting that this one waits in."""
        self._hear_who_left()
        for other, meetings in self.left.items():
            if meetings <= self.meetings:  # else it was here, and left after it had done its part
                who = f"rank {other} has left, and rank {self.rank} waits for it in a step"
                why = "Its own error says why; or it had fewer steps to take."
                raise RuntimeError(f"{who}. {why}")

    def _hear_who_left(self) -> None:
        for other in range(self.size):
            if other not in self.left and other != self.rank and self.comm.Iprobe(other, LEFT):
                self.comm.Recv(meetings := numpy.empty(1, numpy.int64), other, LEFT)
                self.left[other] = int(meetings[0])

    def leave(self) -> None:
        """Tell the other ranks that this one takes no more steps, and wait until all have.

        `world()` has Python do so at its end. Who left in the midst of a step ends the job.

        >>> Ranks().leave()
        """
        if self.size == 1:
            return
        if self.waiting:
            self.comm.Abort(1)
        meetings = numpy.array([self.meetings])
        others = [other for other in range(self.size) if other != self.rank]
        for request in [self.comm.Isend(meetings, other, LEFT) for other in others]:
            request.Wait()
        while len(self.left) < len(others):  # asleep: whoever is still at work may need the core
            self._hear_who_left()
            time.sleep(0.01)


@dataclass
class Window:
    """Memory that all ranks of a machine share, what MPI wants called, and who uses it now."""

    memory: Any
    sync: Callable[[], None]
    user: Callable[[], Any] = lambda: None  # a weak reference


class Common:
    """Memory that all ranks of a machine see: `array`, to be read once all have met.

    memory: bytes, the same for all. sync: what MPI wants to be called before and after a meeting.

    >>> Common(Ranks(), bytearray(8), lambda: None, (2,), "float32").array.shape
    (2,)
    """

    def __init__(
        self, ranks: Ranks, memory: Any, sync: Callable[[], None], shape: tuple, dtype: Any
    ):
        self.ranks, self.sync = ranks, sync
        self.array = numpy.frombuffer(memory, dtype, count=math.prod(shape)).reshape(shape)

    def meet(self) -> None:
        """Wait until all ranks have come here: then all see what each wrote before."""
        self.sync()
        self.ranks._wait(self.ranks.comm.Ibarrier())
        self.sync()


ALONE = Ranks()


def ranks_of(optimizer: Any) -> Ranks:
    """The ranks that share an optimiser: one alone, if nobody shared it.

    >>> ranks_of(None)
    Ranks(rank 0 of 1)
    """
    return optimizer.ranks if isinstance(optimizer, Shared) else ALONE


class Shared:
    """An optimiser whose steps all ranks take together: made by `Ranks.share`.

    Each rank holds the memory (m, v) of its part of the weights alone, and moves that part.

    >>> from scratchgen.optim import SGD
    >>> Shared(SGD([Tensor([1.0])], lr=0.5), Ranks())
    Shared(SGD(lr=0.5, momentum=0), 1 rank)
    """

    def __init__(self, optimizer: Any, ranks: Ranks):
        self.optimizer, self.ranks, self.parameters = optimizer, ranks, optimizer.parameters
        first, types = self.parameters[0].value, {w.dtype.name for w in self.parameters}
        if len(types) > 1:
            got = f"got {' and '.join(sorted(types))}"
            raise ValueError(f"share: expected weights of one float type, {got}.")
        n = sum(w.size for w in self.parameters)
        edges = [n * k // ranks.size for k in range(ranks.size + 1)]
        self.counts = [b - a for a, b in itertools.pairwise(edges)]
        self.mine = slice(*edges[ranks.rank : ranks.rank + 2])
        self.pieces = list(_pieces(self.parameters, self.mine.start, self.mine.stop))
        xp, mine = array_module(first), self.counts[ranks.rank]
        # A row of gradients for each rank, and one of weights; else one for both.
        self.common = ranks.common((ranks.size + 1, n), first.dtype) if xp is numpy else None
        self.flat = self.common.array[ranks.rank] if self.common else xp.empty(n, first.dtype)
        self.weights = self.common.array[-1] if self.common else self.flat
        self.places = list(_cut(self.flat, self.parameters))
        self.moved = list(_cut(self.weights, self.parameters))
        self.gradient = xp.empty(mine, first.dtype)
        # The same rule for one flat parameter, this rank's part, with its own memory.
        self.part = copy.copy(optimizer)
        self.part.parameters = [own := Tensor(xp.zeros(mine, first.dtype))]
        if self.common:  # it moves where all ranks will read it
            own._value = self.weights[self.mine]
        self.memory = [name for name in ("m", "v") if hasattr(optimizer, name)]
        for name in self.memory:
            setattr(self.part, name, [xp.zeros(mine, first.dtype)])
        self._remember()
        if array_module(first) is not numpy:
            ranks.say_how_gpu_arrays_go()

    @property
    def lr(self) -> float:
        """The learning rate; it may be changed between steps, on all ranks alike."""
        return self.optimizer.lr

    @lr.setter
    def lr(self, new: float) -> None:
        self.optimizer.lr = new

    def step(self, gradients: Sequence[Array]) -> None:
        """Move every parameter by the batch's gradient, given those of one's own rows."""
        check_gradients("Shared", self.parameters, gradients)
        weight, (own,) = self.ranks.weight, self.part.parameters
        for place, g in zip(self.places, gradients, strict=True):
            array_module(g).multiply(g, weight, out=place)
        self._add_up()
        self._read([w.value for w in self.parameters], own.value)
        self.part.lr = self.optimizer.lr
        self.part.step([self.gradient])
        self._bring_together(own.value)
        for w, place in zip(self.parameters, self.moved, strict=True):
            value = w.value
            value[...] = place
            w.value = value  # a new version, for graphs that were built on the old one

    def _add_up(self) -> None:
        """Make `gradient` this rank's part of the sum of all ranks' gradients."""
        if self.common is None:
            self.ranks.add_up(self.flat, self.counts, self.gradient)
            return
        self.common.meet()
        first, second, *more = self.common.array[:-1, self.mine]
        numpy.add(first, second, out=self.gradient)
        for other in more:
            self.gradient += other

    def _bring_together(self, part: Array) -> None:
        """Make `weights` those of all ranks, of which `part` is this one's."""
        if self.common is None:
            self.ranks.bring_together(part, self.counts, self.weights)
        else:
            self.common.meet()

    def gather(self) -> None:
        """Give the optimiser that was shared the memory of all parts, as `Ranks.gather` says."""
        for name in self.memory:
            (part,) = getattr(self.part, name)
            self.ranks.bring_together(part, self.counts, self.flat)
            for m, place in zip(getattr(self.optimizer, name), self.places, strict=True):
                m[...] = place
        if hasattr(self.part, "t"):
            self.optimizer.t = self.part.t

    def state(self) -> dict[str, numpy.ndarray]:
        """The whole memory as named arrays. A meeting: all ranks ask for it."""
        self.gather()
        return self.optimizer.state()

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what `state` returned; each rank takes its part."""
        self.optimizer.load_state(arrays)
        self._remember()

    def _remember(self) -> None:
        for name in self.memory:
            self._read(getattr(self.optimizer, name), getattr(self.part, name)[0])
        if hasattr(self.part, "t"):
            self.part.t = self.optimizer.t

    def _read(self, arrays: Sequence[Array], part: Array) -> None:
        """Put this rank's part of arrays in the parameters' shapes into a flat one."""
        for i, there, here in self.pieces:
            part[here] = arrays[i].reshape(-1)[there]

    def __repr__(self) -> str:
        ranks = "1 rank" if self.ranks.size == 1 else f"{self.ranks.size} ranks"
        return f"Shared({self.optimizer!r}, {ranks})"


def _cut(flat: Array, parameters: Sequence[Tensor]) -> Iterator[Array]:
    """Views of a flat array, in the shapes of the parameters."""
    start = 0
    for w in parameters:
        yield flat[start : start + w.size].reshape(w.shape)
        start += w.size


def _pieces(
    parameters: Sequence[Tensor], start: int, stop: int
) -> Iterator[tuple[int, slice, slice]]:
    """Which elements of which parameters lie in start:stop of all of them, and where in there."""
    before = 0
    for i, w in enumerate(parameters):
        a, b = max(before, start), min(before + w.size, stop)
        if a < b:
            yield i, slice(a - before, b - before), slice(a - start, b - start)
        before += w.size


# The job.


@functools.cache
def world() -> Ranks:
    """The processes that mpiexec started, this one included; this one alone if it was not.

    Where there are several, their matrix products share the cores of the machine, and the first
    says on stderr how many there are. Raises RuntimeError if mpiexec is there and mpi4py is not,
    or is another MPI's: every process would train for itself, unsaid. Where another program than
    MPICH's or Open MPI's mpiexec starts them, `import mpi4py.MPI` before says that there are ranks.

    >>> world()
    Ranks(rank 0 of 1)
    """
    started = max((int(os.environ.get(name, 1)) for name in LAUNCHERS), default=1)
    if started == 1 and "mpi4py.MPI" not in sys.modules:
        return Ranks()
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        fix = 'Install it with an MPI of its own: pip install "scratchgen[mpi]"; or have each '
        fix += "train apart: train(..., ranks=distributed.ALONE)."
        why = f"mpiexec started {started} processes, and mpi4py does not load ({error})."
        raise RuntimeError(f"{why} {fix}") from error
    comm, (vendor, version) = MPI.COMM_WORLD, MPI.get_vendor()
    library = f"{vendor} {'.'.join(map(str, version))}"
    if comm.size == 1 < started:
        fix = f"Use the mpiexec of {library}, such as one beside {sys.executable}."
        why = f"mpiexec started {started} processes, and each finds itself alone"
        raise RuntimeError(f"{why}: it is of another MPI than mpi4py. {fix}")
    if comm.size == 1:
        return Ranks()
    here = comm.Split_type(MPI.COMM_TYPE_SHARED)
    cores = share_of_cores(here)
    threads, spins = limit_blas_threads(cores), SPINS if cores >= 1 else 0
    window = functools.partial(_window, here) if here.size == comm.size else None
    ranks = Ranks(comm.Dup(), spins, window)
    ranks.takes_gpu_arrays = "cuda" in (comm.Get_info().get("mpi_memory_alloc_kinds") or "")
    atexit.register(ranks.leave)
    if ranks.rank == 0:
        print(f"scratchgen: {ranks.size} ranks take each step together ({library}; matrix products "
              f"of one on {threads} of {os.cpu_count()} cores)", file=sys.stderr)  # fmt: skip
    return ranks


def _window(here: Any, n_bytes: int) -> tuple[Any, Callable[[], None]]:
    """Memory that the ranks of a machine share, and what to call before and after they meet."""
    from mpi4py import MPI

    window = MPI.Win.Allocate_shared(n_bytes if here.rank == 0 else 0, 1, comm=here)
    window.Lock_all(MPI.MODE_NOCHECK)
    return window.Shared_query(0)[0], window.Sync


def has_room(n_bytes: int) -> bool:
    """Whether this machine can share so much memory twice over: in a container it is often little.

    >>> has_room(1 << 62)
    False
    """
    try:
        room = os.statvfs("/dev/shm")
    except (OSError, AttributeError):  # another system: the ranks send each other what they need
        return False
    return 2 * n_bytes < room.f_bavail * room.f_frsize


def share_of_cores(here: Any) -> float:
    """How many cores are this rank's: of each that it may use, the part that others leave to it.

    here: a communicator of the ranks on one machine.

    >>> from types import SimpleNamespace
    >>> here = SimpleNamespace(Allreduce=lambda mine, users: numpy.copyto(users, 2 * mine))
    >>> share_of_cores(here) == len(os.sched_getaffinity(0)) / 2
    True
    """
    count = os.cpu_count() or 1
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(count)
    mine = numpy.zeros(max(count, *allowed) + 1)
    mine[list(allowed)] = 1
    here.Allreduce(mine, users := numpy.empty_like(mine))
    return float((mine / numpy.maximum(users, 1)).sum())


def limit_blas_threads(cores: float) -> int:
    """How many threads a matrix product takes from now on: at most `cores`, and never none.

    >>> limit_blas_threads(1.5)
    1
    """
    from threadpoolctl import ThreadpoolController

    most = max(1, int(cores))
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        library.set_num_threads(min(most, library.num_threads or most))
    return most


def make_room(asleep: bool = False) -> None:
    """Let whoever waits for this core have it first; asleep: for a millisecond.

    >>> make_room()
    """
    if asleep or not hasattr(os, "sched_yield"):
        time.sleep(0.001 if asleep else 0)
    else:
        os.sched_yield()


def _checksum(x: Any) -> int:
    """A number that another array, list of arrays or text has hardly ever."""
    from zlib import crc32

    parts = x if isinstance(x, list) else [x]
    found = 0
    for part in parts:
        is_array = hasattr(part, "dtype")
        data = numpy.ascontiguousarray(to_numpy(part)).data if is_array else repr(part).encode()
        found = crc32(data, found)
    return found
