// Ranks candidates for one reader. Usage: go run . [HOST:PORT]; examples/README.md tells how the stubs are made.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"sort"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "pairstream.example/client/stubs/pairstream/v1"
)

type candidate struct {
	author               string
	followers, following int64
	tokens               []uint32
}

var candidates = []candidate{
	{"grace", 108_465, 1_818, []uint32{101, 289, 125, 1629, 102}},
	{"alan", 1_615, 1_974, []uint32{101, 1148, 1878, 632, 102}},
	{"edsger", 1_323, 656, []uint32{101, 289, 125, 102}},
}

// idOf makes the 16 bytes of an identity.
func idOf(name string) []byte { return []byte(fmt.Sprintf("%-16s", name)) }

// requestOf asks for every candidate and the reader, who is row 0 of the users.
func requestOf(reader string) *pb.PredictRequest {
	users := &pb.UserTable{Id: [][]byte{idOf(reader)}, FollowerCount: []int64{21}, FollowingCount: []int64{747}}
	tweets, pairs := &pb.TweetTable{}, &pb.PairTable{}
	for i, c := range candidates {
		users.Id = append(users.Id, idOf(c.author))
		users.FollowerCount = append(users.FollowerCount, c.followers)
		users.FollowingCount = append(users.FollowingCount, c.following)
		tweets.AuthorIndex = append(tweets.AuthorIndex, uint32(i+1))
		tweets.Type = append(tweets.Type, pb.TweetType_TWEET_TYPE_TOP_LEVEL)
		tweets.Language = append(tweets.Language, "en")
		tweets.CreatedAtS = append(tweets.CreatedAtS, time.Now().Unix()-600)
		tweets.TokenCount = append(tweets.TokenCount, uint32(len(c.tokens)))
		tweets.Token = append(tweets.Token, c.tokens...)
		tweets.MediaCount = append(tweets.MediaCount, 0)
		tweets.HashtagCount = append(tweets.HashtagCount, 0)
		tweets.LinkCount = append(tweets.LinkCount, 0)
		tweets.DomainCount = append(tweets.DomainCount, 0)
		pairs.TweetIndex = append(pairs.TweetIndex, uint32(i))
		pairs.ReaderIndex = append(pairs.ReaderIndex, 0)
		pairs.AuthorFollowsReader = append(pairs.AuthorFollowsReader, false)
	}
	return &pb.PredictRequest{TimeoutMs: 1000, Users: users, Tweets: tweets, Pairs: pairs}
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
	order := make([]int, len(candidates))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return answer.Like[order[a]] > answer.Like[order[b]] })
	for _, i := range order {
		fmt.Printf("%.4f  %s\n", answer.Like[i], candidates[i].author)
	}
}
