"""Decayed counters and what is read off them."""

HALF_LIVES_S = {"long": 14 * 86_400, "recent": 2 * 86_400}
SMOOTHING_WEIGHT = 20
TARGET_COUNT = 4


class Counters:
    """Impressions and engagements by key, each worth 2 ** (-age / half-life)."""

    def __init__(self, half_life_s):
        self.half_life_s = half_life_s
        self.records = {}

    def add(self, key, time, target):
        """Count an impression (target None) or an engagement at an event time."""
        slot = 0 if target is None else 1 + target
        last, values = self.records.get(key, (time, [0.0] * (1 + TARGET_COUNT)))
        if time > last:
            values = [value * 2 ** (-(time - last) / self.half_life_s) for value in values]
            values[slot] += 1
            last = time
        else:
            values = list(values)
            values[slot] += 2 ** (-(last - time) / self.half_life_s)
        self.records[key] = (last, values)

    def state(self, key, time):
        """Return count and sums as they are worth at a time."""
        last, values = self.records.get(key, (time, [0.0] * (1 + TARGET_COUNT)))
        decay = 2 ** (-max(0, time - last) / self.half_life_s)
        count, *sums = (value * decay for value in values)
        return count, sums

    def rates(self, key, time, priors):
        count, sums = self.state(key, time)
        return [(s + SMOOTHING_WEIGHT * prior) / (count + SMOOTHING_WEIGHT) for s, prior in zip(sums, priors)]
