// Ranks candidates for one reader. Usage: go run . [HOST:PORT]; examples/README.md tells how the stubs are made.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "pairstream.example/client/stubs/pairstream/v1"
)

type candidate struct {
	author               string
	followers, following int64
	language, text       string
}

var candidates = []candidate{
	{"grace", 108_465, 1_818, "en", "Who is coming tonight? #compilers"},
	{"alan", 1_615, 1_974, "pt-BR", "Que legal!!"},
	{"edsger", 1_323, 656, "ja", "今日はいい天気ですね"},
}

// requestOf asks for every candidate and the reader, who is row 0 of the users.
func requestOf(reader string) *pb.PredictRequest {
	users := &pb.UserTable{IdText: []string{reader}, FollowerCount: []int64{21}, FollowingCount: []int64{747}}
	tweets, pairs := &pb.TweetTable{}, &pb.PairTable{}
	for i, c := range candidates {
		users.IdText = append(users.IdText, c.author)
		users.FollowerCount = append(users.FollowerCount, c.followers)
		users.FollowingCount = append(users.FollowingCount, c.following)
		tweets.AuthorIndex = append(tweets.AuthorIndex, uint32(i+1))
		tweets.Type = append(tweets.Type, pb.TweetType_TWEET_TYPE_TOP_LEVEL)
		tweets.Language = append(tweets.Language, c.language)
		tweets.CreatedAtS = append(tweets.CreatedAtS, time.Now().Unix()-600)
		tweets.Text = append(tweets.Text, c.text)
		tweets.MediaCount = append(tweets.MediaCount, 0)
		tweets.HashtagCount = append(tweets.HashtagCount, 0)
		tweets.LinkCount = append(tweets.LinkCount, 0)
		tweets.DomainCount = append(tweets.DomainCount, 0)
		pairs.TweetIndex = append(pairs.TweetIndex, uint32(i))
		pairs.ReaderIndex = append(pairs.ReaderIndex, 0)
		pairs.AuthorFollowsReader = append(pairs.AuthorFollowsReader, false)
	}
	options := &pb.PredictOptions{ScoreWeights: &pb.ScoreWeights{Reply: 10, Retweet: 2, Quote: 2, Like: 1}}
	return &pb.PredictRequest{TimeoutMs: 1000, Users: users, Tweets: tweets, Pairs: pairs, Options: options}
}

func main() {
	target := "127.0.0.1:50051"
	if len(os.Args) > 1 {
		target = os.Args[1]
	}
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	answer, err := pb.NewPairServiceClient(connection).Predict(ctx, requestOf("ada"))
	if err != nil {
		log.Fatal(err)
	}
	for i, pair := range answer.RankedPairIndex {
		fmt.Printf("%.4f  %s\n", answer.RankedScore[i], candidates[pair].author)
	}
}
