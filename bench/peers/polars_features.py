"""The features of xgb1 in polars: expressions over whole columns, look-ups as joins. Times bulk and small messages.

Usage: polars_features.py ROWS.arrow TABLE_KEYS FEATURES.txt
"""

import json
import statistics
import sys
import time

import polars as pl

HALF_LIFE_S = 14 * 86_400
WEIGHT = 20.0
PRIORS = {"reply": 0.03, "retweet": 0.09, "quote": 0.007, "like": 0.4}
NOW_S = 1_614_000_000.0
KEY_SETS = {
    "a_user_id": ["author"],
    "b_user_id": ["reader"],
    "tweet_type": ["tweet_type"],
    "language": ["language"],
    "media": ["media_code"],
    "tw_word0": ["word0"],
    "a_user_id_language_tweet_type": ["author", "language", "tweet_type"],
    "b_user_id_language_tweet_type": ["reader", "language", "tweet_type"],
    "language_tweet_type_media": ["language", "tweet_type", "media_code"],
    "a_user_id_b_user_id": ["author", "reader"],
}
LARGE_KEYS = ("author", "reader", "word0")
MESSAGE_ROWS = 100
MESSAGES = 30


def clean_text():
    text = pl.col("text").str.replace_all(r"([@#_]) ", "${1}").str.replace_all(r" _", "_")
    text = text.str.replace_all(r"(^| )https? : / / t \. co /( [^ ]+)?", "${1}http")
    return text.str.replace(r"(?i)^rt @", "@")


def request_columns(rows):
    is_retweet = pl.col("tweet_type") == 1
    has_head = is_retweet & pl.col("clean").str.contains(":", literal=True)
    rows = rows.with_columns(clean_text().alias("clean")).with_columns(
        pl.when(has_head).then(pl.col("clean").str.replace(r"^[^:]*:", "")).otherwise(pl.col("clean")).alias("body"),
        pl.when(has_head).then(pl.col("clean").str.extract(r"^([^:]*):")).otherwise(pl.lit("")).alias("head"),
    )
    squeeze = lambda column: pl.col(column).str.replace_all("\u00b6", "").str.replace_all(" +", " ").str.strip_chars(" ")
    rows = rows.with_columns(squeeze("body").alias("body_words"), squeeze("head").alias("head_words"))
    clean = pl.col("clean")
    words = lambda c: pl.when(pl.col(c) == "").then(0).otherwise(pl.col(c).str.count_matches(" ", literal=True) + 1)
    marks = clean.str.replace_all(" ", "", literal=True).str.tail(2)
    media = pl.col("media")
    when = pl.from_epoch(pl.col("created_at_s").cast(pl.Int64), time_unit="s")
    return rows.with_columns(
        pl.col("body_words").str.split(" ").list.first().str.to_lowercase().alias("word0"),
        media.replace_strict(MEDIA, default=None, return_dtype=pl.Int32).alias("media_code"),
        when.dt.weekday().sub(1).alias("dt_dow"),
        (when.dt.hour().cast(pl.Int32) * 60 + when.dt.minute()).alias("dt_minute"),
        pl.when(media == "").then(0).otherwise(media.str.count_matches(",", literal=True) + 1).alias("tw_len_media"),
        media.str.count_matches("1", literal=True).alias("tw_len_photo"),
        media.str.count_matches("2", literal=True).alias("tw_len_video"),
        media.str.count_matches("3", literal=True).alias("tw_len_gif"),
        clean.str.count_matches("?", literal=True).alias("tw_len_quest"),
        (pl.col("token_count") - 1).alias("tw_len_token"),
        clean.str.count_matches(r"[A-Z]{2,}").alias("tw_count_capital_words"),
        clean.str.count_matches(r"[?!]").alias("tw_count_excl_quest_marks"),
        clean.str.count_matches("\u00b6", literal=True).alias("tw_count_special1"),
        clean.str.count_matches("#", literal=True).alias("tw_count_hash"),
        pl.when(marks == "!?").then(2).when(marks.str.ends_with("?")).then(1)
        .when(marks == "?!").then(4).when(marks.str.ends_with("!")).then(3).otherwise(0).alias("tw_last_quest"),
        clean.str.count_matches(r"(?i)retweet").alias("tw_len_retweet"),
        clean.str.count_matches(r"(?i)\brt\b").alias("tw_len_rt"),
        pl.col("body").str.count_matches("@", literal=True).alias("tw_count_at"),
        words("body_words").alias("tw_count_words"),
        pl.col("body_words").str.len_chars().alias("tw_count_char"),
        words("head_words").alias("tw_rt_count_words"),
        pl.col("head_words").str.len_chars().alias("tw_rt_count_char"),
        pl.col("follows").alias("a_follows_b"),
        pl.col("a_followers").alias("a_follower_count"),
        pl.col("a_following").alias("a_following_count"),
        pl.col("b_followers").alias("b_follower_count"),
        pl.col("b_following").alias("b_following_count"),
        pl.col("hashtag_count").alias("len_hashtags"),
        pl.col("link_count").alias("len_links"),
        pl.col("domain_count").alias("len_domains"),
        (pl.col("a_followers") / (pl.col("a_following") + 1)).alias("ff_a_ratio"),
        (pl.col("b_followers") / (pl.col("b_following") + 1)).alias("ff_b_ratio"),
    )


