package bench

import "slices"

// A Row is what a reader compares: a declaration and its twin of the same name,
// each with what only its side has beside it.
type Row struct{ Pattern, AntiPattern []Declaration }

// Rows aligns the two sides by the names that both declare, in the pattern's
// order. What one side has alone follows the twin that it stands next to. Where
// no name is on both sides, and where a side is not Go, all is one row.
func (l *Listing) Rows() []Row {
	pattern, anti := split(l.Pattern), split(l.AntiPattern)
	rows := []Row{{}} // the first is of what stands before all twins
	for _, d := range pattern {
		last := &rows[len(rows)-1]
		twin := anti.index(d.Names...)
		if twin < 0 {
			last.Pattern = append(last.Pattern, d)
			continue
		}
		last.AntiPattern = append(last.AntiPattern, anti[:twin]...)
		rows = append(rows, Row{Pattern: []Declaration{d}, AntiPattern: []Declaration{anti[twin]}})
		anti = anti[twin+1:]
	}
	last := &rows[len(rows)-1]
	last.AntiPattern = append(last.AntiPattern, anti...)
	if len(rows) == 1 {
		return rows
	}
	rows[1].Pattern = slices.Insert(rows[1].Pattern, 1, rows[0].Pattern...)
	rows[1].AntiPattern = slices.Insert(rows[1].AntiPattern, 1, rows[0].AntiPattern...)
	return rows[1:]
}

// split parses a side of a listing, which may come from anybody's file.
func split(side string) declared {
	const header = "package p\n\n"
	all, err := declare("", header+side)
	if err != nil || len(all) == 0 {
		return declared{{Text: side}}
	}
	return all
}
