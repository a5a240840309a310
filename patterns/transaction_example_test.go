package patterns_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/rueidis"

	"redisduel/patterns"
)

// Withdraw money, but never more than is there, although others withdraw at the
// same time.
func ExampleTransact() {
	onServer(func(ctx context.Context, client rueidis.Client) error {
		if err := client.Do(ctx, client.B().Set().Key("account").Value("100").Build()).Error(); err != nil {
			return err
		}

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
		return nil
	})
	// Output:
	// <nil>
	// only 30 left
}
