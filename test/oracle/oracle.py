"""All features and keys once more: slow, obvious, and without any package.

Usage: oracle.py VOCABULARY WARM_UP_DAYS OUT PART...
Writes a CSV with a header: one line for every row after the warm-up.
"""

import csv
import collections
import datetime
import heapq
import struct
import sys

from part_file import read_rows, read_vocabulary
from counters import HALF_LIVES_S, Counters
from murmur3 import hash64
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


def keys_of(row, names, last_marks):
    """Return the key of every key set; what counts is which keys are equal."""
    a, b, code, lang = row.author.id, row.reader.id, media_code(row.media), row.language
    a_verified, b_verified, follows = row.author.is_verified, row.reader.is_verified, row.author_follows_reader
    word, rt_user = names["tw_word0"], names["tw_rt_user0"]
    mention0, mention1 = names["tw_original_user0"], names["tw_original_user1"]
    domain = row.domains[0] if row.domains else None
    buckets = [
        count // size for user in (row.author, row.reader) for count, size in ((user.followers, 819), (user.following, 712))
    ]
    return {
        "a_user_id": a,
        "b_user_id": b,
        "tweet_type": row.type,
        "language": lang,
        "media": code,
        "tw_word0": word,
        "a_user_id_language_tweet_type": (a, lang, row.type),
        "b_user_id_language_tweet_type": (b, lang, row.type),
        "language_tweet_type_media": (lang, row.type, code),
        "a_user_id_b_user_id": (a, b),
        "tweet_id": row.id,
        "domains_language_a_follows_b_tweet_type_media_a_is_verified": (domain, lang, follows, row.type, code, a_verified),
        "tw_original_user0_tweet_type_language": (mention0, row.type, lang),
        "tw_original_user1_tweet_type_language": (mention1, row.type, lang),
        "media_tweet_type_language_a_is_verified_b_is_verified_a_follows_b": (
            *(code, row.type, lang),
            *(a_verified, b_verified, follows),
        ),
        "b_is_verified_tweet_type": (b_verified, row.type),
        "a_user_id_tweet_type": (a, row.type),
        "b_user_id_tweet_type": (b, row.type),
        "tw_rt_user0": rt_user,
        "tw_original_user0_tweet_type": (mention0, row.type),
        "tw_original_user1_tweet_type": (mention1, row.type),
        "tw_word0_tweet_type": (word, row.type),
        "follow_buckets": (*buckets, row.type, lang, follows),
        "context": (code, lang, row.type, a_verified, b_verified, follows, last_marks, group_of(row.author)),
    }


def group_of(user):
    return sum(user.followers >= edge for edge in (240, 588, 1331, 3996))


def hash_text(text):
    return (0, 0) if text is None else hash64(text.encode())


def key_columns(row, names):
    """Return the two signed 32-bit halves of every key."""
    keys = {
        "a_user_id": hash64(bytes.fromhex(row.author.id)),
        "b_user_id": hash64(bytes.fromhex(row.reader.id)),
        "tweet_id": hash64(bytes.fromhex(row.id)),
        "language": hash_text(row.language),
        "hashtags": hash_text(row.hashtags[0] if row.hashtags else None),
        "links": hash_text(row.links[0] if row.links else None),
        "domains": hash_text(row.domains[0] if row.domains else None),
        **{name: hash_text(text) for name, text in names.items()},
    }
    return {
        f"key_{name}_{half}": struct.unpack("<i", struct.pack("<I", value))[0]
        for name, halves in keys.items()
        for half, value in zip(("lo", "hi"), halves)
    }


def age_days(user, time):
    created = 1_138_308_613 if user.created < 0 else user.created
    return max(0, time - created) / DAY_S


def ratio_features(a, b, a_age, b_age):
    """The ratio of a count to another, in every published variant."""
    return {
        "ff_a_ratio": a.followers / (a.following + 1),
        "ff_b_ratio": b.followers / (b.following + 1),
        "a_ff_rate": a.following / (a.followers + 1),
        "nn3_a_ff_rate": a.following / max(1, a.followers),
        "nn3_b_ff_rate": b.followers / max(1, b.following),
        "ab_fing_rate": a.following / (b.following + 1),
        "nn3_ab_fing_rate": a.following / max(1, b.following),
        "ab_fer_rate": a.followers / (b.followers + 1),
        "ab_age_dff": a_age - b_age,
        "ab_age_rate": (a_age + 1) / (b_age + 1),
        "nn3_ab_age_rate": a_age / (b_age + 1),
        "a_follower_bucket": a.followers // 819,
        "a_following_bucket": a.following // 712,
        "b_follower_bucket": b.followers // 819,
        "b_following_bucket": b.following // 712,
    }


