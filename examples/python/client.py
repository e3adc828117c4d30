"""Ranks candidates for one reader. Usage: python client.py [HOST:PORT]; examples/README.md tells how the stubs are made."""

import sys

import grpc
from pairstream.v1 import pair_service_pb2 as pb
from pairstream.v1 import pair_service_pb2_grpc as stubs

READER = "ada"
TOP_LEVEL, QUOTE = pb.TWEET_TYPE_TOP_LEVEL, pb.TWEET_TYPE_QUOTE
CANDIDATES = [
    # author, followers, following, type, language, Unix time in seconds, text
    ("grace", 108_465, 1_818, TOP_LEVEL, "en", 1_614_124_846, "Who is coming tonight? #compilers"),
    ("alan", 1_615, 1_974, QUOTE, "pt-BR", 1_614_124_891, "Que legal!!"),
    ("edsger", 1_323, 656, TOP_LEVEL, "ja", 1_614_125_083, "今日はいい天気ですね"),
]

authors, followers, following, types, languages, times, texts = zip(*CANDIDATES)
count = len(CANDIDATES)
# Row 0 of the users is the reader.
users = pb.UserTable(id_text=[READER, *authors], follower_count=[21, *followers], following_count=[747, *following])
tweets = pb.TweetTable(
    author_index=range(1, count + 1),
    type=types,
    language=languages,
    created_at_s=times,
    text=texts,
    # The first tweet has a photo. The server counts hashtags and links in the text.
    media_count=[1, 0, 0],
    media=[pb.MEDIA_PHOTO],
)
pairs = pb.PairTable(
    tweet_index=range(count),
    reader_index=[0] * count,
    author_follows_reader=[True, False, False],
    # A fixed time gives the same answer every day. Leave it out to score for now.
    as_of_s=[1_614_125_083],
)
weights = pb.ScoreWeights(reply=10, retweet=2, quote=2, like=1)
options = pb.PredictOptions(score_weights=weights, top_k=2, explain=True)
request = pb.PredictRequest(timeout_ms=1000, users=users, tweets=tweets, pairs=pairs, options=options)

with grpc.insecure_channel(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051") as channel:
    try:
        answer = stubs.PairServiceStub(channel).Predict(request, timeout=5)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
# The explanation has the pairs in the order of the ranking.
for place, (pair, score) in enumerate(zip(answer.ranked_pair_index, answer.ranked_score)):
    likes = ", ".join(f"{member.model} {member.like[place]:.4f}" for member in answer.explanation.member)
    print(f"{score:.4f}  {authors[pair]}  like: {likes}")
