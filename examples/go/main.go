// Ranks candidates for one reader. Usage: go run . [HOST:PORT]; examples/README.md tells how the stubs are made.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "pairstream.example/client/stubs/pairstream/v1"
)

type candidate struct {
	author               string
	followers, following int64
	kind                 pb.TweetType
	language             string
	createdAtS           int64
	text                 string
}

const (
	topLevel = pb.TweetType_TWEET_TYPE_TOP_LEVEL
	quote    = pb.TweetType_TWEET_TYPE_QUOTE
)

var candidates = []candidate{
	{"grace", 108_465, 1_818, topLevel, "en", 1_614_124_846, "Who is coming tonight? #compilers"},
	{"alan", 1_615, 1_974, quote, "pt-BR", 1_614_124_891, "Que legal!!"},
	{"edsger", 1_323, 656, topLevel, "ja", 1_614_125_083, "今日はいい天気ですね"},
}

// requestOf asks for every candidate and the reader, who is row 0 of the users.
func requestOf(reader string) *pb.PredictRequest {
	users := &pb.UserTable{IdText: []string{reader}, FollowerCount: []int64{21}, FollowingCount: []int64{747}}
	tweets := &pb.TweetTable{
		// The first tweet has a photo. The server counts hashtags and links in the text.
		MediaCount: []uint32{1, 0, 0},
		Media:      []pb.Media{pb.Media_MEDIA_PHOTO},
	}
	pairs := &pb.PairTable{
		AuthorFollowsReader: []bool{true, false, false},
		// A fixed time gives the same answer every day. Leave it out to score for now.
		AsOfS: []int64{1_614_125_083},
	}
	for i, c := range candidates {
		users.IdText = append(users.IdText, c.author)
		users.FollowerCount = append(users.FollowerCount, c.followers)
		users.FollowingCount = append(users.FollowingCount, c.following)
		tweets.AuthorIndex = append(tweets.AuthorIndex, uint32(i+1))
		tweets.Type = append(tweets.Type, c.kind)
		tweets.Language = append(tweets.Language, c.language)
		tweets.CreatedAtS = append(tweets.CreatedAtS, c.createdAtS)
		tweets.Text = append(tweets.Text, c.text)
		pairs.TweetIndex = append(pairs.TweetIndex, uint32(i))
		pairs.ReaderIndex = append(pairs.ReaderIndex, 0)
	}
	options := &pb.PredictOptions{
		ScoreWeights: &pb.ScoreWeights{Reply: 10, Retweet: 2, Quote: 2, Like: 1},
		TopK:         2,
		Explain:      true,
	}
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
	// The explanation has the pairs in the order of the ranking.
	for place, pair := range answer.RankedPairIndex {
		var likes []string
		for _, member := range answer.Explanation.Member {
			likes = append(likes, fmt.Sprintf("%s %.4f", member.Model, member.Like[place]))
		}
		fmt.Printf("%.4f  %s  like: %s\n", answer.RankedScore[place], candidates[pair].author, strings.Join(likes, ", "))
	}
}
