"""The whole catalogue of features in polars: expressions over whole columns, look-ups as joins.

Usage: polars_features.py ROWS.arrow TABLE_KEYS FEATURES.txt
Answers a line of JSON when rows and tables are in memory: {"version", "means"}; then one line of JSON for each line of JSON on
standard input, with the CPU time of this process in microseconds per pair:
  {"bulk": true}      computes all rows at once
  {"messages": N}     computes N messages of 100 rows, one after another
Ends at the end of the input.
"""

import json
import sys
import time

import polars as pl

HALF_LIFE_S = {"long": 14 * 86_400, "recent": 2 * 86_400}
WEIGHT = 20.0
PRIORS = {"reply": 0.03, "retweet": 0.09, "quote": 0.007, "like": 0.4}
NOW_S = 1_614_000_000.0
DAY_S = 86_400
EARLIEST_ACCOUNT_S = 1_138_308_613
MENTION = r"@[a-z0-9_\x{80}-\x{10ffff}]+"
KEY_SETS = {
    "a_user_id": ["author"],
    "b_user_id": ["reader"],
    "tweet_type": ["tweet_type"],
    "language": ["language_key"],
    "media": ["media_code"],
    "tw_word0": ["word0"],
    "a_user_id_language_tweet_type": ["author", "language_key", "tweet_type"],
    "b_user_id_language_tweet_type": ["reader", "language_key", "tweet_type"],
    "language_tweet_type_media": ["language_key", "tweet_type", "media_code"],
    "a_user_id_b_user_id": ["author", "reader"],
    "tweet_id": ["tweet"],
    "domains_language_a_follows_b_tweet_type_media_a_is_verified": [
        *("domain", "language_key", "follows", "tweet_type", "media_code", "a_verified"),
    ],
    "tw_original_user0_tweet_type_language": ["mention0", "tweet_type", "language_key"],
    "tw_original_user1_tweet_type_language": ["mention1", "tweet_type", "language_key"],
    "media_tweet_type_language_a_is_verified_b_is_verified_a_follows_b": [
        *("media_code", "tweet_type", "language_key", "a_verified", "b_verified", "follows"),
    ],
    "b_is_verified_tweet_type": ["b_verified", "tweet_type"],
    "a_user_id_tweet_type": ["author", "tweet_type"],
    "b_user_id_tweet_type": ["reader", "tweet_type"],
    "tw_rt_user0": ["retweeted"],
    "tw_original_user0_tweet_type": ["mention0", "tweet_type"],
    "tw_original_user1_tweet_type": ["mention1", "tweet_type"],
    "tw_word0_tweet_type": ["word0", "tweet_type"],
    "follow_buckets": [
        *("a_follower_bucket", "a_following_bucket", "b_follower_bucket", "b_following_bucket"),
        *("tweet_type", "language_key", "follows"),
    ],
    "context": [
        *("media_code", "language_key", "tweet_type", "a_verified", "b_verified", "follows"),
        *("tw_last_quest", "group"),
    ],
}
# The reader looked up among the authors, and the author among the readers.
SWITCHED = {"switch_a_user_id": ("b_user_id", "author"), "switch_b_user_id": ("a_user_id", "reader")}
LARGE_KEYS = ("author", "reader", "word0", "tweet", "domain", "mention0", "mention1", "retweeted")
# Large, but not to be filtered by one column.
LARGE_SETS = ("follow_buckets",)
MESSAGE_ROWS = 100
STATISTICS = ("te_", "sum_", "count_", "ce_")


def clean_text():
    text = pl.col("text").str.replace_all(r"([@#_]) ", "${1}").str.replace_all(r" _", "_")
    text = text.str.replace_all(r"(^| )https? : / / t \. co /( [^ ]+)?", "${1}http")
    return text.str.replace(r"(?i)^rt @", "@")