def request_features(row, languages):
    when = datetime.datetime.fromtimestamp(row.time, datetime.timezone.utc)
    a_age, b_age = age_days(row.author, row.time), age_days(row.reader, row.time)
    return {
        **ratio_features(row.author, row.reader, a_age, b_age),
        "a_is_verified": int(row.author.is_verified),
        "b_is_verified": int(row.reader.is_verified),
        "a_account_age_days": a_age,
        "b_account_age_days": b_age,
        "tweet_type": ["TopLevel", "Retweet", "Quote"].index(row.type),
        "media": media_code(row.media),
        "language": languages.get(row.language, "NaN"),
        "dt_hour": when.hour,
        "dt_minute_of_hour": when.minute,
        "group": group_of(row.author),
        "a_follows_b": int(row.author_follows_reader),
        "a_follower_count": row.author.followers,
        "a_following_count": row.author.following,
        "b_follower_count": row.reader.followers,
        "b_following_count": row.reader.following,
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
                for horizon in HALF_LIVES_S:
                    self.table(name, horizon).add(key, when, target)

    def table(self, name, horizon):
        return self.tables.setdefault((name, horizon), Counters(HALF_LIVES_S[horizon]))

    def observe(self, row, keys):
        self.push(row.time, keys, None)
        for target, time in enumerate(row.engagements):
            if time is not None:
                self.push(max(time, row.time), keys, target)

    def push(self, time, keys, target):
        self.order += 1
        heapq.heappush(self.queue, (time, self.order, keys, target))

    def statistics(self, keys, time, priors):
        features = {}

        def add_rates(prefix, table, key, horizon):
            rates = self.table(table, horizon).rates(key, time, priors)
            features.update({f"{prefix}_{target}": rate for target, rate in zip(TARGETS, rates)})

        names = list(keys)
        for name in [*names[:10], *names[11:16]]:
            add_rates(f"te_{name}", name, keys[name], "long")
        for name in names[:11]:
            add_rates(f"te_recent_{name}", name, keys[name], "recent")
            if name != "tweet_type":
                features[f"ce_{name}"] = self.table(name, "recent").state(keys[name], time)[0]
        for name in [*names[16:], "b_user_id"]:
            count, sums = self.table(name, "long").state(keys[name], time)
            features[f"count_{name}"] = count
            features.update({f"sum_{name}_{target}": value for target, value in zip(TARGETS, sums)})
        for name, other in (("a_user_id", "b_user_id"), ("b_user_id", "a_user_id")):
            add_rates(f"te_switch_{name}", other, keys[name], "long")
            features[f"ce_switch_{name}"] = self.table(other, "recent").state(keys[name], time)[0]
        return features


def main(vocabulary_path, warm_up_days, out_path, *part_paths):
    vocabulary = read_vocabulary(vocabulary_path)
    replay = Replay()
    start_of_rows = None
    priors = None
    census = collections.Counter()
    languages = {}
    with open(out_path, "w", newline="", encoding="utf-8") as out:
        writer = None
        for row in (row for path in part_paths for row in read_rows(path)):
            if start_of_rows is None:
                start_of_rows = row.time // DAY_S * DAY_S + int(warm_up_days) * DAY_S
            if row.time >= start_of_rows and priors is None:
                replay.advance_to(start_of_rows)
                shown = replay.applied[0]
                priors = [count / shown if shown else 0.0 for count in replay.applied[1:]]
                # Of equal counts the language that came first; a Counter remembers the order.
                ranked = sorted(census, key=lambda language: -census[language])
                languages = {language: code for code, language in enumerate(ranked)}
            replay.advance_to(row.time)
            pieces = [vocabulary[token] for token in row.tokens]
            features, names = text_features(pieces, row.type == "Retweet")
            keys = keys_of(row, names, features["tw_last_quest"])
            if priors is None:
                census[row.language] += 1
            else:
                features.update(request_features(row, languages))
                features.update(key_columns(row, names))
                features.update(replay.statistics(keys, row.time, priors))
                if writer is None:
                    writer = csv.DictWriter(out, sorted(features))
                    writer.writeheader()
                writer.writerow(features)
            replay.observe(row, keys)


main(*sys.argv[1:])
