package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// A listing is a program with the cost of every instruction.
type listing struct {
	Model        string       `json:"model"`
	Config       core.Config  `json:"config"`
	MemoryBytes  int64        `json:"memory_bytes"` // constants, weights, states and logits
	Instructions []listedLine `json:"instructions"`
}

type listedLine struct {
	Address int    `json:"address"` // bytes, in the program
	Word    string `json:"word"`    // encoding, first byte first
	Text    string `json:"text"`
	Note    string `json:"note"`
	Unit    string `json:"unit"`
	core.Cost
}

func asmCommand() *cobra.Command {
	var f ternaryFlags
	var assemble, disassemble, out string
	c := &cobra.Command{
		Use:   "asm",
		Short: "List the program of a token with its costs; assemble and disassemble",
		Example: `  simulate asm --preset opticks --set TP=128
  simulate asm --preset opticks --out token.bin
  simulate asm --disassemble token.bin
  simulate asm --assemble token.s --out token.bin`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			given := cmd.Flags().Changed
			switch {
			case assemble != "" && disassemble != "":
				return usagef("asm: --assemble and --disassemble both name an input, want one of them")
			case f.checkpoint != "" && given("preset"):
				return usagef("asm: --checkpoint and --preset both name a model, want one of them")
			case assemble != "" && out == "":
				return usagef("asm: --assemble makes machine words; name a file with --out")
			case disassemble != "" && out != "":
				return usagef("asm: --disassemble prints text; leave out --out")
			case assemble != "":
				return assembleFile(assemble, out)
			case disassemble != "":
				return disassembleFile(cmd.OutOrStdout(), disassemble)
			}
			return list(cmd, f, out)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.checkpoint, "checkpoint", "", "directory of a checkpoint whose program is listed")
	fl.StringVar(&f.preset, "preset", "opticks", "model whose program is listed; one without weights has no norm constants")
	fl.StringVar(&f.machine, "machine", core.DefaultPreset, "machine preset")
	fl.StringVar(&f.config, "config", "", "YAML file with machine parameters, over the preset")
	fl.StringArrayVar(&f.set, "set", nil, "key=value: one machine parameter (repeatable)")
	fl.BoolVar(&f.json, "json", false, "print one JSON object")
	fl.StringVar(&assemble, "assemble", "", "text file to assemble")
	fl.StringVar(&disassemble, "disassemble", "", "file of machine words to disassemble")
	fl.StringVar(&out, "out", "", "write machine words to this file")
	return c
}

const maxProgramBytes = 16 << 20

func assembleFile(in, out string) error {
	data, err := readLimited(in, maxProgramBytes)
	if err != nil {
		return fmt.Errorf("asm: --assemble: %w", err)
	}
	instrs, err := isa.Assemble(in, string(data))
	if err != nil {
		return err
	}
	words, err := isa.EncodeAll(instrs)
	if err != nil {
		return err
	}
	if err := writeFile(out, words); err != nil {
		return fmt.Errorf("asm: --out: %w", err)
	}
	return nil
}

func disassembleFile(w io.Writer, in string) error {
	data, err := readLimited(in, maxProgramBytes)
	if err != nil {
		return fmt.Errorf("asm: --disassemble: %w", err)
	}
	if len(data)%isa.WordBytes != 0 {
		return fmt.Errorf("asm: --disassemble %s: %d bytes, want a multiple of %d", in, len(data), isa.WordBytes)
	}
	var instrs []isa.Instr
	for at := 0; at < len(data); at += isa.WordBytes {
		i, err := isa.Decode(data[at:])
		if err != nil {
			return fmt.Errorf("asm: --disassemble %s: byte %d: %w", in, at, err)
		}
		instrs = append(instrs, i)
	}
	_, err = io.WriteString(w, isa.Disassemble(instrs))
	return err
}

// list prints the program of a token, or writes its machine words.
func list(cmd *cobra.Command, f ternaryFlags, out string) error {
	m, err := f.load()
	if err != nil {
		return err
	}
	c, err := f.core()
	if err != nil {
		return err
	}
	machine, err := m.machine(c, fixed.Default(), nil)
	if err != nil {
		return err
	}
	words, err := isa.EncodeAll(machine.Program.Instrs)
	if err != nil {
		return err
	}
	if out != "" {
		if m.weights == nil {
			return usagef("asm: preset %s has no weights, so that its norm constants are unknown; name a --checkpoint for --out", m.name)
		}
		if err := writeFile(out, words); err != nil {
			return fmt.Errorf("asm: --out: %w", err)
		}
		return nil
	}
	l := listing{Model: m.name, Config: c, MemoryBytes: machine.Program.Layout.Bytes()}
	costs, err := machine.Costs()
	if err != nil {
		return err
	}
	for k := range machine.Program.Instrs {
		in := &machine.Program.Instrs[k]
		at := k * isa.WordBytes
		l.Instructions = append(l.Instructions, listedLine{at, fmt.Sprintf("%x", words[at:][:isa.WordBytes]), in.String(), in.Note,
			in.Op.Unit().String(), costs[k]})
	}
	if f.json {
		return writeJSON(cmd.OutOrStdout(), l)
	}
	return l.print(cmd.OutOrStdout())
}

func (l listing) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "# address\tlatency\tinterval\tunit\tinstruction\t")
	for _, i := range l.Instructions {
		fmt.Fprintf(w, "%05x\t%d\t%d\t%s\t%s\t# %s\n", i.Address, i.Latency, i.Interval, i.Unit, i.Text, i.Note)
	}
	return w.Flush()
}
