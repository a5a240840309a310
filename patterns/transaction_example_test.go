package patterns_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/redis/rueidis"

	"redisduel/bench/redisd"
	"redisduel/patterns"
)

// Withdraw money, but never more than is there, although others withdraw at the
// same time.
func ExampleTransact() {
	ctx := context.Background()
	client, closeAll := exampleServer(ctx)
	defer closeAll()
	client.Do(ctx, client.B().Set().Key("account").Value("100").Build())

	withdraw := func(amount int64) error {
		return client.Dedicated(func(c rueidis.DedicatedClient) error {
			for {
				// The two go together: what is read here is what is watched.
				read := c.DoMulti(ctx, c.B().Watch().Key("account").Build(), c.B().Get().Key("account").Build())
				balance, err := read[1].AsInt64()
				if err := errors.Join(read[0].Error(), err); err != nil {
					return err
				}
				if balance < amount {
					return errors.Join(fmt.Errorf("only %d left", balance), c.Do(ctx, c.B().Unwatch().Build()).Error())
				}
				_, err = patterns.Transact(ctx, c, []rueidis.Completed{
					c.B().Decrby().Key("account").Decrement(amount).Build(),
					c.B().Rpush().Key("book").Element(fmt.Sprint(-amount)).Build(),
				})
				if !errors.Is(err, patterns.ErrConflict) {
					return err
				}
			}
		})
	}
	fmt.Println(withdraw(70))
	fmt.Println(withdraw(70))
	// Output:
	// <nil>
	// only 30 left
}

// exampleServer starts a server for an example, which has no test to end it.
func exampleServer(ctx context.Context) (client rueidis.Client, closeAll func()) {
	binary, err := redisd.Find(ctx, "")
	if err != nil {
		log.Fatal(err)
	}
	server, err := redisd.Start(ctx, binary, redisd.Options{})
	if err != nil {
		log.Fatal(err)
	}
	client, err = rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{server.Addr()}, Password: server.Password(), ForceSingleClient: true, DisableCache: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	return client, func() {
		client.Close()
		if err := server.Close(); err != nil {
			log.Fatal(err)
		}
	}
}