def with_texts(rows):
    is_retweet = pl.col("tweet_type") == 1
    has_head = is_retweet & pl.col("clean").str.contains(":", literal=True)
    rows = rows.with_columns(clean_text().alias("clean")).with_columns(
        pl.when(has_head).then(pl.col("clean").str.replace(r"^[^:]*:", "")).otherwise(pl.col("clean")).alias("body"),
        pl.when(has_head).then(pl.col("clean").str.extract(r"^([^:]*):")).otherwise(pl.lit("")).alias("head"),
    )
    squeeze = lambda column: pl.col(column).str.replace_all("\u00b6", "").str.replace_all(" +", " ").str.strip_chars(" ")
    rows = rows.with_columns(squeeze("body").alias("body_words"), squeeze("head").alias("head_words"))
    mentions = pl.col("body").str.replace_all("\u00b6", "").str.to_lowercase().str.extract_all(MENTION)
    retweeted = pl.col("head").str.replace_all("\u00b6", "").str.to_lowercase().str.extract(f"({MENTION})")
    return rows.with_columns(mentions.alias("mentions")).with_columns(
        pl.col("body_words").str.split(" ").list.first().str.to_lowercase().hash().alias("word0"),
        pl.col("mentions").list.get(0, null_on_oob=True).fill_null("").hash().alias("mention0"),
        pl.col("mentions").list.get(1, null_on_oob=True).fill_null("").hash().alias("mention1"),
        retweeted.fill_null("").hash().alias("retweeted"),
    )


def text_counts():
    clean = pl.col("clean")
    words = lambda c: pl.when(pl.col(c) == "").then(0).otherwise(pl.col(c).str.count_matches(" ", literal=True) + 1)
    marks = clean.str.replace_all(" ", "", literal=True).str.tail(2)
    return {
        "tw_len_quest": clean.str.count_matches("?", literal=True),
        "tw_len_token": pl.col("token_count") - 1,
        "tw_count_capital_words": clean.str.count_matches(r"[A-Z]{2,}"),
        "tw_count_excl_quest_marks": clean.str.count_matches(r"[?!]"),
        "tw_count_special1": clean.str.count_matches("\u00b6", literal=True),
        "tw_count_hash": clean.str.count_matches("#", literal=True),
        "tw_last_quest": pl.when(marks == "!?").then(2).when(marks.str.ends_with("?")).then(1)
        .when(marks == "?!").then(4).when(marks.str.ends_with("!")).then(3).otherwise(0),
        "tw_len_retweet": clean.str.count_matches(r"(?i)retweet"),
        "tw_len_rt": clean.str.count_matches(r"(?i)\brt\b"),
        "tw_count_at": pl.col("body").str.count_matches("@", literal=True),
        "tw_count_words": words("body_words"),
        "tw_count_char": pl.col("body_words").str.len_chars(),
        "tw_rt_count_words": words("head_words"),
        "tw_rt_count_char": pl.col("head_words").str.len_chars(),
    }


