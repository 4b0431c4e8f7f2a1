"""Ranks without MPI: each in a thread of its own, one at a time, and strict about their meetings.

A rank runs until it waits in a meeting; then another one does. Calls that do not fit together (of
another kind, other types or sizes) fail the test, where MPI might mix up what was sent.
"""

import threading
import time

import numpy

from scratchgen.distributed import Ranks


class Aborted(BaseException):
    """A rank has ended the job: what MPI's Abort does to every process."""


class Job:
    """The ranks of one run; `lock` is held by the one that runs.

    together: whether they are on one machine, and share memory.
    """

    together = False

    def __init__(self, size):
        self.size = size
        self.lock = threading.Condition()
        self.meetings = []  # of each: {rank: (what, array)}
        self.letters = {}  # (from, to, tag): array
        self.memory = []  # that all ranks share
        self.aborted = False
        self.largest = 0  # how many elements of all ranks were in one call
        self.sent = []  # the types of the arrays that MPI was given

    def pause(self, seconds):
        """Let others run, until one of them has news or so much time has gone."""
        if self.aborted:
            raise Aborted
        self.lock.wait(seconds)
        if self.aborted:
            raise Aborted


class Comm:
    """What `Ranks` uses of an mpi4py communicator."""

    def __init__(self, job, rank):
        self.job, self.rank, self.size, self.been, self.windows = job, rank, job.size, 0, 0

    def _come(self, what, array, finish):
        self.job.sent.append(type(array))
        if self.been == len(self.job.meetings):
            self.job.meetings.append({})
        meeting, self.been = self.job.meetings[self.been], self.been + 1
        meeting[self.rank] = what, array.copy()
        self.job.largest = max(self.job.largest, sum(a.size for _, a in meeting.values()))
        self.job.lock.notify_all()
        whats = {w for w, _ in meeting.values()}
        assert len(whats) == 1, f"the ranks do not meet in one call: {whats}"
        return Request(self.job, meeting, finish)

    def Ireduce_scatter(self, sent, out, counts):
        assert out.size == counts[self.rank], "the part has another size"
        start = sum(counts[: self.rank])

        def finish(arrays):
            out[...] = sum(arrays)[start : start + out.size]

        return self._come(("reduce_scatter", sent.dtype.name, sent.size, *counts), sent, finish)

    def Iallgatherv(self, sent, spec):
        out, counts = spec
        assert sent.size == counts[self.rank], "the part has another size"
        assert out.size == sum(counts), "the parts are not the whole"

        def finish(arrays):
            flat, start = out.reshape(-1), 0
            for a in arrays:
                flat[start : start + a.size] = a.reshape(-1)
                start += a.size

        return self._come(("allgather", sent.dtype.name, *counts), sent, finish)

    def Ibarrier(self):
        return self._come(("barrier",), numpy.zeros(0), lambda arrays: None)

    def window(self, n_bytes):
        """Memory that all ranks share, the next of the job, and nothing to call."""
        self.windows += 1
        if self.windows > len(self.job.memory):
            self.job.memory.append(bytearray(n_bytes))
        return self.job.memory[self.windows - 1], lambda: None

    def Isend(self, array, other, tag):
        self.job.letters[self.rank, other, tag] = array.copy()
        self.job.lock.notify_all()
        return Request(self.job, {}, None)

    def Iprobe(self, other, tag):
        if (other, self.rank, tag) in self.job.letters:
            return True
        self.job.pause(1e-5)
        return False

    def Recv(self, out, other, tag):
        out[...] = self.job.letters.pop((other, self.rank, tag))

    def Abort(self, status):
        assert status, "a status of 0 says that all went well"
        self.job.aborted = True
        self.job.lock.notify_all()
        raise Aborted


class Request:
    """A call that has begun."""

    def __init__(self, job, meeting, finish):
        self.job, self.meeting, self.finish = job, meeting, finish

    def Test(self):
        if len(self.meeting) < self.job.size:
            self.job.pause(0.02)
            return False
        self.finish([self.meeting[rank][1] for rank in range(self.job.size)])
        return True

    def Wait(self):
        """A letter is on its way at once."""


def run(size, program, leave=False):
    """What `program(ranks)` returns on each rank, or the error that it ended with; and the job."""
    job, ended = Job(size), [None] * size

    def one(rank):
        comm = Comm(job, rank) if size > 1 else None
        ranks = Ranks(comm, spins=0, window=comm.window if comm and Job.together else None)
        with job.lock:
            try:
                ended[rank] = program(ranks)
            except Exception as error:
                ended[rank] = error
            except Aborted:
                ended[rank] = "aborted"
            try:
                if leave:
                    ranks.leave()
            except Aborted:
                ended[rank] = ended[rank] or "aborted"

    threads = [threading.Thread(target=one, args=(rank,), daemon=True) for rank in range(size)]
    end = time.monotonic() + 30
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "a rank waits for ever"
    return ended, job


def results(size, program):
    """What `program(ranks)` returns on each rank; the first error, if there is one."""
    ended, _ = run(size, program)
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome
    return ended
