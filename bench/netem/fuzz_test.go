package netem_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"redisduel/bench/netem"
)

// FuzzAStreamArrivesAsItWasSent sends bytes through the proxy both ways, in
// pieces of any size with pauses between them, over a link of any kind, and
// reads them in pieces of any other size.
func FuzzAStreamArrivesAsItWasSent(f *testing.F) {
	f.Add([]byte("*1\r\n$4\r\nPING\r\n"), []byte{1}, uint16(0), uint16(0))
	f.Add([]byte("+PONG\r\n"), []byte{255, 3}, uint16(500), uint16(499))
	f.Add(bytes.Repeat([]byte("value"), 100), []byte{7, 0, 200}, uint16(50_000), uint16(0))
	f.Add([]byte{}, []byte{}, uint16(1), uint16(1))
	f.Fuzz(func(t *testing.T, data, sizes []byte, rttMicros, jitterMicros uint16) {
		link := netem.Link{RTT: time.Duration(rttMicros) * time.Microsecond, Seed: uint64(len(data))}
		link.Jitter = min(time.Duration(jitterMicros)*time.Microsecond, link.RTT)
		if len(sizes)%2 == 1 {
			link.Bandwidth = 1 << 20
		}
		throughProxy(t, link, func(w *world, ln *memoryListener) {
			client := ln.connect()
			server := <-w.servers
			var ways sync.WaitGroup
			ways.Go(func() { sendInPieces(w, client, data, sizes) })
			ways.Go(func() { sendInPieces(w, server, data, sizes) })
			ways.Go(func() { receive(w, client, data, sizes) })
			ways.Go(func() { receive(w, server, data, sizes) })
			ways.Wait()
		})
	})
}

// piece is the size of the i'th piece, at least one byte.
func piece(sizes []byte, i int) int {
	if len(sizes) == 0 {
		return 1
	}
	return 1 + int(sizes[i%len(sizes)])
}

func sendInPieces(w *world, c net.Conn, data, sizes []byte) {
	for i := 0; len(data) > 0; i++ {
		n := min(piece(sizes, i), len(data))
		w.write(c, string(data[:n]))
		data = data[n:]
		time.Sleep(time.Duration(n%3) * time.Microsecond)
	}
}

func receive(w *world, c net.Conn, want, sizes []byte) {
	var got []byte
	for i := 1; len(got) < len(want); i++ {
		buffer := make([]byte, piece(sizes, i))
		n, err := c.Read(buffer)
		got = append(got, buffer[:n]...)
		if err != nil && !errors.Is(err, io.EOF) {
			w.Errorf("read after %d bytes: %v", len(got), err)
			return
		}
	}
	if !bytes.Equal(got, want) {
		w.Errorf("%q arrived as %q", want, got)
	}
}
