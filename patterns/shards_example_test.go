package patterns_test

import (
	"context"
	"fmt"

	"redisduel/patterns"
)

// Three names for one value, each on a node of its own in a cluster of three.
func ExampleShards() {
	names, err := patterns.Shards("front-page", 3)
	fmt.Println(names, err)
	_, err = patterns.Shards("{user1}:feed", 3)
	fmt.Println(err)
	// Output:
	// [front-page#16 front-page#13 front-page#1] <nil>
	// the key "{user1}:feed" has a hash tag, which would put all its shards on one node
}

// A chooser of one's own: whoever sees a visitor through, reads one copy for
// all of that visitor's requests.
func ExampleChooser() {
	type visitor struct{}
	byVisitor := func(ctx context.Context, n int) int {
		id, _ := ctx.Value(visitor{}).(string)
		return patterns.ByID(id)(ctx, n)
	}
	ctx := context.WithValue(context.Background(), visitor{}, "ann")
	fmt.Println("Ann reads copy", byVisitor(ctx, 3), "and again", byVisitor(ctx, 3))
	// Output: Ann reads copy 2 and again 2
}
