"""All features of xgb1 once more: slow, obvious, and without any package.

Usage: oracle.py VOCABULARY WARM_UP_DAYS OUT PART...
Writes a CSV with a header: one line for every row after the warm-up.
"""

import csv
import datetime
import heapq
import sys

from part_file import read_rows, read_vocabulary
from counters import Counters
from tweet_text import text_features

TARGETS = ["reply", "retweet", "quote", "like"]
MEDIA_CODES = [
    [],
    ["Photo"],
    ["Photo", "Photo"],
    ["Video"],
    ["GIF"],
    ["Video", "Video"],
    ["Photo", "Video"],
    ["Video", "Photo"],
    ["GIF", "Photo"],
    ["Photo", "GIF"],
    ["GIF", "GIF"],
    ["GIF", "Video"],
    ["Video", "GIF"],
]
DAY_S = 86_400


def media_code(media):
    return 13 if media[:3] == ["GIF"] * 3 else MEDIA_CODES.index(media[:2])


def keys_of(row, first_word):
    a, b, code = row.author.id, row.reader.id, media_code(row.media)
    return {
        "a_user_id": a,
        "b_user_id": b,
        "tweet_type": row.type,
        "language": row.language,
        "media": code,
        "tw_word0": first_word,
        "a_user_id_language_tweet_type": (a, row.language, row.type),
        "b_user_id_language_tweet_type": (b, row.language, row.type),
        "language_tweet_type_media": (row.language, row.type, code),
        "a_user_id_b_user_id": (a, b),
    }


def request_features(row):
    when = datetime.datetime.fromtimestamp(row.time, datetime.timezone.utc)
    return {
        "a_follows_b": int(row.author_follows_reader),
        "a_follower_count": row.author.followers,
        "a_following_count": row.author.following,
        "b_follower_count": row.reader.followers,
        "b_following_count": row.reader.following,
        "ff_a_ratio": row.author.followers / (row.author.following + 1),
        "ff_b_ratio": row.reader.followers / (row.reader.following + 1),
        "dt_dow": when.weekday(),
        "dt_minute": when.hour * 60 + when.minute,
        "len_hashtags": len(row.hashtags),
        "len_links": len(row.links),
        "len_domains": len(row.domains),
        "tw_len_media": len(row.media),
        "tw_len_photo": row.media.count("Photo"),
        "tw_len_video": row.media.count("Video"),
        "tw_len_gif": row.media.count("GIF"),
        "tw_len_token": max(0, len(row.tokens) - 1),
    }


class Replay:
    """Events in a queue by time; the state before a moment is what is asked for."""

    def __init__(self):
        self.queue = []
        self.tables = {}
        self.applied = [0] * (1 + len(TARGETS))
        self.order = 0

    def advance_to(self, time):
        while self.queue and self.queue[0][0] < time:
            when, _, keys, target = heapq.heappop(self.queue)
            self.applied[0 if target is None else 1 + target] += 1
            for name, key in keys.items():
                self.tables.setdefault(name, Counters()).add(key, when, target)

    def observe(self, row, keys):
        self.push(row.time, keys, None)
        for target, time in enumerate(row.engagements):
            if time is not None:
                self.push(max(time, row.time), keys, target)

    def push(self, time, keys, target):
        self.order += 1
        heapq.heappush(self.queue, (time, self.order, keys, target))

    def encodings(self, keys, time, priors):
        features = {}
        for name, key in keys.items():
            rates = self.tables.setdefault(name, Counters()).rates(key, time, priors)
            features.update({f"te_{name}_{target}": rate for target, rate in zip(TARGETS, rates)})
        return features


def main(vocabulary_path, warm_up_days, out_path, *part_paths):
    vocabulary = read_vocabulary(vocabulary_path)
    replay = Replay()
    start_of_rows = None
    priors = None
    with open(out_path, "w", newline="", encoding="utf-8") as out:
        writer = None
        for row in (row for path in part_paths for row in read_rows(path)):
            if start_of_rows is None:
                start_of_rows = row.time // DAY_S * DAY_S + int(warm_up_days) * DAY_S
            if row.time >= start_of_rows and priors is None:
                replay.advance_to(start_of_rows)
                shown = replay.applied[0]
                priors = [count / shown if shown else 0.0 for count in replay.applied[1:]]
            replay.advance_to(row.time)
            pieces = [vocabulary[token] for token in row.tokens]
            features, first_word = text_features(pieces, row.type == "Retweet")
            keys = keys_of(row, first_word)
            if priors is not None:
                features.update(request_features(row))
                features.update(replay.encodings(keys, row.time, priors))
                if writer is None:
                    writer = csv.DictWriter(out, sorted(features))
                    writer.writeheader()
                writer.writerow(features)
            replay.observe(row, keys)


main(*sys.argv[1:])
