package bench

// A Row is one way of doing the work of a layer, measured.
type Row struct {
	Layer string `json:"layer"`
	What  string `json:"what"`
	Item  string `json:"item"` // what Rate counts: "token", "op", "MAC"

	Rate           Spread  `json:"rate"`             // items per second
	SecondsPerItem float64 `json:"seconds_per_item"` // median
	CycleRate      Spread  `json:"cycle_rate"`       // simulated cycles per second of the host; 0 if nothing is simulated

	// Ratio is how many times as fast as Reference, another row of the layer, this
	// way is: a median over rounds in which both were timed one after the other.
	// Reference is "" for that row itself, whose Ratio is 1.
	Reference string `json:"reference,omitempty"`
	Ratio     Spread `json:"ratio"`

	Rounds int `json:"rounds"`
	Calls  int `json:"calls"` // per round

	Recorded bool   `json:"recorded,omitempty"` // the time was not taken in this run
	Missing  string `json:"missing,omitempty"`  // why there is no measurement; the numbers are then 0
}

// A sample is one round of one way.
type sample struct {
	secondsPerItem  float64
	cyclesPerSecond float64
}

type samples []sample

// spread is that of what value says of each round.
func (s samples) spread(value func(round int) float64) Spread {
	values := make([]float64, len(s))
	for i := range s {
		values[i] = value(i)
	}
	return spreadOf(values)
}

// row sums up the rounds of one way beside those of the reference.
func (s *subject) row(w way, calls int, own, reference samples) Row {
	r := Row{
		What: w.what, Item: s.item, Rounds: len(own), Calls: calls, Recorded: w.call == nil,
		Rate:           own.spread(func(i int) float64 { return 1 / own[i].secondsPerItem }),
		SecondsPerItem: own.spread(func(i int) float64 { return own[i].secondsPerItem }).Median,
		CycleRate:      own.spread(func(i int) float64 { return own[i].cyclesPerSecond }),
		Ratio:          own.spread(func(i int) float64 { return reference[i].secondsPerItem / own[i].secondsPerItem }),
	}
	return r
}