def encode(rows, tables, features):
    for name, keys in KEY_SETS.items():
        rows = rows.join(tables[name].lazy(), on=keys, how="left", maintain_order="left")
        decay = (-(pl.col("created_at_s") - pl.col("time_s")).clip(0) / HALF_LIFE_S * 0.6931471805599453).exp()
        rows = rows.with_columns(decay.alias("decay")).with_columns(
            ((pl.col(target) * pl.col("decay") + WEIGHT * prior) / (pl.col("count") * pl.col("decay") + WEIGHT))
            .fill_null(prior).cast(pl.Float32).alias(f"te_{name}_{target}")
            for target, prior in PRIORS.items()
        ).drop("time_s", "count", "decay", *PRIORS)
    return rows.select(pl.col(features).cast(pl.Float32))


def compute(rows, tables, features):
    return encode(request_columns(rows.lazy()), tables, features).collect()


def compute_message(rows, tables, features):
    """For few rows: a scan leaves only the records that can match, which spares the joins an index of a million keys."""
    prepared = request_columns(rows.lazy()).collect()
    candidates = dict(tables)
    for name, keys in KEY_SETS.items():
        for key in keys:
            if key in LARGE_KEYS:
                candidates[name] = candidates[name].lazy().filter(pl.col(key).is_in(prepared[key].implode()))
    return encode(prepared.lazy(), candidates, features).collect()


def with_integer_keys(rows):
    """What a user would do once, before: 64-bit ids and small codes join far faster than strings."""
    return rows.with_columns(
        pl.col("author").hash(), pl.col("reader").hash(), pl.col("language").rank("dense").cast(pl.Int32)
    )


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
        if any(key in LARGE_KEYS for key in keys):
            missing = key_count - table.height
            filler = {}
            for key in keys:
                if table.schema[key] == pl.String:
                    filler[key] = pl.int_range(missing, eager=True).cast(pl.String).str.pad_start(32, "f")
                elif key in LARGE_KEYS:
                    filler[key] = pl.int_range(missing, eager=True).cast(table.schema[key]).hash()
                else:
                    filler[key] = pl.zeros(missing, table.schema[key], eager=True)
            table = pl.concat([table, pl.DataFrame(filler)])
        tables[name] = table.with_columns(
            pl.lit(NOW_S - 86_400.0).alias("time_s"),
            pl.lit(3.0).alias("count"),
            *(pl.lit(1.0).alias(target) for target in PRIORS),
        )
    return tables


def timed(run):
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1e6


def main(rows_path, key_count, features_path):
    rows = with_integer_keys(pl.read_ipc(rows_path))
    features = open(features_path, encoding="utf-8").read().split()
    tables = make_tables(rows, int(key_count))
    result = compute(rows, tables, features)
    assert result.shape == (rows.height, len(features)) and result.null_count().sum_horizontal()[0] == 0
    message = compute_message(rows.head(MESSAGE_ROWS), tables, features)
    assert message.equals(result.head(MESSAGE_ROWS))
    bulk = [timed(lambda: compute(rows, tables, features)) / rows.height for _ in range(3)]
    messages = [
        timed(lambda: compute_message(rows.slice(i * MESSAGE_ROWS, MESSAGE_ROWS), tables, features)) / MESSAGE_ROWS
        for i in range(MESSAGES)
    ]
    print(json.dumps({
        "bulkUsPerPair": statistics.median(bulk),
        "messageUsPerPair": statistics.median(messages),
        "version": pl.__version__,
        "means": {name: result[name].cast(pl.Float64).mean() for name in features if not name.startswith("te_")},
    }))


main(*sys.argv[1:])
