// Package report turns a bench.Result into files that people read: an index,
// a page with charts for each duel, benchmark lines for benchstat, and the
// result itself as JSON.
//
// Everything but [Write] and [Probe] is a pure function: the same result gives
// the same bytes, and a result that was read back from its JSON gives the same
// files again. Nothing here measures, decides or flatters: quantiles that too
// few samples support are withheld, percentiles are taken over the union of a
// side's samples and never averaged, a missing number reads "n/a", and a duel
// that failed shows its reason and no number.
//
// Text that came from a server, a host or a file passes through [escape] on
// its way into Markdown and through [plain] on its way anywhere else.
package report
