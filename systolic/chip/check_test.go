package chip

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// small is a chip of 4x4 with rows of 4 bytes and words of 4 rows: weights are
// rows 0 to 31, inputs 32 to 63, results 64 to 95.
func small() Config {
	c := Default(4, 4)
	c.ResultBanks, c.BankWords, c.AccumulatorWords, c.ProgramWords, c.QueueDepth = 1, 8, 16, 64, 2
	return c
}

// correct is a program that loads, multiplies, drains and stores.
func correct() []Instr {
	return []Instr{
		{Op: Load, Count: 4, Bytes: 4, Stride: 4, Signals: Counts{1}},
		{Op: Load, Count: 8, Bytes: 3, Row: 32, Addr: 16, Stride: 3, Signals: Counts{1}},
		{Op: Pass, Count: 8, Input: 32, First: true, Waits: Counts{2}, Signals: Counts{0, 1}},
		{Op: Drain, Count: 8, Row: 64, Waits: Counts{0, 1}, Signals: Counts{0, 0, 1}},
		{Op: Store, Count: 8, Bytes: 16, Row: 64, Addr: 128, Stride: 16, Waits: Counts{0, 0, 1}},
	}
}

func TestProgramErrors(t *testing.T) {
	for want, change := range map[string]func(p []Instr){
		"chip: instruction 1 (LOAD): count is 0, want 1 or more":                                                         func(p []Instr) { p[0].Count = 0 },
		"chip: instruction 1 (LOAD): rows of 0 bytes, want 1 or more":                                                    func(p []Instr) { p[0].Bytes = 0 },
		"chip: instruction 1 (LOAD): chip: LOAD: Addr is -1, want 0 to 1099511627775":                                    func(p []Instr) { p[0].Addr = -1 },
		"chip: instruction 2 (LOAD): loads in VMEM rows 57 to 64, want rows of the banks of weights and inputs, 0 to 63": func(p []Instr) { p[1].Row = 57 },
		"chip: instruction 2 (LOAD): loads in VMEM rows 32 to 71, want rows of the banks of weights and inputs, 0 to 63": func(p []Instr) { p[1].Bytes = 17 },
		"chip: instruction 2 (LOAD): memory to byte 256 in whole beats, want at most 256 bytes":                          func(p []Instr) { p[1].Addr = 232 },
		"chip: instruction 3 (PASS): weights in VMEM rows 29 to 32, want rows of the banks of weights, 0 to 31":          func(p []Instr) { p[2].Row = 29 },
		"chip: instruction 3 (PASS): inputs in VMEM rows 31 to 38, want rows of the banks of inputs, 32 to 63":           func(p []Instr) { p[2].Input = 31 },
		"chip: instruction 3 (PASS): inputs in VMEM rows 57 to 64, want rows of the banks of inputs, 32 to 63":           func(p []Instr) { p[2].Input = 57 },
		"chip: instruction 3 (PASS): accumulator words 9 to 16, want words 0 to 15":                                      func(p []Instr) { p[2].Word = 9 },
		"chip: instruction 4 (DRAIN): accumulator words 9 to 16, want words 0 to 15":                                     func(p []Instr) { p[3].Word = 9 },
		"chip: instruction 4 (DRAIN): results from row 66 on, want the first row of a word, a multiple of 4":             func(p []Instr) { p[3].Row = 66 },
		"chip: instruction 4 (DRAIN): results in VMEM rows 68 to 99, want rows of the banks of results, 64 to 95":        func(p []Instr) { p[3].Row = 68 },
		"chip: instruction 5 (STORE): rows of 15 bytes, want a multiple of a row of VMEM, 4":                             func(p []Instr) { p[4].Bytes = 15 },
		"chip: instruction 5 (STORE): stores in VMEM rows 63 to 94, want rows of the banks of results, 64 to 95":         func(p []Instr) { p[4].Row = 63 },
		"chip: instruction 5 (STORE): memory to byte 263 in whole beats, want at most 256 bytes":                         func(p []Instr) { p[4].Stride = 17; p[4].Addr = 129 },
		"chip: instruction 3 (PASS) and instruction 5 (STORE) wait for semaphore 0, want one engine":                     func(p []Instr) { p[4].Waits = Counts{1} },
		"chip: deadlock: instruction 5 (STORE) waits for semaphore 2 to hold 1; it holds 0; " +
			"instruction 3 (PASS) waits for semaphore 0 to hold 3; it holds 2; instruction 4 (DRAIN) waits for semaphore 1 to hold 1; it holds 0": func(p []Instr) { p[2].Waits[0] = 3 },
		"chip: deadlock: instruction 5 (STORE) waits for semaphore 2 to hold 1; it holds 0": func(p []Instr) { p[3].Signals = Counts{} },
	} {
		instrs := correct()
		change(instrs)
		p := &Program{Config: small(), Instrs: instrs, MemoryBytes: 256}
		_, err := p.Run(t.Context(), nil, Options{})
		require.EqualError(t, err, want)
	}
}