def request_values():
    media = pl.col("media_list")
    when = pl.from_epoch(pl.col("created_at_s").cast(pl.Int64), time_unit="s")
    a_followers, a_following = pl.col("a_followers"), pl.col("a_following")
    b_followers, b_following = pl.col("b_followers"), pl.col("b_following")
    media_code = media.replace_strict(MEDIA, default=None, return_dtype=pl.Int32)
    minute = when.dt.hour().cast(pl.Int32) * 60 + when.dt.minute()
    return {
        "media_code": media_code,
        "media": media_code,
        "dt_dow": when.dt.weekday() - 1,
        "dt_minute": minute,
        "dt_hour": when.dt.hour(),
        "dt_minute_of_hour": when.dt.minute(),
        "tw_len_media": pl.when(media == "").then(0).otherwise(media.str.count_matches(",", literal=True) + 1),
        "tw_len_photo": media.str.count_matches("1", literal=True),
        "tw_len_video": media.str.count_matches("2", literal=True),
        "tw_len_gif": media.str.count_matches("3", literal=True),
        "a_follows_b": pl.col("follows"),
        "a_follower_count": a_followers,
        "a_following_count": a_following,
        "b_follower_count": b_followers,
        "b_following_count": b_following,
        "a_is_verified": pl.col("a_verified"),
        "b_is_verified": pl.col("b_verified"),
        "len_hashtags": pl.col("hashtag_count"),
        "len_links": pl.col("link_count"),
        "len_domains": pl.col("domain_count"),
        # No language was seen in the days that codes are learned from.
        "language": pl.lit(None, pl.Float32),
        "group": pl.sum_horizontal((a_followers >= edge).cast(pl.Int32) for edge in (240, 588, 1_331, 3_996)),
        "a_follower_bucket": (a_followers // 819).cast(pl.Int32),
        "a_following_bucket": (a_following // 712).cast(pl.Int32),
        "b_follower_bucket": (b_followers // 819).cast(pl.Int32),
        "b_following_bucket": (b_following // 712).cast(pl.Int32),
        "ff_a_ratio": a_followers / (a_following + 1),
        "ff_b_ratio": b_followers / (b_following + 1),
        "a_ff_rate": a_following / (a_followers + 1),
        "nn3_a_ff_rate": a_following / a_followers.clip(1),
        "nn3_b_ff_rate": b_followers / b_following.clip(1),
        "ab_fing_rate": a_following / (b_following + 1),
        "nn3_ab_fing_rate": a_following / b_following.clip(1),
        "ab_fer_rate": a_followers / (b_followers + 1),
        "a_account_age_days": age_days("a_created"),
        "b_account_age_days": age_days("b_created"),
    }


def age_days(column):
    created = pl.when(pl.col(column) < 0).then(EARLIEST_ACCOUNT_S).otherwise(pl.col(column))
    return (pl.col("created_at_s") - created).clip(0) / DAY_S


def request_columns(rows):
    a_age, b_age = pl.col("a_account_age_days"), pl.col("b_account_age_days")
    rows = with_texts(rows).with_columns(
        **{name: value for name, value in {**text_counts(), **request_values()}.items()}
    )
    return rows.with_columns(
        ab_age_dff=a_age - b_age, ab_age_rate=(a_age + 1) / (b_age + 1), nn3_ab_age_rate=a_age / (b_age + 1)
    )


def statistics_values(name, features):
    """Expressions of the wanted features of one joined record."""
    age_s = (pl.col("created_at_s") - pl.col("time_s")).clip(0)
    values = {}
    for horizon, half_life_s in HALF_LIFE_S.items():
        decay = (age_s / -half_life_s * 0.6931471805599453).exp()
        count = pl.col(f"count_{horizon}") * decay
        rates = "te_recent_" if horizon == "recent" else "te_"
        for target, prior in PRIORS.items():
            engaged = pl.col(f"{target}_{horizon}") * decay
            values[f"{rates}{name}_{target}"] = ((engaged + WEIGHT * prior) / (count + WEIGHT)).fill_null(prior)
            if horizon == "long":
                values[f"sum_{name}_{target}"] = engaged.fill_null(0)
        values[f"count_{name}" if horizon == "long" else f"ce_{name}"] = count.fill_null(0)
    return {feature: value.cast(pl.Float32) for feature, value in values.items() if feature in features}


def encode(rows, tables, features):
    look_ups = [(name, name, keys, keys) for name, keys in KEY_SETS.items()]
    look_ups += [(name, table, [key], KEY_SETS[table]) for name, (table, key) in SWITCHED.items()]
    for name, table, left_on, right_on in look_ups:
        rows = rows.join(
            tables[table].lazy(), left_on=left_on, right_on=right_on, how="left", maintain_order="left"
        )
        rows = rows.with_columns(**statistics_values(name, features)).drop("time_s", *COUNTERS)
    return rows.select(pl.col(features).cast(pl.Float32))


COUNTERS = [f"{what}_{horizon}" for horizon in HALF_LIFE_S for what in ("count", *PRIORS)]


def compute(rows, tables, features):
    return encode(request_columns(rows.lazy()), tables, features).collect()


def compute_message(rows, tables, features):
    """For few rows: a scan leaves only the records that can match, which spares the joins an index of a million keys."""
    prepared = request_columns(rows.lazy()).collect()
    candidates = dict(tables)
    for name, keys in KEY_SETS.items():
        # Switched look-ups need both users.
        wanted = {key: prepared[key] for key in keys if key in LARGE_KEYS}
        if name in ("a_user_id", "b_user_id"):
            wanted = {keys[0]: pl.concat([prepared["author"], prepared["reader"]])}
        elif name in LARGE_SETS:
            wanted = {keys[0]: prepared[keys[0]]}
        for key, values in wanted.items():
            candidates[name] = candidates[name].lazy().filter(pl.col(key).is_in(values.implode()))
    return encode(prepared.lazy(), candidates, features).collect()


def with_integer_keys(rows):
    """What a user would do once, before: 64-bit ids and small codes join far faster than strings."""
    return rows.with_columns(
        *(pl.col(name).hash() for name in ("author", "reader", "tweet", "domain")),
        pl.col("language").rank("dense").cast(pl.Int32).alias("language_key"),
    ).drop("language")


MEDIA_CODES = [[], [1], [1, 1], [2], [3], [2, 2], [1, 2], [2, 1], [3, 1], [1, 3], [3, 3], [3, 2], [2, 3]]
MEDIA = {}
for first in ([], [1], [2], [3]):
    for more in ([], [1], [2], [3]) if first else ([],):
        for third in ([], [1], [2], [3]) if more else ([],):
            for fourth in ([], [1], [2], [3]) if third else ([],):
                kinds = first + more + third + fourth
                code = 13 if kinds[:3] == [3, 3, 3] else MEDIA_CODES.index(kinds[:2])
                MEDIA[",".join(map(str, kinds))] = code


def make_tables(rows, key_count):
    """A frame per key set: the keys of the rows, and others up to the wanted number, so that every join has a large side."""
    prepared = request_columns(rows.lazy()).collect()
    tables = {}
    for name, keys in KEY_SETS.items():
        table = prepared.select(keys).unique()
        if name in LARGE_SETS or any(key in LARGE_KEYS for key in keys):
            missing = max(0, key_count - table.height)
            filler = {}
            for key in keys:
                numbers = pl.int_range(missing, eager=True).cast(table.schema[key])
                if key in LARGE_KEYS:
                    # Not from 0 on: 0 has the hash of an empty text.
                    filler[key] = (numbers + 2**40).hash()
                elif name in LARGE_SETS and key == keys[0]:
                    filler[key] = numbers + 20_000_000
                else:
                    filler[key] = pl.zeros(missing, table.schema[key], eager=True)
            table = pl.concat([table, pl.DataFrame(filler)])
        tables[name] = table.with_columns(
            pl.lit(NOW_S - 86_400.0).alias("time_s"),
            *(pl.lit(3.0 if name.startswith("count") else 1.0).alias(name) for name in COUNTERS),
        )
    return tables


def cpu_us(run):
    started_s = time.process_time()
    run()
    return (time.process_time() - started_s) * 1e6


def main(rows_path, key_count, features_path):
    rows = with_integer_keys(pl.read_ipc(rows_path))
    features = open(features_path, encoding="utf-8").read().split()
    tables = make_tables(rows, int(key_count))
    result = compute(rows, tables, features)
    assert result.shape == (rows.height, len(features)) and result.drop("language").null_count().sum_horizontal()[0] == 0
    message = compute_message(rows.head(MESSAGE_ROWS), tables, features)
    assert message.equals(result.head(MESSAGE_ROWS))
    compared = [name for name in features if not name.startswith(STATISTICS) and name != "language"]
    means = {name: result[name].cast(pl.Float64).mean() for name in compared}
    print(json.dumps({"version": pl.__version__, "means": means}), flush=True)
    del result
    next_message = 0
    for line in sys.stdin:
        request = json.loads(line)
        if "bulk" in request:
            us = cpu_us(lambda: compute(rows, tables, features)) / rows.height
        else:
            count = request["messages"]
            us = 0
            for _ in range(count):
                at = next_message * MESSAGE_ROWS % (rows.height - MESSAGE_ROWS + 1)
                us += cpu_us(lambda: compute_message(rows.slice(at, MESSAGE_ROWS), tables, features))
                next_message += 1
            us /= count * MESSAGE_ROWS
        print(json.dumps({"usPerPair": us}), flush=True)


main(*sys.argv[1:])
