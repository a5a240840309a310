//go:build !darwin

package peers

// maxrssUnit is what getrusage counts memory in.
const maxrssUnit = 1024