func TestProgramSizes(t *testing.T) {
	for want, p := range map[string]Program{
		"chip: program has 0 instructions, want 1 to ProgramWords, 64":  {Config: small(), MemoryBytes: 256},
		"chip: program has 65 instructions, want 1 to ProgramWords, 64": {Config: small(), Instrs: make([]Instr, 65), MemoryBytes: 256},
		"chip: MemoryBytes is 0, want 1 to 4294967296":                  {Config: small(), Instrs: correct()},
		"chip: Rows is 0, want 1 to 64":                                 {Instrs: correct(), MemoryBytes: 256},
	} {
		require.EqualError(t, p.Check(), want)
	}
	p := Program{Config: small(), Instrs: correct(), MemoryBytes: 256}
	require.NoError(t, p.Check())
	_, err := p.Run(t.Context(), make([]byte, 255), Options{})
	require.EqualError(t, err, "chip: memory has 255 bytes, want 256")
	_, err = p.Run(t.Context(), nil, Options{MaxCycles: 40})
	require.ErrorContains(t, err, "chip: sim: ")
	p.Instrs[2].Row = -1
	_, err = p.Code()
	require.EqualError(t, err, "chip: instruction 3: chip: PASS: Row is -1, want 0 to 16777215")
}

// Two instructions of different engines that touch one place need a semaphore
// that orders them whatever the timing.
func TestHazards(t *testing.T) {
	hazard := func(first, second, place string) string {
		return "chip: instruction " + first + " and instruction " + second + " touch " + place + " in no certain order, want a semaphore between them"
	}
	again := Instr{Op: Load, Count: 1, Bytes: 4, Row: 39} // the last row of inputs of the pass
	for _, tt := range []struct {
		name, want string
		change     func(p []Instr) []Instr
	}{
		{"weights not awaited", hazard("1 (LOAD)", "3 (PASS)", "VMEM row 0"), func(p []Instr) []Instr {
			p[0].Signals, p[1].Signals, p[2].Waits = Counts{}, Counts{}, Counts{}
			return p
		}},
		{"inputs not awaited, the weights before them are", hazard("2 (LOAD)", "3 (PASS)", "VMEM row 32"), func(p []Instr) []Instr {
			p[1].Signals, p[2].Waits = Counts{}, Counts{1}
			return p
		}},
		{"inputs awaited, and with them the weights before them", "", func(p []Instr) []Instr {
			p[0].Signals, p[2].Waits = Counts{}, Counts{1}
			return p
		}},
		{"sums not awaited", hazard("3 (PASS)", "4 (DRAIN)", "accumulator word 0"), func(p []Instr) []Instr {
			p[3].Waits = Counts{}
			return p
		}},
		{"results not awaited", hazard("4 (DRAIN)", "5 (STORE)", "VMEM row 64"), func(p []Instr) []Instr {
			p[4].Waits = Counts{}
			return p
		}},
		{"inputs loaded again under the pass", hazard("3 (PASS)", "5 (LOAD)", "VMEM row 39"), func(p []Instr) []Instr {
			p[4] = again
			return p
		}},
		{"inputs loaded again behind the store, which comes after the pass", "", func(p []Instr) []Instr { return append(p, again) }},
		{"sums awaited, but another engine gives the signal too", hazard("3 (PASS)", "4 (DRAIN)", "accumulator word 0"), func(p []Instr) []Instr {
			p[0].Signals[1] = 1
			return p
		}},
		{"sums awaited with the signal of another engine", "", func(p []Instr) []Instr {
			p[0].Signals[1], p[3].Waits[1] = 1, 2
			return p
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &Program{Config: small(), Instrs: tt.change(correct()), MemoryBytes: 256}
			if tt.want == "" {
				require.NoError(t, p.Check())
				return
			}
			require.EqualError(t, p.Check(), tt.want)
		})
	}
}

// A pass that waits for a load behind more passes than the queue holds is found
// by the event model: the sequencer never comes to the load.
func TestDeadlockOfAQueue(t *testing.T) {
	instrs := correct()
	pass := Instr{Op: Pass, Count: 1, Input: 40, Word: 15, First: true}
	load := instrs[1]
	instrs = append([]Instr{instrs[0], instrs[2], pass, pass, load}, instrs[3:]...)
	c := small()
	p := &Program{Config: c, Instrs: instrs, MemoryBytes: 256}
	require.NoError(t, p.Check())
	_, err := p.Run(t.Context(), nil, Options{})
	require.EqualError(t, err, `chip: sim: 1 of 7 ops retired; deadlocked: Mxu waits on Semaphore[0] (op "`+instrs[1].String()+
		`"), Sequencer waits on Mxu (op "`+pass.String()+`")`)
	p.Config.QueueDepth = 3
	_, err = p.Run(t.Context(), nil, Options{})
	require.NoError(t, err)
}
