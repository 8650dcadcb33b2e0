import itertools

from mmdmr.benchmark.training.rounds import (
    medians_of,
    order_of,
    ratios_of,
    run_in_turn,
)


class Network:
    def __init__(self, name, log):
        self.name, self.log = name, log

    def step(self, batch):
        self.log.append((self.name, batch))
        return {'work': float(len(self.log))}


def test_networks_in_turn_on_the_same_batches():
    log, told = [], []
    trainers = {name: Network(name, log) for name in 'ab'}
    rounds = run_in_turn(
        trainers, itertools.count(), rounds=2, warmup=1, tell=told.append
    )
    assert ''.join(name for name, _ in log) == 'ab' + 'ab' + 'ab'
    assert [batch for _, batch in log] == [0, 0, 1, 1, 2, 2]
    # The steps of the warm-up, 1 and 2, are left out.
    assert rounds.steps == {
        'a': [{'work': 3}, {'work': 5}],
        'b': [{'work': 4}, {'work': 6}],
    }
    assert len(rounds.loading) == 2 and told == [1, 2, 3]


def test_each_network_takes_each_place():
    names = ['a', 'b', 'c', 'd']
    orders = [order_of(names, number) for number in range(8)]
    assert all(sorted(order) == names for order in orders)
    neighbours = {pair for order in orders for pair in zip(order, order[1:])}
    assert {a + b for a, b in neighbours} >= {'ab', 'ba', 'bc', 'cb', 'da'}
    for place in range(4):
        assert {order[place] for order in orders} >= {'a', 'c'} or {
            order[place] for order in orders
        } >= {'b', 'd'}


def test_the_ratio_is_that_of_the_rounds():
    steps = dict(
        plain=[dict(x=1.0), dict(x=2.0), dict(x=10.0)],
        # In the rounds: 3, 2 and 1.5 times.
        keys=[dict(x=2.0, y=1.0), dict(x=4.0), dict(x=10.0, y=5.0)],
    )
    found = ratios_of(steps)
    assert found['plain'] == (1, 1, 1, 2)
    assert found['keys'] == (2, 1.5, 3, 4)


def test_a_part_that_is_missing_takes_no_time():
    steps = [dict(a=1.0), dict(a=3.0, b=4.0), dict(a=2.0)]
    assert medians_of(steps) == {'a': 2, 'b': 0}
