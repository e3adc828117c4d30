"""Ranks candidates for one reader. Usage: python client.py [HOST:PORT]; examples/README.md tells how the stubs are made."""

import sys
import time

import grpc
from pairstream.v1 import pair_service_pb2 as pb
from pairstream.v1 import pair_service_pb2_grpc as stubs

READER = "ada"
CANDIDATES = [
    # author, followers, following, language, text
    ("grace", 108_465, 1_818, "en", "Who is coming tonight? #compilers"),
    ("alan", 1_615, 1_974, "pt-BR", "Que legal!!"),
    ("edsger", 1_323, 656, "ja", "今日はいい天気ですね"),
]

authors, followers, following, languages, texts = zip(*CANDIDATES)
count = len(CANDIDATES)
users = pb.UserTable(id_text=[READER, *authors], follower_count=[21, *followers], following_count=[747, *following])
tweets = pb.TweetTable(
    author_index=range(1, count + 1),
    type=[pb.TWEET_TYPE_TOP_LEVEL] * count,
    language=languages,
    created_at_s=[int(time.time()) - 600] * count,
    text=texts,
    media_count=[0] * count, hashtag_count=[1, 0, 0], link_count=[0] * count, domain_count=[0] * count,
)  # fmt: skip
pairs = pb.PairTable(tweet_index=range(count), reader_index=[0] * count, author_follows_reader=[False] * count)
options = pb.PredictOptions(score_weights=pb.ScoreWeights(reply=10, retweet=2, quote=2, like=1))
request = pb.PredictRequest(timeout_ms=1000, users=users, tweets=tweets, pairs=pairs, options=options)

with grpc.insecure_channel(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051") as channel:
    answer = stubs.PairServiceStub(channel).Predict(request, timeout=5)
for pair, score in zip(answer.ranked_pair_index, answer.ranked_score):
    print(f"{score:.4f}  {authors[pair]}")
