"""Ranks candidates for one reader. Usage: python client.py [HOST:PORT]; examples/README.md tells how the stubs are made."""

import sys
import time

import grpc
from pairstream.v1 import pair_service_pb2 as pb
from pairstream.v1 import pair_service_pb2_grpc as stubs

READER = "ada"
CANDIDATES = [
    # author, followers, following, tokens
    ("grace", 108_465, 1_818, [101, 289, 125, 1629, 102]),
    ("alan", 1_615, 1_974, [101, 1148, 1878, 632, 102]),
    ("edsger", 1_323, 656, [101, 289, 125, 102]),
]

authors, followers, following, tokens = zip(*CANDIDATES)
count = len(CANDIDATES)
users = pb.UserTable(
    id=[name.encode().ljust(16) for name in (READER, *authors)],
    follower_count=[21, *followers],
    following_count=[747, *following],
)
tweets = pb.TweetTable(
    author_index=range(1, count + 1),
    type=[pb.TWEET_TYPE_TOP_LEVEL] * count,
    language=["en", "en", "pt-BR"],
    created_at_s=[int(time.time()) - 600] * count,
    token_count=[len(row) for row in tokens],
    token=[token for row in tokens for token in row],
    media_count=[0] * count, hashtag_count=[0] * count, link_count=[0] * count, domain_count=[0] * count,
)  # fmt: skip
pairs = pb.PairTable(tweet_index=range(count), reader_index=[0] * count, author_follows_reader=[False] * count)
request = pb.PredictRequest(timeout_ms=1000, users=users, tweets=tweets, pairs=pairs)

with grpc.insecure_channel(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051") as channel:
    answer = stubs.PairServiceStub(channel).Predict(request, timeout=5)
for like, author in sorted(zip(answer.like, authors), reverse=True):
    print(f"{like:.4f}  {author}")
