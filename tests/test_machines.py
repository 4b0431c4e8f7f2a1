"""The cost model of many machines: a prediction that gives back what it was fitted to."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.benchmarks import machines
from tests.benchmarks.machines import Cost

seconds = st.floats(1e-5, 10.0)
costs = st.builds(Cost, fixed=seconds, divided=seconds, n_bytes=st.integers(0, 10**9))
links = st.sampled_from(machines.LINKS)
powers = st.integers(0, 12).map(lambda k: 2**k)


@given(seconds, st.floats(0.5, 0.999), st.integers(0, 10**9), links)
def test_one_machine_of_two_ranks_takes_what_was_measured(one, share, n_bytes, gbit):
    cost = Cost.fitted(one, one * share, n_bytes)
    assert cost.fixed + cost.divided == pytest.approx(one)
    assert cost.seconds(1, gbit) == pytest.approx(one * share)


@given(costs, powers)
def test_without_a_network_only_the_divided_part_shrinks(cost, n):
    found = cost.seconds(n, gbit=math.inf, latency=0.0)
    assert found == pytest.approx(cost.fixed + cost.divided / (2 * n))


@given(costs, powers)
def test_a_faster_link_never_makes_a_step_slower(cost, n):
    assert cost.seconds(n, 100) <= cost.seconds(n, 10)


def test_the_network_takes_what_its_formula_says():
    cost = Cost(fixed=0.0, divided=0.0, n_bytes=10**9)  # 8 Gbit
    assert cost.seconds(2, gbit=8, latency=0.0) == pytest.approx(1.0)  # half of it, there and back
    assert cost.seconds(4, gbit=8, latency=0.0) == pytest.approx(1.5)
    assert Cost(0.0, 0.0, 0).seconds(8, gbit=1, latency=0.5) == pytest.approx(3.0)


@given(costs, links)
def test_up_to_enough_twice_as_many_pay_and_from_there_on_they_do_not(cost, gbit):
    enough = cost.enough(gbit)
    assume(enough < 2**20)
    gain = lambda n: cost.seconds(n, gbit) / cost.seconds(2 * n, gbit)
    assert gain(enough) < machines.PAYS
    assert enough == 1 or gain(enough // 2) >= machines.PAYS


@pytest.mark.parametrize(("one", "two"), [(1.0, 1.1), (1.0, 1.0), (1.0, 0.4)])
def test_what_cannot_have_been_measured_is_refused(one, two):
    with pytest.raises(ValueError, match=r"half to all of one's time, got .* idle cores"):
        Cost.fitted(one, two, 1)


def test_the_table_goes_from_4_to_1024_machines_at_two_links():
    lines = machines.table({"VAE": Cost(0.001, 0.01, 10**6)}).splitlines()
    assert lines[0].split("|")[4].strip() == "4"
    assert lines[0].split("|")[-3].strip() == "1024"
    assert [line.split("|")[2].strip() for line in lines[2:]] == ["10 Gbit/s", "100 Gbit/s"]
