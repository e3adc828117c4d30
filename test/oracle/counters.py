"""Decayed counters and the encodings made of them."""

HALF_LIFE_S = 14 * 86_400
SMOOTHING_WEIGHT = 20
TARGET_COUNT = 4


class Counters:
    """Impressions and engagements by key, each worth 2 ** (-age / half-life)."""

    def __init__(self):
        self.records = {}

    def add(self, key, time, target):
        """Count an impression (target None) or an engagement at an event time."""
        slot = 0 if target is None else 1 + target
        last, values = self.records.get(key, (time, [0.0] * (1 + TARGET_COUNT)))
        if time > last:
            values = [value * 2 ** (-(time - last) / HALF_LIFE_S) for value in values]
            values[slot] += 1
            last = time
        else:
            values = list(values)
            values[slot] += 2 ** (-(last - time) / HALF_LIFE_S)
        self.records[key] = (last, values)

    def rates(self, key, time, priors):
        if key not in self.records:
            return priors
        last, values = self.records[key]
        decay = 2 ** (-max(0, time - last) / HALF_LIFE_S)
        count = values[0] * decay
        return [
            (values[1 + t] * decay + SMOOTHING_WEIGHT * priors[t]) / (count + SMOOTHING_WEIGHT)
            for t in range(TARGET_COUNT)
        ]
